"""The pages of enterprise, reviewer and leader, when things go wrong: nothing typed is lost, nothing is done twice."""

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from shuixin.access import Actor
from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.services import commitments, evidence, filings
from shuixin_credit_collection.workbook import export

from .conftest import BASIC, QUALIFICATION

Make = Callable[..., Filing]
Clients = Callable[..., SignedIn]
SCRIPT = "<script>alert(1)</script>"
REVIEWS = "/office/credit_collection/reviews"


def _address(filing: Filing, rest: str = "items/basic_information") -> str:
    return f"/workspace/filings/{filing.id}/{rest}"


def _form(filing: Filing, **changed: str) -> dict[str, Any]:
    """What the form of 基本信息 sends."""
    key = next(iter(filing.draft["basic_information"]))
    values = {**BASIC, **changed}
    return {
        **{f"basic_information-{key}-{name}": value for name, value in values.items()},
        "version": str(filing.row_version),
        "button": "save",
    }


def test_the_summary_leads_to_each_field_and_keeps_what_was_typed(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    person.post_form(_address(filing), _form(filing, name=SCRIPT, founded_on="去年", reg_capital="四千"))
    page = person.get(f"{_address(filing)}?check=1").get_data(as_text=True)
    summary = page[page.index('role="alert"') : page.index("</ul>", page.index('role="alert"'))]
    targets = re.findall(r'href="#(field-[^"]+)"', summary)
    assert len(targets) == 2
    assert all(f'id="{target}"' in page for target in targets)
    assert 'value="去年"' in page
    assert 'value="四千"' in page
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_secret_is_shown_masked_and_kept_when_it_comes_back_masked(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    page = person.get(_address(filing)).get_data(as_text=True)
    assert BASIC["legal_rep_idno"] not in page
    person.post_form(_address(filing), _form(filing, legal_rep_idno="420***********1231", mobile="139****0001"))
    kept = Filing.get_by_id(filing.id)
    assert filings.check(kept).problems == []
    assert kept.draft == filing.draft


def test_a_secret_that_looks_sealed_is_a_wrong_value_like_any_other(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    forged = _form(filing, legal_rep_idno="sealed:1:AAAA", mobile="sealed:1:")
    assert person.post_form(_address(filing), forged).status_code == 302
    assert person.get(_address(filing)).status_code == 200
    problems = {each.field.rsplit("-", 1)[1] for each in filings.check(Filing.get_by_id(filing.id)).problems}
    assert problems == {"legal_rep_idno", "mobile"}
    person.post_form(_address(filing), {**_form(filing), "version": str(filing.row_version + 1)})
    assert filings.check(Filing.get_by_id(filing.id)).problems == []


def test_of_two_tabs_the_later_one_keeps_its_text_and_is_told(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    person.post_form(_address(filing), _form(filing, legal_rep="罗文彬"))
    answer = person.post_form(_address(filing), _form(filing, legal_rep="何静远"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "尚未保存" in page
    assert 'value="何静远"' in page
    assert BASIC["mobile"] not in page
    assert next(iter(Filing.get_by_id(filing.id).draft["basic_information"].values()))["legal_rep"] == "罗文彬"
    again = {**_form(filing, legal_rep="何静远"), "version": re.findall(r'name="version" value="(\d+)"', page)[0]}
    assert person.post_form(_address(filing), again).status_code == 302
    assert next(iter(Filing.get_by_id(filing.id).draft["basic_information"].values()))["legal_rep"] == "何静远"


def _sent(filing: Filing) -> dict[str, str]:
    return {"version": str(filing.row_version), "commitment": commitments.wording().id}


def test_submitting_twice_submits_once_and_ends_on_the_case(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    answers = [person.post_form(_address(filing, "submit"), _sent(filing)) for _turn in range(2)]
    assert [answer.location for answer in answers] == [f"/workspace/filings/{filing.id}"] * 2
    kept = Filing.get()
    assert (Filing.select().count(), Subject.select().count()) == (1, 1)
    assert f"此件已经提交，编号{kept.number}" in person.get(answers[1].location).get_data(as_text=True)


def test_submitting_an_outdated_draft_shows_what_it_holds_now(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    person.post_form(_address(filing), _form(filing, legal_rep="罗文彬"))
    answer = person.post_form(_address(filing, "submit"), _sent(filing))
    assert answer.status_code == 409
    assert "罗文彬" in answer.get_data(as_text=True)
    assert Filing.get().number is None


def test_evidence_that_is_not_what_it_says_is_refused_and_the_form_is_kept(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    fields = {f"qualification-a1-{name}": value for name, value in {**QUALIFICATION, "issuer": "改过的机关"}.items()}
    upload = {"files-qualification-a1": (io.BytesIO(b"MZ\x90\x00" + b"\0" * 300), "证书.pdf")}
    form = {**fields, **upload, "version": str(filing.row_version), "button": "save"}
    answer = person.post_form(_address(filing, "items/qualification/a1"), form, content_type="multipart/form-data")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "证书.pdf" in page or "内容" in page
    assert 'value="改过的机关"' in page
    assert Filing.get().draft["qualification"]["a1"]["issuer"] == "改过的机关"


def test_a_decision_on_a_case_changed_since_it_was_opened_is_not_made(
    client_as: Clients, actor_as: Callable[..., Actor], submitted: Make
) -> None:
    enterprise = actor_as("enterprise")
    opened = submitted(enterprise)
    withdrawn = filings.withdraw(enterprise, opened.id, version=opened.row_version)
    filings.submit(enterprise, withdrawn.id, version=withdrawn.row_version, commitment=commitments.wording().id)
    items = {f"verdict-{item.id}": "accepted" for item in FilingItem.select()}
    form = {**items, "version": str(opened.row_version), "opinion": "经核对与营业执照一致"}
    answer = client_as("reviewer").post_form(f"{REVIEWS}/{opened.id}/decide", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "已被他人更新" in page
    assert "经核对与营业执照一致" in page
    assert Filing.get_by_id(opened.id).stage == "submitted"
    assert not FilingItem.select().where(FilingItem.verdict != "pending").exists()


def test_an_approval_pressed_twice_counts_once(
    client_as: Clients, actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    filing = judge(actor_as("reviewer"), submitted(actor_as("enterprise")))
    leader = client_as("leader")
    form = {"version": str(filing.row_version), "decision": "approve"}
    path = f"/office/credit_collection/approvals/{filing.id}/decide"
    answers = [leader.post_form(path, form) for _turn in range(2)]
    assert [answer.status_code for answer in answers] == [302, 409]
    assert Subject.get().register_version == 1


def test_an_item_returned_without_a_reason_is_refused_with_all_choices_kept(
    client_as: Clients, actor_as: Callable[..., Actor], submitted: Make
) -> None:
    filing = submitted(actor_as("enterprise"))
    first, *others = list(filing.items)
    form = {f"verdict-{item.id}": "accepted" for item in others}
    form |= {f"verdict-{first.id}": "returned", "version": str(filing.row_version), "opinion": ""}
    answer = client_as("reviewer").post_form(f"{REVIEWS}/{filing.id}/decide", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "请写明理由" in page
    assert len(re.findall(r'value="accepted"[^>]* checked', page)) == len(others)
    assert len(re.findall(r'value="returned"[^>]* checked', page)) == 1
    assert Filing.get_by_id(filing.id).stage == "submitted"


def _decide(person: SignedIn, desk: str, filing: Filing, **form: str) -> int:
    fresh = Filing.get_by_id(filing.id)
    status: int = person.post_form(
        f"/office/credit_collection/{desk}/{filing.id}/decide", {"version": str(fresh.row_version), **form}
    ).status_code
    return status


def test_a_leader_sends_back_with_a_reason_and_the_reviewer_rejects_with_one(
    client_as: Clients, actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    filing = judge(actor_as("reviewer"), submitted(actor_as("enterprise")))
    leader, reviewer = client_as("leader"), client_as("reviewer")
    assert _decide(leader, "approvals", filing, decision="send_back", opinion="") == 422
    assert _decide(leader, "approvals", filing, decision="send_back", opinion="资质证书编号须再核对") == 302
    assert Filing.get().stage == "submitted"
    assert _decide(reviewer, "reviews", filing, decision="reject", opinion="不行") == 422
    assert _decide(reviewer, "reviews", filing, decision="reject", opinion="证书编号与发证机关记录不符") == 302
    assert Filing.get().stage == "rejected"
    page = client_as("enterprise").get(f"/workspace/filings/{filing.id}").get_data(as_text=True)
    assert "证书编号与发证机关记录不符" in page


def _one(code: str, key: str, texts: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """What the form of one record sends."""
    return {**{f"{code}-{key}-{name}": text for name, text in texts.items()}, "button": "save", **more}


def _picture() -> io.BytesIO:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    return picture


def test_records_and_files_are_added_and_taken_away(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"), proven=False)
    person, path = client_as("enterprise"), _address(filing, "items/qualification")

    def press(button: str, key: str = "a1", **fields: Any) -> TestResponse:
        form = _one(
            "qualification",
            key,
            QUALIFICATION,
            **{**fields, "button": button, "version": str(Filing.get().row_version)},
        )
        return person.post_form(f"{path}/{key}", form, content_type="multipart/form-data")

    fresh = press("more").location
    assert fresh.startswith(f"{path}/"), "another one, under a key of its own"
    assert person.get(fresh).status_code == 200
    assert list(Filing.get().draft["qualification"]) == ["a1"], "to look at an empty form adds nothing"
    assert press("list", "a2").location == path
    assert list(Filing.get().draft["qualification"]) == ["a1", "a2"]
    assert press("save", **{"files-qualification-a1": (_picture(), "证书.png")}).location == f"{path}/a1"
    (kept,) = evidence.of_filing(Filing.get())["qualification-a1"]
    assert press(f"unfile:{kept.id}").status_code == 302
    assert evidence.of_filing(Filing.get()) == {}
    assert press("remove").location == path
    assert list(Filing.get().draft["qualification"]) == ["a2"]


def test_what_is_typed_is_kept_by_itself_and_a_second_tab_is_told(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    person, path = client_as("enterprise"), _address(filing, "items/qualification/a1")

    def autosave(version: int, **changed: str) -> TestResponse:
        form = _one("qualification", "a1", {**QUALIFICATION, **changed}, button="autosave", version=str(version))
        return person.post_form(path, form)

    first = autosave(filing.row_version, issuer="改过的机关")
    assert first.get_json() == {"saved": True, "version": filing.row_version + 1}
    late = autosave(filing.row_version, issuer="另一个窗口")
    assert (late.status_code, late.get_json()["saved"]) == (409, False)
    assert Filing.get().draft["qualification"]["a1"]["issuer"] == "改过的机关"
    assert autosave(first.get_json()["version"], issuer="再改").status_code == 200


def test_a_list_shows_its_records_and_finds_one_among_many(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    enterprise = actor_as("enterprise")
    filing = draft(enterprise)
    rows = {f"n{number}": {"name": f"某设备{number:03}号", "count": "1"} for number in range(120)}
    rows["n7"] = {"name": "挖泥船", "count": "很多"}
    filings.save_draft(enterprise, filing.id, version=filing.row_version, code="equipment", rows=rows)
    person, path = client_as("enterprise"), _address(filing, "items/equipment")
    pages = [person.get(f"{path}?page={number}").get_data(as_text=True) for number in (1, 2, 3, 9)]
    assert [page.count(f'href="{path}/n') for page in pages] == [50, 50, 20, 20]
    found = person.get(f"{path}?q=挖泥船").get_data(as_text=True)
    assert found.count(f'href="{path}/n') == 1
    assert "1处要改" in found, "what is wrong with it is said in the list"
    assert f"{path}/n7?check=1" in found, "and the form it leads to points to the place"
    assert "应为1至1000000的整数" in person.get(f"{path}/n7?check=1").get_data(as_text=True)


@pytest.mark.parametrize("path", ["items/qualification", "items/bad_record", "items/bad_record/a1", "items/nothing"])
def test_there_is_no_form_of_a_whole_list_nor_of_what_the_authority_files(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make, path: str
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    form = _one(path.split("/")[1], "a1", {"decision_no": "鄂水罚〔2026〕1号"}, version=str(filing.row_version))
    assert person.post_form(_address(filing, path), form).status_code == 404
    assert Filing.get().draft == filing.draft


def test_a_filing_is_taken_back_and_opened_again(
    client_as: Clients, actor_as: Callable[..., Actor], submitted: Make
) -> None:
    filing, person = submitted(actor_as("enterprise")), client_as("enterprise")
    assert person.post_form("/workspace/filings", {}).location == f"/workspace/filings/{filing.id}"
    locked = person.post_form(_address(filing), {**_form(filing), "version": str(filing.row_version)})
    assert (locked.status_code, "此件已提交，不能再修改" in locked.get_data(as_text=True)) == (409, True)
    assert person.get(_address(filing, "import")).status_code == 409
    assert person.post_form(_address(filing, f"import/{'0' * 32}")).status_code == 409
    answer = person.post_form(f"/workspace/filings/{filing.id}/withdraw", {"version": str(filing.row_version)})
    assert "已撤回，可以修改后重新提交" in person.get(answer.location).get_data(as_text=True)
    assert person.post_form("/workspace/filings", {}).location == _address(filing)
    assert person.post_form(f"/workspace/filings/{filing.id}/withdraw", {"version": "1"}).status_code == 409


def test_bulk_work_asks_first_and_names_each_outcome(
    client_as: Clients, actor_as: Callable[..., Actor], submitted: Make
) -> None:
    filing = submitted(actor_as("enterprise"))
    reviewer = client_as("reviewer")
    wanted = {"case": [f"{filing.id}:{filing.row_version}", f"{filing.id}:99", "x:y"]}
    asked = reviewer.post_form(f"{REVIEWS}/bulk", wanted).get_data(as_text=True)
    assert BASIC["name"] in asked
    assert Filing.get().stage == "submitted"
    done = reviewer.post_form(f"{REVIEWS}/bulk", {**wanted, "confirmed": "1"}).get_data(as_text=True)
    assert "已办理" in done
    assert "此件当前为“待批准”，不能办理这一步" in done
    assert Filing.get().stage == "reviewed"
    none = reviewer.post_form(f"{REVIEWS}/bulk", {})
    assert "请先选择要办理的件" in reviewer.get(none.location).get_data(as_text=True)


def test_a_later_filing_shows_what_a_record_was_proven_with_before(
    client_as: Clients, actor_as: Callable[..., Actor], approved: Make
) -> None:
    first, person = approved(actor_as("enterprise")), client_as("enterprise")
    again = filings.start(actor_as("enterprise"))
    (key,) = again.draft["qualification"]
    page = person.get(f"/workspace/filings/{again.id}/items/qualification/{key}").get_data(as_text=True)
    told = page[page.index("已在档案中的材料") :]
    assert f"随{first.number}提交" in told
    link = re.search(rf'href="(/workspace/filings/{first.id}/files/[^"]+)">资质证书.pdf', told)
    assert link
    with person.get(link[1]) as answer:
        assert answer.get_data().startswith(b"%PDF")
    (basic,) = again.draft["basic_information"]
    page = person.get(f"/workspace/filings/{again.id}/items/basic_information").get_data(as_text=True)
    assert basic in page
    assert "已在档案中的材料" not in page, "nothing was attached to it"


def test_a_stranger_sees_neither_case_nor_files(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing = draft(actor_as("enterprise"))
    stranger = client_as("enterprise", "stranger")
    for rest in ("", "items/basic_information", "submit", "import", "files/" + "0" * 32):
        assert stranger.get(f"/workspace/filings/{filing.id}/{rest}".rstrip("/")).status_code == 404
    assert stranger.post_form(_address(filing), _form(filing)).status_code == 404


def test_evidence_is_given_to_its_owner_and_its_reviewers_as_a_download(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make
) -> None:
    enterprise = actor_as("enterprise")
    filing = draft(enterprise)
    picture = _picture()
    kept = evidence.add(enterprise, filing.id, code="qualification", key="a1", stream=picture, name="证书.png")
    filings.submit(enterprise, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    own, desk = f"/workspace/filings/{filing.id}/files/{kept.id}", f"{REVIEWS}/{filing.id}/files/{kept.id}"
    for role, path, status in (
        ("enterprise", own, 200),
        ("reviewer", desk, 200),
        ("editor", desk, 403),
        ("administrator", desk, 403),
    ):
        answer = client_as(role).get(path)
        assert answer.status_code == status, role
        if status == 200:
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert "no-store" in answer.headers["Cache-Control"]
            assert answer.get_data() == picture.getvalue()
        answer.close()
    assert client_as("enterprise", "stranger").get(own).status_code == 404


def _send(person: SignedIn, filing: Filing, content: bytes, name: str) -> Any:
    form = {"workbook": (io.BytesIO(content), name)}
    return person.post_form(_address(filing, "import"), form, content_type="multipart/form-data")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", ""),
        (b"not a workbook", "表格.xlsx"),
        (b"%PDF-1.4\n%\xe2\xe3", "表格.xlsx"),
        (b"PK\x03\x04" + b"\0" * 100, "表格.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧表格.xls"),
    ],
)
def test_an_upload_that_is_no_workbook_is_refused_with_the_remedy(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make, content: bytes, name: str
) -> None:
    filing = draft(actor_as("enterprise"))
    answer = _send(client_as("enterprise"), filing, content, name)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "xlsx" in page[page.index('role="alert"') :].split("</ul>")[0].lower()
    assert Filing.get().draft == filing.draft


def test_a_workbook_is_looked_at_first_and_then_laid_over_the_draft(
    client_as: Clients, actor_as: Callable[..., Actor], approved: Make, tmp_path: Path
) -> None:
    approved(actor_as("enterprise"))
    path = tmp_path / "导出.xlsx"
    export(actor_as("reviewer"), path)
    filing = filings.start(actor_as("enterprise"))
    key = next(iter(filing.draft["basic_information"]))
    blanked = {key: {**filing.draft["basic_information"][key], "legal_rep": "罗文彬"}}
    filing = filings.save_draft(
        actor_as("enterprise"), filing.id, version=filing.row_version, code="basic_information", rows=blanked
    )
    person = client_as("enterprise")
    page = _send(person, filing, path.read_bytes(), "导出.xlsx").get_data(as_text=True)
    assert "与档案一致" in page
    assert Filing.get_by_id(filing.id).draft == filing.draft
    action = re.findall(r'action="(/workspace/filings/\d+/import/[0-9a-f]+)"', page)[0]
    answer = person.post_form(action, {"version": str(filing.row_version)})
    assert answer.status_code == 302
    assert person.post_form(action, {"version": str(filing.row_version)}).status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_invented_keys_add_nothing(client_as: Clients, actor_as: Callable[..., Actor], draft: Make) -> None:
    filing = draft(actor_as("enterprise"), proven=False)
    person, path = client_as("enterprise"), _address(filing, "items/qualification")
    picture = _picture()
    for key in ("x" * 200, "../../etc", "水" * 33, ""):
        picture.seek(0)
        form = {
            **{f"qualification-a1-{name}": value for name, value in QUALIFICATION.items()},
            f"qualification-{key}-specialty": "不存在的一条",
            f"files-qualification-{key}": (io.BytesIO(picture.getvalue()), "证书.png"),
            "version": str(Filing.get().row_version),
            "button": "save",
        }
        answer = person.post_form(f"{path}/a1", form, content_type="multipart/form-data")
        assert answer.status_code in {302, 404}, key
        if key and "/" not in key:
            assert (
                person.post_form(f"{path}/{key}", {"version": form["version"], "button": "save"}).status_code == 404
            ), key
    assert list(Filing.get().draft["qualification"]) == ["a1"]
    assert evidence.of_filing(Filing.get()) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_too_large_an_upload_gets_our_page(client_as: Clients, actor_as: Callable[..., Actor], draft: Make) -> None:
    filing = draft(actor_as("enterprise"))
    answer = client_as("enterprise").post(
        _address(filing, "import"),
        input_stream=io.BytesIO(),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(26 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert "请压缩文件，或分成几份提交" in answer.get_data(as_text=True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_long_workbook_does_not_make_a_page_without_end(
    client_as: Clients, actor_as: Callable[..., Actor], draft: Make, tmp_path: Path
) -> None:
    filing = draft(actor_as("enterprise"))
    path = tmp_path / "长表.xlsx"
    columns = tuple(ColumnPlan(title) for title in ("单位名称", "统一社会信用代码", "主体类别", "所属省市"))
    rows = [[f"某{number}公司", "91420281MA5XG7P310", "施工", "湖北省黄石市大冶市"] for number in range(2000)]
    write_workbook(path, [SheetPlan("基本信息", columns, rows)])
    page = _send(client_as("enterprise"), filing, path.read_bytes(), "长表.xlsx").get_data(as_text=True)
    assert "只列出前300行，共2000行" in page
    assert page.count("<tr") < 310
