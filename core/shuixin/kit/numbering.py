"""Consecutive numbers without gaps, such as those of documents: one series per key and year.

::

    with transaction():
        number = allocate("quality.decision", 2026)
        Decision.create(number=number, …)
"""

from peewee import BigIntegerField, CharField, IntegerField

from shuixin.database import BaseModel, db


class Counter(BaseModel):
    """The last number given in one series."""

    key = CharField(max_length=100)
    year = IntegerField()
    value = BigIntegerField(default=0)

    class Meta:
        """One row per series."""

        table_name = "shuixin_counter"
        indexes = ((("key", "year"), True),)


def allocate(key: str, year: int) -> int:
    """Return the next number of the series *key* in *year*, beginning with 1.

    Call it inside the transaction that writes the thing numbered: rolled back together, they leave no gap. Others who
    want a number of the same series wait until that transaction ends, so allocate late in it.

    :raises RuntimeError: there is no transaction.
    """
    if not db.in_transaction():
        raise RuntimeError(f"allocate({key!r}, {year}) outside a transaction")
    # UPDATE first: it takes the row's lock before anything is read, so no two read the same value.
    if not _count_up(key, year):
        Counter.insert(key=key, year=year, value=0).on_conflict_ignore().execute()
        _count_up(key, year)
    value: int = Counter.select(Counter.value).where(_series(key, year)).scalar()
    return value


def _count_up(key: str, year: int) -> int:
    changed: int = Counter.update(value=Counter.value + 1).where(_series(key, year)).execute()
    return changed


def _series(key: str, year: int) -> object:
    return (Counter.key == key) & (Counter.year == year)
