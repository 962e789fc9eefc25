"""The look through sheets: leaving plain rows out of the parser changes nothing but the time."""

import io
import re
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from shuixin.errors import Refused
from shuixin.kit.sheetxml import Limits, scan_sheet, scanning
from shuixin.kit.sheetxml.places import column_letters, place_of
from shuixin.kit.sheetxml.plain import _columns

PART = "xl/worksheets/sheet1.xml"
LIMITS = Limits(max_rows=30, max_columns=6, max_cells=60)
HEAD = b"<worksheet><sheetData>"
TAIL = b"</sheetData></worksheet>"


def scan(xml, limits=LIMITS, *, chunk=256 * 1024, careful=False):
    """Return the scan of *xml*, or the words of its refusal; *careful* gives the whole sheet to the parser."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(PART, xml)
    with pytest.MonkeyPatch.context() as patch, zipfile.ZipFile(stream) as archive:
        patch.setattr(scanning, "_CHUNK", chunk)
        if careful:
            patch.setattr(scanning._Feeder, "feed", lambda self, piece: self._parser.feed(piece))
        try:
            return scan_sheet(archive, PART, "数据", limits)
        except Refused as refusal:
            return str(refusal)


def given_to_parser(xml):
    """Return what the parser gets to see of *xml*."""
    seen = []
    feed = scanning.DefusedExpatParser.feed

    def watched(self, data, *rest, **options):
        seen.append(data)
        feed(self, data, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning.DefusedExpatParser, "feed", watched)
        scan(xml, Limits())
    return b"".join(seen)


# --- what is plain -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_place", [True, False])
def test_ordinary_sheets_are_plain_but_for_their_widest_rows(in_place):
    stream = io.BytesIO()
    with Workbook(stream, {"constant_memory": in_place}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        for number in range(1000):
            sheet.write_row(number, 0, ["A & B", "水利", " 空 ", number, True])
            sheet.write_number(number, 5, 45_000, day)
            sheet.write_blank(number, 9, None, day)
        sheet.set_row(1001, 30, day)
        sheet.merge_range("A1100:B1101", "x")
        sheet.data_validation("A1:A9", {"validate": "list", "source": ["a"]})
    with zipfile.ZipFile(stream) as archive:
        xml = archive.read(PART)
    found = scan(xml, Limits())
    assert (found.height, found.width, found.merged) == (1100, 6, {1100: 3})
    assert len(given_to_parser(xml)) < 3000 < len(xml) / 50


def test_one_formula_costs_one_row():
    rows = [f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in range(1, 1001)]
    rows[500] = '<row r="501"><c r="A501"><f>B1</f><v>1</v></c></row>'
    xml = HEAD + "".join(rows).encode() + TAIL
    assert scan(xml, Limits()).formulas == {501: 1}
    assert len(given_to_parser(xml)) < 250


PLAIN = '<row r="2"><c r="A2"><v>1</v></c></row>'
NOT_PLAIN = [
    '<row r="2"><c r="A2"><f>1</f></c></row>',
    '<row r="2"><c r="A3"><v>1</v></c></row>',
    '<row r="2"><c r="A22"><v>1</v></c></row>',
    '<row r="02"><c r="A02"><v>1</v></c></row>',
    '<row r="2"><c r="B2"><v>1</v></c></row>',
    '<row r="2"><c><v>1</v></c></row>',
    '<row><c r="A2"><v>1</v></c></row>',
    '<row r="2" r="3"/>',
    '<row r="2" a="1" b="1" a="2"/>',
    '<row r="2" a="&lt;"/>',
    '<row r="2"><c r="A2"><v>&#10;</v></c></row>',
    '<row r="2"><c r="A2"><v>&x;</v></c></row>',
    '<row r="2"><c r="A2"><v>]]></v></c></row>',
    '<row r="2"><c r="A2"><v>\x01</v></c></row>',
    '<row r="2"><c r="A2"><v>\uffff</v></c></row>',
    '<row r="2"><c r="A2"><is><r><t>a</t></r></is></c></row>',
    '<row r="2"><x:c r="A2"><v>1</v></x:c></row>',
    '<x:row r="2"><c r="A2"><v>1</v></c></x:row>',
    "<row r='2'/>",
    '<row r="2"> <c r="A2"/></row>',
    '<row r="2"><!-- --></row>',
    '<row r="2"><?x?></row>',
    '<row r="99999999"/>',
    '<row r="110001"><c r="A110001"><v>1</v></c></row>',
]


@pytest.mark.parametrize("row", NOT_PLAIN)
def test_what_is_written_in_another_way_goes_to_the_parser(row):
    first = '<row r="1"><c r="A1"><v>1</v></c></row>'
    xml = HEAD + f"{first}{row}{PLAIN}".encode() + TAIL
    assert row.encode() in given_to_parser(xml)
    assert scan(xml) == scan(xml, careful=True)
    assert PLAIN.encode() not in given_to_parser(xml.replace(row.encode(), b""))


def test_bytes_that_are_no_utf8_go_to_the_parser():
    for text in (b"\xff", b"\xed\xa0\x80", b"\xef\xbf\xbe", b"\xc0\x80"):
        xml = HEAD + b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>%b</v></c></row>' % text + TAIL
        assert text in given_to_parser(xml)
        assert "已损坏" in scan(xml)


@pytest.mark.parametrize(
    "head",
    [
        b'<?xml version="1.0" encoding="iso-8859-1"?><worksheet><sheetData>',
        b'<?xml version="1.1"?><worksheet><sheetData>',
        b"<worksheet><!-- --><sheetData>",
        b"<worksheet><?x ?><sheetData>",
        b'<worksheet a="&lt;!"><sheetData >',
        b"<x:worksheet><x:sheetData>",
    ],
)
def test_heads_that_are_not_plain_leave_all_rows_to_the_parser(head):
    xml = head + PLAIN.encode() * 3 + TAIL
    assert given_to_parser(xml) == xml


@pytest.mark.parametrize(
    "declared", [b"", b"\xef\xbb\xbf", b"<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n"]
)
def test_plain_heads(declared):
    xml = declared + HEAD + b'<row r="1"><c r="A1"><v>1</v></c></row>' + PLAIN.encode() + TAIL
    assert (scan(xml).height, PLAIN.encode() in given_to_parser(xml)) == (2, False)


# --- the same as the parser alone ------------------------------------------------------------------------------------

#: A comment that ends within a plain row: were the row left out, the comment would swallow what follows.
SWALLOWING = (
    '<row r="1"><c r="A1"><v><!-- </row><row r="2"><c r="A2"><v>--></v></c></row>'
    '<row r="999"><c r="A999"><v>1--></v></c></row>'
)
NUMBERS = st.sampled_from([1, 2, 3, 9, 10, 29, 30, 31, 110_001, 1_048_576])
COLUMNS = st.sampled_from(["A", "B", "E", "F", "G", "Z", "AA", "XFD"])
TEXTS = st.sampled_from(["1", "", "水", "a&amp;b", "&#10;", "&b;", "]]>", "\x01", "\ufffe", "-->", ">", "'\""])


@st.composite
def cells(draw, number):
    own = draw(st.sampled_from([number, number, number, number, draw(NUMBERS), ""]))
    reference = draw(
        st.sampled_from([f' r="{draw(COLUMNS)}{own}"'] * 5 + ["", f" r='A{own}'", ' r="a1"', ' r="A1" r="B1"'])
    )
    style = draw(st.sampled_from(["", "", ' s="1"', ' t="s"', ' s="1" t="inlineStr"', ' t="s" s="1"', ' x:y="1"']))
    text = draw(TEXTS)
    content = draw(
        st.sampled_from(
            [f"<v>{text}</v>"] * 4
            + [f"<is><t>{text}</t></is>", f"<f>{text}</f><v>1</v>", "<v/>", "", f"<x:v>{text}</x:v>", "<c/>", "<row/>"]
        )
    )
    return draw(st.sampled_from([f"<c{reference}{style}>{content}</c>"] * 4 + [f"<c{reference}{style}/>"]))


@st.composite
def rows(draw):
    number = draw(NUMBERS)
    inside = "".join(draw(st.lists(cells(number), max_size=4)))
    attributes = draw(
        st.sampled_from([f' r="{number}"'] * 6 + ["", f' r="{number}" spans="1:2" x:a="."', f" r='{number}'"])
    )
    name = draw(st.sampled_from(["row"] * 8 + ["x:row"]))
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


ODD = st.sampled_from(
    [
        "<!-- ",
        " -->",
        "<!--x-->",
        "<![CDATA[",
        "]]>",
        "<?x ",
        "?>",
        "<!DOCTYPE x>",
        "</sheetData>",
        "<sheetData>",
        "</row>",
        "<row>",
        "<row a='",
        "'>",
        "<c>",
        "<c><v>5</v></c>",
        "</c>",
        "\n",
        "text",
        "<x:f>1</x:f>",
        '<mergeCell ref="A1:B3"/>',
        '<mergeCell ref="B2:XFD1048576"/>',
        '<mergeCell ref="A"/>',
        SWALLOWING,
    ]
)
HEADS = st.sampled_from(
    [HEAD] * 6
    + [
        b'<?xml version="1.0" encoding="UTF-8"?>' + HEAD,
        b"<worksheet><!-- --><sheetData>",
        b"<w><sheetData ><row a='<sheetData>",
    ]
)


@st.composite
def sheets(draw):
    body = "".join(draw(st.lists(st.one_of(*[rows()] * 6, ODD), max_size=12)))
    merges = "".join(
        draw(st.lists(st.sampled_from(['<mergeCell ref="A1:B3"/>', '<mergeCell ref="C1"/>', "<x:f/>"]), max_size=2))
    )
    xml = draw(HEADS) + body.encode() + b"</sheetData>" + merges.encode() + b"</worksheet>"
    for _round in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        start = draw(st.integers(0, len(xml)))
        xml = (
            xml[:start]
            + draw(st.sampled_from([b"", b"<", b">", b'"', b"\xe6", b"\xff", b"/"]))
            + xml[start + draw(st.integers(0, 3)) :]
        )
    return xml


@settings(max_examples=400, deadline=None)
@given(sheets(), st.sampled_from([1, 7, 50, 4096]))
@example(HEAD + SWALLOWING.encode() + TAIL, 4096)
@example(HEAD + PLAIN.encode() + b"<row a='" + PLAIN.encode() * 2 + b"'/>" + TAIL, 4096)
@example(b"<w><sheetData ><row a='<sheetData>" + PLAIN.encode() + TAIL, 4096)
def test_both_ways_find_the_same(xml, chunk):
    assert scan(xml, chunk=chunk) == scan(xml, careful=True)


@settings(max_examples=100, deadline=None)
@given(st.lists(rows(), min_size=1, max_size=9), st.sampled_from([1, 30, 4096]))
def test_rows_alone_are_found_the_same_and_borders_do_not_matter(lines, chunk):
    xml = HEAD + "".join(lines).encode() + TAIL
    assert scan(xml, Limits(), chunk=chunk) == scan(xml, Limits(), careful=True)


def test_cells_are_counted_in_plain_rows():
    lines = "".join(
        f'<row r="{number}"><c r="A{number}"><v>1</v></c><c r="B{number}"/></row>' for number in range(1, 31)
    )
    xml = HEAD + lines.encode() + TAIL
    assert scan(xml).height == 30
    assert "单元格超过59个" in scan(xml, Limits(max_cells=59))


# --- the careful look ------------------------------------------------------------------------------------------


def test_formulas_of_conditions_and_lists_belong_to_no_cell():
    xml = (
        HEAD + b'<row r="1"><c r="A1"><v>1</v></c></row></sheetData><extLst><x14:dataValidation><x14:formula1>'
        b"<xm:f>Sheet2!$A$1:$A$9</xm:f></x14:formula1></x14:dataValidation></extLst></worksheet>"
    )
    assert scan(xml).formulas == scan(xml, careful=True).formulas == {}


def test_merged_areas_are_cut_to_the_content_and_must_not_overlap():
    row = b'<row r="2"><c r="C2"><v>1</v></c></row></sheetData>'
    beyond = b'<mergeCell ref="B1:XFD1048576"/><mergeCell ref="D1:E1"/><mergeCell ref="A9:A99"/></worksheet>'
    assert scan(HEAD + row + beyond).merged == {1: 0b110, 2: 0b110}
    assert "已损坏" in scan(HEAD + row + b'<mergeCell ref="A1:C2"/>' * 2 + b"</worksheet>")
    assert "单元格超过" in scan(HEAD + row + b'<mergeCell ref="Z9"/>' * 61 + b"</worksheet>")


def test_a_long_row_goes_to_the_parser_as_it_comes(monkeypatch):
    monkeypatch.setattr(scanning, "_LONGEST_ROW", 500)
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row>' % ("x" * 2000)
    xml = HEAD + row.encode() + b'<row r="2"><c r="A2"><f>1</f></c></row>' + TAIL
    assert scan(xml, chunk=100) == scan(xml, careful=True)


@pytest.mark.parametrize("width", [0, 1, 25, 26, 27, 52, 53, 200, 701, 702, 703, 1378, 16_384])
def test_the_pattern_of_columns_takes_those_up_to_the_width(width):
    pattern = re.compile(_columns(width))
    taken = [column for column in range(1, 18_279) if pattern.fullmatch(column_letters(column))]
    assert taken == list(range(1, width + 1))


@given(st.integers(1, 16_384), st.integers(1, 1_048_576))
def test_names_of_places(column, row):
    assert place_of(f"{column_letters(column)}{row}") == (row, column)
