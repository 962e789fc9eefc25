"""Reading uploaded workbooks."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from shuixin.errors import Problem, Refused
from shuixin.kit.archives import damaged, inspect, other_content
from shuixin.kit.sheetxml import KIND, Limits, Scan, scan_sheet, sheet_parts
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


class Row(NamedTuple):
    """A row that holds anything: its number as Excel shows it, and one value for each column of the sheet.

    *formulas* and *merged* are the indexes, in *values*, of cells that a formula computed or that belong to a merged
    area; most often there are none. Of a merged area only the first cell has the value.
    """

    number: int
    values: tuple[Value, ...]
    formulas: frozenset[int] = frozenset()
    merged: frozenset[int] = frozenset()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, made anew at each call; :attr:`values` costs nothing."""
        return tuple(
            Cell(value, index in self.formulas, index in self.merged) for index, value in enumerate(self.values)
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with those of its rows that hold anything; each row is as wide as the sheet."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """A sheet of an open workbook; *height* and *width* are those of the area with content."""

    title: str
    height: int
    width: int
    _workbook: CalamineWorkbook = field(repr=False)
    _scan: Scan = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything, one at a time; each is :attr:`width` wide.

        The first one takes the time and memory of loading the sheet, which goes with the iterator.

        :raises Refused: the sheet is damaged.
        """
        found = self._loaded()
        formulas, merged = self._scan.formulas, self._scan.merged
        left = (None,) * (found.start[1] if found.start else 0)
        right = (None,) * (self.width - (found.end[1] + 1 if found.end else 0))
        number = 0
        for number, line in enumerate(found.iter_rows(), start=1):
            values = left + _values(line) + right if left or right else _values(line)
            if number in formulas or number in merged:
                row = Row(number, values, _indexes(formulas.get(number, 0)), _indexes(merged.get(number, 0)))
                if row.formulas or any(value is not None for value in values):
                    yield row
            elif any(values) or any(value is not None for value in values):
                yield Row(number, values)
        for rest in sorted(each for each in formulas if each > number):  # formulas without results
            yield Row(rest, (None,) * self.width, _indexes(formulas[rest]), _indexes(merged.get(rest, 0)))

    def _loaded(self) -> CalamineSheet:
        try:
            found = self._workbook.get_sheet_by_name(self.title)
        except CalamineError as error:
            raise damaged(KIND) from error
        # What was looked through and what was loaded must be the same.
        if found.end is not None and (found.end[0] >= self.height or found.end[1] >= self.width):
            raise damaged(KIND)
        return found


_PARTS = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
_TYPES = frozenset({str, float, bool, int, date, datetime})


@contextmanager
def open_workbook(path: Path, limits: Limits | None = None) -> Iterator[list[OpenSheet]]:
    """Open the XLSX file *path*, and give its visible sheets, in order, to be read row by row.

    The archive is inspected first and each sheet is looked through in a stream, so a hostile or huge file is refused
    before it takes memory, and before the first row is read.

    :raises Refused: with problems that say what is wrong and what to do.
    """
    with ExitStack() as stack:
        try:
            sheets = _opened(path, limits or Limits(), stack)
        except (CalamineError, BadZipFile, OSError) as error:
            raise damaged(KIND) from error
        yield sheets


def read_workbook(path: Path, limits: Limits | None = None) -> list[Sheet]:
    """Return the visible sheets of *path* with all their rows: :func:`open_workbook` for small files.

    :raises Refused: with problems that say what is wrong and what to do.
    """
    with open_workbook(path, limits) as sheets:
        return [Sheet(sheet.title, tuple(sheet.rows())) for sheet in sheets]


def _opened(path: Path, limits: Limits, stack: ExitStack) -> list[OpenSheet]:
    if not inspect(path, limits, kind=KIND) >= _PARTS:
        raise other_content(KIND)
    with ZipFile(path) as archive:
        parts = sheet_parts(archive, limits)
        workbook = stack.enter_context(CalamineWorkbook.from_filelike(stack.enter_context(path.open("rb"))))
        scans = {title: _scan(archive, parts, title, limits) for title in _visible_titles(workbook)}
    return [OpenSheet(title, scan.height, scan.width, workbook, scan) for title, scan in scans.items()]


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


def _values(line: Sequence[object]) -> tuple[Value, ...]:
    if not _TYPES.issuperset(map(type, line)):
        line = [value if type(value) in _TYPES else str(value) for value in line]
    # Most values are true, and that is asked faster than a comparison.
    return tuple([value if value or value != "" else None for value in line])  # type: ignore[misc]


def _indexes(columns: int) -> frozenset[int]:
    return frozenset(index for index in range(columns.bit_length()) if columns >> index & 1)


def code_problem(cell: Cell | Value, field: str = "") -> Problem | None:
    """Return the problem of a code that Excel holds as a number or date, else ``None``.

    Excel keeps 15 digits of a number and drops zeros in front, so what was typed cannot be told any more.
    """
    value = cell.value if isinstance(cell, Cell) else cell
    if value is None or isinstance(value, str):
        return None
    return Problem(
        field,
        _shown(value),
        _("单元格是数值格式，Excel只保留15位数字，代码可能已失真。"),
        _("请将该列设为“文本”格式后重新填写。"),
    )


def text_of(cell: Cell | Value, code: bool = False, field: str = "") -> str:
    """Return what *cell*, or its value, says as text, trimmed of blanks of every kind; ``""`` when it is empty.

    :param code: the column holds codes: full-width forms are folded (NFKC), and numbers are refused.
    :raises Refused: a code held as a number; ``problems`` has one entry, with *field*.
    """
    problem = code_problem(cell, field) if code else None
    if problem is not None:
        raise Refused(problem.rule, [problem])
    text = _shown(cell.value if isinstance(cell, Cell) else cell)
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
