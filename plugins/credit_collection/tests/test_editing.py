"""What an enterprise may say of itself: not what the authority writes, nor without proof, nor of what is settled."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shuixin.access import Actor, system_actor
from shuixin.errors import Refused
from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.records import code_list
from shuixin_credit_collection.services import commitments, evidence, filings, reviewing
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.workbook import merge_into_draft, propose

from .conftest import CODE, QUALIFICATION, prove

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Make = Callable[..., Filing]
WORK = {"project_name": "大冶湖堤防加固", "role": "施工", "status": "在建", "main_content": "堤身加高培厚"}
DECISION = {
    "behavior_code": "",
    "kind": "施工",
    "act": "未按批准的设计文件施工",
    "act_type": "",
    "basis": "《水利工程建设程序管理暂行规定》",
    "decision": "责令改正",
    "decision_no": "黄水罚〔2026〕1号",
    "decided_on": "2026-03-02",
    "organ": "黄石市水利和湖泊局",
    "catalog_item": "行政处罚信息",
}


def _picture() -> io.BytesIO:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    return picture


def _first_code(name: str) -> str:
    return str(next(iter(code_list(name).labels().values())))


@pytest.fixture
def entered(actor_as: Callable[..., Actor], approved: Make) -> Callable[..., Actor]:
    """Let a unit into the Register with records that the authority entered; return the actor of the unit."""

    def make(**records: dict[str, dict[str, str]]) -> Actor:
        approved(actor_as("enterprise"))
        subject = Subject.get()
        if records:
            enter(system_actor("测试"), {**draft_of(subject), **records}, Origin("authority"))
            for duty, role in ((REVIEW, "reviewer"), (APPROVE, "leader")):
                actor = actor_as(role)
                cases = [(each.id, each.row_version) for each in reviewing.queue(actor, duty)]
                reviewing.bulk(actor, duty, cases)
            assert Subject.get().register_version == 2
        return actor_as("enterprise", subject=CODE)

    return make


def _say(actor: Actor, code: str, change: Callable[[dict[str, dict[str, str]]], Any]) -> Filing:
    """Change the draft of *actor* in place and keep it."""
    filing = filings.start(actor)
    rows = {key: dict(row) for key, row in filing.draft.get(code, {}).items()}
    change(rows)
    return filings.save_draft(actor, filing.id, version=filing.row_version, code=code, rows=rows)


def _refusal(actor: Actor, filing: Filing) -> dict[str, str]:
    """Return the problems of *filing* by field, each with rule and remedy; nothing was submitted."""
    with pytest.raises(Refused) as refusal:
        filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    assert Filing.get_by_id(filing.id).submitted_at is None
    return {each.field.rpartition("-")[2]: f"{each.rule}{each.remedy}" for each in refusal.value.problems}


def _submit(actor: Actor, filing: Filing) -> list[tuple[str, str, str]]:
    filing = Filing.get_by_id(filing.id)
    filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    return [(item.record_type, item.field, item.action) for item in filing.items]


# --- what the authority writes ------------------------------------------------------------------------------------


def test_what_the_authority_writes_is_not_taken_from_a_form(
    entered: Callable[..., Actor], client_as: Callable[..., SignedIn]
) -> None:
    actor = entered(performance={"w1": {**WORK, "verification": "存疑"}})
    filing = filings.start(actor)
    posted = {**WORK, "verification": "已核", "owner_score": "100", "lot": "一标"}
    form = {f"performance-w1-{name}": text for name, text in posted.items()}
    path = f"/workspace/filings/{filing.id}/items/performance/w1"
    person = client_as("enterprise")
    page = person.get(path).get_data(as_text=True)
    assert 'name="performance-w1-verification"' not in page, "there is no input for it"
    assert "存疑" in page, "but it is shown"
    assert person.post_form(path, {**form, "version": str(filing.row_version), "button": "save"}).status_code == 302
    row = Filing.get_by_id(filing.id).draft["performance"]["w1"]
    assert (row["lot"], row["verification"], row["owner_score"]) == ("一标", "存疑", "")


@pytest.mark.parametrize("key", ["w1", "fresh"])
def test_what_the_authority_writes_is_refused_however_it_got_into_the_draft(
    entered: Callable[..., Actor], key: str
) -> None:
    actor = entered(performance={"w1": WORK})
    filing = _say(actor, "performance", lambda rows: rows.update({key: {**WORK, "lot": key, "verification": "已核"}}))
    problems = _refusal(actor, filing)
    assert set(problems) == {"verification"}
    assert "由主管部门填写" in problems["verification"]


def test_what_the_authority_writes_is_refused_from_a_workbook(entered: Callable[..., Actor], tmp_path: Path) -> None:
    actor = entered(performance={"w1": WORK})
    head = ("统一社会信用代码", "项目名称", "承担角色", "工程状态", "核验状态")
    row = [CODE, "大冶湖堤防加固", "施工", "已竣工", "已核"]
    write_workbook(tmp_path / "表.xlsx", [SheetPlan("工程业绩", tuple(map(ColumnPlan, head)), [row])])
    filing = filings.start(actor)
    proposal = propose(tmp_path / "表.xlsx", only=CODE)
    filing = merge_into_draft(actor, filing.id, version=filing.row_version, proposal=proposal)
    assert "由主管部门填写" in _refusal(actor, filing)["verification"]


# --- what is changed with proof -----------------------------------------------------------------------------------


def test_a_registered_fact_is_changed_only_with_a_document(entered: Callable[..., Actor]) -> None:
    actor = entered()
    key = ""

    def rename(rows: dict[str, dict[str, str]]) -> None:
        nonlocal key
        key, row = next(iter(rows.items()))
        row.update(legal_rep="罗文彬", contact="罗文彬")

    filing = _say(actor, "basic_information", rename)
    problems = _refusal(actor, filing)
    assert set(problems) == {"legal_rep"}, "what the firm states of itself needs none"
    assert "变更法定代表人须附证明材料" in problems["legal_rep"]
    assert "变更证明" in problems["legal_rep"], "which document is said"
    file = evidence.add(actor, filing.id, code="basic_information", key=key, stream=_picture(), name="变更证明.png")
    assert filings.check(Filing.get_by_id(filing.id)).problems == []
    evidence.remove(actor, filing.id, file.id)
    assert set(_refusal(actor, Filing.get_by_id(filing.id))) == {"legal_rep"}
    evidence.add(actor, filing.id, code="basic_information", key=key, stream=_picture(), name="变更证明.png")
    assert _submit(actor, filing) == [
        ("basic_information", "legal_rep", "change"),
        ("basic_information", "contact", "change"),
    ]


def test_the_document_of_one_record_proves_nothing_of_another(entered: Callable[..., Actor]) -> None:
    actor = entered()
    filing = _say(actor, "qualification", lambda rows: rows["a1"].update(grade="一级"))
    filing = _say(actor, "qualification", lambda rows: rows.update({"a2": {**QUALIFICATION, "cert_no": "D242000002"}}))
    evidence.add(actor, filing.id, code="qualification", key="a2", stream=_picture(), name="证书.png")
    assert set(_refusal(actor, Filing.get_by_id(filing.id))) == {"grade"}
    evidence.add(actor, filing.id, code="qualification", key="a1", stream=_picture(), name="证书.png")
    assert [action for _type, _field, action in _submit(actor, filing)] == ["change", "add"]


def test_the_authority_needs_no_proof(entered: Callable[..., Actor]) -> None:
    entered(qualification={"a1": {**QUALIFICATION, "grade": "一级", "check_result": "合格"}})
    type_ = record_type("qualification")
    assert type_ is not None
    (entry,) = entries(Subject.get(), type_)
    assert (entry.values["grade"], entry.values["check_result"]) == ("one", "passed")


# --- what is settled ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verification", ["已核", "虚假"])
def test_a_verified_work_is_left_as_it_is(entered: Callable[..., Actor], verification: str) -> None:
    actor = entered(performance={"w1": {**WORK, "verification": verification}, "w2": {**WORK, "lot": "另一标"}})
    filing = _say(actor, "performance", lambda rows: rows["w1"].update(main_content="夸大的内容"))
    assert "只能由主管部门变更" in _refusal(actor, filing)["main_content"]
    filing = _say(actor, "performance", lambda rows: rows.pop("w1"))
    assert "不能删除" in _refusal(actor, filing)["w1"]
    filing = _say(actor, "performance", lambda rows: rows.update(copy=dict(WORK)))
    assert "不能删除" in _refusal(actor, filing)["w1"], "nor is it taken off and filed anew"


def test_a_work_in_doubt_is_still_changed_and_removed(entered: Callable[..., Actor]) -> None:
    actor = entered(performance={"w1": {**WORK, "verification": "存疑"}, "w2": {**WORK, "lot": "另一标"}})
    filing = _say(actor, "performance", lambda rows: rows["w1"].update(main_content="改正的内容"))
    filing = _say(actor, "performance", lambda rows: rows.pop("w2"))
    assert _submit(actor, filing) == [("performance", "", "change"), ("performance", "", "remove")]


def test_a_year_is_settled_once_its_audit_report_is_in(
    entered: Callable[..., Actor], actor_as: Callable[..., Actor], judge: Make
) -> None:
    actor = entered(asset={"y": {"year": "2024", "total": "500", "liabilities": "100"}})
    filing = _say(actor, "asset", lambda rows: rows["y"].update(total="600"))
    evidence.add(actor, filing.id, code="asset", key="y", field="audit_report", stream=_picture(), name="审计报告.png")
    _submit(actor, filing)
    filing = judge(actor_as("reviewer"), Filing.get_by_id(filing.id))
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    filing = _say(actor, "asset", lambda rows: rows["y"].update(total="700"))
    assert "只能由主管部门变更" in _refusal(actor, filing)["total"]
    filing = _say(actor, "asset", lambda rows: rows.pop("y"))
    assert "不能删除" in _refusal(actor, filing)["y"]


# --- bad records --------------------------------------------------------------------------------------------------


def _decision() -> dict[str, str]:
    return {**DECISION, "behavior_code": _first_code("bad_behavior"), "act_type": _first_code("act_type")}


def test_a_bad_record_is_neither_filed_nor_changed_nor_removed_by_the_unit(entered: Callable[..., Actor]) -> None:
    actor = entered(bad_record={"b": _decision()})
    filing = _say(actor, "bad_record", lambda rows: rows["b"].update(act="没有这回事"))
    assert filings.check(filing).changes == []
    filing = _say(actor, "bad_record", lambda rows: rows.clear())
    assert filings.check(filing).changes == []
    filing = _say(actor, "bad_record", lambda rows: rows.update(c={**_decision(), "decision_no": "别的文号"}))
    assert filings.check(filing).changes == []
    with pytest.raises(Refused, match="没有需要申报的变化"):
        filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)


def test_a_bad_record_in_the_workbook_of_the_unit_is_refused(entered: Callable[..., Actor], tmp_path: Path) -> None:
    actor = entered()
    type_ = record_type("bad_record")
    assert type_ is not None
    texts = _decision()
    head = ["统一社会信用代码", *(type_.field(name).label.source for name in texts)]
    path = tmp_path / "表.xlsx"
    write_workbook(path, [SheetPlan("不良行为", tuple(map(ColumnPlan, head)), [[CODE, *texts.values()]])])
    (row,) = propose(path, only=CODE).as_json()["rows"]
    assert row["action"] == "refused"
    assert row["problems"][0]["rule"] == "不良行为由主管部门录入。"
    assert "异议" in row["problems"][0]["remedy"]
    filing = filings.start(actor)
    filing = merge_into_draft(actor, filing.id, version=filing.row_version, proposal=propose(path, only=CODE))
    assert filing.draft.get("bad_record", {}) == {}
    (row,) = propose(path).as_json()["rows"]
    assert (row["action"], row["problems"]) == ("create", []), "the authority enters it"


def test_a_new_qualification_or_another_number_of_one_needs_its_certificate(
    actor_as: Callable[..., Actor], draft: Callable[..., Filing], judge: Callable[..., Filing]
) -> None:
    actor = actor_as("enterprise")
    filing = draft(actor, proven=False)
    (problem,) = filings.check(filing).problems
    assert (problem.field, str(problem.rule)) == ("qualification-a1-category", "新增资质信息须附证明材料。")
    prove(actor, filing.id, "qualification", "a1")
    filing = Filing.get_by_id(filing.id)
    assert filings.check(filing).problems == []
    filing = filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    reviewing.approve(actor_as("leader"), judge(actor_as("reviewer"), filing).id, version=filing.row_version + 1)

    actor = actor_as("enterprise")  # of the unit it has declared
    filing = filings.start(actor)
    rows = {"a1": {**filing.draft["qualification"]["a1"], "cert_no": "D242000002"}}
    filing = filings.save_draft(actor, filing.id, version=filing.row_version, code="qualification", rows=rows)
    assert [problem.field for problem in filings.check(filing).problems] == ["qualification-a1-cert_no"]
    prove(actor, filing.id, "qualification", "a1")
    assert filings.check(Filing.get_by_id(filing.id)).problems == []
