"""Which days are worked, and counting by them.

The days off of a year are what the State Council orders for it, so a year that nobody has entered is an error and
never a guess. All days are legal days in Asia/Shanghai (``clock.legal_day``).
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from shuixin.errors import Misconfigured, Refused
from shuixin.kit import clock
from shuixin.texts import domain

_ = domain("shuixin")
YEARS = Path(__file__).parent / "years"
ONE = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Year:
    """The days off of one year.

    :param basis: the notice that orders them.
    :param holidays: day off to the name of the holiday; Saturdays and Sundays in it included.
    :param working_days: Saturdays and Sundays that are worked instead (调休).
    """

    year: int
    basis: str
    holidays: Mapping[date, str]
    working_days: frozenset[date]


def read_year(data: Mapping[str, Any], name: str = "") -> Year:
    """Return the year that a table says, in the form of the files in ``years/``.

    :raises Misconfigured: a day is of another year, is both off and worked, or a worked day is no weekend.
    """
    year = int(data["year"])
    holidays = {day: str(title) for title, days in data.get("holidays", {}).items() for day in days}
    working = frozenset(data.get("working_days", ()))
    odd = [day for day in (*holidays, *working) if day.year != year]
    odd += [day for day in working if day in holidays or day.weekday() < SATURDAY]
    if odd:
        days = "、".join(day.isoformat() for day in sorted(odd))
        raise Misconfigured(_("{name}的放假安排不正确：{days}。", name=name or str(year), days=days))
    return Year(year, str(data["basis"]), holidays, working)


def load(folders: Iterable[Path] = (YEARS,)) -> "Calendar":
    """Return the calendar of all years that stand as TOML files in *folders*; a later folder wins for a year."""
    files = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    return Calendar(read_year(tomllib.loads(path.read_text("utf-8")), path.name) for path in files)


class Calendar:
    """The years that are known, and counting in them."""

    def __init__(self, years: Iterable[Year]) -> None:
        self._years = {each.year: each for each in years}

    def years(self) -> tuple[Year, ...]:
        """Return the known years in order."""
        return tuple(self._years[number] for number in sorted(self._years))

    def is_working_day(self, day: date) -> bool:
        """Whether *day* is worked.

        :raises Refused: nobody has entered the days off of that year.
        """
        year = self._years.get(day.year)
        if year is None:
            raise Refused(
                _("没有{year}年的放假安排，不能计算期限。请管理员按国务院办公厅的通知录入后再办理。", year=day.year)
            )
        return day not in year.holidays and (day.weekday() < SATURDAY or day in year.working_days)

    def working_day_from(self, day: date) -> date:
        """Return *day* if it is worked, else the next one that is."""
        return next(each for each in _days_from(day) if self.is_working_day(each))

    def add_working_days(self, start: date, count: int) -> date:
        """Return the last day of a term of *count* working days after *start*, which is not counted.

        行政处罚法第八十五条: its terms of two, three, five and seven days are working days; 民法典第二百零一条: the
        day on which a term begins is not counted.
        """
        _check_count(count)
        day = start
        for _number in range(count):
            day = self.working_day_from(day + ONE)
        return day

    def add_days(self, start: date, count: int) -> date:
        """Return the last day of a term of *count* calendar days after *start*; a day off moves it to the next worked.

        民法典第二百零一条、第二百零三条.
        """
        _check_count(count)
        return self.working_day_from(start + timedelta(days=count))

    def add_months(self, start: date, count: int) -> date:
        """Return the last day of a term of *count* months after *start*; a day off moves it to the next worked.

        It is the day of the same number, else the last of the month (民法典第二百零二条、第二百零三条). A period of
        publication moves for no holiday: for those use ``clock.add_months``.
        """
        _check_count(count)
        return self.working_day_from(clock.add_months(start, count))

    def working_days_between(self, start: date, end: date) -> int:
        """Return how many working days come after *start* up to and with *end*; negative if *end* is before."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(start + timedelta(days=offset)) for offset in range(1, (end - start).days + 1))


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += ONE


def _check_count(count: int) -> None:
    if count < 0:
        raise ValueError(f"a term of {count} days")
