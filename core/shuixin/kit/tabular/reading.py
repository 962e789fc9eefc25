"""Reading uploaded workbooks."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from shuixin.errors import Problem, Refused
from shuixin.kit.archives import damaged, inspect, other_content
from shuixin.kit.tabular.scanning import KIND, Limits, Place, Scan, scan_sheet, sheet_parts, too_many_cells
from shuixin.texts import domain

_ = domain("shuixin")

#: What a cell can hold; durations and times of day come as text.
Value = str | int | float | bool | date | datetime | None

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its value, whether a formula computed it, whether it belongs to a merged area.

    Of a merged area only the first cell has the value, the others are ``None``.
    """

    value: Value
    formula: bool = False
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its number as Excel shows it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with those of its rows that hold anything; each row is as wide as the sheet."""

    title: str
    rows: tuple[Row, ...]


_PARTS = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
_EMPTY = Cell(None)


def read_workbook(path: Path, limits: Limits | None = None) -> list[Sheet]:
    """Return the visible sheets of the XLSX file *path*, in order.

    The archive is inspected first and each sheet is looked through in a stream, so a hostile or huge file is refused
    before it takes memory.

    :raises Refused: with problems that say what is wrong and what to do.
    """
    limits = limits or Limits()
    if not inspect(path, limits, kind=KIND) >= _PARTS:
        raise other_content(KIND)
    try:
        with ZipFile(path) as archive, path.open("rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
            parts = sheet_parts(archive, limits)
            titles = _visible_titles(workbook)
            scans = {title: _scan(archive, parts, title, limits) for title in titles}
            return [_sheet(workbook, title, scans.pop(title), limits) for title in titles]
    except (CalamineError, BadZipFile, OSError) as error:
        raise damaged(KIND) from error


def _visible_titles(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def _scan(archive: ZipFile, parts: dict[str, str], title: str, limits: Limits) -> Scan:
    # Only parts at their usual place: there, this module and calamine are sure to look at the same one.
    part = parts.get(title, "")
    if not part.startswith("xl/worksheets/"):
        raise damaged(KIND)
    return scan_sheet(archive, part, title, limits)


def _sheet(workbook: CalamineWorkbook, title: str, scan: Scan, limits: Limits) -> Sheet:
    found = workbook.get_sheet_by_name(title)
    if found.end is None:
        return Sheet(title, ())
    height, width = found.end[0] + 1, found.end[1] + 1
    if height * width > limits.max_cells:
        raise too_many_cells(title, limits)
    merged = _merged_places(scan, height, width)
    return Sheet(title, tuple(_rows(found.to_python(skip_empty_area=False), scan.formulas, merged)))


def _merged_places(scan: Scan, height: int, width: int) -> set[Place]:
    places: set[Place] = set()
    for (top, left), (bottom, right) in scan.merged[: height * width]:
        for row in range(top, min(bottom, height) + 1):
            places.update((row, column) for column in range(left, min(right, width) + 1))
    return places


def _rows(values: Sequence[Sequence[object]], formulas: set[Place], merged: set[Place]) -> Iterator[Row]:
    for number, line in enumerate(values, start=1):
        cells = tuple(
            _cell(value, (number, column) in formulas, (number, column) in merged)
            for column, value in enumerate(line, start=1)
        )
        if any(cell.value is not None or cell.formula for cell in cells):
            yield Row(number, cells)


def _cell(value: object, formula: bool, merged: bool) -> Cell:
    if value == "" and not formula and not merged:
        return _EMPTY
    return Cell(_value(value), formula, merged)


def _value(value: object) -> Value:
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float | date | datetime):
        return value
    return str(value)


def code_problem(cell: Cell, field: str = "") -> Problem | None:
    """Return the problem of a code that Excel holds as a number or date, else ``None``.

    Excel keeps 15 digits of a number and drops zeros in front, so what was typed cannot be told any more.
    """
    if cell.value is None or isinstance(cell.value, str):
        return None
    return Problem(
        field,
        _shown(cell.value),
        _("单元格是数值格式，Excel只保留15位数字，代码可能已失真。"),
        _("请将该列设为“文本”格式后重新填写。"),
    )


def text_of(cell: Cell, code: bool = False, field: str = "") -> str:
    """Return what *cell* says as text, trimmed of blanks of every kind; ``""`` when it is empty.

    :param code: the column holds codes: full-width forms are folded (NFKC), and numbers are refused.
    :raises Refused: a code held as a number; ``problems`` has one entry, with *field*.
    """
    problem = code_problem(cell, field) if code else None
    if problem is not None:
        raise Refused(problem.rule, [problem])
    text = _shown(cell.value)
    if code:
        text = unicodedata.normalize("NFKC", text)
    return text.strip().strip(_INVISIBLE).strip()


def _shown(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    # 15 digits are what Excel shows: 0.1 + 0.2 is 0.3 there.
    return str(int(value)) if value.is_integer() else format(value, ".15g")
