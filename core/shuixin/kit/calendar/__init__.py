"""Legal days: working days (工作日) with holidays and 调休, terms, and terms that pause.

    calendar = load()
    calendar.add_working_days(date(2026, 9, 28), 7)   # 2026-10-13, the National Day holidays between
    calendar.add_days(date(2026, 9, 21), 15)          # 2026-10-08: the last day is no day off

``load`` knows the shipped years only; an application asks for its own calendar, in which administrators add and
correct years (``shuixin.api.current_calendar``).
"""

from shuixin.kit.calendar.days import Calendar, Year, load, read_year
from shuixin.kit.calendar.notices import as_text, read_notice
from shuixin.kit.calendar.table import CalendarYear, current, follow, missing_years, put, take_out
from shuixin.kit.calendar.terms import Pause, Term

__all__ = [
    "Calendar",
    "CalendarYear",
    "Pause",
    "Term",
    "Year",
    "as_text",
    "current",
    "follow",
    "load",
    "missing_years",
    "put",
    "read_notice",
    "read_year",
    "take_out",
]
