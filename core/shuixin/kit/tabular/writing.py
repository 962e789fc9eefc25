"""Writing workbooks: exports, and templates to be filled in and uploaded again."""

import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO, Literal

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from shuixin.errors import Refused
from shuixin.kit import clock
from shuixin.kit.files import whole_file
from shuixin.texts import Text, domain

_ = domain("shuixin")

_LISTS = "_lists"
_LAST_ROW = 1_048_575
_LONGEST_TEXT = 32_767
_LONGEST_INLINE_LIST = 255
_EXACT_NUMBERS = 10**15
_FIRST_DAY = date(1900, 3, 1)  # before it, Excel's calendar has a day too many
_WIDTHS = {"text": 20, "date": 12, "number": 14, "long": 40}
_UNWRITABLE = dict.fromkeys([0, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
_OPTIONS = {
    "constant_memory": True,
    # What begins with = or looks like an address stays text: nobody's data becomes a formula or a link.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True)
class ColumnPlan:
    """One column.

    :param title: header text; a trailing ``*`` is added when *required*.
    :param kind: ``text`` (also all codes), ``date`` (yyyy-mm-dd), ``number``, or ``long`` (wrapped text).
    :param choices: offered as a drop-down list.
    :param note: shown when the pointer rests on the header.
    :param width: in characters; by kind when 0.
    """

    title: str
    kind: Literal["text", "date", "number", "long"] = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    note: str = ""
    width: int = 0


@dataclass(frozen=True)
class SheetPlan:
    """One sheet: its columns, and its rows with one value per column."""

    title: str
    columns: tuple[ColumnPlan, ...]
    rows: Iterable[Sequence[object]] = ()


def write_workbook(target: Path | BinaryIO, sheets: Sequence[SheetPlan], help_lines: Sequence[str | Text] = ()) -> None:
    """Write *sheets* to *target* row by row, so that memory does not grow with their length.

    With *help_lines*, a sheet 填写说明 comes first. A file is complete or absent, never half written.

    :raises Refused: more rows than a sheet holds, a text longer than a cell holds, or a place that cannot be written.
    """
    if isinstance(target, Path):
        with whole_file(target) as part:
            _write(str(part), sheets, help_lines)
    else:
        _write(target, sheets, help_lines)


def _write(target: str | BinaryIO, sheets: Sequence[SheetPlan], help_lines: Sequence[str | Text]) -> None:
    with tempfile.TemporaryDirectory() as folder, _workbook(target, folder) as workbook:
        writer = _Writer(workbook)
        if help_lines:
            writer.write_help(help_lines)
        for sheet in sheets:
            writer.write_sheet(sheet)
        writer.write_lists()


@contextmanager
def _workbook(target: str | BinaryIO, folder: str) -> Iterator[Workbook]:
    workbook = Workbook(target, {**_OPTIONS, "tmpdir": folder})
    try:
        yield workbook
        workbook.close()
    except BaseException as error:
        # Otherwise the destructor writes the half finished workbook to the target.
        workbook.fileclosed = 1
        for sheet in workbook.worksheets():
            sheet.row_data_fh.close()
        if isinstance(error, FileCreateError):
            raise OSError(str(error)) from error
        raise


class _Writer:
    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._lists: list[tuple[str, ...]] = []
        self._header = workbook.add_format(
            {
                "bold": True,
                "bg_color": "#D9E8F5",
                "border": 1,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
            }
        )
        self._formats = {
            "text": workbook.add_format({"num_format": "@"}),
            "long": workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "number": workbook.add_format(),
        }

    def write_help(self, lines: Sequence[str | Text]) -> None:
        sheet = self._workbook.add_worksheet(str(_("填写说明")))
        sheet.set_column(0, 0, 100, self._formats["long"])
        for number, line in enumerate(lines):
            sheet.write_string(number, 0, _written(str(line)), self._formats["long"])

    def write_sheet(self, plan: SheetPlan) -> None:
        sheet = self._workbook.add_worksheet(plan.title)
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(plan.columns):
            self._prepare(sheet, index, column)
        for number, values in enumerate(plan.rows, start=1):
            if number > _LAST_ROW:
                raise Refused(_("导出超过{limit}行，请缩小范围后分次导出。", limit=_LAST_ROW))
            for index, (column, value) in enumerate(zip(plan.columns, values, strict=True)):
                self._write_cell(sheet, number, index, column.kind, value)

    def _prepare(self, sheet: Worksheet, index: int, column: ColumnPlan) -> None:
        # The format of the whole column, so that codes typed in later stay text as well.
        sheet.set_column(index, index, column.width or _WIDTHS[column.kind], self._formats[column.kind])
        sheet.write_string(0, index, f"{column.title}*" if column.required else column.title, self._header)
        if column.note:
            sheet.write_comment(0, index, column.note)
        if column.choices:
            options = {
                "validate": "list",
                "source": self._source(column.choices),
                "error_title": str(_("不在可选范围内")),
                "error_message": str(_("请从下拉列表中选择。")),
            }
            sheet.data_validation(1, index, _LAST_ROW, index, options)

    def _source(self, choices: tuple[str, ...]) -> list[str] | str:
        # Excel takes a short list in place; a long one, or one with commas in it, must stand in cells.
        if len(",".join(choices)) <= _LONGEST_INLINE_LIST and not any("," in choice for choice in choices):
            return list(choices)
        if choices not in self._lists:
            self._lists.append(choices)
        name = xl_col_to_name(self._lists.index(choices))
        return f"={_LISTS}!${name}$1:${name}${len(choices)}"

    def write_lists(self) -> None:
        if not self._lists:
            return
        sheet = self._workbook.add_worksheet(_LISTS)
        sheet.hide()
        for number, line in enumerate(zip_longest(*self._lists, fillvalue="")):
            for index, choice in enumerate(line):
                sheet.write_string(number, index, choice)

    def _write_cell(self, sheet: Worksheet, row: int, column: int, kind: str, value: object) -> None:
        style = self._formats[kind]
        if value is None or value == "":
            return
        day = _day(value) if kind == "date" else None
        if day is not None and day >= _FIRST_DAY:
            sheet.write_datetime(row, column, day, style)
        elif kind == "number" and _exact(value):
            sheet.write_number(row, column, value, style)
        else:
            sheet.write_string(row, column, _written(str(value)), style)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return clock.legal_day(value) if value.tzinfo else value.date()
    return value if isinstance(value, date) else None


def _exact(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) < _EXACT_NUMBERS


def _written(text: str) -> str:
    text = text.translate(_UNWRITABLE)
    if len(text) > _LONGEST_TEXT:
        rule = _("有一格内容超过{limit}字，Excel无法保存，请改用其他格式导出。", limit=_LONGEST_TEXT)
        raise Refused(rule)
    return text
