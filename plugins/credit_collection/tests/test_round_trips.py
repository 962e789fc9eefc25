"""Every record type on its way: typed, approved, shown again, exported and imported, and still the same."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from shuixin.access import Actor, system_actor
from shuixin.api import current_platform
from shuixin.kit import review
from shuixin.kit.identifiers import complete_id_number
from shuixin_credit_collection.items import RECORDS
from shuixin_credit_collection.models import Subject
from shuixin_credit_collection.permissions import REVIEW
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType, code_list, record_type_of
from shuixin_credit_collection.services import reviewing
from shuixin_credit_collection.services.comparison import compare
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import Draft, Texts
from shuixin_credit_collection.workbook import apply_batch, export, propose

from .conftest import BASIC, CODE, ID_NUMBER, MOBILE

TYPES = [record_type_of(model).code for model in RECORDS]
WORKS = {
    "w1": {"project_name": "大冶湖堤防加固", "lot": "二标", "role": "施工", "status": "在建"},
    "w2": {"project_name": "富水灌区；续建", "role": "施工", "status": "停工"},
}
BY_NAME = {
    "valid_to": "2030-12-31",
    "labor_to": "2030-12-31",
    "qual_code": "A123",
    "name": "张三",
    "id_no": ID_NUMBER,
    "legal_rep_idno": ID_NUMBER,
    "id_type": "居民身份证",
    "mobile": MOBILE,
    "head_mobile": MOBILE,
    "project": "大冶湖堤防加固 二标",
    "locked_project": "大冶湖堤防加固 二标",
    "local_works": "大冶湖堤防加固 二标；富水灌区，续建",
}
BY_TYPE = {
    "basic_information": BASIC,
    "asset": {"total": "500", "liabilities": "173.16", "net_assets": "326.84"},
}
BY_KIND = {
    Kind.LONG: "第一行\n第二行",
    Kind.DATE: "2020-01-05",
    Kind.MOMENT: "2026-11-23 09:30",
    Kind.YEAR: "2024",
    Kind.INTEGER: "3",
    Kind.NUMBER: "12.5",
    Kind.MONEY: "326.84",
    Kind.REGION: "湖北省黄石市大冶市",
    Kind.REGIONS: "湖北省黄石市、湖南省",
    Kind.USCC: CODE,
    Kind.URL: "https://www.example.gov.cn/a?b=1&c=%20",
    Kind.SECRET: "6222020200011234567",
    Kind.LINK: "张三",
}


def _text(type_: RecordType, spec: FieldSpec, file: str) -> str:
    known = BY_TYPE.get(type_.code, {}).get(spec.name) or BY_NAME.get(spec.name, "")
    if known:
        return known
    if spec.kind is Kind.FILE:
        return file
    if spec.codes:
        labels = [code_list(spec.codes).writing(code) for code in list(code_list(spec.codes).labels())[:2]]
        return "、".join(labels) if spec.kind is Kind.CODES else labels[0]
    return BY_KIND.get(spec.kind, f"“{spec.label.source}”<甲&乙> =1+1"[: spec.max_length])


@pytest.fixture
def file(platform_app: object) -> str:
    """A file in the store."""
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    store = current_platform().store
    return str(store.save(picture, "扫描件.png", owner_kind="test", owner_key="1", created_by=1).id)


@pytest.fixture
def full(file: str) -> Callable[[str], tuple[RecordType, Texts, Draft]]:
    """Make the draft of a unit with one record of a type in which nothing is left out."""

    def make(code: str) -> tuple[RecordType, Texts, Draft]:
        type_ = record_type(code)
        assert type_ is not None
        row = {spec.name: _text(type_, spec, file) for spec in type_.typed}
        draft: Draft = {
            "basic_information": {"u": dict(BASIC)},
            "person": {"p": {"name": "张三", "id_no": ID_NUMBER}},
            "performance": {key: dict(texts) for key, texts in WORKS.items()},
        }
        draft[code] = {"one": row, **({"w2": WORKS["w2"]} if code == "performance" else {})}
        return type_, row, draft

    return make


def _approve(actor_as: Callable[..., Actor]) -> Subject:
    """Pass everything one by one: what system checks point out would stop bulk work."""
    for filing in list(reviewing.queue(actor_as("reviewer"), REVIEW)):
        judgements = {item.id: reviewing.Judgement(review.Verdict.ACCEPTED) for item in filing.items}
        reviewer, leader = actor_as("reviewer"), actor_as("leader")
        passed = reviewing.decide(reviewer, filing.id, version=filing.row_version, judgements=judgements)
        reviewing.approve(leader, filing.id, version=passed.row_version)
    subject: Subject = Subject.get()
    assert subject.register_version
    return subject


@pytest.mark.parametrize("code", TYPES)
def test_a_record_goes_round_without_a_change(
    code: str, full: Callable[[str], tuple[RecordType, Texts, Draft]], actor_as: Callable[..., Actor], tmp_path: Path
) -> None:
    type_, row, draft = full(code)
    enter(system_actor("测试"), draft, Origin("authority"))
    subject = _approve(actor_as)
    (kept,) = [entry for entry in entries(subject, type_) if type_.single or entry.key == "one"]
    missing = [name for name in row if kept.values[name] is None]
    assert missing == [], "the Register holds all that was typed"
    assert [spec.name for spec in type_.fields if kept.values[spec.name] is None] == [], "and what follows from it"
    for what in (draft, draft_of(subject)):
        again = compare(what, subject)
        assert ([str(each) for each in again.problems], again.changes) == ([], [])
    path = tmp_path / "导出.xlsx"
    assert export(actor_as("reviewer"), path) == 1
    proposal = propose(path)
    assert [row.as_json() for row in proposal.rows if row.action != "same"] == []
    sheets = {each.row.type_.code for each in proposal.rows}
    assert {code, "basic_information", "person", "performance"} <= sheets


def test_a_whole_workbook_is_taken_in_and_goes_round(
    full: Callable[[str], tuple[RecordType, Texts, Draft]], actor_as: Callable[..., Actor], tmp_path: Path
) -> None:
    """All types at once, out of one unit's Register into an empty one."""
    draft: Draft = {}
    for code in TYPES:
        _type, row, _rest = full(code)
        draft[code] = {f"k{code.replace('_', '')}"[:32]: row}
    draft["performance"]["w2"] = dict(WORKS["w2"])
    work = draft["performance"]["kperformance"]
    work.update(WORKS["w1"])
    enter(system_actor("测试"), draft, Origin("authority"))
    subject = _approve(actor_as)
    path = tmp_path / "导出.xlsx"
    export(actor_as("reviewer"), path)
    first = propose(path)
    assert {each.action for each in first.rows} == {"same"}
    assert len(first.rows) == len(TYPES) + 1
    assert apply_batch(system_actor("测试"), first, source="导出") == []
    assert compare(draft_of(subject), subject).changes == []


def test_of_two_of_one_name_an_export_without_numbers_cannot_tell(
    full: Callable[[str], tuple[RecordType, Texts, Draft]], actor_as: Callable[..., Actor], tmp_path: Path
) -> None:
    _type, _row, draft = full("headcount")
    draft["person"]["q"] = {"name": "张三", "id_no": complete_id_number("42020219850505124")}
    enter(system_actor("测试"), draft, Origin("authority"))
    _approve(actor_as)
    export(actor_as("reviewer"), tmp_path / "导出.xlsx")
    refused = [row.as_json() for row in propose(tmp_path / "导出.xlsx").rows if row.action != "same"]
    assert [row["sheet"] for row in refused] == ["人员信息"] * 2
    assert {problem["column"] for row in refused for problem in row["problems"]} == {"证件号码"}
    assert ID_NUMBER not in str(refused)
