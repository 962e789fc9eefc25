"""Days off (节假日安排): a year is entered as the State Council's notice words it, and corrected, never guessed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shuixin.api import (
    Actor,
    Problem,
    Refused,
    Text,
    audit,
    calendar,
    clock,
    current_platform,
    domain,
    require,
    transaction,
)
from shuixin_administration.permissions import DICTIONARIES, DICTIONARIES_READ

_ = domain("administration")
_NUMBER = re.compile(r"〔\d{4}〕\s*\d+号")
_SHORTEST_REASON = 6
#: Years further ahead than any notice reaches, and before any record, are slips of the finger.
EARLIEST, AHEAD = 2000, 2


@dataclass(frozen=True)
class Known:
    """One year as the page shows it.

    :param version: of its row; 0 for a shipped year that nobody has corrected.
    """

    year: calendar.Year
    version: int
    shipped: bool
    changed_by: str = ""
    changed_at: datetime | None = None


def known_years(actor: Actor) -> list[Known]:
    """Return all years, newest first."""
    require(actor, DICTIONARIES_READ)
    rows = {row.year: row for row in calendar.CalendarYear.select()}
    shipped = {each.year for each in calendar.load().years()}
    return [
        Known(
            each,
            row.row_version if (row := rows.get(each.year)) else 0,
            each.year in shipped,
            row.changed_by if row else "",
            row.changed_at if row else None,
        )
        for each in reversed(calendar.current().years())
    ]


def can_be_entered(number: int, now: datetime) -> bool:
    """Whether *number* is a year that somebody may mean to enter."""
    return EARLIEST <= number <= clock.legal_day(now).year + AHEAD


def read(number: int, typed: Mapping[str, str], now: datetime) -> calendar.Year:
    """Return the year that was *typed*: ``basis`` and ``text``.

    :raises Refused: with a problem for each thing that cannot be right.
    """
    basis, problems = " ".join(typed.get("basis", "").split())[:200], []
    if not can_be_entered(number, now):
        problems.append(Problem("year", str(number), _("年份不在可录入的范围内。"), _("请核对年份。")))
    if not _NUMBER.search(basis):
        remedy = _("请填写国务院办公厅通知的文号，如“国办发明电〔2025〕7号”。")
        problems.append(Problem("basis", basis[:40], _("依据没有写明文号。"), remedy))
    year = None
    try:
        year = calendar.read_notice(number, basis, typed.get("text", ""))
    except Refused as refused:
        problems += refused.problems
    if problems or year is None:
        raise Refused(_("放假安排没有保存，有{count}处需要改正。", count=len(problems)), problems)
    return year


def doubts(year: calendar.Year, known: calendar.Calendar) -> list[Text]:
    """Return what looks unusual beside the year before: festivals that are missing."""
    before = next((each for each in reversed(known.years()) if each.year < year.year), None)
    names = "、".join(year.holidays.values())
    former = dict.fromkeys(part for name in (before.holidays.values() if before else ()) for part in name.split("、"))
    missing = [name for name in former if name not in names]
    return [
        _("{year}年有{name}，这一年没有，请对照通知核对。", year=before.year, name=name) for name in missing if before
    ]


def enter(actor: Actor, number: int, typed: Mapping[str, str], *, version: int, now: datetime) -> calendar.Year:
    """Enter or correct a year; a correction wants a reason.

    :raises Refused: with a problem for each thing that cannot be right.
    :raises Conflict: somebody entered or corrected it meanwhile.
    """
    require(actor, DICTIONARIES)
    year, reason = read(number, typed, now), " ".join(typed.get("reason", "").split())[:200]
    with transaction():
        before = calendar.put(year, version, actor.name, now)
        if before is not None and len(reason) < _SHORTEST_REASON:
            rule = _("没有写明更正的原因。")
            remedy = _("请写明原因，不少于{count}个字。", count=_SHORTEST_REASON)
            raise Refused(rule, [Problem("reason", reason, rule, remedy)])
        act = "calendar.correct" if before else "calendar.enter"
        audit(actor, act, "calendar", str(number), {"basis": year.basis, "reason": reason, **_moved(before, year)})
    current_platform().calendar.look()
    return year


def remove(actor: Actor, number: int, *, version: int, now: datetime) -> None:
    """Delete a year that was entered by mistake.

    :raises Refused: it is in use.
    """
    require(actor, DICTIONARIES)
    with transaction():
        year = calendar.take_out(number, version, clock.legal_day(now))
        audit(actor, "calendar.remove", "calendar", str(number), {"basis": year.basis, **_moved(year, None)})
    current_platform().calendar.look()


def _moved(before: calendar.Year | None, after: calendar.Year | None) -> dict[str, list[str]]:
    """Return the days that became off or worked, and those that no longer are."""
    old_off, new_off = set(before.holidays if before else ()), set(after.holidays if after else ())
    old_work, new_work = (set(each.working_days) if each else set() for each in (before, after))
    days = {
        "off": new_off - old_off,
        "no_longer_off": old_off - new_off,
        "worked": new_work - old_work,
        "no_longer_worked": old_work - new_work,
    }
    return {name: [day.isoformat() for day in sorted(each)] for name, each in days.items() if each}
