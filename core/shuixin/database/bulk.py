"""Many rows at once: one prepared statement, values as the columns store them, no object per row."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any

from peewee import DateField, Field, JSONField, Model

from shuixin.database.connection import db
from shuixin.database.fields import UTCDateTimeField

#: Few enough to be together where the processor is quick, many enough for one statement.
CHUNK = 500
# As Peewee writes it, which is also the fastest way; the values are ours and hold no circles.
_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def insert_rows(model: type[Model], fields: Sequence[Field], rows: Iterable[Sequence[Any]]) -> int:
    """Insert *rows* and return how many there were; columns that are not named take the database's own defaults.

    Rows are taken as they come, so that they need never all be in memory; values are plain ones of the column's type.
    Use it inside a transaction.
    """
    names = ", ".join(f'"{field.column_name}"' for field in fields)
    marks = ", ".join([db.obj.param] * len(fields))
    statement = f'INSERT INTO "{model._meta.table_name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of columns
    turned = [(place, turn) for place, field in enumerate(fields) if (turn := _converter(field))]
    stored = (_stored(list(row), turned) for row in rows)
    count = 0
    with db.atomic():
        cursor = db.cursor()
        while chunk := list(islice(stored, CHUNK)):
            cursor.executemany(statement, chunk)
            count += len(chunk)
    return count


def _converter(field: Field) -> Callable[[Any], Any] | None:
    """Return what turns a value into what is stored, ``None`` where they are the same."""
    if isinstance(field, JSONField):
        return _as_json
    if isinstance(field, DateField):
        return _as_day
    return field.db_value if isinstance(field, UTCDateTimeField) else None


def _as_day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _stored(row: list[Any], turned: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    for place, turn in turned:
        row[place] = turn(row[place])
    return row


def _as_json(value: Any) -> str | None:
    return None if value is None else _JSON.encode(value)
