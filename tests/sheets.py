"""Filling in a downloaded workbook as people do: values are typed into the rows below its headings, the rest stays.

Typed into a column of dates a day becomes a number that its format shows as a day; into a column of text, a text.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape, unescape

FIRST_DAY = date(1899, 12, 30)
_SHEET = re.compile(r'<sheet name="([^"]+)"')
_HEAD = re.compile(r'<c r="([A-Z]+)1"[^>]*><is><t[^>]*>([^<]*)</t>')
_COLUMN = re.compile(r'<col min="(\d+)" max="(\d+)"[^>]*? style="(\d+)"')

Typed = str | float | date


def headings(book: bytes) -> dict[str, list[str]]:
    """Return the headings of each sheet, without the mark of what is required."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {
            title: [unescape(text).removesuffix("*") for _place, text in _HEAD.findall(_read(archive, number))]
            for title, number in _sheets(archive).items()
        }


def fill(book: bytes, rows: Mapping[str, Sequence[Mapping[str, Typed]]]) -> bytes:
    """Return *book* with *rows* (sheet -> rows of heading -> value) typed in.

    :raises KeyError: the workbook has no such sheet or heading.
    """
    filled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as archive, zipfile.ZipFile(filled, "w", zipfile.ZIP_DEFLATED) as target:
        wanted = {f"xl/worksheets/sheet{_sheets(archive)[title]}.xml": lines for title, lines in rows.items()}
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename in wanted:
                content = _filled(content.decode(), wanted[info.filename]).encode()
            target.writestr(info, content)
    return filled.getvalue()


def _sheets(archive: zipfile.ZipFile) -> dict[str, int]:
    titles = _SHEET.findall(archive.read("xl/workbook.xml").decode())
    return {unescape(title): number for number, title in enumerate(titles, start=1)}


def _read(archive: zipfile.ZipFile, number: int) -> str:
    return archive.read(f"xl/worksheets/sheet{number}.xml").decode()


def _filled(sheet: str, lines: Sequence[Mapping[str, Typed]]) -> str:
    places = {unescape(text).removesuffix("*"): place for place, text in _HEAD.findall(sheet)}
    styles = {
        number: style for first, last, style in _COLUMN.findall(sheet) for number in range(int(first), int(last) + 1)
    }
    body = "".join(
        f'<row r="{row}">'
        + "".join(
            _cell(places[heading], row, styles[_number(places[heading])], value)
            for heading, value in sorted(line.items(), key=lambda pair: _number(places[pair[0]]))
        )
        + "</row>"
        for row, line in enumerate(lines, start=2)
    )
    return sheet.replace("</sheetData>", f"{body}</sheetData>")


def _number(column: str) -> int:
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _cell(column: str, row: int, style: str, value: Typed) -> str:
    if isinstance(value, str):
        text = escape(value, quote=False)
        return f'<c r="{column}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    number = (value - FIRST_DAY).days if isinstance(value, date) else value
    return f'<c r="{column}{row}" s="{style}"><v>{number}</v></c>'
