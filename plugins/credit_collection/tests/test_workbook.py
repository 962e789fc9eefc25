"""Workbooks as people send them: each untidy cell is taken in or refused with sheet, row, column, reason and remedy."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.errors import Refused
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services import filings, reviewing
from shuixin_credit_collection.workbook import apply_batch, export, merge_into_draft, propose
from shuixin_credit_collection.workbook.proposal import Proposal

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CODE = "91420281MA1JER209B"
HEAD = ("单位名称", "统一社会信用代码", "主体类别", "所属省市")
ROW = ("黄石试航水利工程有限公司", CODE, "施工", "湖北省黄石市大冶市")
Fill = Callable[[Any, Any], None]


@pytest.fixture
def sheet(tmp_path: Path, platform_app: Flask) -> Callable[..., Path]:
    """Write a workbook of one sheet: a heading, rows, and what ``fill(worksheet, workbook)`` adds."""

    def make(
        *rows: tuple[Any, ...], title: str = "基本信息", head: tuple[str, ...] = HEAD, fill: Fill | None = None
    ) -> Path:
        path = tmp_path / "表格.xlsx"
        workbook = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
        page = workbook.add_worksheet(title)
        for number, row in enumerate((head, *rows)):
            page.write_row(number, 0, row)
        if fill:
            fill(page, workbook)
        workbook.close()
        return path

    return make


def _only(path: Path) -> dict[str, Any]:
    (row,) = propose(path).as_json()["rows"]
    return dict(row)


@pytest.mark.parametrize(
    "code", [f" {CODE} ", CODE.lower(), f"{CODE[:8]}\n{CODE[8:]}", "".join(chr(ord(c) + 0xFEE0) for c in CODE)]
)
def test_blanks_breaks_case_and_width_of_a_code_are_tidied(sheet: Callable[..., Path], code: str) -> None:
    row = _only(sheet((ROW[0], code, *ROW[2:])))
    assert (row["action"], row["changes"]["uscc"]) == ("create", ["", CODE])


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (9.14202e17, "15位"),
        ("91420281MA1JER2090", "校验"),
        ("9142O281MA1JER209B", "I、O、S、V、Z"),
        ("914202", "18位"),
        ("", "没有填写"),
    ],
)
def test_a_spoiled_code_is_refused_with_its_place_and_the_remedy(
    sheet: Callable[..., Path], code: Any, word: str
) -> None:
    row = _only(sheet((ROW[0], code, *ROW[2:])))
    assert (row["sheet"], row["row"], row["action"]) == ("基本信息", 2, "refused")
    (problem,) = row["problems"]
    assert problem["column"] == "统一社会信用代码"
    assert word in problem["rule"]
    assert problem["remedy"]


def test_a_formula_and_a_merged_area_are_refused(sheet: Callable[..., Path]) -> None:
    def fill(page: Any, _workbook: Any) -> None:
        page.write_formula("A2", '="黄石"&"公司"', None, "黄石公司")
        page.merge_range("C3:C4", "施工")

    rows = propose(sheet(ROW, (ROW[0], "91420204MATLBW8K03", "", ROW[3]), fill=fill)).as_json()["rows"]
    rules = [problem["rule"] for row in rows for problem in row["problems"]]
    assert any("公式" in rule for rule in rules)
    assert any("合并单元格" in rule for rule in rules)
    assert {row["action"] for row in rows} == {"refused"}


def _approve_all(actor_as: Callable[..., Actor], proposal: Proposal) -> None:
    apply_batch(system_actor("命令行"), proposal, source="名单")
    for duty, role in ((REVIEW, "reviewer"), (APPROVE, "leader")):
        actor = actor_as(role)
        reviewing.bulk(actor, duty, [(each.id, each.row_version) for each in reviewing.queue(actor, duty)])


def test_a_command_in_a_cell_stays_a_text_and_leaves_as_a_text(
    sheet: Callable[..., Path], tmp_path: Path, actor_as: Callable[..., Actor]
) -> None:
    from shuixin.kit import tabular

    hostile = "=cmd|' /C calc'!A0"
    head = (*HEAD, "法定代表人")
    _approve_all(actor_as, propose(sheet((*ROW, hostile), head=head)))
    out = tmp_path / "导出.xlsx"
    assert export(actor_as("reviewer"), out) == 1
    cells = [cell for page in tabular.read_workbook(out) for row in page.rows for cell in row.cells]
    assert hostile in [cell.value for cell in cells]
    assert not any(cell.formula for cell in cells)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": "基本资料"}, "工作表"),
        ({"head": (*HEAD[:3], "所在省市")}, "列"),
        ({"head": HEAD[:1] + HEAD[2:] + ("联系人",)}, "缺少必填列"),
        ({"head": (*HEAD[:3], HEAD[0])}, "重复出现"),
    ],
)
def test_a_sheet_that_is_not_of_the_template_is_named(
    sheet: Callable[..., Path], change: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match="没有导入任何内容") as refusal:
        propose(sheet(ROW, **change))
    assert any(words in str(problem.rule) for problem in refusal.value.problems)
    assert all(str(problem.remedy) for problem in refusal.value.problems)


def test_the_same_unit_twice_is_refused_once(sheet: Callable[..., Path]) -> None:
    assert propose(sheet(ROW, ROW)).summary() == {"create": 1, "change": 0, "same": 0, "refused": 1}


def test_a_dry_run_writes_nothing(sheet: Callable[..., Path], dump: Callable[[], Any]) -> None:
    before = dump()
    propose(sheet(ROW))
    assert dump() == before
    assert Filing.select().count() == Subject.select().count() == 0


def test_an_enterprise_cannot_file_for_another(sheet: Callable[..., Path]) -> None:
    (row,) = propose(sheet(ROW), only="91420204MATLBW8K03").rows
    assert row.action == "refused"


def _nested(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as outer:
        outer.writestr("xl/inner.zip", b"PK\x03\x04" + b"\0" * 1000)


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"\0" * 600_000_000)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"%PDF-1.7\n" + b"x" * 500),
        lambda path: path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600),
        lambda path: path.write_bytes(path.read_bytes()[:-300]),
        _nested,
        _bomb,
    ],
    ids=["empty", "pdf", "old office", "cut short", "nested zip", "bomb"],
)
def test_a_file_that_is_not_a_sound_workbook_is_refused(
    sheet: Callable[..., Path], spoil: Callable[[Path], Any]
) -> None:
    path = sheet(ROW)
    spoil(path)
    with pytest.raises(Refused) as refusal:
        propose(path)
    assert str(refusal.value)


def test_a_workbook_of_a_million_rows_is_refused_before_it_takes_memory(tmp_path: Path, platform_app: Flask) -> None:
    import resource

    path = tmp_path / "百万行.xlsx"
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True})
    workbook.add_worksheet("基本信息").write_row(0, 0, HEAD)
    workbook.close()
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (number, number) for number in range(2, 1_000_001))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", rows + b"</sheetData>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    parts.clear()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Refused):
        propose(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_an_account_without_a_code_is_shown_nothing_of_a_known_unit(
    sheet: Callable[..., Path], actor_as: Callable[..., Actor]
) -> None:
    _approve_all(actor_as, propose(sheet(ROW)))
    (row,) = propose(sheet(("某某公司", *ROW[1:])), only="").as_json()["rows"]
    assert (row["action"], row["changes"]) == ("refused", {})
    assert ROW[0] not in str(row)
    assert "已由其他账号申报或已在册" in row["problems"][0]["rule"]


def test_a_workbook_of_an_account_without_a_code_is_for_one_unit(sheet: Callable[..., Path]) -> None:
    rows = propose(sheet(ROW, ("另一家公司", "91420204MATLBW8K03", *ROW[2:])), only="").as_json()["rows"]
    assert [row["action"] for row in rows] == ["create", "refused"]
    assert "不是本单位的代码" in rows[1]["problems"][0]["rule"]


def test_a_row_of_another_unit_says_nothing_of_what_that_unit_has(
    sheet: Callable[..., Path], actor_as: Callable[..., Actor]
) -> None:
    _approve_all(actor_as, propose(sheet(ROW)))
    (row,) = propose(sheet(("", *ROW[1:])), only="91420204MATLBW8K03").as_json()["rows"]
    assert row["action"] == "refused"
    assert ROW[0] not in str(row)


@pytest.mark.parametrize("text", ["sealed:1:", "sealed:1:AAAA"])
def test_a_cell_that_looks_sealed_is_a_wrong_value_like_any_other(sheet: Callable[..., Path], text: str) -> None:
    row = _only(sheet((*ROW, text), head=(*HEAD, "联系手机")))
    assert (row["action"], row["problems"][0]["column"]) == ("refused", "联系手机")


def test_a_workbook_laid_over_a_draft_twice_is_as_good_as_once(
    sheet: Callable[..., Path], actor_as: Callable[..., Actor]
) -> None:
    head = ("统一社会信用代码", "资质类别", "专业", "等级", "证书编号", "发证机关", "有效期至")
    own = (CODE, "施工总承包", "水利水电工程", "二级", "D242000001", "湖北省住房和城乡建设厅", "2030-12-31")
    actor = actor_as("enterprise", subject=CODE)
    filing = filings.start(actor)
    for _turn in range(2):
        proposal = propose(sheet(own, head=head, title="资质信息"), only=CODE)
        filing = merge_into_draft(actor, filing.id, version=filing.row_version, proposal=proposal)
    assert len(filing.draft["qualification"]) == 1


def test_a_code_in_small_letters_makes_no_second_unit(sheet: Callable[..., Path]) -> None:
    apply_batch(system_actor("命令行"), propose(sheet((ROW[0], CODE.lower(), *ROW[2:]))), source="名单")
    assert [subject.uscc for subject in Subject.select()] == [CODE]
