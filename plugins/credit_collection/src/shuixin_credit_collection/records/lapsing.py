"""When certificates lapse: their last days, how a lapsed one is shown, when holders are reminded (DOMAIN R16)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from shuixin.api import clock, current_platform
from shuixin_credit_collection.records.model import RecordType

TOPIC = "certificate_reminders"
STATUS, EXPIRED = "cert_status", "expired"
#: Ended before its last day by a decision: it does not lapse any more.
ENDED = ("revoked", "annulled", "cancelled")
#: Says that it holds, which only a day that has not passed can make true. 延续中 may hold beyond the last day: a
#: renewal that was asked for in time and not decided counts as granted (行政许可法第五十条).
HOLDING = (None, "valid")


def reminder_days(day: date | None = None, name: str = "days_before") -> tuple[int, ...]:
    """Return how many days before the last day of a certificate reminders go out, the earliest first.

    :param name: ``days_before`` for its holder, ``authority_days_before`` for the authority.
    """
    policy = current_platform().policies.find(TOPIC, day or clock.legal_day(clock.now()))
    return tuple(sorted((int(each) for each in policy.params.get(name, ())), reverse=True)) if policy else ()


def first_reminder(until: date) -> date | None:
    """Return the day on which the first reminder of a certificate valid until *until* goes out; ``None`` for never."""
    days = reminder_days()
    return until - timedelta(days=days[0]) if days else None


def expiries_of(
    types: Iterable[RecordType], rows: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> Iterator[tuple[str, str, date]]:
    """Yield record type, key and last day of each certificate among *rows* that may still lapse.

    :param rows: record type -> record key -> stored values.
    """
    for type_ in types:
        for key, values in rows.get(type_.code, {}).items():
            if values.get(type_.last_day) and values.get(STATUS) not in ENDED:
                yield type_.code, key, date.fromisoformat(str(values[type_.last_day]))


def status_on(values: Mapping[str, Any], day: date) -> str | None:
    """Return the code of a certificate's status as it is to be shown on *day*.

    The Register keeps what was approved; a certificate whose last day has passed is shown as 过期 without anybody's
    doing, unless a decision ended it before or its renewal is under way.
    """
    status, until = values.get(STATUS), values.get("valid_to")
    passed = bool(until) and date.fromisoformat(str(until)) < day
    return EXPIRED if passed and status in HOLDING else status
