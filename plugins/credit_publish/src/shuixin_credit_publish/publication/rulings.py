"""What the rules say about one record: when it is public, how grave it is, what it takes off, and by which rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from shuixin.api import policies

#: Stored values of one record, JSON-friendly.
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Window:
    """When a record is public: from the start of one legal day to the start of another, or without an end."""

    start: datetime | None = None
    end: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the record is public at *now*; at the very instant of its end it is not."""
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)

    def next_change(self, now: datetime) -> datetime | None:
        """Return the next instant at which the answer changes."""
        return min((edge for edge in (self.start, self.end) if edge is not None and edge > now), default=None)


#: Closed since ever.
NEVER = Window(end=datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Ruling:
    """The outcome for one record.

    :param policy: code of the set of rules it was judged by; ``""`` where nothing limits it. *basis* is where that is
        laid down (依据).
    :param severity: code of its degree (严重程度) in the vocabulary of the rules; ``""`` for none.
    :param points: what it takes off (扣分); nothing where a heavier treatment of the same act does.
    :param cancels_grade: it ends the grade altogether and takes nothing off (吊销、撤销, R24).
    :param repair_from: the first legal day on which repair (信用修复) may be granted.
    :param marks: codes of what is shown beside it: ``objection``.
    """

    window: Window = Window()
    policy: str = ""
    basis: str = ""
    severity: str = ""
    points: Decimal = Decimal(0)
    cancels_grade: bool = False
    repair_from: date | None = None
    marks: tuple[str, ...] = ()


def policy_for(book: policies.PolicyBook, topic: str, day: date) -> policies.PolicySet:
    """Return the set in force on *day*; a record older than all rules on *topic* is judged by the first of them.

    So an old set goes on explaining the records of its time (R37).

    :raises Refused: there is a gap on that day; nothing is guessed.
    """
    beginnings = [each.effective_from for each in book.sets(topic)]
    return book.at(topic, max([day, *beginnings[:1]]))
