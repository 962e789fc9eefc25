"""A copy of a workbook, entry by entry, with a column more in some sheets."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError

from shuixin.kit.annotating.editing import Column, with_column
from shuixin.kit.annotating.headers import last_title
from shuixin.kit.archives import damaged, inspect
from shuixin.kit.files import whole_file
from shuixin.kit.sheetxml import KIND, Limits, scan_sheet, sheet_parts

_CHUNK = 256 * 1024


def annotate_workbook(
    source: Path, target: Path, notes: Mapping[str, Mapping[int, str]], *, header: str, limits: Limits | None = None
) -> None:
    """Write to *target* a copy of the workbook *source* in which the sheets named in *notes* have one more column.

    The column is called *header*, stands to the right of all that is there, and says, in the rows given by number, the
    texts given. When the last title of a sheet is *header* already, what that column says is replaced instead. All else
    stays as it is, byte for byte: formats, other sheets, drop-down lists. Memory does not grow with the workbook. A
    text is text and never becomes a formula; what XML cannot hold is left out, and what a cell cannot hold is cut off.

    :param notes: by the title of the sheet, texts by the number of the row; an empty text is none.
    :raises Refused: *source* is not a workbook that :func:`open_workbook` reads, or *target* cannot be written.
    :raises KeyError: a sheet that the workbook does not have.
    """
    limits = limits or Limits()
    inspect(source, limits, kind=KIND)
    with whole_file(target) as part:
        try:
            with ZipFile(source) as old, ZipFile(part, "w") as new:
                parts = sheet_parts(old, limits)
                columns = {}
                for title, texts in notes.items():
                    width = scan_sheet(old, parts[title], title, limits).width
                    columns[parts[title]] = _column(old, parts[title], width, texts, header)
                for entry in old.infolist():
                    _copy(old, new, entry, columns.get(entry.filename))
        except (BadZipFile, ParseError, DefusedXmlException, ValueError) as error:
            raise damaged(KIND) from error


def _column(archive: ZipFile, part: str, width: int, texts: Mapping[int, str], header: str) -> Column:
    texts = {number: text for number, text in texts.items() if text}
    last = last_title(archive, part)
    if last is None:
        return Column(width + 1, 1, {**texts, 1: header})
    if last.text == header:
        texts.pop(last.row, None)
        return Column(last.column, last.row, texts, existing=True)
    return Column(width + 1, last.row, {**texts, last.row: header}, style=last.style)


def _copy(old: ZipFile, new: ZipFile, entry: ZipInfo, column: Column | None) -> None:
    copy = ZipInfo(entry.filename, entry.date_time)
    copy.compress_type, copy.external_attr = entry.compress_type, entry.external_attr
    with old.open(entry) as stream, new.open(copy, "w") as out:
        pieces: Iterator[bytes] = iter(partial(stream.read, _CHUNK), b"")
        for piece in pieces if column is None else with_column(pieces, column):
            out.write(piece)
