"""Workbooks: what is written reads back the same, and what is hostile or huge is refused early."""

import io
import time
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from shuixin.errors import Refused
from shuixin.kit.sheetxml import Scan
from shuixin.kit.tabular import (
    Cell,
    ColumnPlan,
    Limits,
    SheetPlan,
    code_problem,
    open_workbook,
    read_workbook,
    text_of,
    write_workbook,
)

TWO = (ColumnPlan("代码", required=True), ColumnPlan("说明", "long"))
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.xlsx"


def values(path, sheet=0):
    return [[cell.value for cell in row.cells] for row in read_workbook(path)[sheet].rows]


def replace_sheet(path, xml):
    """Put *xml* in the place of the first sheet of the workbook at *path*."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = xml
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def sheet_xml(rows):
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def refused(path, limits=None):
    with pytest.raises(Refused) as refusal:
        read_workbook(path, limits)
    assert refusal.value.problems
    return str(refusal.value)


CELL_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL_TEXTS, CELL_TEXTS), min_size=1, max_size=5))
def test_texts_read_back_unchanged(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    write_workbook(path, [SheetPlan("数据", TWO, rows)])
    expected = [[text or None for text in row] for row in rows if any(row)]
    assert values(path)[1:] == expected


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "http://a.cn"])
def test_formula_like_texts_are_inert_and_unchanged(path, text):
    write_workbook(path, [SheetPlan("数据", TWO, [[text, text]])])
    (cell, _) = read_workbook(path)[0].rows[1].cells
    assert (cell.value, cell.formula) == (text, False)
    with zipfile.ZipFile(path) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")


def test_dates_and_numbers_keep_their_kind(path):
    columns = (ColumnPlan("日", "date"), ColumnPlan("数", "number"))
    rows = [
        [date(2026, 4, 1), 3],
        [datetime(2026, 4, 1, 16, 30, tzinfo=UTC), 2.5],
        [datetime.fromisoformat("2026-04-01T01:00"), 10**17],
        [date(1850, 1, 1), True],
        ["长期", float("nan")],
    ]
    write_workbook(path, [SheetPlan("数据", columns, rows)])
    assert values(path)[1:] == [
        [date(2026, 4, 1), 3.0],
        [date(2026, 4, 2), 2.5],
        [date(2026, 4, 1), "100000000000000000"],
        ["1850-01-01", "True"],
        ["长期", "nan"],
    ]


def test_template_has_stars_notes_lists_and_help(path):
    districts = tuple(f"第{number}个很长的可选项名称" for number in range(60))
    columns = (
        ColumnPlan("企业", required=True, note="营业执照上的全称", width=30),
        ColumnPlan("类型", choices=("施工", "监理")),
        ColumnPlan("县区", choices=districts),
        ColumnPlan("别名", choices=("甲,乙", "丙")),
        ColumnPlan("再选", choices=districts),
    )
    write_workbook(path, [SheetPlan("数据", columns)], ["带*的为必填。"])
    sheets = read_workbook(path)
    assert [sheet.title for sheet in sheets] == ["填写说明", "数据"]
    assert text_of(sheets[0].rows[0].cells[0]) == "带*的为必填。"
    assert text_of(sheets[1].rows[0].cells[0]) == "企业*"
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet2.xml").decode()
        assert "营业执照上的全称" in archive.read("xl/comments1.xml").decode()
    assert '"施工,监理"' in xml
    assert "_lists!$A$1:$A$60" in xml
    assert "_lists!$B$1:$B$2" in xml
    assert 'state="frozen"' in xml


def test_writing_to_a_stream():
    stream = io.BytesIO()
    write_workbook(stream, [SheetPlan("数据", TWO, [["a", None]])])
    assert stream.getvalue().startswith(b"PK")


def test_a_failed_export_leaves_no_file(tmp_path):
    def rows():
        yield ["a", "b"]
        raise KeyError

    with pytest.raises(KeyError):
        write_workbook(tmp_path / "x.xlsx", [SheetPlan("数据", TWO, rows())])
    with pytest.raises(Refused, match="32767"):
        write_workbook(tmp_path / "x.xlsx", [SheetPlan("数据", TWO, [["a", "b" * 40_000]])])
    assert list(tmp_path.iterdir()) == []


def test_too_many_rows_to_export(path, monkeypatch):
    monkeypatch.setattr("shuixin.kit.tabular.writing._LAST_ROW", 2)
    with pytest.raises(Refused, match="导出超过2行"):
        write_workbook(path, [SheetPlan("数据", TWO, [["a", "b"]] * 3)])


def test_characters_xml_cannot_hold_are_left_out(path):
    write_workbook(path, [SheetPlan("数据", TWO, [["a\0b\ud800c\uffff", "x"]])])
    assert values(path)[1][0] == "abc"


def test_formulas_merges_and_row_numbers_are_reported(path):
    with Workbook(path) as book:
        sheet = book.add_worksheet("甲")
        sheet.write_formula("B3", "=1+1", value=2)
        sheet.merge_range("A5:B6", "合并")
        book.add_worksheet("隐藏").hide()
    (sheet,) = read_workbook(path)
    assert [row.number for row in sheet.rows] == [3, 5]
    assert sheet.rows[0].cells == (Cell(None), Cell(2.0, formula=True))
    assert sheet.rows[1].cells == (Cell("合并", merged=True), Cell(None, merged=True))


def test_rows_come_one_at_a_time_as_plain_values(path):
    with Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("甲")
        sheet.write_row("B2", ["代码", "", 0, False])
        sheet.write_datetime("B4", date(2026, 4, 1), day)
        sheet.merge_range("C5:D5", "合并")
        sheet.write_formula("B6", "=1+1", value=2)
        sheet.write_formula("F7", "=1+1", value="")
        book.add_worksheet("乙").write_string("A1", "x")
    with open_workbook(path) as sheets:
        assert [(sheet.title, sheet.height, sheet.width) for sheet in sheets] == [("甲", 7, 6), ("乙", 1, 1)]
        rows = sheets[0].rows()
        first = next(rows)
        assert [(row.number, row.values) for row in sheets[1].rows()] == [(1, ("x",))], (
            "one sheet after the other or not"
        )
        found = {row.number: row for row in [first, *rows]}
    assert {number: row.values for number, row in found.items()} == {
        2: (None, "代码", None, 0.0, False, None),
        4: (None, date(2026, 4, 1), None, None, None, None),
        5: (None, None, "合并", None, None, None),
        6: (None, 2.0, None, None, None, None),
        7: (None,) * 6,
    }
    assert {number: (set(row.formulas), set(row.merged)) for number, row in found.items()} == {
        2: (set(), set()),
        4: (set(), set()),
        5: (set(), {2, 3}),
        6: ({1}, set()),
        7: ({5}, set()),
    }
    assert text_of(found[2].values[1]) == "代码"
    assert code_problem(found[2].values[3]) is not None


def test_formulas_below_all_values_are_not_lost(path):
    write_workbook(path, [SheetPlan("数据", TWO)])
    replace_sheet(
        path, sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="B3"><f>A1</f></c></row><row r="4"/>')
    )
    with open_workbook(path) as (sheet,):
        assert [(row.number, row.values, row.formulas) for row in sheet.rows()] == [
            (1, (1.0, None), frozenset()),
            (3, (None, None), frozenset({1})),
        ]


def test_all_sheets_are_looked_through_before_the_first_row(path):
    write_workbook(path, [SheetPlan("一", TWO, [["a", "b"]]), SheetPlan("二", TWO, [["a", "b"]] * 9)])
    with pytest.raises(Refused, match="工作表“二”超过5行"), open_workbook(path, Limits(max_rows=5)):
        pytest.fail("opened")


def test_what_goes_wrong_while_rows_are_used_is_not_taken_for_a_damaged_file(path):
    write_workbook(path, [SheetPlan("数据", TWO)])
    with pytest.raises(OSError, match="disk full"), open_workbook(path):
        raise OSError("disk full")


def test_a_header_and_100_000_rows_of_20_columns_fit(path):
    write_workbook(path, [SheetPlan("数据", TWO)])
    cells = "".join(f'<c r="{chr(65 + index)}%d"/>' for index in range(19))
    lines = (
        f'<row r="{number}">{cells % ((number,) * 19)}<c r="T{number}"><v>1</v></c></row>'
        for number in range(1, 100_002)
    )
    replace_sheet(path, sheet_xml("".join(lines)))
    with open_workbook(path) as (sheet,):
        assert (sheet.height, sheet.width) == (100_001, 20)


def test_a_sheet_that_calamine_places_elsewhere_is_refused(path, monkeypatch):
    write_workbook(path, [SheetPlan("数据", TWO)])
    monkeypatch.setattr("shuixin.kit.tabular.reading.scan_sheet", lambda *_given: Scan(1, 1))
    assert "已损坏" in refused(path)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_an_unknown_encoding_is_refused(path, part):
    write_workbook(path, [SheetPlan("数据", TWO)])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[part] = members[part].replace(b'"UTF-8"', b'"X"', 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert "已损坏" in refused(path)


def test_cells_without_references_are_placed_in_order(path):
    write_workbook(path, [SheetPlan("数据", TWO)])
    replace_sheet(path, sheet_xml("<row><c><v>1</v></c><c><f>A1</f><v>1</v></c></row><row><c><v>2</v></c></row>"))
    first, second = read_workbook(path)[0].rows
    assert (first.number, second.number) == (1, 2)
    assert [cell.formula for cell in first.cells] == [False, True]


def test_a_million_rows_are_refused_quickly(path):
    write_workbook(path, [SheetPlan("数据", TWO)])
    lines = "".join(f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in range(1, 1_000_001))
    replace_sheet(path, sheet_xml(lines))
    started = time.perf_counter()
    assert refused(path) == "工作表“数据”超过110000行。"
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "超过110000行"),
        ('<row r="1"><c r="XFD1"><v>1</v></c></row>', "超过200列"),
        ('<row r="1"><c r="A1048576"><v>1</v></c></row>', "超过110000行"),
        ('<row r="1"><c r="A0"><v>1</v></c></row>', "已损坏"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A1048576"><v>1</v></c></row>', "超过110000行"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="XFD2"><v>1</v></c></row>', "超过200列"),
        ('<row r="1"><c r="XFD1048576"><row r="1"/><v>1</v></c></row>', "已损坏"),
        ('<row r="x"/>', "已损坏"),
        ("<row>", "已损坏"),
        ("</row><!DOCTYPE x>", "XML声明"),
    ],
)
def test_extent_is_limited_and_bad_xml_refused(path, rows, rule):
    write_workbook(path, [SheetPlan("数据", TWO)])
    replace_sheet(path, sheet_xml(rows))
    assert rule in refused(path)


def test_empty_cells_far_below_do_not_count(path):
    write_workbook(path, [SheetPlan("数据", TWO)])
    replace_sheet(
        path, sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576" s="1"/></row>')
    )
    assert values(path) == [[1.0]]


def test_cells_and_sheets_are_limited(path):
    write_workbook(path, [SheetPlan("数据", TWO, [["a", "b"]] * 9), SheetPlan("二", TWO)])
    assert "单元格超过15个" in refused(path, Limits(max_cells=15))
    assert "工作表有2张" in refused(path, Limits(max_sheets=1))


def test_a_dense_extent_is_refused_before_it_is_loaded(path, monkeypatch):
    write_workbook(path, [SheetPlan("数据", TWO)])
    replace_sheet(
        path, sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="90000"><c r="GA90000"><v>1</v></c></row>')
    )
    assert "单元格超过1000个" in refused(path, Limits(max_cells=1000))
    monkeypatch.setattr("shuixin.kit.tabular.reading.OpenSheet.rows", lambda _self: pytest.fail("loaded"))
    assert "单元格超过2500000个" in refused(path)


def test_what_is_no_workbook_is_refused(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert refused(path) == "文件内容不是XLSX格式。"
    write_workbook(path, [SheetPlan("数据", TWO)])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, content in {
        "xl/workbook.xml": b"<x",
        "xl/_rels/workbook.xml.rels": members["xl/_rels/workbook.xml.rels"].replace(b"worksheets/", b"other/"),
    }.items():
        with zipfile.ZipFile(path, "w") as archive:
            for member, old in {**members, name: content}.items():
                archive.writestr(member, old)
        assert "已损坏" in refused(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("\u3000 甲\u00a0\ufeff", "甲"),
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (float("inf"), "inf"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (date(2026, 4, 1), "2026-04-01"),
        (datetime.fromisoformat("2026-04-01T08:00"), "2026-04-01 08:00:00"),
        ("ＡＢ１", "ＡＢ１"),
    ],
)
def test_text_of_a_cell(value, text):
    assert text_of(Cell(value)) == text


def test_codes_are_folded_and_never_numbers():
    assert text_of(Cell(" ９１４２０２００ＭＡ "), code=True) == "91420200MA"
    assert text_of(Cell(None), code=True) == ""
    with pytest.raises(Refused, match="15位") as refusal:
        text_of(Cell(4.20202199001011e17), code=True, field="id_number")
    assert refusal.value.problems[0].field == "id_number"
    assert "文本" in str(code_problem(Cell(1.0)).remedy)


def test_an_empty_sheet_and_a_time_of_day(path):
    with Workbook(path) as book:
        book.add_worksheet("空")
        book.add_worksheet("时").write_number("A1", 0.5, book.add_format({"num_format": "hh:mm:ss"}))
    empty, times = read_workbook(path)
    assert empty.rows == ()
    assert times.rows[0].cells[0].value == "12:00:00"
