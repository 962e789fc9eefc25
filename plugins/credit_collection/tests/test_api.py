"""The main job of an enterprise through the API alone, and what is refused there."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from shuixin.access import Actor
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.records import Editor
from shuixin_credit_collection.services import filings, reviewing
from shuixin_credit_collection.services.registry import record_type

from .api_client import Caller, caller
from .conftest import BASIC, CODE, ID_NUMBER, MOBILE, QUALIFICATION

Make = Callable[..., Any]


@pytest.fixture
def firm(actor_as: Callable[..., Actor]) -> Actor:
    """An enterprise account that is bound to its subject, as registration makes them."""
    return actor_as("enterprise", subject=CODE)


@pytest.fixture
def api(client: SignedIn, firm: Actor) -> Caller:
    """The system of that enterprise, which has begun a filing."""
    made = caller(client, firm)
    made.begin()
    return made


def _picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), "navy").save(buffer, "PNG")
    return buffer.getvalue()


def _error(answer: Any, status: int) -> dict[str, Any]:
    """Return the error of *answer*, which must be in the one form of errors."""
    assert answer.status_code == status, answer.get_data(as_text=True)[:500]
    assert answer.mimetype == "application/json"
    error: dict[str, Any] = answer.get_json()["error"]
    assert error["message"]
    assert error["code"] == error["code"].lower()
    assert all(problem.keys() == {"field", "value", "rule", "remedy"} for problem in error["problems"])
    return error


def _fill(api: Caller) -> None:
    assert api.put("basic_information", "own", BASIC).status_code == 200
    assert api.put("qualification", "a1", QUALIFICATION).status_code == 200
    assert api.put("person", "p1", {"name": "罗文彬", "id_no": ID_NUMBER, "mobile": MOBILE}).status_code == 200


def test_an_enterprise_files_gets_returned_corrects_and_is_registered(
    api: Caller, judge: Make, actor_as: Callable[..., Actor]
) -> None:
    _fill(api)
    attached = api.attach("qualification/a1", _picture())
    assert attached.status_code == 201
    assert attached.get_json()["file"]["name"] == "证明.png"
    checked = api.work("GET", "/check").get_json()
    assert checked["problems"] == []
    assert {change["type"] for change in checked["changes"]} == {"basic_information", "qualification", "person"}
    sent = api.submit()
    assert (sent.status_code, sent.get_json()["stage"]) == (200, "submitted")

    judge(actor_as("reviewer"), Filing.get_by_id(api.id), {"legal_rep": "与营业执照不一致。"})
    case = api.work("GET").get_json()
    assert case["stage"] == "returned"
    returned = [item for item in case["items"] if item["verdict"] == "returned"]
    assert [(item["field"], item["reason"]) for item in returned] == [("legal_rep", "与营业执照不一致。")]
    api.put("basic_information", "own", {**BASIC, "legal_rep": "何静远"})
    again = api.submit(replies={str(returned[0]["id"]): "已改正"})
    assert again.status_code == 200
    items = api.work("GET").get_json()["items"]
    assert [item["reply"] for item in items if item["field"] == "legal_rep"] == ["已改正"]

    filing = judge(actor_as("reviewer"), Filing.get_by_id(api.id))
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    held = api.send("GET", "register").get_json()
    assert (held["uscc"], held["version"]) == (CODE, 1)
    basic = held["records"]["basic_information"][0]["values"]
    assert (basic["legal_rep"], basic["reg_capital"]) == ("何静远", 4000 * 1_000_000)
    assert held["records"]["person"][0]["values"]["id_no"] == "420***********1231"
    timeline = " ".join(line["who"] for line in api.work("GET").get_json()["timeline"])
    assert f"接口令牌{api.token.split('_')[1]}" in timeline


def test_stored_values_say_the_same_as_typed_ones(api: Caller, firm: Actor) -> None:
    _fill(api)
    typed = filings.check(filings.find_own(firm, api.id)).changes
    stored = {**BASIC, "kinds": ["construct", "supply"], "reg_region": "420204", "reg_capital": 4_000_000_000}
    assert api.put("basic_information", "own", stored).status_code == 200
    category = typed_value(typed, "qualification", "category")
    assert api.put("qualification", "a1", {**QUALIFICATION, "category": category}).status_code == 200
    person = {
        "name": "罗文彬",
        "id_no": ID_NUMBER,
        "mobile": MOBILE,
        "categories": ["constructor"],
        "career_from": 2012,
    }
    assert api.put("person", "p1", person).status_code == 200
    again = filings.check(filings.find_own(firm, api.id)).changes
    for name in ("kinds", "reg_region", "reg_capital"):
        assert value_of(again, name) == value_of(typed, name)
    assert typed_value(again, "qualification", "category") == category
    assert typed_value(again, "person", "categories") == ["constructor"]
    assert typed_value(again, "person", "career_from") == 2012


def value_of(changes: list[Any], field: str) -> Any:
    return next(each.after for each in changes if each.field == field)


def typed_value(changes: list[Any], code: str, name: str) -> Any:
    return next(each.after[name] for each in changes if each.record_type == code)


@pytest.mark.parametrize("person", ["罗文彬", {"key": "p1", "text": "罗文彬"}, {"key": "p1"}])
def test_a_link_is_written_by_name_or_as_it_is_stored(api: Caller, firm: Actor, person: Any) -> None:
    _fill(api)
    certificate = {"cert_kind": "constructor", "person": person, "reg_no": "鄂1422020202100001"}
    assert api.put("person_cert", "c1", certificate).status_code == 200
    links = [change for change in filings.check(filings.find_own(firm, api.id)).changes if change.key == "c1"]
    assert [change.after["person"]["key"] for change in links if change.after] == ["p1"]


def test_beginning_twice_returns_the_open_filing(api: Caller) -> None:
    again = api.send("POST", "filings")
    assert (again.status_code, again.get_json()["id"]) == (200, api.id)
    listed = api.send("GET", "filings").get_json()
    assert [each["id"] for each in listed["filings"]] == [api.id]
    assert (listed["page"], listed["pages"]) == (1, 1)
    assert api.send("GET", "filings?page=9").get_json()["filings"] == []


def test_secrets_come_back_masked_and_stay_when_they_are_sent_back(api: Caller, firm: Actor) -> None:
    _fill(api)
    before = filings.find_own(firm, api.id).draft["person"]["p1"]["id_no"]
    text = api.work("GET").get_data(as_text=True)
    assert ID_NUMBER not in text
    assert MOBILE not in text
    record = api.work("GET").get_json()["records"]["person"]["p1"]
    assert record["id_no"] == "420***********1231"
    assert api.put("person", "p1", {**record, "name": "罗文斌"}).status_code == 200
    after = filings.find_own(firm, api.id).draft["person"]["p1"]
    assert (after["id_no"], after["name"]) == (before, "罗文斌")
    forged = api.put("person", "p1", {**record, "id_no": "sealed:1:AAAA"})
    assert forged.status_code == 200
    assert "person-p1-id_no" in {each["field"] for each in api.work("GET", "/check").get_json()["problems"]}


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"nick": "x"}, "nick", "没有字段"),
        ({"sex": "male"}, "sex", "由系统计算"),
        ({"photo": {"id": "0" * 32}}, "photo", "是附件"),
        ({"name": ["罗文彬"]}, "name", "无法识别"),
        ({"name": True}, "name", "无法识别"),
        ({"name": "a\0b"}, "name", "无法识别"),
        ({"name": "\ud800"}, "name", "无法识别"),
        ({"name": "水" * 5001}, "name", "无法识别"),
        ({"career_from": True}, "career_from", "无法识别"),
        ({"career_from": 10**30}, "career_from", "无法识别"),
        ({"categories": [1]}, "categories", "无法识别"),
    ],
)
def test_a_record_that_cannot_be_kept_is_refused_by_field(
    api: Caller, firm: Actor, values: dict[str, Any], field: str, words: str
) -> None:
    error = _error(api.put("person", "p1", {"edu": "本科", **values}), 422)
    assert [(each["field"], words in each["rule"]) for each in error["problems"]] == [(f"person-p1-{field}", True)]
    assert filings.find_own(firm, api.id).draft["person"] == {}


def test_what_the_authority_fills_in_is_refused_but_may_come_back_unchanged(api: Caller, firm: Actor) -> None:
    type_ = record_type("qualification")
    assert type_ is not None
    name = next(spec.name for spec in type_.typed if spec.editor is Editor.AUTHORITY)
    error = _error(api.put("qualification", "a1", {**QUALIFICATION, name: "x"}), 422)
    assert "主管部门" in error["problems"][0]["rule"]
    filing = filings.find_own(firm, api.id)
    kept = {**filing.draft, "qualification": {"a1": {**QUALIFICATION, name: "旧"}}}
    api.version = filing.save_if(filing.row_version, draft=kept).row_version
    assert api.put("qualification", "a1", {**QUALIFICATION, name: "旧"}).status_code == 200
    assert api.put("qualification", "a1", QUALIFICATION).status_code == 200
    assert filings.find_own(firm, api.id).draft["qualification"]["a1"][name] == "旧"


def test_a_change_names_the_version_it_starts_from(api: Caller) -> None:
    _fill(api)
    _error(api.put("basic_information", "own", BASIC, version=None), 428)
    _error(api.put("basic_information", "own", BASIC, version="*"), 428)
    _error(api.put("basic_information", "own", BASIC, version=api.version + 1), 409)
    for method, path in (
        ("POST", "/submit"),
        ("POST", "/withdraw"),
        ("DELETE", "/records/qualification/a1"),
        ("DELETE", f"/files/{'0' * 32}"),
    ):
        _error(api.work(method, path, version=None), 428)
    _error(api.attach("qualification/a1", _picture(), version=None), 428)
    _error(api.attach("qualification/a1", _picture(), version=api.version + 1), 409)


def test_bodies_that_are_no_json_object_are_refused(api: Caller) -> None:
    path, kind = "/records/basic_information/own", "application/json"
    for text in (
        "",
        "{",
        "[]",
        "null",
        '{"name": NaN}',
        '{"name": "a", "name": "b"}',
        "[" * 100_000,
        '{"n": ' + "9" * 5000,
    ):
        _error(api.work("PUT", path, data=text, content_type=kind), 400)
    _error(api.work("PUT", path, data=b'{"name": "\xff"}', content_type=kind), 400)
    _error(api.work("PUT", path, data="name=x", content_type="application/x-www-form-urlencoded"), 415)
    _error(api.work("PUT", path, data="x" * (300 * 1024), content_type=kind), 413)
    _error(api.work("POST", "/submit", json={"reply": {}}), 422)
    _error(api.work("POST", "/submit", json={"replies": {"1": ["x"]}}), 422)
    _error(api.work("POST", "/submit", json={"replies": {"1": "\ud800"}}), 422)


def test_files_are_refused_by_content_type_and_place(api: Caller) -> None:
    _fill(api)
    _error(api.attach("qualification/a1", b"<svg/>", "图.svg"), 422)
    _error(api.attach("qualification/none", _picture()), 404)
    _error(api.attach("qualification/a1/nothing", _picture()), 404)
    _error(api.work("POST", "/files/qualification/a1", json={}), 415)
    _error(api.work("POST", "/files/qualification/a1", data={"other": (io.BytesIO(b"x"), "x.png")}), 422)
    photo = api.attach("person/p1/photo", _picture())
    assert photo.status_code == 201
    assert api.work("GET").get_json()["records"]["person"]["p1"]["photo"] == photo.get_json()["file"]["id"]
    file = photo.get_json()["file"]["id"]
    assert api.work("DELETE", f"/files/{file}").status_code == 200
    assert api.work("GET").get_json()["files"] == []
    _error(api.work("DELETE", f"/files/{file}"), 404)


def test_records_are_taken_out_but_not_what_a_unit_has_once(api: Caller) -> None:
    _fill(api)
    assert api.work("DELETE", "/records/person/p1").status_code == 200
    assert api.work("GET").get_json()["records"]["person"] == {}
    _error(api.work("DELETE", "/records/person/p1"), 404)
    _error(api.work("DELETE", "/records/basic_information/own"), 422)
    for path in ("basic_information/other", "bad_record/b1", "nothing/b1", "person/a-b", "person/" + "x" * 33):
        _error(api.work("PUT", f"/records/{path}", json={}), 404)


def test_a_submitted_filing_stays_as_it_is_until_it_is_withdrawn(api: Caller) -> None:
    refused = _error(api.submit(), 422)
    assert {each["field"] for each in refused["problems"]}
    _fill(api)
    assert api.attach("qualification/a1", _picture()).status_code == 201
    assert api.submit().status_code == 200
    _error(api.put("basic_information", "own", BASIC), 409)
    _error(api.submit(), 409)
    _error(api.attach("qualification/a1", _picture()), 409)
    assert api.work("POST", "/withdraw").get_json()["stage"] == "withdrawn"
    assert api.put("basic_information", "own", BASIC).status_code == 200


def test_somebody_elses_filing_is_answered_like_a_missing_one(
    api: Caller, client: SignedIn, actor_as: Callable[..., Actor], dump: Callable[[], Any]
) -> None:
    _fill(api)
    other = caller(client, actor_as("enterprise", "二", subject="91420281MA1JER209B"))
    assert other.send("GET", "filings").get_json()["filings"] == []
    assert other.send("GET", "register").get_json()["uscc"] is None

    def rows() -> Any:
        noted = ("credit_collection_api_token", "shuixin_right_use")  # that somebody asked, and by which right
        return {table: found for table, found in dump().items() if table not in noted}

    before = rows()
    for method, path, options in (
        ("GET", "", {}),
        ("GET", "/check", {}),
        ("PUT", "/records/person/p1", {"json": {}}),
        ("DELETE", "/records/person/p1", {}),
        ("POST", "/submit", {}),
        ("POST", "/withdraw", {}),
        ("POST", "/files/person/p1", {"data": {"file": (io.BytesIO(_picture()), "x.png")}}),
        ("DELETE", f"/files/{'0' * 32}", {}),
    ):
        theirs = other.send(method, f"filings/{api.id}{path}", version=api.version, **options)
        again = {"data": {"file": (io.BytesIO(_picture()), "x.png")}} if "data" in options else options
        missing = other.send(method, f"filings/999999{path}", version=api.version, **again)
        _error(theirs, 404)
        assert theirs.get_data() == missing.get_data()
    assert rows() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def _fields(code: str) -> st.SearchStrategy[str]:
    type_ = record_type(code)
    assert type_ is not None
    return st.sampled_from([spec.name for spec in type_.fields]) | st.text(max_size=8)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("code", ["basic_information", "person", "person_cert", "performance"])
def test_no_json_breaks_the_server(platform_app: Flask, client: SignedIn, firm: Actor, code: str) -> None:
    platform_app.extensions["shuixin"].loaded.bundles["credit_collection"].settings.__dict__["requests_per_minute"] = (
        10**6
    )
    made = caller(client, firm)
    made.begin()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.dictionaries(_fields(code), JSON, max_size=4) | JSON)
    def send(body: Any) -> None:
        text = json.dumps(body)
        path = f"/records/{code}/own" if code == "basic_information" else f"/records/{code}/k1"
        answer = made.work("PUT", path, data=text, content_type="application/json")
        assert answer.status_code in (200, 400, 422), answer.get_data(as_text=True)
        if answer.status_code == 200:
            assert made.work("GET").status_code == 200
            assert made.work("GET", "/check").status_code == 200
        sent = made.work("POST", "/submit", data=text, content_type="application/json")
        assert sent.status_code in (400, 422), sent.get_data(as_text=True)

    send()
