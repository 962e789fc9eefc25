"""Terms that may pause (中止): what is paused is not counted, and is on record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from shuixin.errors import Refused
from shuixin.kit.calendar.days import ONE, Calendar
from shuixin.texts import domain

_ = domain("shuixin")


@dataclass(frozen=True)
class Pause:
    """Days that do not count, from *first* to *last*, both included; open while *last* is ``None``."""

    first: date
    reason: str
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether *day* does not count."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Term:
    """A number of days after a start, which is not counted.

    :param working: whether working days are counted, else calendar days.
    """

    start: date
    days: int
    working: bool = True
    pauses: Sequence[Pause] = ()

    def paused(self, first: date, reason: str) -> "Term":
        """Return the term, paused from *first* on.

        :raises Refused: it is paused already, or *first* lies before its start or within an earlier pause.
        """
        if any(each.last is None for each in self.pauses):
            raise Refused(_("期限已在中止中，请先恢复。"))
        if first <= self.start or any(each.holds(first) for each in self.pauses):
            raise Refused(_("中止日期应在期限开始之后，且不与以前的中止重叠。"))
        return replace(self, pauses=(*self.pauses, Pause(first, reason)))

    def resumed(self, day: date) -> "Term":
        """Return the term, counted again from *day* on.

        :raises Refused: it is not paused, or *day* is not after the day on which it was.
        """
        if not self.pauses or self.pauses[-1].last is not None:
            raise Refused(_("期限没有中止，无需恢复。"))
        current = self.pauses[-1]
        if day <= current.first:
            raise Refused(_("恢复日期应晚于中止日期{day}。", day=current.first.isoformat()))
        return replace(self, pauses=(*self.pauses[:-1], replace(current, last=day - ONE)))

    def due(self, calendar: Calendar) -> date | None:
        """Return the last day of the term; ``None`` while a pause is open that it does not end before.

        :raises Refused: a year on the way is not in the calendar.
        """
        day, counted = self.start, 0
        while counted < self.days:
            day += ONE
            if self._stands_still_after(day):
                return None
            counted += self._counts(day, calendar)
        while not calendar.is_working_day(day) or any(each.holds(day) for each in self.pauses):
            day += ONE
            if self._stands_still_after(day):
                return None
        return day

    def left(self, today: date, calendar: Calendar) -> int:
        """Return how many days are left after *today*, in days of the term; 0 if it is over."""
        day, counted = self.start, 0
        while day < today and counted < self.days:
            day += ONE
            counted += self._counts(day, calendar)
        return self.days - counted

    def _counts(self, day: date, calendar: Calendar) -> bool:
        return not any(each.holds(day) for each in self.pauses) and (not self.working or calendar.is_working_day(day))

    def _stands_still_after(self, day: date) -> bool:
        """Whether nothing is counted any more from *day* on, since a pause is open."""
        return any(each.last is None and each.first <= day for each in self.pauses)
