"""The flow of filings (办理统计): what came in, what was returned, how long it took; drawn from their records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from itertools import groupby

from shuixin.api import Actor, Problem, Refused, clock, domain, review
from shuixin_credit_collection.models import FilingEvent
from shuixin_credit_collection.permissions import READ
from shuixin_credit_collection.services.reviewing import within_reach

_ = domain("credit_collection")
Act = review.Act
#: Step of a filing: when, and what was done.
Step = tuple[datetime, str]
#: After these the authority has the filing in hand no longer.
LET_GO = (Act.RETURN, Act.APPROVE, Act.REJECT, Act.WITHDRAW)
COUNTED = (Act.SUBMIT, *LET_GO)
DAY = timedelta(days=1)
MOST_DAYS = 3 * 366


@dataclass
class Period:
    """The flow of some days.

    :param received: filings submitted for the first time; *resubmitted*: once more, after a return or a withdrawal.
    :param whole: days (24 hours) from the first submission to the approval, of each filing approved.
    :param in_hand: those of them on which it was with the authority.
    """

    received: int = 0
    resubmitted: int = 0
    returned: int = 0
    withdrawn: int = 0
    rejected: int = 0
    approved: int = 0
    whole: list[float] = field(default_factory=list)
    in_hand: list[float] = field(default_factory=list)

    def mean(self, name: str) -> float | None:
        """Return the mean of *whole* or *in_hand*; ``None`` where nothing was approved."""
        days: list[float] = getattr(self, name)
        return sum(days) / len(days) if days else None

    def add(self, other: "Period") -> None:
        """Take the flow of *other* days in."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def by_month(actor: Actor, first: date, last: date) -> dict[str, Period]:
    """Return the flow of each month (``2026-11``) of the legal days *first* to *last*, in the regions of *actor*.

    :raises Refused: the days are in the wrong order, or too many.
    """
    if not first <= last <= first + timedelta(days=MOST_DAYS):
        rule = _("起止日期应先起后止，且相距不超过3年。")
        raise Refused(rule, [Problem("first", first.isoformat(), rule, _("请重新选择日期。"))])
    months: dict[str, Period] = {}
    for day in _days(first, last):
        months.setdefault(f"{day:%Y-%m}", Period())
    for steps in _histories(actor, clock.start_of(first), clock.start_of(last + DAY)):
        for at, act, so_far in _turns(steps):
            day = clock.legal_day(at)
            if first <= day <= last:
                _count(months[f"{day:%Y-%m}"], at, act, so_far)
    return months


def total(periods: Iterable[Period]) -> Period:
    """Return the flow of all *periods* together."""
    found = Period()
    for each in periods:
        found.add(each)
    return found


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _histories(actor: Actor, begin: datetime, end: datetime) -> Iterator[list[Step]]:
    """Yield the counted steps of each filing in reach of which one was taken from *begin* until *end*, in order."""
    reach = within_reach(actor, READ)
    moved = FilingEvent.select(FilingEvent.filing).where(FilingEvent.at >= begin, FilingEvent.at < end)
    counted = FilingEvent.act.in_([act.value for act in COUNTED])
    rows = (
        FilingEvent.select(FilingEvent.filing, FilingEvent.at, FilingEvent.act)
        .where(counted, FilingEvent.filing.in_(moved), FilingEvent.filing.in_(reach.select(reach.model.id)))
        .order_by(FilingEvent.filing, FilingEvent.id)
        .tuples()
    )
    for _filing, steps in groupby(rows.iterator(), key=lambda row: row[0]):
        yield [(at, act) for _number, at, act in steps]


def _turns(steps: list[Step]) -> Iterator[tuple[datetime, str, list[Step]]]:
    for index, (at, act) in enumerate(steps):
        yield at, act, steps[:index]


def _count(period: Period, at: datetime, act: str, before: list[Step]) -> None:
    """Add the step *act* to *period*, of a filing that went through *before* until then."""
    match act:
        case Act.SUBMIT:
            first = all(earlier != Act.SUBMIT for _at, earlier in before)
            period.received, period.resubmitted = period.received + first, period.resubmitted + (not first)
        case Act.RETURN:
            period.returned += 1
        case Act.WITHDRAW:
            period.withdrawn += 1
        case Act.REJECT:
            period.rejected += 1
        case Act.APPROVE:
            period.approved += 1
            period.whole.append((at - before[0][0]) / DAY)
            period.in_hand.append(_held(before, at))


def _held(before: list[Step], until: datetime) -> float:
    """Return how many days the authority had a filing in hand that went through *before*, approved at *until*."""
    held, since = timedelta(), None
    for at, act in before:
        if act == Act.SUBMIT:
            since = at
        elif since is not None:
            held, since = held + (at - since), None
    return (held + (until - since if since else timedelta())) / DAY
