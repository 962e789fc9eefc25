"""Archives: bombs, encryption, macros and lies in the directory are refused before anything is parsed."""

import io
import time
import tracemalloc
import zipfile
from contextlib import suppress

import pytest

from shuixin.errors import Refused
from shuixin.kit.archives import MIB, ArchiveLimits, inspect


@pytest.fixture
def packed(tmp_path):
    def pack(**members):
        path = tmp_path / "file.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    return pack


def refused(path, limits=None, strict=True):
    with pytest.raises(Refused) as refusal:
        inspect(path, limits or ArchiveLimits(), kind="XLSX", strict=strict)
    (problem,) = refusal.value.problems
    assert str(problem.remedy).endswith("。")
    return str(refusal.value)


def test_a_plain_archive_passes(packed):
    path = packed(**{"a/b.xml": "<x/>", "c.bin": b"\0" * 10})
    assert inspect(path, ArchiveLimits(), kind="XLSX") == {"a/b.xml", "c.bin"}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "内容不是XLSX"),
        (b"a,b\n1,2\n", "内容不是XLSX"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "打开密码"),
        (b"PK\x03\x04" + b"\0" * 600, "已损坏"),
        (b"PK\x03\x04 PK\x05\x06", "已损坏"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, content, rule):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    assert rule in refused(path)


def test_size_is_limited(packed):
    path = packed(a=bytes(range(256)) * 10)
    assert "超过上限0MB" in refused(path, ArchiveLimits(max_bytes=10))


def test_a_bomb_is_refused_quickly_and_in_little_memory(packed):
    path = packed(**{"xl/worksheets/sheet1.xml": b" " * (190 * MIB)})
    tracemalloc.start()
    started = time.perf_counter()
    assert "压缩比异常" in refused(path)
    assert time.perf_counter() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 20 * MIB
    tracemalloc.stop()


def test_unpacked_size_is_limited(packed):
    path = packed(a=b"x" * 5000, b=b"y" * 5000)
    assert "展开后超过" in refused(path, ArchiveLimits(max_unpacked=9000))


def test_a_false_size_in_the_directory_is_noticed(packed):
    path = packed(a=b"x" * 5000)
    true = (5000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(true, (50).to_bytes(4, "little")))
    assert "已损坏" in refused(path)
    assert "展开后超过" in refused(path, ArchiveLimits(max_unpacked=4000))


def test_entries_are_counted_before_the_directory_is_read(packed):
    path = packed(**{f"{number}.xml": "" for number in range(600)})
    assert "部件过多" in refused(path)
    content = path.read_bytes()
    place = content.rindex(b"PK\x05\x06")
    path.write_bytes(content[: place + 8] + b"\1\0\1\0" + content[place + 12 :])
    assert "部件过多" in refused(path)
    assert "部件过多" in refused(path, ArchiveLimits(max_entries=599))


def test_encryption_is_named(packed):
    path = packed(a=b"x")
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "已加密" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_ambiguous_and_unusual_entries_are_refused(tmp_path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xml", "1")
        archive.writestr("A.xml", "2")
    assert "已损坏" in refused(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.xml", "1")
    assert "已损坏" in refused(path)


@pytest.mark.parametrize("strict", [True, False])
def test_macros_are_always_refused(packed, strict):
    assert "宏" in refused(packed(**{"xl/vbaProject.bin": "x"}), strict=strict)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("xl/externalLinks/externalLink1.xml", "<x/>", "外部链接"),
        ("xl/embeddings/oleObject1.bin", "x", "外部链接"),
        ("xl/media/image1.png", b"PK\x03\x04....", "另一个文件"),
        ("xl/sharedStrings.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x/>', "XML声明"),
        ("xl/sharedStrings.xml", "<x/>".encode("utf-16"), "XML声明"),
    ],
)
def test_what_a_parser_must_not_meet_is_refused_in_strict_mode(packed, name, content, rule):
    path = packed(**{name: content})
    assert rule in refused(path)
    assert inspect(path, ArchiveLimits(), kind="DOCX", strict=False)


def test_any_cut_or_flipped_byte_is_an_answer(packed):
    content = packed(**{"a.xml": "<x/>" * 50, "b.xml": b"y"}).read_bytes()
    path = packed(a="x")
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 0xFF
        for variant in (content[:place], bytes(flipped)):
            path.write_bytes(variant)
            with suppress(Refused):
                inspect(path, ArchiveLimits(), kind="XLSX")


def test_stored_entries_are_measured(tmp_path):
    path = tmp_path / "x.xlsx"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.xml", "<x/>" * 1000)
    path.write_bytes(buffer.getvalue())
    assert inspect(path, ArchiveLimits(), kind="XLSX") == {"a.xml"}
