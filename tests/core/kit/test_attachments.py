"""Attachments: the content decides, the name is only text, and nothing is left behind by what fails."""

import hashlib
import io
import os
import time
import zipfile
import zlib
from datetime import timedelta

import pytest
from PIL import Image, PngImagePlugin

from shuixin.database import transaction
from shuixin.errors import Refused
from shuixin.kit import attachments
from shuixin.kit.attachments import DOCUMENTS, IMAGES, Attachment, Store, clean_name
from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"


@pytest.fixture
def store(database, tmp_path):
    database.create_tables([Attachment])
    return Store(tmp_path / "files", max_bytes=1024 * 1024)


def save(store, content, name, kinds=DOCUMENTS, **more):
    stream = content if hasattr(content, "read") else io.BytesIO(content)
    return store.save(stream, name, owner_kind="filing", owner_key="7", created_by=3, kinds=kinds, **more)


def files(store):
    return [path for path in store.root.rglob("*") if path.is_file()]


def refused(store, content, name, kinds=DOCUMENTS):
    with pytest.raises(Refused) as refusal:
        save(store, content, name, kinds)
    assert refusal.value.problems
    assert files(store) == []
    assert Attachment.select().count() == 0
    return str(refusal.value)


def picture(kind, mode="RGB", size=(20, 10), **options):
    target = io.BytesIO()
    Image.new(mode, size).save(target, kind, **options)
    return target.getvalue()


def packed(*names):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return target.getvalue()


def test_a_file_is_stored_under_its_id(store):
    saved = save(store, PDF, "资质证书.PDF", label="资质", public=True)
    found = Attachment.get_by_id(saved.id)
    path = store.path_of(found)
    assert path == store.root / saved.id[:2] / f"{saved.id}.pdf"
    assert path.read_bytes() == PDF
    assert files(store) == [path]
    assert (found.original_name, found.media_type, found.label) == ("资质证书.PDF", "application/pdf", "资质")
    assert (found.size, found.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert (found.owner_kind, found.owner_key, found.created_by, found.public) == ("filing", "7", 3, True)


def test_office_files_are_told_by_their_parts(store):
    workbook = io.BytesIO()
    write_workbook(workbook, [SheetPlan("表", (ColumnPlan("甲"),))])
    assert save(store, workbook.getvalue(), "a.xlsx").extension == "xlsx"
    assert save(store, packed("[Content_Types].xml", "word/document.xml"), "a.docx").extension == "docx"
    assert save(store, packed("OFD.xml", "Doc_0/Document.xml"), "a.ofd").media_type == "application/ofd"


@pytest.mark.parametrize(
    ("content", "name", "rule"),
    [
        (PDF, "a.php", "不接受此类文件（php）。"),
        (PDF, "a.pdf.exe", "不接受此类文件（exe）。"),
        (PDF, "pdf", "不接受此类文件（无扩展名）。"),
        (PDF, "", "不接受此类文件（无扩展名）。"),
        (b"<svg onload=alert(1)>", "a.svg", "不接受此类文件（svg）。"),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", "a.png", "文件内容是SVG矢量图，与扩展名png不符。"),
        (b"<!DOCTYPE html><script>1</script>", "a.pdf", "文件内容是网页或程序代码，与扩展名pdf不符。"),
        (b"<?php system($_GET[0]);", "a.jpg", "文件内容是网页或程序代码，与扩展名jpg不符。"),
        (b"GIF89a/*\x01\x00\x01\x00*/=1;alert(1)", "a.png", "文件内容是GIF，与扩展名png不符。"),
        (b"MZ\x90\x00" + b"\0" * 100, "a.pdf", "文件内容是可执行程序，与扩展名pdf不符。"),
        (b"hello", "a.pdf", "文件内容是纯文本，与扩展名pdf不符。"),
        (b"\1\2\0\3", "a.pdf", "文件内容是无法识别的格式，与扩展名pdf不符。"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.docx", "文件内容是旧版Office文件或加密的Office文件"),
        (picture("PNG"), "a.jpg", "文件内容是PNG，与扩展名jpg不符。"),
        (picture("JPEG"), "a.pdf", "文件内容是JPG，与扩展名pdf不符。"),
        (packed("a.txt"), "a.docx", "文件内容是ZIP，与扩展名docx不符。"),
        (packed("word/document.xml"), "a.xlsx", "文件内容是DOCX，与扩展名xlsx不符。"),
        (packed("xl/workbook.xml", "xl/vbaProject.bin"), "a.xlsx", "文件含有宏或控件。"),
        (b"PK\x03\x04", "a.ofd", "文件已损坏或不是规范的OFD文件。"),
        (picture("PNG")[:48], "a.png", "图片已损坏，无法打开。"),
        (b"", "a.pdf", "文件是空的。"),
        (b"%PDF-" + b"x" * 1024 * 1024, "a.pdf", "文件超过上限1MB。"),
    ],
)
def test_what_does_not_fit_is_refused_and_named(store, content, name, rule):
    assert refused(store, content, name).startswith(rule)


def test_kinds_narrow_what_is_allowed(store):
    assert "不接受此类文件（pdf）" in refused(store, PDF, "a.pdf", IMAGES)
    assert "不接受此类文件（exe）" in refused(store, PDF, "a.exe", frozenset({"exe"}))


def test_places_comments_and_profiles_leave_pictures(store):
    exif = Image.Exif()
    exif[0x010F] = "SECRET"
    exif[0x0112] = 6
    saved = save(store, picture("JPEG", exif=exif, comment=b"SECRET", icc_profile=b"SECRET" * 30), "照片.jpeg", IMAGES)
    content = store.path_of(saved).read_bytes()
    assert b"SECRET" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert not image.getexif()
        assert image.size == (10, 20)
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SECRET")
    saved = save(store, picture("PNG", mode="P", pnginfo=notes, exif=exif, transparency=0) + b"SECRET", "a.png")
    content = store.path_of(saved).read_bytes()
    assert b"SECRET" not in content
    assert (saved.size, saved.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_other_colour_models_become_rgb(store):
    saved = save(store, picture("JPEG", mode="CMYK"), "a.jpg")
    with Image.open(store.path_of(saved)) as image:
        assert image.mode == "RGB"


@pytest.mark.parametrize("size", [(50_000, 50_000), (7_000, 6_000), (11_000, 11_000)])
def test_a_picture_bomb_is_refused_by_its_header(store, size):
    content = bytearray(picture("PNG"))
    content[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    started = time.perf_counter()
    assert refused(store, bytes(content), "a.png") == "图片超过4000万像素。"
    assert time.perf_counter() - started < 1


def test_an_upload_cut_short_leaves_nothing(store):
    class Cut(io.BytesIO):
        def read(self, size=-1):
            if self.tell():
                raise ConnectionError
            return super().read(10)

    with pytest.raises(ConnectionError):
        save(store, Cut(PDF), "a.pdf")
    assert files(store) == []


def test_a_record_that_cannot_be_written_leaves_no_file(store, monkeypatch):
    def fail(*_args, **_more):
        raise KeyError

    monkeypatch.setattr(Attachment, "save", fail)
    with pytest.raises(KeyError):
        save(store, PDF, "a.pdf")
    assert files(store) == []


def test_deleting_waits_for_the_commit(store, database):
    saved = save(store, PDF, "a.pdf")
    with database.atomic() as undone:
        store.delete(saved)
        undone.rollback()
    assert store.path_of(saved).exists()
    with transaction():
        store.delete(saved)
        assert store.path_of(saved).exists()
    assert files(store) == []
    assert Attachment.select().count() == 0


def test_orphans_are_files_without_a_record(store, database):
    kept = save(store, PDF, "a.pdf")
    with database.atomic() as undone:
        lost = save(store, PDF, "b.pdf")
        undone.rollback()
    (store.root / ".incoming" / "old").write_bytes(b"x")
    assert store.orphans() == []
    found = store.orphans(timedelta())
    assert set(found) == {store.path_of(lost), store.root / ".incoming" / "old"}
    os.utime(store.path_of(lost), (0, 0))
    assert store.orphans() == [store.path_of(lost)]
    assert store.path_of(kept).exists()


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("资质证书.pdf", "资质证书.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\张三\\a.pdf", "a.pdf"),
        ("a\0b\r\n.pdf", "ab.pdf"),
        ("fdp.\u202egpj.pdf", "fdp.gpj.pdf"),
        ("😀\ud800.pdf", "😀.pdf"),
        (".pdf", "未命名.pdf"),
        ("", ""),
        ("x" * 300, "x" * 200),
        ("水" * 300 + ".pdf", "水" * 196 + ".pdf"),
    ],
)
def test_names_are_kept_as_text(name, cleaned):
    assert clean_name(name) == cleaned


def test_windows_syncs_no_folders(store, monkeypatch):
    monkeypatch.setattr(attachments.os, "name", "nt")
    attachments._folder_to_disk(store.root / "absent")
