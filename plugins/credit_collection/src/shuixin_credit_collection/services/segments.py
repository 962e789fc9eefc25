"""Segments: what is held true of one record, day by day; plain values, no database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Segment:
    """What holds of one record from *start* until the day before *end* (``None``: until further notice).

    :param exists: whether the record is in the Register on these days; values said about days on which it is not are
        kept, for the case that it turns out to have been there.
    :param row: id of the row that says so; ``None`` while there is none.
    """

    start: date
    end: date | None
    exists: bool
    values: dict[str, Any]
    row: int | None = None


@dataclass(frozen=True)
class Statement:
    """What one filing says about one record: for all days from *day* on.

    :param exists: ``True`` for a record that is added, ``False`` for one that is removed, ``None`` for a change, which
        says nothing about that.
    :param values: the named fields; all others stay as they are.
    """

    day: date
    exists: bool | None
    values: dict[str, Any]

    def over(self, segment: Segment) -> Segment:
        """Return *segment* with what is said here laid over it, to be recorded anew."""
        exists = segment.exists if self.exists is None else self.exists
        return replace(segment, exists=exists, values={**segment.values, **self.values}, row=None)


def lay(segments: Sequence[Segment], statement: Statement) -> list[Segment]:
    """Return *segments* (in order, without gaps, the last one open) with *statement* laid over them.

    Segments that end before its day come back as they are, with their rows; one that the day falls into is split.
    """
    day, laid = statement.day, list[Segment]()
    for segment in segments:
        if segment.end is not None and segment.end <= day:
            laid.append(segment)
            continue
        if segment.start < day:
            laid.append(replace(segment, end=day, row=None))
        laid.append(statement.over(replace(segment, start=max(segment.start, day))))
    begin = segments[0].start if segments else None
    if begin is None or day < begin:
        laid.insert(0, statement.over(Segment(day, begin, exists=False, values={})))
    return laid
