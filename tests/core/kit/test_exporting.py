"""Tables for downloading: what is written is what was there, and nothing of it is a formula."""

import csv
from datetime import date

import pytest

from shuixin.errors import Refused
from shuixin.kit.exporting import TableColumn, harmless, write_table
from shuixin.kit.tabular import read_workbook

COLUMNS = [TableColumn("单位名称"), TableColumn("件数", number=True)]
DANGEROUS = ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "＝1+1", "－1", "\n=1"]


def csv_of(path):
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel takes a file without the mark for GBK"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_csv_holds_the_rows_under_their_titles(tmp_path):
    write_table(
        tmp_path / "a.csv", "csv", "名单", COLUMNS, [["黄石，\n“水利”", 3], [None, -5], [date(2026, 3, 1), True]]
    )
    assert csv_of(tmp_path / "a.csv") == [
        ["单位名称", "件数"],
        ["黄石，\n“水利”", "3"],
        ["", "-5"],
        ["2026-03-01", "True"],
    ]
    assert list(tmp_path.iterdir()) == [tmp_path / "a.csv"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_of_csv_is_a_formula(text, tmp_path):
    write_table(tmp_path / "a.csv", "csv", "名单", [TableColumn(text)], [[text]])
    assert csv_of(tmp_path / "a.csv") == [[f"'{text}"], [f"'{text}"]]


@pytest.mark.parametrize("text", ["黄石=水利", "a-b", "1", "", "'x"])
def test_other_texts_stay_as_they_are(text):
    assert harmless(text) == text


@pytest.mark.parametrize("text", [each for each in DANGEROUS if each.strip() == each])
def test_a_workbook_reads_back_as_written(text, tmp_path):
    write_table(tmp_path / "a.xlsx", "xlsx", "名[单]/2026:*?", COLUMNS, [[text, 7]])
    sheet = read_workbook(tmp_path / "a.xlsx")[0]
    row = list(sheet.rows)[1]
    assert [row.cells[0].value, row.cells[1].value] == [text, 7]
    assert "[" not in sheet.title


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_a_table_that_breaks_half_way_leaves_no_file(format_, tmp_path):
    def rows():
        yield ["一", 1]
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        write_table(tmp_path / f"a.{format_}", format_, "名单", COLUMNS, rows())
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused_without_its_path(tmp_path):
    with pytest.raises(Refused) as refused:
        write_table(tmp_path / "missing" / "a.csv", "csv", "名单", COLUMNS, [])
    assert str(tmp_path) not in str(refused.value)
