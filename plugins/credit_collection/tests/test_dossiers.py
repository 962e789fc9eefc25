"""The office's dossier: what the Register holds and where it comes from; entering a record that others review."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from shuixin.access import Actor
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.services import evidence, reviewing
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_type

from .conftest import ID_NUMBER, MOBILE

Make = Callable[..., Filing]
DECISION = {
    "behavior_code": "2-1",
    "kind": "施工",
    "act": "未按图纸施工",
    "act_type": "",
    "basis": "《建设工程质量管理条例》第六十四条",
    "decision": "罚款五万元",
    "decision_no": "黄水罚〔2026〕3号",
    "decided_on": "2026-03-02",
    "organ": "黄石市水利和湖泊局",
    "catalog_item": "行政处罚信息",
}
BASIS = "黄水罚〔2026〕3号处罚决定书"


@pytest.fixture
def subject(approved: Make, actor_as: Callable[..., Actor]) -> Subject:
    approved(actor_as("enterprise"))
    found: Subject = Subject.get()
    return found


def _address(subject: Subject, *parts: str) -> str:
    return "/".join([f"/office/credit_collection/subjects/{subject.id}", *parts])


def _typed(key: str, **values: str) -> dict[str, str]:
    """A decision with the first code of each list, typed into the form of the record *key*."""
    from shuixin_credit_collection.records import code_list

    type_ = record_type("bad_record")
    assert type_ is not None
    typed = {**DECISION, **values}
    for name in ("behavior_code", "act_type"):
        codes = code_list(type_.field(name).codes)
        typed[name] = codes.writing(next(iter(codes.labels())))
    return {f"bad_record-{key}-{name}": text for name, text in typed.items()}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_value_is_shown_with_who_said_it_and_secrets_are_masked(
    subject: Subject, client_as: Callable[..., SignedIn]
) -> None:
    reviewer = client_as("reviewer")
    overview = reviewer.get(f"/office/credit_collection/subjects/details/?id={subject.id}").get_data(as_text=True)
    assert _address(subject, "qualification", "") in overview
    listed = reviewer.get(_address(subject, "qualification", "")).get_data(as_text=True)
    assert "水利水电工程" in listed
    (held,) = entries(subject, record_type("basic_information"))  # type: ignore[arg-type]
    page = reviewer.get(_address(subject, "basic_information", held.key)).get_data(as_text=True)
    assert "沈知行" in page
    assert Filing.get().number in page
    assert "leader于" in page
    assert ID_NUMBER not in page
    assert MOBILE not in page
    before = reviewer.get(_address(subject, "basic_information", f"{held.key}?day=2000-01-01")).get_data(as_text=True)
    assert "在所看的日期不在档案中" in before
    wrong = reviewer.get(_address(subject, "basic_information", f"{held.key}?day=2000-13-01")).get_data(as_text=True)
    assert "不是日期" in wrong


def test_a_decision_is_entered_reviewed_by_others_and_holds_from_its_day(
    subject: Subject, client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor], judge: Make
) -> None:
    officer = client_as("reviewer", "录入")
    page = officer.get(_address(subject, "bad_record", "")).get_data(as_text=True)
    link = re.search(r'href="([^"]+/entry)"', page)
    assert link
    address = officer.get(link[1]).headers["Location"]
    assert officer.get(link[1]).headers["Location"] != address, "each new record has a key of its own"
    key = address.split("/")[-2]
    form: dict[str, Any] = {**_typed(key), "basis": BASIS, "effective_on": "2026-03-02", "button": "save"}
    files = {"files": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "决定书.pdf")}
    answer = officer.post_form(address, {**form, **files}, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    filing = Filing.select().order_by(Filing.id.desc()).get()
    assert (filing.source, filing.stage, str(filing.effective_on)) == ("authority", "submitted", "2026-03-02")
    assert [each.original_name for files in evidence.submitted(filing).values() for each in files] == ["决定书.pdf"]
    assert filing.events.where(filing.events.model.note == BASIS).count() == 1
    assert entries(subject, record_type("bad_record")) == []  # type: ignore[arg-type]
    filing = judge(actor_as("reviewer"), filing)
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    (entry,) = entries(subject, record_type("bad_record"))  # type: ignore[arg-type]
    assert (entry.values["decision_no"], str(entry.holds_from)) == ("黄水罚〔2026〕3号", "2026-03-02")
    shown = officer.get(_address(subject, "bad_record", key)).get_data(as_text=True)
    link = re.search(r'href="([^"]+/files/[^"]+)">决定书.pdf', shown)
    assert link
    with officer.get(link.group(1)) as sent:
        assert sent.get_data() == b"%PDF-1.4\n%%EOF"
    other = link.group(1).replace("/bad_record/", "/qualification/")
    assert officer.get(other).status_code == 404
    assert "主管部门录入" in shown


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"basis": "短"}, "请写明录入依据"),
        ({"effective_on": "2026-02-30"}, "不是日期"),
        ({"effective_on": "2999-01-01"}, "晚于今天"),
        ({"bad_record-k1-decided_on": "昨天"}, "昨天"),
        ({"bad_record-k1-organ": ""}, "处理机关"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    subject: Subject, client_as: Callable[..., SignedIn], changes: dict[str, str], said: str
) -> None:
    form = {**_typed("k1"), "basis": BASIS, "button": "save", **changes}
    answer = client_as("reviewer").post_form(_address(subject, "bad_record", "k1", "entry"), form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert "未按图纸施工" in page
    assert Filing.select().count() == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_record_is_taken_off_by_a_filing_too(
    subject: Subject, client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor], judge: Make
) -> None:
    type_ = record_type("qualification")
    assert type_ is not None
    (held,) = entries(subject, type_)
    officer = client_as("reviewer", "录入")
    page = officer.get(_address(subject, "qualification", held.key, "entry")).get_data(as_text=True)
    assert 'value="D242000001"' in page
    answer = officer.post_form(
        _address(subject, "qualification", held.key, "entry"), {"basis": "该证书已由发证机关注销", "button": "remove"}
    )
    assert answer.status_code == 302
    filing = judge(actor_as("reviewer"), Filing.select().order_by(Filing.id.desc()).get())
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert entries(subject, type_) == []
    assert "删除" in officer.get(_address(subject, "qualification", held.key)).get_data(as_text=True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_who_may_enter_does_and_only_in_the_own_region(
    subject: Subject, client_as: Callable[..., SignedIn]
) -> None:
    address = _address(subject, "bad_record", "k1", "entry")
    form = {**_typed("k1"), "basis": BASIS, "button": "save"}
    leader = client_as("leader")
    assert "录入一条" not in leader.get(_address(subject, "bad_record", "")).get_data(as_text=True)
    assert leader.post_form(address, form).status_code == 403
    assert client_as("enterprise").post_form(address, form).status_code == 403
    Subject.update(authority="420300").execute()
    for path in (_address(subject, "bad_record", ""), _address(subject, "bad_record", "k1"), address):
        assert client_as("reviewer").get(path).status_code == 404
    assert client_as("reviewer").post_form(address, form).status_code == 404
    assert Filing.select().count() == 1
