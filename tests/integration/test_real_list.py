"""A public list of 2019, untidy as real lists are, put into our template: one row refused, the others found by all."""

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.kit import tabular
from shuixin.kit.identifiers import complete_uscc
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services import reviewing
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.workbook import apply_batch, export, propose
from shuixin_credit_collection.workbook.template import columns_of, sheet_plan, write_template

LIST = Path(__file__).parent / "data" / "real_enterprises.csv"
QUALIFICATIONS = LIST.with_name("real_qualifications.csv")
#: The list names its units only; a clerk looks their codes up (these are invented).
CODES = {
    "云南秀川水利水电勘察设计有限公司": complete_uscc("91530100MA6K00001"),
    "塔城地区水利水电勘察设计院": complete_uscc("12654200MB0000001"),
}
BAD = "30934873-4/510000000391563"


@pytest.fixture
def real_list(platform_app: Flask, tmp_path: Path) -> Path:
    """The list in the template, as a clerk would paste it: whole registration types, provinces, business addresses."""
    type_ = record_type("basic_information")
    assert type_ is not None
    columns = {
        "name": "单位名称",
        "uscc": "统一社会信用代码",
        "reg_type": "登记注册类型",
        "reg_region": "所属省份",
        "office_addr": "经营地址",
    }
    with LIST.open(encoding="utf-8-sig") as file:
        rows = [
            [
                {**{spec: line[title] for spec, title in columns.items()}, "kinds": "施工"}.get(each.name, "")
                for each in columns_of(type_)
            ]
            for line in csv.DictReader(file)
        ]
    path = tmp_path / "名单.xlsx"
    tabular.write_workbook(path, [sheet_plan(type_, rows)])
    return path


def test_the_dry_run_refuses_exactly_the_row_with_the_old_numbers(real_list: Path) -> None:
    proposal = propose(real_list)
    assert proposal.summary() == {"create": 18, "change": 0, "same": 0, "refused": 1}
    (refused,) = [row for row in proposal.as_json()["rows"] if row["action"] == "refused"]
    assert refused["problems"][0]["value"] == BAD
    assert "组织机构代码" in refused["problems"][0]["rule"]
    assert refused["problems"][0]["remedy"]
    assert Filing.select().count() == 0
    json.dumps(proposal.as_json())


def test_all_others_are_reviewed_in_bulk_and_found_by_two_characters(
    real_list: Path, actor_as: Callable[..., Actor], client: SignedIn
) -> None:
    filings = apply_batch(system_actor("命令行"), propose(real_list), source=real_list.name)
    assert len(filings) == 18
    for duty, role in ((REVIEW, "reviewer"), (APPROVE, "leader")):
        actor = actor_as(role)
        waiting = [(filing.id, filing.row_version) for filing in reviewing.queue(actor, duty)]
        results = reviewing.bulk(actor, duty, waiting)
        assert [result.ok for result in results] == [True] * 18
    for subject in Subject.select():
        page = client.get("/credit/enterprises", query_string={"q": subject.name[2:4]}).get_data(as_text=True)
        assert f"/credit/enterprises/{subject.uscc}" in page, subject.name
    assert propose(real_list).summary()["same"] == 18


def test_an_export_imported_again_changes_nothing(
    real_list: Path, tmp_path: Path, actor_as: Callable[..., Actor]
) -> None:
    apply_batch(system_actor("命令行"), propose(real_list), source="名单")
    for duty, role in ((REVIEW, "reviewer"), (APPROVE, "leader")):
        waiting = [(filing.id, filing.row_version) for filing in reviewing.queue(actor_as(role), duty)]
        reviewing.bulk(actor_as(role), duty, waiting)
    path = tmp_path / "导出.xlsx"
    assert export(actor_as("reviewer"), path) == 18
    assert propose(path).summary() == {"create": 0, "change": 0, "same": 18, "refused": 0}


def test_a_fault_in_the_middle_of_a_batch_leaves_nothing(real_list: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from shuixin_credit_collection.services import filings

    real, calls = filings.numbering.allocate, []

    def breaks(key: str, year: int) -> int:
        calls.append(key)
        if len(calls) == 7:
            raise OSError("disk full")
        return real(key, year)

    monkeypatch.setattr(filings.numbering, "allocate", breaks)
    with pytest.raises(OSError, match="disk full"):
        apply_batch(system_actor("命令行"), propose(real_list), source="名单")
    assert Filing.select().count() == Subject.select().count() == 0


def test_the_template_itself_holds_nothing_to_import(platform_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "模板.xlsx"
    write_template(path, ["construct"])
    from shuixin.errors import Refused

    with pytest.raises(Refused, match="没有可导入的内容"):
        propose(path)


def _qualifications(path: Path, **added: str) -> Path:
    """The list of qualifications in the template: names as they are, and what the clerk *added* to each."""
    with QUALIFICATIONS.open(encoding="utf-8-sig") as file:
        lines = list(csv.DictReader(file))
    places = {line["单位名称"]: line["注册属地"] for line in lines}
    basic, head = ("单位名称", "统一社会信用代码", "主体类别", "所属省市"), ("统一社会信用代码", "资质名称", "有效期至")
    units = [(name, CODES[name], "勘察、设计", place) for name, place in places.items()]
    rows = [
        (
            CODES[line["单位名称"]],
            line["资质名称"],
            line["证书有效期至"],
            *(f"{text}{place}" for text in added.values()),
        )
        for place, line in enumerate(lines)
    ]
    plan = partial(map, tabular.ColumnPlan)
    sheets = [
        tabular.SheetPlan("基本信息", tuple(plan(basic)), units),
        tabular.SheetPlan("资质信息", tuple(plan((*head, *added))), rows),
    ]
    tabular.write_workbook(path, sheets)
    return path


def test_qualifications_named_in_one_text_are_all_taken_apart(platform_app: Flask, tmp_path: Path) -> None:
    path = _qualifications(tmp_path / "资质.xlsx", 证书编号="A15300", 发证机关="住房和城乡建设部门")
    proposal = propose(path)
    assert proposal.summary() == {"create": 18, "change": 0, "same": 0, "refused": 0}
    parts = [
        tuple(row.changes.get(name, ("", ""))[1] for name in ("category", "industry", "specialty", "grade"))
        for row in proposal.rows
        if row.row.sheet == "资质信息"
    ]
    assert parts[5] == ("工程设计", "水利", "围垦", "丙级")
    assert parts[8] == ("工程勘察", "", "水文地质勘察", "乙级")
    assert parts[13] == ("工程设计", "电力", "水力发电", "乙级")
    assert len(set(parts)) == 11, "five of the sixteen both units have"
    assert len(apply_batch(system_actor("命令行"), proposal, source=path.name)) == 2


def test_qualifications_without_their_numbers_are_refused_with_what_to_do(platform_app: Flask, tmp_path: Path) -> None:
    rows = [row for row in propose(_qualifications(tmp_path / "资质.xlsx")).rows if row.row.sheet == "资质信息"]
    assert {row.action for row in rows} == {"refused"}
    for row in rows:
        assert {problem.field for problem in row.problems} == {"cert_no", "issuer"}
        assert all("没有填写" in str(problem.rule) and problem.remedy for problem in row.problems)
