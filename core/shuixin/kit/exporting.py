"""Tables for downloading: one list as a workbook (XLSX) or as CSV, row by row.

::

    write_table(Path("list.csv"), "csv", "名单", [TableColumn("单位名称")], rows)

Nobody's data becomes a formula in either: workbooks hold text cells, and in CSV what a spreadsheet program would take
for a formula gets an apostrophe in front (OWASP, CSV injection).
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shuixin.kit.files import whole_file
from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook

#: What :func:`write_table` writes, and the media type of each.
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
_TITLE_LENGTH = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
# The wide forms too: Chinese input methods type them, and spreadsheet programs take them alike.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


@dataclass(frozen=True)
class TableColumn:
    """A column: its heading, and whether its values are numbers to calculate with."""

    title: str
    number: bool = False


def write_table(
    target: Path, format_: str, title: str, columns: Sequence[TableColumn], rows: Iterable[Sequence[object]]
) -> None:
    """Write *rows* to *target* in constant memory; the file is complete or absent.

    :param format_: a key of :data:`MEDIA_TYPES`.
    :raises Refused: a workbook cannot hold that many rows or so long a text, or the place cannot be written.
    """
    if format_ == "xlsx":
        plan = tuple(ColumnPlan(each.title, "number" if each.number else "text") for each in columns)
        write_workbook(target, [SheetPlan(_NOT_IN_TITLES.sub(" ", title)[:_TITLE_LENGTH], plan, rows)])
    else:
        _write_csv(target, [each.title for each in columns], rows)


def _write_csv(target: Path, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    # Excel takes a file without the mark for GBK.
    with whole_file(target) as part, part.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(each) for each in titles])
        for row in rows:
            writer.writerow([harmless(each) for each in row])


def harmless(value: object) -> object:
    """Return *value* fit for a cell of CSV: a text that would be a formula with an apostrophe before it.

    >>> harmless("=1+1"), harmless(-5), harmless("黄石")
    ("'=1+1", -5, '黄石')
    """
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text
