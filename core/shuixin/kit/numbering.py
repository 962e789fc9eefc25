"""Consecutive numbers without gaps, such as those of documents: one series per key and year.

::

    with transaction():
        number = allocate("quality.decision", 2026)
        Decision.create(number=number, …)

A number that was given stays given: when what bears it comes to nothing, it is voided with a reason (作废), so that the
register shows no unexplained gap.
"""

from typing import Any

from peewee import BigIntegerField, CharField, IntegerField, IntegrityError, TextField

from shuixin.database import BaseModel, UTCDateTimeField, db, transaction
from shuixin.errors import Conflict, Refused
from shuixin.kit import clock
from shuixin.texts import domain

_ = domain("shuixin")


class Counter(BaseModel):
    """The last number given in one series."""

    key = CharField(max_length=100)
    year = IntegerField()
    value = BigIntegerField(default=0)

    class Meta:
        """One row per series."""

        table_name = "shuixin_counter"
        indexes = ((("key", "year"), True),)


class VoidedNumber(BaseModel):
    """A number that was given and that nothing bears (作废号)."""

    key = CharField(max_length=100)
    year = IntegerField()
    value = BigIntegerField()
    reason = TextField()
    at = UTCDateTimeField()
    by = CharField(max_length=100)

    class Meta:
        """Once for each number."""

        table_name = "shuixin_voided_number"
        indexes = ((("key", "year", "value"), True),)


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


def last_given(key: str, year: int) -> int:
    """Return the last number given in the series, 0 if there was none yet."""
    value: int = Counter.select(Counter.value).where(_series(key, year)).scalar() or 0
    return value


def raise_to(key: str, year: int, value: int) -> None:
    """Count *value* as the last number given, because numbers up to it were given elsewhere; never goes back.

    :raises Conflict: a higher number was given already.
    """
    with transaction():
        Counter.insert(key=key, year=year, value=0).on_conflict_ignore().execute()
        Counter.update(value=value).where(_series(key, year) & (Counter.value < value)).execute()
        given = last_given(key, year)
        if given != value:
            raise Conflict(_("编号已用到第{number}号，不能退回。", number=given))


def _count_up(key: str, year: int) -> int:
    changed: int = Counter.update(value=Counter.value + 1).where(_series(key, year)).execute()
    return changed


def _series(key: str, year: int) -> Any:
    return (Counter.key == key) & (Counter.year == year)


def void(key: str, year: int, value: int, *, reason: str, by: str) -> VoidedNumber:
    """Note that nothing bears the number *value* of a series, and why; it is never given again.

    :raises Refused: no reason is given, or the number was never given.
    :raises Conflict: it is voided already.
    """
    if not reason.strip():
        raise Refused(_("请写明作废原因。"))
    given = last_given(key, year)
    if not 0 < value <= given:
        raise Refused(_("编号{number}尚未使用过，不能作废。", number=value))
    try:
        with transaction():
            made: VoidedNumber = VoidedNumber.create(
                key=key, year=year, value=value, reason=reason.strip(), at=clock.now(), by=by
            )
    except IntegrityError as error:
        raise Conflict(_("编号{number}已经作废。", number=value)) from error
    return made


def voided(key: str, year: int) -> list[VoidedNumber]:
    """Return the voided numbers of a series in order, for its register."""
    query = VoidedNumber.select().where(VoidedNumber.key == key, VoidedNumber.year == year)
    return list(query.order_by(VoidedNumber.value))
