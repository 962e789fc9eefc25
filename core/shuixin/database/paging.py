"""Long tables on short pages: capped counts, pages that exist, rows in batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

from peewee import ModelSelect, PostgresqlDatabase

from shuixin.database.connection import db

#: Rows that are counted at most; what lies beyond is reached by narrowing the list.
COUNTED = 10_000
_BATCH = 500


@dataclass(frozen=True)
class Page:
    """One page of a list.

    :param number: from 1 to *pages*, whatever was asked for.
    :param count: all rows, or :data:`COUNTED` where there are *more*.
    """

    rows: list[Any]
    number: int
    pages: int
    count: int
    more: bool


def page_of(query: ModelSelect, number: int, size: int) -> Page:
    """Return the page *number* of *query*, which says its order, in two queries: a capped count and the rows."""
    count = query.limit(COUNTED + 1).count()
    more, count = count > COUNTED, min(count, COUNTED)
    pages = max(1, -(-count // size))
    number = min(max(number, 1), pages)
    return Page(list(query.limit(size).offset((number - 1) * size)), number, pages, count, more)


def batches(query: ModelSelect, size: int = _BATCH) -> Iterator[list[Any]]:
    """Yield the rows of *query*, *size* at a time, so that memory does not grow with their number.

    They are those of one moment, however long the reading takes.
    """
    rows = iter(_streamed(query, size) if isinstance(db.obj, PostgresqlDatabase) else query.iterator())
    while batch := list(islice(rows, size)):
        yield batch


class _Buffered:
    """A cursor of the server that is asked for many rows at a time, though its reader takes them one by one."""

    def __init__(self, cursor: Any, size: int) -> None:
        self._cursor, self._size, self._rows = cursor, size, iter(())
        self.description = cursor.description

    def fetchone(self) -> Any:
        row = next(self._rows, None)
        if row is None:
            self._rows = iter(self._cursor.fetchmany(self._size))
            row = next(self._rows, None)
        return row

    def close(self) -> None:
        self._cursor.close()


def _streamed(query: ModelSelect, size: int) -> Iterator[Any]:
    # The driver would hold the whole answer in memory; "withhold" lets the cursor live without a transaction.
    statement, values = query.sql()
    with db.connection().cursor(name=f"shuixin_{uuid4().hex}", withhold=True) as cursor:
        cursor.execute(statement, values)
        reader: Any = query  # Peewee's way from a cursor to rows has no public name
        yield from reader._get_cursor_wrapper(_Buffered(cursor, size)).iterator()
