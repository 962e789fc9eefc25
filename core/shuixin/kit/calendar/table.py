"""The years that people enter (节假日安排), which stand over the shipped ones."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from peewee import CharField, IntegerField, IntegrityError

from shuixin.database import JSONField, UTCDateTimeField, VersionedModel, db, exclusive
from shuixin.errors import Conflict, NotFound, Problem, Refused
from shuixin.kit.calendar.days import Calendar, Year, load
from shuixin.kit.following import Followed, moved
from shuixin.texts import domain

_ = domain("shuixin")
#: Name of the revision, and of the lock that writers take.
NAME = "calendar"
#: From this month on the next year is wanted: its notice comes out in autumn, and terms begin to reach into it.
AUTUMN = 10


class CalendarYear(VersionedModel):
    """The days off of one year as an administrator entered them."""

    year = IntegerField(primary_key=True)
    basis = CharField(max_length=200)
    #: ISO day to the name of the holiday.
    holidays = JSONField()
    #: ISO days of the weekend that are worked.
    working_days = JSONField()
    changed_at = UTCDateTimeField()
    changed_by = CharField(max_length=100)

    class Meta:
        """Core table."""

        table_name = "shuixin_calendar_year"

    def value(self) -> Year:
        """Return the row as the value it stands for."""
        held: Mapping[str, str] = self.holidays
        worked: list[str] = self.working_days
        holidays = {date.fromisoformat(day): name for day, name in sorted(held.items())}
        return Year(int(str(self.year)), str(self.basis), holidays, frozenset(map(date.fromisoformat, worked)))


def follow() -> Followed[Calendar]:
    """Return the calendar of the shipped years and the rows, followed as these change."""
    return Followed(NAME, current)


def current() -> Calendar:
    """Return the calendar as the database has it now."""
    return Calendar([*load().years(), *(row.value() for row in CalendarYear.select())])


def missing_years(calendar: Calendar, today: date) -> tuple[int, ...]:
    """Return the years that are wanted now and that nobody has entered: this one, and from October on the next."""
    wanted = [today.year, today.year + 1] if today.month >= AUTUMN else [today.year]
    known = {each.year for each in calendar.years()}
    return tuple(year for year in wanted if year not in known)


def put(year: Year, version: int, by: str, now: datetime) -> Year | None:
    """Enter *year*, or correct it, and return what stood there before.

    :param version: row version the editor saw; 0 where no row was.
    :raises Conflict: somebody entered or corrected it meanwhile.
    """
    exclusive(NAME)
    before = next((each for each in current().years() if each.year == year.year), None)
    row = CalendarYear.get_or_none(CalendarYear.year == year.year)
    if row is None and version == 0:
        try:
            with db.atomic():
                CalendarYear.create(year=year.year, **_columns(year, by, now))
        except IntegrityError as error:
            raise Conflict(_("内容已被他人更新或已办理，请刷新页面重新核对后再提交。")) from error
    else:
        (row or CalendarYear(year=year.year)).save_if(version, **_columns(year, by, now))
    moved(NAME)
    return before


def take_out(number: int, version: int, today: date) -> Year:
    """Take out a year that was entered by mistake, and return it; a shipped one of that number holds again.

    :raises Refused: terms reach into it, from this year or from the year before, and no shipped one would hold.
    """
    exclusive(NAME)
    row = CalendarYear.get_or_none(CalendarYear.year == number)
    if row is None:
        raise NotFound(_("没有录入{year}年的放假安排。", year=number))
    if number <= today.year + 1 and all(each.year != number for each in load().years()):
        rule = _("{year}年的放假安排正用于计算期限，不能删除。", year=number)
        raise Refused(rule, [Problem("year", str(number), rule, _("如有错误，请更正。"))])
    year: Year = row.value()
    deleted = CalendarYear.delete().where(CalendarYear.year == number, CalendarYear.row_version == version)
    if not deleted.execute():
        raise Conflict(_("内容已被他人更新或已办理，请刷新页面重新核对后再提交。"))
    moved(NAME)
    return year


def _columns(year: Year, by: str, now: datetime) -> dict[str, Any]:
    return {
        "basis": year.basis,
        "holidays": {day.isoformat(): name for day, name in sorted(year.holidays.items())},
        "working_days": [day.isoformat() for day in sorted(year.working_days)],
        "changed_at": now,
        "changed_by": by,
    }
