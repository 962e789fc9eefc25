"""Transactions, and what happens after them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shuixin.database.connection import db


@contextmanager
def transaction() -> Iterator[None]:
    """Run a block as one transaction; inside another one, as part of it.

    On SQLite it begins IMMEDIATE (set on the connection), so a read followed by a write cannot fail half way.
    """
    with db.atomic():
        yield


def after_commit(action: Callable[[], object]) -> None:
    """Call *action* once the current transaction has committed; never when it is rolled back."""
    db.after_commit(action)
