"""Transactions, and what happens after them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from peewee import PostgresqlDatabase

from shuixin.database.connection import db


@contextmanager
def transaction() -> Iterator[None]:
    """Run a block as one transaction; inside another one, as part of it.

    On SQLite it begins IMMEDIATE (set on the connection), so a read followed by a write cannot fail half way.
    """
    with db.atomic():
        yield


def exclusive(name: str) -> None:
    """Wait until no other transaction works on *name*, and keep it until the current transaction ends.

    Take it before reading what the decision depends on. On SQLite a writing transaction has the whole database to
    itself already; PostgreSQL would let two transactions read the same state and both write.

    :raises RuntimeError: there is no transaction.
    """
    if not db.in_transaction():
        raise RuntimeError(f"exclusive({name!r}) outside a transaction")
    if isinstance(db.obj, PostgresqlDatabase):
        db.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


def after_commit(action: Callable[[], object]) -> None:
    """Call *action* once the current transaction has committed; never when it is rolled back."""
    db.after_commit(action)
