"""Attacks with files (SECURITY.md, T41 to T49): what is refused, what is left of a file, and who gets it back."""

import io
import os
import struct
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as rounds
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject
from tests import cases
from tests.hostile import BOMBS, PDF, RELATION, RELATIONS, daemon, packed, pdf, picture
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from shuixin.database import transaction
from shuixin.errors import Misconfigured, NotFound, Refused
from shuixin.health import run_checks
from shuixin.jobs import run_once
from shuixin.kit import documents
from shuixin.kit.attachments import Attachment, Store
from shuixin.kit.clamd import Clamd, ScannerUnavailable
from shuixin.platform import current_platform
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.services import commitments, evidence, filings, reviewing
from shuixin_news import services as articles
from shuixin_news.models import Column

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def add(by: Any, filing: Filing, content: bytes, name: str) -> Attachment:
    key = next(iter(filing.draft["basic_information"]))
    stream = io.BytesIO(content)
    return evidence.add(by, filing.id, code="basic_information", key=key, stream=stream, name=name)


def stored(app: Flask) -> set[Path]:
    return {path for path in app.extensions["shuixin"].store.root.rglob("*") if path.is_file()}


def refused(by: Any, filing: Filing, content: bytes, name: str) -> str:
    with pytest.raises(Refused) as refusal:
        add(by, filing, content, name)
    assert refusal.value.problems
    assert str(refusal.value.problems[0].remedy)
    return str(refusal.value)


# --- T41, T42, T43: what it is, how it is served, what it is called -----------------------------------------------


WEB = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "html": b"<!DOCTYPE html><script>alert(1)</script>",
    "xhtml": b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
    "xml": b"<?xml version='1.0'?><x/>",
    "js": b"alert(1)//",
    "php": b"<?php system($_GET[0]);",
    "htaccess": b"AddType application/x-httpd-php .pdf",
}


@one_engine
def test_t41_web_content_is_refused_under_its_own_name_and_under_any_other(platform_app: Flask) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    for kind, content in WEB.items():
        for name in (f"x.{kind}", f".{kind}", f"x.{kind}.pdf", "x.png", "x.pdf", "x.docx", f"x.pdf.{kind}"):
            assert refused(by, filing, content, name), name
    polyglots = {
        "GIF和脚本.png": b"GIF89a/*\x01\x00\x01\x00*/=1;alert(1)",
        "PDF和网页.pdf": b"%PDF-1.4\n<html><script>alert(1)</script>\n%%EOF",
        "PDF和压缩包.pdf": PDF[:-5] + packed(x="y") + b"%%EOF",
        "压缩包和网页.docx": b"<html><script>1</script>" + packed(**{"word/document.xml": "<x/>"}),
    }
    for name, content in polyglots.items():
        refused(by, filing, content, name)
    assert stored(platform_app) == set()
    tail = add(by, filing, picture("PNG") + b"<script>alert(1)</script>", "后面带脚本.png")
    assert b"script" not in platform_app.extensions["shuixin"].store.path_of(tail).read_bytes()


@one_engine
def test_t42_a_stored_file_is_only_ever_saved(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    for content, name in ((PDF, "资质 “一级”.pdf"), (picture("PNG"), "照片.png")):
        saved = add(by, filing, content, name)
        answer = client_as("enterprise").get(f"/workspace/filings/{filing.id}/files/{saved.id}")
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.mimetype == saved.media_type
        answer.close()


NAMES = ("../../x", "/etc/x", "C:\\x\\y", "a\0b", "水" * 300, "\u202egpj.exe", "资质证书", "😀", "")
NAMES += ("a\r\nSet-Cookie: b=1",)


@one_engine
@pytest.mark.parametrize("name", NAMES)
def test_t43_a_name_is_text_and_never_a_place(
    name: str, platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    saved = add(by, filing, PDF, f"{name}.pdf")
    root = platform_app.extensions["shuixin"].store.root
    assert stored(platform_app) == {root / saved.id[:2] / f"{saved.id}.pdf"}
    assert len(saved.original_name) <= 200
    assert not set(saved.original_name) & set("/\\\0\r\n\u202e")
    answer = client_as("enterprise").get(f"/workspace/filings/{filing.id}/files/{saved.id}")
    assert answer.status_code == 200
    assert not any("b=1" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    if name == "资质证书":
        assert "filename*=UTF-8''%E8%B5%84%E8%B4%A8" in answer.headers["Content-Disposition"]
    answer.close()


# --- T44, T45, T46: bombs, and what acts by itself ----------------------------------------------------------------

READ = """
    import resource, sys
    from pathlib import Path
    from shuixin.errors import Refused
    from shuixin.kit.attachments import Attachment
    from shuixin.kit.tabular import read_workbook
    used = lambda: next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmSize")) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (used() + 100 * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    try:
        read_workbook(Path(sys.argv[1]))
    except Refused as refused:
        assert all(str(each.remedy) for each in refused.problems)
        print(refused)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process")
@pytest.mark.parametrize("bomb", BOMBS)
def test_t44_a_hostile_workbook_is_refused_within_100_mib_and_little_time(bomb: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(BOMBS[bomb]())
    command = [sys.executable, "-c", textwrap.dedent(READ), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip(), "it was taken"


@one_engine
def test_t45_a_picture_bomb_is_refused_and_places_leave_pictures(platform_app: Flask) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    bomb = bytearray(picture("PNG"))
    bomb[16:24] = struct.pack(">2L", 50_000, 50_000)
    bomb[29:33] = struct.pack(">L", zlib.crc32(bytes(bomb[12:29])))
    assert "万像素" in refused(by, filing, bytes(bomb), "x.png")
    exif = Image.Exif()
    exif[0x010F] = "CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (30.2, 5.0, 1.0)
    for kind in ("JPEG", "PNG"):
        content = picture(kind, exif=exif)
        assert b"CAMERA" in content
        saved = add(by, filing, content, f"x.{kind.lower()}")
        kept = platform_app.extensions["shuixin"].store.path_of(saved)
        assert b"CAMERA" not in kept.read_bytes()
        with Image.open(kept) as image:
            assert not image.getexif().get_ifd(0x8825)


def _opens(kind: str) -> bytes:
    """A PDF that does something when it is opened."""

    def change(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject("/S"): NameObject(kind)})

    return pdf(change)


def _hidden(inside: bytes) -> bytes:
    """A PDF whose one action stands in a packed object stream."""
    stream = zlib.compress(b"7 0 " + inside)
    facts = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>" % len(stream)
    return b"%PDF-1.7\n5 0 obj\n" + facts + b"\nstream\n" + stream + b"\nendstream\n%%EOF"


ACTIVE = {
    "脚本": _opens("/JavaScript"),
    "嵌入的文件": pdf(lambda writer: writer.add_attachment("x.exe", b"MZ")),
    "启动程序": _opens("/Launch"),
    "已加密": pdf(lambda writer: writer.encrypt("", "owner", algorithm="AES-256")),
    "含有脚本": _hidden(b"<</S/JavaScript/JS(app.alert(1))>>"),
    "有脚本。": PDF[:-5] + b"<</S/J#61vaScript/JS(1)>>%%EOF",
    "启动": PDF[:-5] + b"% stream\n<</S/Launch>>\n% endstream\n%%EOF",
    "动态表单": PDF[:-5] + b"<</AcroForm<</XFA[1 0 R]>>>>%%EOF",
    "已损坏": PDF[:-5],
}


@one_engine
@pytest.mark.parametrize("words", ACTIVE)
def test_t46_a_pdf_that_acts_by_itself_is_refused(words: str, platform_app: Flask) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    assert words in refused(by, filing, ACTIVE[words], "x.pdf")
    assert stored(platform_app) == set()
    titled = pdf(lambda writer: writer.add_outline_item(title="Launch JavaScript, in a title", page_number=0))
    add(by, filing, titled, "好的.pdf")
    add(by, filing, documents.render_pdf("= 证明", {}), "证明.pdf")


@one_engine
def test_t46_a_word_file_with_a_template_from_elsewhere_is_refused(platform_app: Flask) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    for kind, name in (("attachedTemplate", "settings"), ("oleObject", "document"), ("frame", "webSettings")):
        relation = RELATION.format(kinds + kind, "http://evil.example/x.dotm", "TargetMode='External'")
        parts = {"word/document.xml": "<x/>", f"word/_rels/{name}.xml.rels": RELATIONS.format(relation)}
        assert "从别处读取" in refused(by, filing, packed(**parts), "x.docx")
    link = RELATION.format(kinds + "hyperlink", "http://www.example.cn/", "TargetMode='External'")
    add(by, filing, packed(**{"word/document.xml": "<x/>", "word/_rels/x.rels": RELATIONS.format(link)}), "x.docx")


def _verdict(data: bytes) -> bytes:
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"


@one_engine
@pytest.mark.parametrize("by_path", [True, False])
def test_t46_a_virus_scanner_is_asked_and_without_its_word_nothing_is_taken(
    by_path: bool, platform_app: Flask, tmp_path: Path
) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    platform = platform_app.extensions["shuixin"]
    assert platform.store.scanner is None, "off unless an administrator switches it on"
    infected = PDF[:-5] + EICAR + b"\n%%EOF"
    with daemon(_verdict, str(tmp_path / "clamd") if by_path else "") as address:
        platform.store.scanner = Clamd(address, timeout=10)
        assert "病毒" in refused(by, filing, infected, "x.pdf")
        add(by, filing, PDF + b" " * 300_000 + b"%%EOF", "干净.pdf")
        assert run_checks(platform, every=True)["clamd"] == ""
    before = stored(platform_app)
    assert "暂时不可用" in refused(by, filing, PDF, "x.pdf")
    assert run_checks(platform, every=True)["clamd"] != ""
    assert "clamd" not in run_checks(platform), "pages are served without it"
    assert stored(platform_app) == before


def test_t46_a_scanner_that_says_something_else_gave_no_verdict(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x")
    for reply in (b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK and more\0"):
        with daemon(lambda _data, reply=reply: reply) as address, pytest.raises(ScannerUnavailable):
            Clamd(address, timeout=10).scan(path)
    for address in ("127.0.0.1:3310", "unix:", "tcp:localhost", "tcp:localhost:x", ""):
        with pytest.raises(Misconfigured):
            Clamd(address)


# --- T47, T48: cut short, too much, and out of reach ---------------------------------------------------------------


# Werkzeug leaves the temporary file of a form it could not read to the collector, which Python remarks upon.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@one_engine
def test_t47_an_upload_cut_in_the_middle_leaves_nothing_and_can_be_done_again(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    key = next(iter(filing.draft["basic_information"]))
    person = client_as("enterprise")
    fields = {f"basic_information-{key}-{name}": text for name, text in cases.BASIC.items()}
    fields |= {"version": str(filing.row_version), "button": "save", "csrf_token": person.token()}
    whole, size, boundary = stream_encode_multipart(
        {**fields, f"files-basic_information-{key}": FileStorage(io.BytesIO(PDF * 1000), "x.pdf")}
    )
    body, kind = whole.read(), f"multipart/form-data; boundary={boundary}"
    address = f"/workspace/filings/{filing.id}/items/basic_information"
    cut = person.post(address, input_stream=io.BytesIO(body[: size // 2]), content_length=size, content_type=kind)
    assert cut.status_code == 400
    assert stored(platform_app) == set()
    assert Attachment.select().count() == 0
    assert person.post(address, data=body, content_type=kind).status_code == 302
    assert Attachment.select().count() == 1


def test_t47_the_quota_holds_when_ten_upload_at_once(platform_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    platform = current_platform()
    content = PDF[:-5] + b" " * (100_000 - len(PDF)) + b"%%EOF"
    platform.settings = platform.settings.model_copy(update={"case_quota_bytes": 350_000})
    outcomes = cases.at_once(platform_app, *[lambda: add(by, filing, content, "x.pdf")] * 10)
    taken = [each for each in outcomes if isinstance(each, Attachment)]
    assert len(taken) == 3, outcomes
    assert all("合计超过上限" in str(each) for each in outcomes if isinstance(each, Refused))
    assert stored(platform_app) == {platform.store.path_of(each) for each in taken}
    evidence.remove(by, filing.id, str(taken[0].id))
    add(by, filing, content, "x.pdf")


def test_t47_the_store_itself_counts_exactly_whoever_calls_it(platform_app: Flask) -> None:
    store = current_platform().store
    content = PDF[:-5] + b" " * (100_000 - len(PDF)) + b"%%EOF"

    def keep() -> Attachment:
        with store.received(io.BytesIO(content), "x.pdf") as upload:
            return store.keep(upload, owner_kind="test", owner_key="1", created_by=1, quota=350_000)

    outcomes = cases.at_once(platform_app, *[keep] * 10)
    assert sum(isinstance(each, Attachment) for each in outcomes) == 3, outcomes
    assert Attachment.select().count() == len(stored(platform_app)) == 3


def _gone(person: SignedIn, *addresses: str) -> None:
    missing = person.get(addresses[0].rsplit("/", 1)[0] + "/" + "0" * 32)
    for address in addresses:
        answer = person.get(address)
        assert answer.status_code == 404, address
        assert answer.get_data() == missing.get_data() or b"0" * 32 in missing.get_data(), "like a missing one"


@one_engine
def test_t48_an_old_address_of_a_file_out_of_reach_is_answered_like_a_missing_one(
    platform_app: Flask, client: SignedIn, client_as: Callable[..., SignedIn]
) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    saved = add(by, filing, PDF, "x.pdf")
    own = f"/workspace/filings/{filing.id}/files/{saved.id}"
    desk = f"/office/credit_collection/reviews/{filing.id}/files/{saved.id}"
    reviewer, other = client_as("reviewer"), client_as("enterprise", "other")
    _gone(reviewer, desk)  # a draft
    _gone(other, own)
    filing = filings.submit(by, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    answer = reviewer.get(desk)
    assert answer.status_code == 200
    answer.close()
    _gone(other, own)
    assert client.get(f"/media/{saved.id}.pdf").status_code == 404
    assert client.get(own).status_code in (302, 401)
    filings.withdraw(by, filing.id, version=filing.row_version)
    _gone(reviewer, desk)
    assert saved.id not in reviewer.get(desk.rsplit("/", 2)[0]).get_data(as_text=True)
    evidence.remove(by, filing.id, str(saved.id))
    _gone(client_as("enterprise"), own)


@one_engine
def test_t48_pictures_of_a_withdrawn_article_are_withdrawn_with_it(platform_app: Flask, client: SignedIn) -> None:
    editor, leader = cases.actor("editor"), cases.actor("leader")
    column = Column.select().first() or Column.create(slug="work", label="工作动态")
    inside = articles.upload(editor, io.BytesIO(picture("PNG")), "b.png")
    shared = articles.upload(editor, io.BytesIO(picture("PNG")), "c.png")
    made = []
    for names in ((inside, shared), (shared,)):
        body = "<p>正文</p>" + "".join(f'<img src="/media/{each.id}.png" alt="图">' for each in names)
        content = articles.Content(column.id, "汛期检查安排", body, picture_alt="一张现场照片")
        article = articles.save(editor, content, picture=(io.BytesIO(picture("PNG")), "a.png"))
        made.append(articles.publish(leader, article.id, version=article.row_version))
    first = made[0]
    addresses = {key: f"/media/{key}.png" for key in (first.picture, inside.id, shared.id)}
    for address in addresses.values():
        with client.get(address) as answer:
            assert answer.status_code == 200
    first = articles.withdraw(leader, first.id, version=first.row_version, reason="内容需要更正")
    assert {key: client.get(address).status_code for key, address in addresses.items() if key != shared.id} == {
        first.picture: 404,
        inside.id: 404,
    }
    with client.get(addresses[shared.id]) as answer:
        assert answer.status_code == 200, "another article shows it"


@one_engine
def test_t48_of_a_returned_filing_the_authority_sees_what_was_submitted_only(platform_app: Flask) -> None:
    by, reviewer = cases.actor("enterprise"), cases.actor("reviewer")
    filing = cases.draft(by)
    first = add(by, filing, PDF, "交上来的.pdf")
    filing = filings.submit(by, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    verdicts = {item.id: reviewing.Judgement(reviewing.Verdict.RETURNED, "材料看不清楚") for item in filing.items}
    filing = reviewing.decide(reviewer, filing.id, version=filing.row_version, judgements=verdicts)
    later = add(by, filing, PDF, "还没交的.pdf")
    assert evidence.find_submitted(filing, str(first.id)).id == first.id
    with pytest.raises(NotFound):
        evidence.find_submitted(filing, str(later.id))
    filing = filings.submit(by, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    assert evidence.find_submitted(filing, str(later.id)).id == later.id


# --- what nobody names ----------------------------------------------------------------------------------------------


@one_engine
@rounds(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["keep", "lose", "delete", "age", "cut", "sweep"]), max_size=12))
def test_the_sweep_takes_old_files_that_no_record_names_and_never_another(
    platform_app: Flask, steps: list[str]
) -> None:
    store: Store = platform_app.extensions["shuixin"].store
    old = (0.0, 0.0)
    for step in [*steps, "age", "sweep"]:
        if step in ("keep", "lose", "delete"):
            with pytest.raises(ZeroDivisionError) if step == "lose" else transaction():
                _save(store, fail=step == "lose")
        if step == "delete":
            store.delete(Attachment.select().order_by(Attachment.created_at.desc()).first())
        if step == "cut":
            (store.root / ".incoming").mkdir(parents=True, exist_ok=True)
            (store.root / ".incoming" / f"cut{len(stored(platform_app))}").write_bytes(b"x")
        if step == "age":
            for path in stored(platform_app):
                os.utime(path, old)
        if step == "sweep":
            young = {path for path in stored(platform_app) if path.stat().st_mtime}
            assert run_once(platform_app, "shuixin.sweep") == {"shuixin.sweep": True}
            left, named = stored(platform_app), {store.path_of(each) for each in Attachment.select()}
            assert left == named | young
    assert store.orphans(timedelta()) == []


def _save(store: Store, *, fail: bool) -> None:
    with transaction():
        store.save(io.BytesIO(PDF), "x.pdf", owner_kind="test", owner_key="1", created_by=1)
        if fail:
            raise ZeroDivisionError
