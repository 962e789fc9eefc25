"""Batches: from a workbook to filings, to the Register, and back again."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playhouse.test_utils import count_queries

from shuixin.access import Actor
from shuixin.errors import Conflict, NotFound, Refused
from shuixin.kit import notices, review, tabular
from shuixin.kit.identifiers import complete_id_number
from shuixin_credit_collection.batches import services as batches
from shuixin_credit_collection.batches import staging
from shuixin_credit_collection.models import Filing, ImportBatch, ImportRow, ImportUnit, Subject
from shuixin_credit_collection.services import reviewing
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.workbook import gathering, judging
from shuixin_credit_collection.workbook.reading import TypedRow
from shuixin_credit_collection.workbook.template import columns_of, sheet_plan

ONE, TWO = "91420281MA1JER209B", "91420200MA4900A14A"
PEOPLE = ("420202199001011231", "420281199601010027", "42020319880715003X")
LUO = {"name": "罗文彬", "id_no": PEOPLE[1]}
Write = Callable[..., Path]
Actors = Callable[..., Actor]


def _row(code: str, texts: dict[str, str]) -> list[str]:
    type_ = record_type(code)
    assert type_ is not None
    return [texts.get(spec.name, "") for spec in columns_of(type_)]


def _unit(uscc: str, name: str, **more: str) -> dict[str, str]:
    return {"name": name, "uscc": uscc, "kinds": "施工", "reg_region": "湖北省黄石市大冶市", **more}


@pytest.fixture
def write(tmp_path: Path, platform_app: Flask) -> Write:
    """Write a workbook: record type -> rows of texts."""

    def make(name: str = "批量.xlsx", **rows: list[dict[str, str]]) -> Path:
        plans = []
        for code, texts in rows.items():
            type_ = record_type(code)
            assert type_ is not None
            plans.append(sheet_plan(type_, [_row(code, each) for each in texts]))
        tabular.write_workbook(tmp_path / name, plans)
        return tmp_path / name

    return make


@pytest.fixture
def city(write: Write) -> Path:
    """Two units with people and their certificates; one row is wrong."""
    people = [{"uscc": ONE, "name": "沈知行", "id_no": PEOPLE[0]}, {"uscc": ONE, "name": "罗文彬", "id_no": PEOPLE[1]}]
    wrong = {"uscc": TWO, "name": "顾若谷", "id_no": "420203198807150031"}
    cert = {"cert_kind": "建造师", "reg_no": "鄂142202012345", "valid_to": "2030-12-31"}
    return write(
        basic_information=[_unit(ONE, "大冶青山水利工程有限公司"), _unit(TWO, "黄石云桥水利工程有限公司")],
        person=[*people, wrong],
        person_cert=[
            {"uscc": ONE, "person": "沈知行", **cert},
            {"uscc": ONE, "person": PEOPLE[1], **cert, "reg_no": "鄂2"},
        ],
    )


def _hand_in(actor: Actor, path: Path) -> ImportBatch:
    with path.open("rb") as stream:
        batch = batches.receive(actor, stream, path.name)
    batches.go_on({"batch": batch.id})
    return batches.find(actor, batch.id)


def _file(actor: Actor, batch: ImportBatch) -> ImportBatch:
    batches.submit(actor, batch.id, version=batch.row_version)
    batches.go_on({"batch": batch.id})
    return batches.find(actor, batch.id)


def _undo(actor: Actor, batch: ImportBatch) -> ImportBatch:
    batches.undo(actor, batch.id, version=batch.row_version)
    batches.go_on({"batch": batch.id})
    return batches.find(actor, batch.id)


def _approve_all(actors: Actors) -> None:
    for filing in Filing.select().where(Filing.stage == review.Stage.SUBMITTED):
        everything = {item.id: reviewing.Judgement(review.Verdict.ACCEPTED) for item in filing.items}
        passed = reviewing.decide(actors("reviewer", "2"), filing.id, version=filing.row_version, judgements=everything)
        reviewing.approve(actors("leader"), filing.id, version=passed.row_version)


def _register(uscc: str) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for code in ("basic_information", "person", "person_cert"):
        type_ = record_type(code)
        assert type_ is not None
        rows = sorted(entries(Subject.get_or_none(Subject.uscc == uscc), type_), key=lambda row: str(row.values))
        found[code] = [{name: entry.values.get(name) for name in ("name", "scope", "post", "person")} for entry in rows]
    return found


def test_a_workbook_becomes_a_filing_per_unit_and_wrong_rows_stay_behind_with_a_reason(
    actor_as: Actors, city: Path
) -> None:
    actor = actor_as("reviewer")
    batch = _hand_in(actor, city)
    assert (batch.stage, batch.total, batch.message) == ("judged", 7, "")
    assert batch.counts == {"create": 6, "change": 0, "same": 0, "refused": 1}
    (wrong,) = ImportRow.select().where(ImportRow.action == "refused")
    assert (wrong.sheet, wrong.number, wrong.problems[0][0]) == ("人员信息", 4, "id_no")
    assert PEOPLE[0] not in str(list(ImportRow.select().dicts())), "numbers of persons are sealed"
    batch = _file(actor, batch)
    assert batch.stage == "filed"
    filings = list(Filing.select().order_by(Filing.id))
    assert [(each.source, each.stage, each.submitted_by) for each in filings] == [
        ("workbook", review.Stage.SUBMITTED, actor.id)
    ] * 2
    _approve_all(actor_as)
    register = _register(ONE)
    assert {row["name"] for row in register["person"]} == {"沈知行", "罗文彬"}
    assert {row["person"]["text"] for row in register["person_cert"]} == {"沈知行", "罗文彬"}
    assert _register(TWO)["person"] == []


def test_the_same_workbook_changes_nothing_the_second_time(actor_as: Actors, city: Path, write: Write) -> None:
    actor = actor_as("reviewer")
    batch = _file(actor, _hand_in(actor, city))
    _approve_all(actor_as)
    with pytest.raises(Refused, match="已经导入过"):
        _hand_in(actor, city)
    ImportBatch.update(digest="another").where(ImportBatch.id == batch.id).execute()
    again = _hand_in(actor, city)
    assert again.counts == {"create": 0, "change": 0, "same": 6, "refused": 1}
    with pytest.raises(Refused, match="没有可以提交的行"):
        batches.submit(actor, again.id, version=again.row_version)


def test_a_unit_can_be_left_out(actor_as: Actors, city: Path) -> None:
    actor = actor_as("reviewer")
    batch = _hand_in(actor, city)
    unit = ImportUnit.get(ImportUnit.uscc == TWO)
    batches.leave_out(actor, batch.id, unit.id, left_out=True)
    _file(actor, batch)
    assert [each.subject.uscc for each in Filing.select()] == [ONE]
    with pytest.raises(Conflict):
        batches.leave_out(actor, batch.id, unit.id, left_out=False)


def test_a_batch_in_review_is_taken_back_by_withdrawing(actor_as: Actors, city: Path) -> None:
    actor = actor_as("reviewer")
    batch = _undo(actor, _file(actor, _hand_in(actor, city)))
    assert batch.stage == "undone"
    assert {each.stage for each in Filing.select()} == {review.Stage.WITHDRAWN}


def test_undoing_restores_what_nobody_touched_and_lists_the_rest(actor_as: Actors, city: Path, write: Write) -> None:
    actor = actor_as("reviewer")
    _file(actor, _hand_in(actor, city))
    _approve_all(actor_as)
    before = _register(ONE)
    second = write(
        "第二批.xlsx",
        basic_information=[_unit(ONE, "大冶青山水利工程有限公司", scope="河湖整治", office_addr="大冶市示例路1号")],
        person=[
            {"uscc": ONE, "name": "沈知行", "id_no": PEOPLE[0], "post": "总工程师"},
            {"uscc": ONE, "name": "何静远", "id_no": PEOPLE[2]},
        ],
    )
    batch = _file(actor, _hand_in(actor, second))
    assert batch.counts == {"create": 1, "change": 2, "same": 0, "refused": 0}
    _approve_all(actor_as)
    third = write("第三批.xlsx", basic_information=[_unit(ONE, "大冶青山水利工程有限公司", scope="后来改的")])
    _file(actor, _hand_in(actor, third))
    _approve_all(actor_as)

    _undo(actor, batch)
    unit = ImportUnit.get(ImportUnit.batch == batch)
    assert unit.kept == [["基本信息", "大冶青山水利工程有限公司", "经营范围"]]
    assert unit.undo_filing.source == "undo"
    _approve_all(actor_as)
    after = _register(ONE)
    assert after["person"] == before["person"]
    assert after["person_cert"] == before["person_cert"]
    assert after["basic_information"][0]["scope"] == "后来改的"


def test_units_that_a_batch_brought_in_leave_the_register_and_can_come_back(actor_as: Actors, city: Path) -> None:
    actor = actor_as("reviewer")
    batch = _file(actor, _hand_in(actor, city))
    _approve_all(actor_as)
    batch = _undo(actor, batch)
    _approve_all(actor_as)
    assert _register(ONE) == {"basic_information": [], "person": [], "person_cert": []}
    again = _hand_in(actor, city)
    assert again.counts["create"] == 6
    _file(actor, again)
    _approve_all(actor_as)
    assert len(_register(ONE)["person_cert"]) == 2


@pytest.mark.parametrize("stage", ["reading", "judging", "filing", "undoing"])
def test_an_interrupted_batch_goes_on_from_where_it_was(
    actor_as: Actors, city: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    actor = actor_as("reviewer")
    real = {name: getattr(staging, name) for name in ("insert_rows", "judge_unit")}
    calls = {"count": 0}

    def breaking(name: str) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            calls["count"] += 1
            if calls["count"] == 2:
                raise KeyboardInterrupt
            return real[name](*args, **named)

        return run

    if stage == "reading":
        monkeypatch.setattr(staging, "insert_rows", breaking("insert_rows"))
    elif stage == "judging":
        monkeypatch.setattr(staging, "judge_unit", breaking("judge_unit"))
    with city.open("rb") as stream:
        number = batches.receive(actor, stream, city.name).id
    if stage in ("reading", "judging"):
        with pytest.raises(KeyboardInterrupt):
            batches.go_on({"batch": number})
        batches.go_on({"batch": number})
    else:
        batches.go_on({"batch": number})
    batch = batches.find(actor, number)
    assert batch.counts == {"create": 6, "change": 0, "same": 0, "refused": 1}
    assert ImportRow.select().where(ImportRow.batch == batch).count() == 7
    batch = _file(actor, batch)
    batches.go_on({"batch": number})
    assert Filing.select().count() == 2


def test_somebody_elses_batch_is_not_found(actor_as: Actors, city: Path) -> None:
    batch = _hand_in(actor_as("reviewer"), city)
    with pytest.raises(NotFound):
        batches.find(actor_as("reviewer", "2"), batch.id)
    with pytest.raises(Exception, match="权限"):
        batches.own(actor_as("enterprise"))


def test_a_file_that_is_no_workbook_fails_with_a_reason(actor_as: Actors, write: Write, tmp_path: Path) -> None:
    path = write(basic_information=[])
    actor = actor_as("reviewer")
    batch = _hand_in(actor, path)
    assert (batch.stage, "没有可导入的内容" in batch.message) == ("failed", True)
    assert "batch.failed" in [notice.kind for notice in notices.of_addressee(actor.id)]


@pytest.mark.parametrize("people", [2, 60])
def test_a_case_opens_by_as_few_queries_for_many_people_as_for_two(
    actor_as: Actors, client_as: Callable[..., Any], write: Write, people: int
) -> None:
    numbers = [complete_id_number(f"42020219900101{number:03d}") for number in range(people)]
    path = write(
        basic_information=[_unit(ONE, "大冶青山水利工程有限公司")],
        person=[{"uscc": ONE, "name": f"张{number}", "id_no": number} for number in numbers],
        person_cert=[
            {"uscc": ONE, "person": number, "cert_kind": "建造师", "reg_no": f"鄂1422{number}"} for number in numbers
        ],
    )
    actor = actor_as("reviewer", "2")
    _file(actor, _hand_in(actor, path))
    client, address = client_as("reviewer"), f"/office/credit_collection/reviews/{Filing.get().id}"
    assert client.get(address).text.count("data-sx-item") >= 2 * people
    with count_queries() as counter:
        client.get(address)
    asked = [table for each in counter.get_queries() for table in re.findall(r'FROM "(\w+)"', each.getMessage())]
    lists = Counter(table for table in asked if table.startswith("credit_collection_"))
    assert lists["credit_collection_filing_item"] == 2, "the page, and what is found by comparing"
    assert max(lists.values()) < 5, lists


def test_a_unit_whose_register_has_moved_is_judged_again_from_the_workbook(
    actor_as: Actors, city: Path, write: Write
) -> None:
    actor = actor_as("reviewer")
    late = _hand_in(actor, city)
    unit = _unit(ONE, "大冶青山水利工程有限公司")
    _file(actor, _hand_in(actor, write("先到.xlsx", basic_information=[unit], person=[{"uscc": ONE, **LUO}])))
    _approve_all(actor_as)
    before = ImportUnit.get(ImportUnit.batch == late, ImportUnit.uscc == ONE)
    _file(actor, late)
    after = ImportUnit.get_by_id(before.id)
    assert (before.counts["create"], after.counts["create"], after.counts["same"]) == (5, 3, 2)
    rows = ImportRow.select().where(ImportRow.batch == late, ImportRow.uscc == ONE, ImportRow.action == "same")
    assert {row.sheet for row in rows} == {"基本信息", "人员信息"}
    assert {item.record_type for item in after.filing.items} == {"person", "person_cert"}
    _approve_all(actor_as)
    assert len(_register(ONE)["person"]) == 2


def test_people_called_by_name_alone_are_looked_up_once(
    actor_as: Actors, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [complete_id_number(f"42020219900101{number:03d}") for number in range(8)]
    unit = [_unit(ONE, "大冶青山水利工程有限公司")]
    people = [{"uscc": ONE, "name": f"张{number}", "id_no": number} for number in numbers]
    actor = actor_as("reviewer")
    _file(actor, _hand_in(actor, write("全.xlsx", basic_information=unit, person=people)))
    _approve_all(actor_as)
    asked: list[str] = []
    real = judging.title_of
    monkeypatch.setattr(judging, "title_of", lambda *each: asked.append("") or real(*each))
    nameless = [{name: text for name, text in row.items() if name != "id_no"} for row in people]
    batch = _hand_in(actor, write("缺.xlsx", person=nameless))
    assert batch.counts == {"create": 0, "change": 0, "same": 8, "refused": 0}
    assert len(asked) <= 2 * len(people), "each row, and each record once"


def test_a_workbook_that_holds_more_text_than_memory_should_is_refused(
    actor_as: Actors, city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_CHARACTERS", 100)
    batch = _hand_in(actor_as("reviewer"), city)
    assert (batch.stage, "文字过多" in batch.message) == ("failed", True)
    assert not ImportRow.select().exists()


def test_gathered_rows_come_back_as_they_were(platform_app: Flask) -> None:
    type_ = record_type("person")
    assert type_ is not None
    rows = gathering.Gathered()
    for place, name in enumerate(("张\x1f三", "李四")):
        rows.add(TypedRow(type_, "人员信息", place + 2, {"uscc": ONE, "name": name, "post": ""}, [], place))
    found = list(rows.of(ONE)["person"])
    assert [row.texts for row in found] == [{"uscc": ONE, "name": "张三"}, {"uscc": ONE, "name": "李四"}]
    assert [(row.number, row.position) for row in found] == [(2, 0), (3, 1)]
    assert rows.of(TWO) == {}
