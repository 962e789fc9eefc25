"""Plain rows: those that regular expressions prove harmless, so that a parser need not see them.

A row is plain when it is written the way spreadsheet programs write it, has no formula, and each of its cells names
the row it stands in and a column within the sheet as known so far. Whoever writes rows in another way loses nothing but
time: :mod:`shuixin.kit.sheetxml.scanning` gives them to the parser.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from shuixin.kit.sheetxml.places import column_letters

_DECLARATION = re.compile(
    rb"""<\?xml version=(["'])1\.0\1(?: encoding=(["'])(?i:utf-8)\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>"""
)
_CONTROLS = bytes({*range(32)} - {9, 10, 13})
_NO_CHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
_REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")
# Possessive throughout: a row either fits as it is read, or is not plain; nothing is tried twice.
_ROW = r'<row r="([1-9][0-9]{0,6}+)"(?![^<>]* r=)(?: ([A-Za-z][A-Za-z0-9:]*+)="[^<>&"]*+"(?![^<>]* \2=))*+'
_STYLED = r's="[0-9]++"'
_FILLED = (
    rf'<c r="(?:%s)\1"(?:>| t="s">| {_STYLED}(?: t="[A-Za-z]++")?+>| t="[A-Za-z]++">)'
    r'(?:<v>[^<]*+</v>|<is><t(?: xml:space="preserve")?+>[^<]*+</t></is>)</c>'
)
_BLANK = rf'<c r="[A-Z]{{1,3}}+\1"(?: {_STYLED})?+/>'


@dataclass(frozen=True, slots=True)
class Run:
    """Plain rows one after another: where they end, the last one's number, the last number with content, the cells."""

    end: int
    last: int
    height: int
    cells: int


def is_plain_head(head: bytes) -> bool:
    """Tell whether *head*, all before the rows, is UTF-8 without comments, CDATA, instructions or a DTD."""
    declaration = _DECLARATION.match(head)
    rest = head[declaration.end() :] if declaration else head
    return not has_odd_markup(rest)


def has_odd_markup(part: bytes) -> bool:
    """Tell whether a ``<`` of *part* may begin something other than a tag."""
    # One byte is found ten times as fast as two, and mostly it is not there.
    return (b"!" in part and b"<!" in part) or (b"?" in part and b"<?" in part)


def plain_run(block: bytes, start: int, width: int, max_rows: int) -> Run | None:
    """Return the plain rows of *block* from *start* on; ``None`` when the first one is not plain.

    *start* must be a place between elements, which the caller knows.

    :param width: cells with content may stand in columns up to this one.
    :param max_rows: rows beyond this number are not plain.
    """
    match = _row_pattern(width).match
    end, last, height = start, 0, 0
    while found := match(block, end):
        number = int(found[1])
        if number > max_rows:
            break
        end = found.end()
        last = number
        if number > height and found[3] is not None:
            height = number
    if end == start or not _is_well_formed(block[start:end]):
        return None
    return Run(end, last, height, block.count(b"<c ", start, end))


def _is_well_formed(run: bytes) -> bool:
    # What the pattern leaves open: the characters, and references to characters.
    if not run.isascii():
        try:
            run.decode()
        except UnicodeDecodeError:
            return False
        if b"\xef" in run and _NO_CHARACTER.search(run):
            return False
    if (b"]" in run and b"]]>" in run) or len(run.translate(None, _CONTROLS)) != len(run):
        return False
    return b"&" not in run or _REFERENCE.search(run) is None


@lru_cache(256)
def _row_pattern(width: int) -> re.Pattern[bytes]:
    filled = _FILLED % _columns(width)
    cells = rf"(?:{_BLANK})*+(?:({filled})(?:{filled}|{_BLANK})*+)?+"
    return re.compile(rf"{_ROW}(?:>{cells}</row>|/>)".encode())


def _columns(width: int) -> str:
    """Return a pattern of the column names from A to the one of *width*."""
    if width == 0:
        return "(?!)"
    letters = column_letters(width)
    choices = ["[A-Z]" * length for length in range(1, len(letters))]
    for place, letter in enumerate(letters):
        before = "" if place == len(letters) - 1 else "[A-Z]" * (len(letters) - place - 1)
        lower = chr(ord(letter) - 1) if before else letter
        if lower >= "A":
            choices.append(f"{letters[:place]}[A-{lower}]{before}")
    return "|".join(choices)
