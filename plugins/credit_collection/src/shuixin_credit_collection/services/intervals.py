"""Spans of days: half-open, with or without ends. Pure arithmetic."""

from datetime import date, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """The days from ``start`` until before ``end``; ``None`` is no limit on that side."""

    start: date | None = None
    end: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no day lies in it."""
        return self.start is not None and self.end is not None and self.end <= self.start

    def within(self, other: "Span") -> "Span":
        """Return the days that lie in both."""
        (start, end), (first, last) = self, other
        if start is None or (first is not None and first > start):
            start = first
        if end is None or (last is not None and last < end):
            end = last
        return Span(start, end)

    def overlaps(self, other: "Span") -> bool:
        """Whether a day lies in both; spans that only touch share none."""
        return not self.within(other).is_empty


def through(first: date | None, last: date | None) -> Span:
    """Return the span of days from *first* to *last*, both included, as certificates and contracts count them."""
    return Span(first, None if last is None or last == date.max else last + timedelta(days=1))


def last_day(span: Span) -> date | None:
    """Return the last day of *span*, ``None`` if it does not end."""
    return span.end - timedelta(days=1) if span.end else None
