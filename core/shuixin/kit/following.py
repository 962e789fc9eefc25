"""Values made of rows that people edit: kept in memory, and made anew soon after the rows have changed.

lists = Followed("dictionaries", read_the_rows)
lists.get()                       # no query, except one look at the revision every second

with transaction():               # whoever writes the rows
    …
    moved("dictionaries")
lists.look()                      # this process at once; all others within two seconds
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from peewee import CharField, IntegerField

from shuixin.database import BaseModel, db

Value = TypeVar("Value")
#: Seconds between two looks at a revision, per process.
INTERVAL = 1.0


class Revision(BaseModel):
    """How often the rows of one name have been changed."""

    name = CharField(max_length=60, primary_key=True)
    number = IntegerField(default=1)

    class Meta:
        """Core table."""

        table_name = "shuixin_revision"


def revision(name: str) -> int:
    """Return the number of changes to the rows of *name*."""
    row = Revision.get_or_none(Revision.name == name)
    return row.number if row else 0


def moved(name: str) -> None:
    """Say, in the transaction that changes them, that the rows of *name* change."""
    Revision.insert(name=name, number=1).on_conflict(
        conflict_target=[Revision.name], update={Revision.number: Revision.number + 1}
    ).execute()


class Followed(Generic[Value]):
    """One such value.

    :param name: of the revision that is counted up with every change.
    :param make: makes the value of the rows as they are.
    """

    def __init__(self, name: str, make: Callable[[], Value]) -> None:
        self._name, self._make = name, make
        self._lock = threading.Lock()
        #: The value in a list, empty before it was made; and the revision it was made at.
        self._kept: list[Value] = []
        self._revision = -1
        self._looked = 0.0

    def get(self) -> Value:
        """Return the value; it may be two seconds behind the rows."""
        # What a transaction has written may be taken back, so nothing is learned inside one.
        due = time.monotonic() - self._looked >= INTERVAL and not db.in_transaction()
        if not self._kept:
            with self._lock:
                self._refresh()
        elif due and self._lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._lock.release()
        return self._kept[0]

    def look(self) -> None:
        """Let the next reader of this process look at once."""
        self._looked = 0.0

    def _refresh(self) -> None:
        # The number first: rows that change in between are read again at the next look.
        self._looked = time.monotonic()
        number = revision(self._name)
        if number != self._revision or not self._kept:
            self._kept = [self._make()]
            self._revision = number
