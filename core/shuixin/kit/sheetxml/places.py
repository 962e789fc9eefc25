"""Names of places in a sheet: ``AB12`` is column 28 of row 12."""

import re
from functools import lru_cache

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")

#: Row and column of a cell, both from 1.
Place = tuple[int, int]


def place_of(reference: str) -> Place:
    """Return the place that *reference* names.

    :raises ValueError: it names none.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(f"no cell reference: {reference[:20]!r}")
    letters, row = match.groups()
    return int(row), _column(letters)


@lru_cache(1024)
def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def column_letters(column: int) -> str:
    """Return the name of *column*, which counts from 1.

    >>> column_letters(1), column_letters(28), column_letters(16_384)
    ('A', 'AB', 'XFD')
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
