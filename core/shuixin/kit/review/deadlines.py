"""Deadlines (办理期限) of review steps: terms from dated policy sets, pauses while the filer has the case, urgency.

A set of the topic ``review_terms`` names each step::

    [params.filing_review]
    days = 5      # working days; the day on which the step begins is not counted
    warn = 2      # from so many working days before the end on, the case is urgent

A due day that cannot be told (no set, or a year whose days off nobody has entered) is unknown: ``None``, never a guess,
and no reason to hold up the work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from shuixin.errors import Misconfigured, Refused
from shuixin.kit.calendar import Calendar, Pause, Term
from shuixin.kit.policies import PolicyBook
from shuixin.texts import Text, domain

_ = domain("shuixin")
TOPIC = "review_terms"
ONE = timedelta(days=1)
#: So few working days before the end, a case is shown in red (DESIGN §7).
LAST_DAYS = 1


@dataclass(frozen=True)
class StepTerm:
    """How long one step may take.

    :param days: working days after the one on which it begins.
    :param warn: working days before the end from which on the case is urgent.
    :param policy: code of the set that says so, for stamping.
    :param basis: where the promise comes from.
    """

    days: int
    warn: int = 0
    policy: str = ""
    basis: str = ""


def term_of(book: PolicyBook, step: str, day: date, topic: str = TOPIC) -> StepTerm | None:
    """Return the term of *step* by the set in force on *day*; ``None`` if none speaks of it.

    :raises Misconfigured: the set's numbers are no term.
    """
    try:
        policy = book.at(topic, day)
    except Refused:
        return None
    numbers = policy.params.get(step)
    if numbers is None:
        return None
    days, warn = (numbers.get("days"), numbers.get("warn", 0)) if isinstance(numbers, Mapping) else (None, 0)
    if not (isinstance(days, int) and isinstance(warn, int) and 0 <= warn <= days and days > 0):
        rule = _("规则{code}中{step}的办理期限不正确，应为days（工作日）和warn。", code=policy.code, step=step)
        raise Misconfigured(rule)
    return StepTerm(days, warn, policy.code, policy.basis)


def due_on(started: date, term: StepTerm | None, calendar: Calendar, pauses: Sequence[Pause] = ()) -> date | None:
    """Return the last day of a step; ``None`` while it pauses, and where it cannot be told."""
    if term is None:
        return None
    try:
        return Term(started, term.days, pauses=pauses).due(calendar)
    except Refused:
        return None


def warn_on(due: date | None, term: StepTerm | None, calendar: Calendar) -> date | None:
    """Return the first day after which no more than ``warn`` working days are left; it is a working day itself."""
    if due is None or term is None:
        return None
    day, left = due, 0
    try:
        while left < term.warn:
            left += calendar.is_working_day(day)
            day -= ONE
        while not calendar.is_working_day(day):
            day -= ONE
    except Refused:
        return None
    return day


def stopped(pauses: Sequence[Pause], day: date, reason: str) -> tuple[Pause, ...]:
    """Return *pauses* with one more: the case left the authority's hands on *day*, which still counts."""
    return (*pauses, Pause(day + ONE, reason))


def resumed(pauses: Sequence[Pause], day: date) -> tuple[Pause, ...]:
    """Return *pauses* with the open one ended: the case came back on *day*, which does not count yet."""
    if not pauses or pauses[-1].last is not None:
        return tuple(pauses)
    *earlier, current = pauses
    return (*earlier, replace(current, last=day)) if day >= current.first else tuple(earlier)


def stored_pauses(pauses: Iterable[Pause]) -> list[dict[str, str | None]]:
    """Return *pauses* as JSON can hold them."""
    return [
        {"first": each.first.isoformat(), "last": each.last.isoformat() if each.last else None, "reason": each.reason}
        for each in pauses
    ]


def pauses_of(stored: Iterable[Mapping[str, str | None]] | None) -> tuple[Pause, ...]:
    """Return the pauses that :func:`stored_pauses` made into JSON."""
    return tuple(
        Pause(
            date.fromisoformat(str(each["first"])),
            str(each["reason"]),
            date.fromisoformat(each["last"]) if each["last"] else None,
        )
        for each in stored or ()
    )


class Urgency(StrEnum):
    """How a case stands towards its due day, the least urgent last."""

    OVERDUE = "overdue"
    SOON = "soon"
    IN_TIME = "in_time"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Standing:
    """How a case stands towards its due day, in words, icon and tone (DESIGN §7: colour never speaks alone).

    :param left: working days left after today, negative when overdue; ``None`` if they cannot be told.
    """

    urgency: Urgency
    left: int | None
    words: Text
    icon: str
    tone: str


def standing(today: date, due: date | None, warn: date | None, calendar: Calendar) -> Standing:
    """Return how a case stands on *today*."""
    left = _left(today, due, calendar)
    if due is None:
        return Standing(Urgency.UNKNOWN, None, _("期限未定"), "calendar-off", "grey")
    if today > due:
        words = _("已超期{count}个工作日", count=-left) if left else _("已超期")
        return Standing(Urgency.OVERDUE, left, words, "alert-octagon", "red")
    words = _("今日到期") if today == due else _("剩余{count}个工作日", count=left) if left is not None else _("未到期")
    if warn is None or today < warn:
        return Standing(Urgency.IN_TIME, left, words, "clock", "blue")
    tone = "red" if left is not None and left <= LAST_DAYS else "amber"
    return Standing(Urgency.SOON, left, words, "alert-triangle", tone)


def _left(today: date, due: date | None, calendar: Calendar) -> int | None:
    try:
        return None if due is None else calendar.working_days_between(today, due)
    except Refused:
        return None
