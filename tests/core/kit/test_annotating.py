"""Reasons written back: they are read again as they were written, and all else stays what it was, byte for byte."""

import re
import tracemalloc
import zipfile
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from shuixin.errors import Refused
from shuixin.kit.annotating import annotate_workbook
from shuixin.kit.tabular import ColumnPlan, Limits, SheetPlan, open_workbook, read_workbook, write_workbook

HEADER = "导入结果"
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
COLUMNS = (
    ColumnPlan("代码", required=True, note="十八位"),
    ColumnPlan("类型", choices=("施工", "监理")),
    ColumnPlan("日", "date"),
)
ROWS = [["A1", "施工", date(2026, 4, 1)], ["A2", "监理", None], ["A3", None, date(2026, 4, 3)]]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.xlsx"


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "copy.xlsx"


def entries(path):
    with zipfile.ZipFile(path) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def packed(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def with_sheet(path, xml):
    write_workbook(path, [SheetPlan("数据", COLUMNS)])
    packed(path, {**entries(path), SHEET: xml})


def with_rows(path, rows, before="", after=""):
    with_sheet(path, f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>')


def grid(path, sheet=0):
    return {row.number: list(row.values) for row in read_workbook(path)[sheet].rows}


def shared(path, rows=ROWS):
    """A workbook with its texts in the common table, as Excel saves them."""
    with Workbook(path) as book:
        heading = book.add_format({"bold": True})
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, ["代码", "类型", "日"], heading)
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, [str(value) if value else "" for value in row])
        sheet.set_row(9, 30)
        sheet.data_validation("B2:B9", {"validate": "list", "source": ["施工", "监理"]})
        book.add_worksheet("别的").write_string("A1", "不变")


@pytest.mark.parametrize("made_by", ["ours", "shared"])
def test_notes_come_back_and_the_rest_stays(path, copy, made_by):
    if made_by == "ours":
        write_workbook(path, [SheetPlan("数据", COLUMNS, ROWS), SheetPlan("别的", COLUMNS, ROWS)], ["说明"])
    else:
        shared(path)
    annotate_workbook(path, copy, {"数据": {2: "代码不对", 4: "日期太早"}}, header=HEADER)
    place = 1 if made_by == "ours" else 0
    before, after = grid(path, place), grid(copy, place)
    said = {1: HEADER, 2: "代码不对", 4: "日期太早"}
    assert after == {number: [*row, said.get(number)] for number, row in before.items()}
    name = f"xl/worksheets/sheet{place + 1}.xml"
    old, new = entries(path), entries(copy)
    assert list(old) == list(new)
    assert {each for each in old if old[each] != new[each]} == {name}
    assert re.search(rb'<c r="D1" s="\d+" t="inlineStr">', new[name]), "the title looks like the other titles"
    for kept in (b"dataValidation", b"<cols>" if made_by == "ours" else b'ht="30"'):
        assert (kept in old[name]) == (kept in new[name]) == True  # noqa: E712 - both have it


@pytest.mark.parametrize("made_by", ["ours", "shared"])
def test_a_second_result_takes_the_place_of_the_first(path, copy, tmp_path, made_by):
    if made_by == "ours":
        write_workbook(path, [SheetPlan("数据", COLUMNS, ROWS)])
        annotate_workbook(path, copy, {"数据": {2: "一", 3: "二", 9: "三"}}, header=HEADER)
    else:  # the first result, saved once by a spreadsheet program
        with Workbook(copy) as book:
            sheet = book.add_worksheet("数据")
            for number, row in enumerate([["代码", HEADER], ["A1", "一"], ["A2", "二"]]):
                sheet.write_row(number, 0, row)
    again = tmp_path / "again.xlsx"
    annotate_workbook(copy, again, {"数据": {3: "新", 4: "又"}}, header=HEADER)
    before, after = grid(copy), grid(again)
    results = {number: row[-1] for number, row in after.items() if row[-1]}
    assert results == {1: HEADER, 3: "新", 4: "又"}
    assert all(after[number][:-1] == row[:-1] for number, row in before.items() if any(row[:-1]))
    assert len(after[1]) == len(before[1])
    annotate_workbook(again, copy, {"数据": {}}, header=HEADER)
    assert {row[-1] for row in grid(copy).values()} == {HEADER, None}


def test_a_column_of_that_name_elsewhere_is_the_users_own(path, copy):
    write_workbook(path, [SheetPlan("数据", (ColumnPlan(HEADER), ColumnPlan("名称")), [["a", "b"]])])
    annotate_workbook(path, copy, {"数据": {2: "新"}}, header=HEADER)
    assert grid(copy) == {1: [HEADER, "名称", HEADER], 2: ["a", "b", "新"]}


TEXTS = {
    "=1+1": "=1+1",
    "<&>\"']]>": "<&>\"']]>",
    "  甲\n乙\t ": "  甲\n乙\t ",
    "a\r\nb\rc": "a\nb\nc",
    "a\0b\x07c\x1fd\x7fe\x85f\ufffeg\ud800h": "abcdefgh",
    "_x0041_ _x005F_": "_x0041_ _x005F_",
    "水" * 40_000: "水" * 32_767,
    "😀": "😀",
}


@pytest.mark.parametrize(("text", "said"), TEXTS.items(), ids=range(len(TEXTS)))
def test_a_text_is_a_text(path, copy, text, said):
    write_workbook(path, [SheetPlan("数据", COLUMNS, ROWS)])
    annotate_workbook(path, copy, {"数据": {2: text}}, header=text)
    rows = read_workbook(copy)[0].rows
    assert (rows[0].values[3], rows[1].values[3]) == (said, said)
    assert not any(row.formulas for row in rows)
    assert not re.search(rb"<f[\s/>]", entries(copy)[SHEET])


ODD = [
    # (the rows, the number of the noted row, the rows afterwards)
    (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" spans="1:1" ht="20"/>',
        2,
        '<row r="1"><c r="A1"><v>1</v></c>[B1]</row><row r="2" ht="20">[B2]</row>',
    ),
    ("<row><c><v>1</v></c></row><row/>", 2, "<row><c><v>1</v></c>[B1]</row><row>[B2]</row>"),
    (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="A9"><v>1</v></c></row>',
        5,
        '<row r="1"><c r="A1"><v>1</v></c>[B1]</row><row r="5">[B5]</row><row r="9"><c r="A9"><v>1</v></c></row>',
    ),
    ('<row r="1"><c r="A1"><v>1</v></c></row>', 5, '<row r="1"><c r="A1"><v>1</v></c>[B1]</row><row r="5">[B5]</row>'),
    (
        # formatted cells without content, beyond the last column: one gives way, the other stays behind ours
        (
            '<row r="1"><c r="A1"><v>1</v></c><c r="B1" s="1"/></row>'
            '<row r="2"><c r="A2"><v>1</v></c><c r="C2" s="1"/></row>'
        ),
        2,
        '<row r="1"><c r="A1"><v>1</v></c>[B1 s="1"]</row><row r="2"><c r="A2"><v>1</v></c>[B2]<c r="C2" s="1"/></row>',
    ),
    (
        "<row r='1' x='>'>\n <c r='A1'><v>1</v></c >\n</row >\n<row r='2'\n><c\nr='A2'/></row>",
        2,
        "<row r='1' x='>'>\n <c r='A1'><v>1</v></c >[B1]\n</row>\n<row r='2'\n><c\nr='A2'/>[B2]</row>",
    ),
]


@pytest.mark.parametrize(("rows", "number", "expected"), ODD, ids=range(len(ODD)))
def test_rows_written_in_other_ways(path, copy, rows, number, expected):
    with_rows(path, rows)
    annotate_workbook(path, copy, {"数据": {number: "否"}}, header="是")

    def cell(found):
        place, style = found[1], found[2]
        text = "是" if place == "B1" else "否"
        return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'

    wanted = re.sub(r'\[(B\d)( s="1")?\]', lambda found: cell(found).replace("None", ""), expected)
    assert entries(copy)[SHEET].decode() == f'<worksheet xmlns="{MAIN}"><sheetData>{wanted}</sheetData></worksheet>'
    assert grid(copy)[number][1] == "否"


def test_a_sheet_with_prefixes_and_one_without_rows(path, copy):
    with_sheet(
        path,
        f'<x:worksheet xmlns:x="{MAIN}"><x:dimension ref="A1"/><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>",
    )
    annotate_workbook(path, copy, {"数据": {2: "否"}}, header=HEADER)
    assert grid(copy) == {1: [1.0, HEADER], 2: [None, "否"]}
    assert b'<x:dimension ref="A1:B2"/>' in entries(copy)[SHEET]
    with_sheet(path, f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>')
    annotate_workbook(path, copy, {"数据": {3: "否"}}, header=HEADER)
    assert grid(copy) == {1: [HEADER], 3: ["否"]}


@pytest.mark.parametrize(("old", "new"), [("A1:C4", "A1:D7"), ("B2", "B2:D7"), ("A1:Z90", "A1:Z90")])
def test_the_stated_extent_grows(path, copy, old, new):
    rows = "".join(f'<row r="{number}"><c r="C{number}"><v>1</v></c></row>' for number in (1, 4))
    with_rows(path, rows, before=f'<dimension ref="{old}"/>')
    annotate_workbook(path, copy, {"数据": {7: "否"}}, header=HEADER)
    assert f'<dimension ref="{new}"/>'.encode() in entries(copy)[SHEET]


@pytest.mark.parametrize(
    ("rows", "before"),
    [
        ('<row r="2"><c><v>1</v></c></row><row r="1"/>', ""),
        ('<row r="1"><c r="A1"><v>1</v></c></row><!-- <row r="2"/> -->', ""),
        ('<row r="1"><c r="A1"><v>1</v></c></row>', "<!-- <sheetData> -->"),
        ('<row r="1"><c r="A1" t="s"><v>99999</v></c></row>', ""),
        ('<row r="1"><c r="A1"><v>1</v></c>', ""),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(path, copy, rows, before):
    with_rows(path, rows, before)
    with pytest.raises(Refused, match="已损坏"):
        annotate_workbook(path, copy, {"数据": {2: "否"}}, header=HEADER)
    assert not copy.exists()
    assert not list(copy.parent.glob("*.part"))


def test_limits_hold_and_unknown_sheets_are_told(path, copy):
    write_workbook(path, [SheetPlan("数据", COLUMNS, ROWS)])
    with pytest.raises(Refused, match="超过2行"):
        annotate_workbook(path, copy, {"数据": {2: "否"}}, header=HEADER, limits=Limits(max_rows=2))
    with pytest.raises(KeyError):
        annotate_workbook(path, copy, {"没有": {2: "否"}}, header=HEADER)
    with pytest.raises(Refused, match="无法写入"):
        annotate_workbook(path, copy.parent / "none" / "x.xlsx", {}, header=HEADER)


def test_twenty_thousand_rows_in_constant_memory(path, copy):
    write_workbook(path, [SheetPlan("数据", COLUMNS, ([f"A{number}", "施工", None] for number in range(20_000)))])
    notes = {number: f"第{number}行不对" for number in range(2, 20_002, 2)}
    tracemalloc.start()
    annotate_workbook(path, copy, {"数据": notes}, header=HEADER)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * 1024 * 1024, "the sheet alone is larger unpacked, and much larger parsed"
    with open_workbook(copy) as (sheet,):
        rows = iter(sheet.rows())
        assert next(rows).values[3] == HEADER
        assert {row.number: row.values[3] for row in rows if row.values[3]} == notes


VALUES = st.one_of(st.none(), st.text("ab甲&<\"' ", min_size=1, max_size=6), st.integers(0, 99), st.booleans())
SHEETS = st.lists(st.lists(VALUES, min_size=1, max_size=4), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(SHEETS, st.dictionaries(st.integers(2, 12), st.text("甲<&=_x0041", max_size=9), max_size=8), st.data())
def test_all_other_cells_and_parts_are_unchanged(tmp_path_factory, lines, notes, data):
    folder = tmp_path_factory.mktemp("books")
    path, copy = folder / "a.xlsx", folder / "b.xlsx"
    with Workbook(path, {"constant_memory": data.draw(st.booleans())}) as book:
        style = book.add_format({"bold": True})
        for title in ("数据", "别的"):
            sheet = book.add_worksheet(title)
            for number, line in enumerate(lines):
                for column, value in enumerate(line):
                    if isinstance(value, bool | int):
                        sheet.write(number, column, value, style)
                    elif value is None:
                        sheet.write_blank(number, column, None, style)
                    else:
                        sheet.write_string(number, column, value)
    annotate_workbook(path, copy, {"数据": notes}, header=HEADER)
    old, new = entries(path), entries(copy)
    assert {each for each in old if old[each] != new[each]} == {SHEET}
    before, after = grid(path), grid(copy)
    width = max((len(row) for row in before.values()), default=0)
    first = min(before, default=1)
    said = {**{number: text for number, text in notes.items() if text}, first: HEADER}
    assert {number: row[width] for number, row in after.items() if row[width]} == said
    kept = {number: row[:width] for number, row in after.items() if any(value is not None for value in row[:width])}
    assert kept == before
    places = re.findall(rb'<c r="([A-Z]+)([0-9]+)"', new[SHEET])
    order = [(int(row), len(letters), letters) for letters, row in places]
    assert all(one < other for one, other in pairwise(order)), "cells stay in order"
    cells = re.compile(rb'<c r="(?!%c\d)[^<>]*?(?:/>|>.*?</c>)' % (65 + width))
    assert [each for each in cells.findall(old[SHEET]) if b"<" in each[2:]] == [
        each for each in cells.findall(new[SHEET]) if b"<" in each[2:]
    ]
