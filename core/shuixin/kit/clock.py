"""The one clock: aware UTC instants for storage, Asia/Shanghai for legal days.

>>> legal_day(datetime(2026, 4, 1, 16, 30, tzinfo=UTC)).isoformat()   # already 2 April in Shanghai
'2026-04-02'
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

#: The zone in which a day begins and ends for Chinese law.
LEGAL_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def legal_day(instant: datetime) -> date:
    """Return the calendar day of *instant* in Asia/Shanghai."""
    return instant.astimezone(LEGAL_ZONE).date()


def to_minute(instant: datetime) -> str:
    """Return *instant* as people read it, ``2026-11-23 14:32`` in Asia/Shanghai."""
    return instant.astimezone(LEGAL_ZONE).strftime("%Y-%m-%d %H:%M")


def start_of(day: date) -> datetime:
    """Return the instant at which *day* begins in Asia/Shanghai, in UTC."""
    return datetime.combine(day, time.min, LEGAL_ZONE).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Return *day* plus *months*, clipped to the last day of a shorter month (31 August + 3 = 30 November)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, _days_in(year, month + 1)))


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days
