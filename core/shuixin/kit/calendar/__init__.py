"""Legal days: working days (工作日) with holidays and 调休, terms, and terms that pause.

    calendar = load()
    calendar.add_working_days(date(2026, 9, 28), 7)   # 2026-10-13, the National Day holidays between
    calendar.add_days(date(2026, 9, 21), 15)          # 2026-10-08: the last day is no day off
"""

from shuixin.kit.calendar.days import Calendar, Year, load, read_year
from shuixin.kit.calendar.terms import Pause, Term

__all__ = ["Calendar", "Pause", "Term", "Year", "load", "read_year"]
