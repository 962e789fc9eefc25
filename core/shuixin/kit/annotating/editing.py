"""One more column in the XML of a sheet, written in passing: all other bytes stay what they are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from shuixin.kit.sheetxml.places import column_letters, place_of
from shuixin.kit.sheetxml.plain import has_odd_markup, is_plain_head

_LONGEST_PART = 16 * 1024 * 1024
_LONGEST_TEXT = 32_767
#: What XML cannot hold, and control characters.
_UNWRITABLE = dict.fromkeys([*({*range(32)} - {9, 10}), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])
#: Excel takes ``_x0041_`` for the character of that code.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ATTRIBUTES = r"""((?:[^<>"'/]|"[^"]*"|'[^']*')*+)"""
_SHEET_DATA = re.compile(rf"<((?:[A-Za-z_][\w.-]*:)?)sheetData(?=[\s/>]){_ATTRIBUTES}(/?)>".encode())
_SPANS = re.compile(rb"""\s+spans\s*=\s*(?:"[^"]*"|'[^']*')""")
_DIMENSION = re.compile(rb"""(<(?:[A-Za-z_][\w.-]*:)?dimension\s[^<>]*?\bref\s*=\s*["'])([^"']*)""")


@dataclass(frozen=True)
class Column:
    """A column to be written: its place from 1, texts by the number of the row, and the style of the *header* row.

    :param existing: the sheet has the column; what it says apart from the header is replaced or emptied.
    """

    place: int
    header: int
    texts: Mapping[int, str]
    existing: bool = False
    style: str = ""


def with_column(pieces: Iterable[bytes], column: Column) -> Iterator[bytes]:
    """Yield the XML of a sheet that comes in *pieces*, with *column* in it.

    Memory is that of a piece and the longest row. The XML must have been looked through before (``scan_sheet``).

    :raises ValueError: it is written in a way that cannot be edited safely: not in UTF-8, with comments or CDATA, with
        rows out of order.
    """
    return _Editor(column).edited(iter(pieces))


def _written(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNWRITABLE)[:_LONGEST_TEXT]
    return escape(_LOOKS_ESCAPED.sub("_x005F_", text), quote=False)


def _attribute(attributes: bytes, name: str) -> str:
    found = re.search(rf"""\s{name}\s*=\s*(?:"([^"]*)"|'([^']*)')""".encode(), attributes)
    return (found[1] if found[1] is not None else found[2]).decode() if found else ""


class _Editor:
    def __init__(self, column: Column) -> None:
        self._column = column
        self._letters = column_letters(column.place)
        self._numbers = sorted(column.texts)
        #: How many of the numbers are behind us, and the row that is.
        self._done = 0
        self._row = 0
        self._buffer = b""

    def edited(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        while (begin := _SHEET_DATA.search(self._buffer)) is None:
            self._read(pieces)
        head, tag, self._buffer = self._buffer[: begin.start()], begin[0], self._buffer[begin.end() :]
        if not is_plain_head(head):
            raise ValueError("not plain XML in UTF-8")
        self._prepare(begin[1].decode())
        yield _DIMENSION.sub(self._dimension, head, count=1)
        if begin[3]:  # no rows at all
            yield tag[:-2] + b">" + self._missing_rows(None) + f"</{self._prefix}sheetData>".encode()
        else:
            yield tag
            yield from self._edited_rows(pieces)
        yield self._buffer
        yield from pieces

    def _prepare(self, prefix: str) -> None:
        def element(name: str) -> str:
            inside = rf"((?:[^<]++|<(?!/{prefix}{name}[\s>]))*+)"
            return rf"<{prefix}{name}(?=[\s/>]){_ATTRIBUTES}(?:/>|>{inside}</{prefix}{name}\s*>)"

        self._prefix = prefix
        self._cell = re.compile(element("c").encode())
        self._row_or_end = re.compile(rf"{element('row')}|</{prefix}sheetData\s*>".encode())

    def _read(self, pieces: Iterator[bytes]) -> None:
        piece = next(pieces, b"")
        if not piece or len(self._buffer) > _LONGEST_PART:
            raise ValueError("no end of a row, or of all rows")
        self._buffer += piece

    def _edited_rows(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the rows; what follows them stays in the buffer."""
        ended = False
        while not ended:
            done: list[bytes] = []
            place = 0
            for found in self._row_or_end.finditer(self._buffer):
                done.append(self._buffer[place : found.start()])
                ended = found[1] is None
                done.append(self._missing_rows(None) + found[0] if ended else self._with_missing(found))
                place = found.end()
                if ended:
                    break
            if has_odd_markup(self._buffer[:place]):
                raise ValueError("a comment or the like among the rows")
            self._buffer = self._buffer[place:]
            yield b"".join(done)
            if not ended:
                self._read(pieces)

    def _with_missing(self, found: re.Match[bytes]) -> bytes:
        number = int(_attribute(found[1], "r") or self._row + 1)
        if number <= self._row:
            raise ValueError("rows out of order")
        missing = self._missing_rows(number)
        self._row = number
        wanted = self._done < len(self._numbers) and self._numbers[self._done] == number
        self._done += wanted
        return missing + self._edited_row(number, found, self._column.texts[number] if wanted else "")

    def _missing_rows(self, before: int | None) -> bytes:
        """Return new rows for texts that stand before the row *before*, or at the end."""
        rows = []
        while self._done < len(self._numbers) and (before is None or self._numbers[self._done] < before):
            number = self._numbers[self._done]
            self._done += 1
            cell = self._new_cell(number, self._column.texts[number], self._style(number))
            rows.append(f'<{self._prefix}row r="{number}">{cell}</{self._prefix}row>')
        return "".join(rows).encode()

    def _edited_row(self, number: int, found: re.Match[bytes], text: str) -> bytes:
        heading = self._column.existing and number == self._column.header
        if heading or not (text or self._column.existing):
            return found[0]
        content = found[2] or b""
        start, end, column, style = 0, 0, 0, self._style(number)
        for cell in self._cell.finditer(content):
            reference = _attribute(cell[1], "r")
            column = place_of(reference)[1] if reference else column + 1
            if column == self._column.place:
                start, end, style = cell.start(), cell.end(), _attribute(cell[1], "s")
            if column >= self._column.place:
                break
            start = end = cell.end()
        if not text and start == end:
            return found[0]
        new = self._new_cell(number, text, style).encode()
        attributes = _SPANS.sub(b"", found[1])  # a hint only, and now a wrong one
        name = f"{self._prefix}row".encode()
        return b"<%b%b>%b%b%b</%b>" % (name, attributes, content[:start], new, content[end:], name)

    def _new_cell(self, number: int, text: str, style: str) -> str:
        p = self._prefix
        begin = f'<{p}c r="{self._letters}{number}"' + (f' s="{int(style)}"' if style else "")
        if not text:
            return f"{begin}/>"
        words = f'<{p}is><{p}t xml:space="preserve">{_written(text)}</{p}t></{p}is>'
        return f'{begin} t="inlineStr">{words}</{p}c>'

    def _style(self, number: int) -> str:
        return self._column.style if number == self._column.header else ""

    def _dimension(self, found: re.Match[bytes]) -> bytes:
        first, _colon, last = found[2].decode().partition(":")
        bottom, right = place_of(last or first)
        bottom = max(bottom, *self._numbers[-1:], 1)
        return found[1] + f"{first}:{column_letters(max(right, self._column.place))}{bottom}".encode()
