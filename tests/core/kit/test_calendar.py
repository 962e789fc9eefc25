"""Working days, terms and pauses: what the notices and the law say, and what must hold for any days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuixin.errors import Misconfigured, Refused
from shuixin.kit.calendar import Calendar, Term, Year, load, read_year

CALENDAR = load()
DAYS = st.dates(date(2024, 1, 1), date(2026, 9, 1))
ONE = timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-02-12", 5, "2026-02-26"),
        ("2026-04-29", 5, "2026-05-09"),
        ("2026-09-24", 3, "2026-09-30"),
        ("2026-09-28", 7, "2026-10-13"),
        ("2025-01-24", 1, "2025-01-26"),
        ("2026-05-09", 0, "2026-05-09"),
    ],
)
def test_working_days_with_holidays_and_worked_weekends(start: str, count: int, end: str) -> None:
    assert CALENDAR.add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("day", "worked"),
    [("2026-10-10", True), ("2026-10-11", False), ("2026-10-01", False), ("2024-02-09", True), ("2025-10-06", False)],
)
def test_single_days(day: str, worked: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [("2026-09-16", 15, "2026-10-08"), ("2026-09-01", 15, "2026-09-16"), ("2026-04-24", 15, "2026-05-09")],
)
def test_calendar_days_whose_last_is_off_end_on_the_next_worked(start: str, count: int, end: str) -> None:
    assert CALENDAR.add_days(date.fromisoformat(start), count) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2025-11-30", 3, "2026-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-10-31", 1, "2025-12-01"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2025-07-01", 3, "2025-10-09"),
    ],
)
def test_months_end_on_the_same_number_or_the_last_day(start: str, months: int, end: str) -> None:
    assert CALENDAR.add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_a_year_that_nobody_entered_is_an_error_and_says_which() -> None:
    with pytest.raises(Refused, match="没有2027年的放假安排"):
        CALENDAR.add_working_days(date(2026, 12, 30), 5)
    with pytest.raises(Refused, match="没有2023年"):
        CALENDAR.is_working_day(date(2023, 6, 1))
    assert [year.year for year in CALENDAR.years()] == [2024, 2025, 2026]
    assert all("通知" in year.basis for year in CALENDAR.years())


@pytest.mark.parametrize(
    "data",
    [
        {"holidays": {"元旦": [date(2025, 1, 1)]}},
        {"working_days": [date(2026, 1, 5)]},
        {"holidays": {"元旦": [date(2026, 1, 4)]}, "working_days": [date(2026, 1, 4)]},
    ],
    ids=["other-year", "weekday", "both"],
)
def test_what_cannot_be_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(Misconfigured, match="放假安排不正确"):
        read_year({"year": 2026, "basis": "x", **data}, "2026.toml")


def test_negative_terms_are_a_mistake_of_the_caller() -> None:
    for count in (CALENDAR.add_working_days, CALENDAR.add_days, CALENDAR.add_months):
        with pytest.raises(ValueError, match="-1"):
            count(date(2026, 1, 5), -1)


@given(start=DAYS, count=st.integers(0, 60))
def test_adding_and_counting_agree(start: date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.working_days_between(start, end) == count
    assert CALENDAR.working_days_between(end, start) == -count
    assert count == 0 or CALENDAR.is_working_day(end)


@given(start=DAYS, first=st.integers(0, 30), second=st.integers(0, 30))
def test_two_terms_one_after_the_other_are_one(start: date, first: int, second: int) -> None:
    half = CALENDAR.add_working_days(start, first)
    assert CALENDAR.add_working_days(half, second) == CALENDAR.add_working_days(start, first + second)


@given(start=DAYS, days=st.integers(0, 40), working=st.booleans())
def test_a_term_without_pauses_is_the_plain_count(start: date, days: int, working: bool) -> None:
    due = Term(start, days, working).due(CALENDAR)
    plain = CALENDAR.add_working_days(start, days) if working else CALENDAR.add_days(start, days)
    assert due == (CALENDAR.working_day_from(plain) if days == 0 else plain)


@given(start=DAYS, days=st.integers(1, 30), after=st.integers(1, 20), length=st.integers(1, 30))
def test_a_pause_puts_the_end_off_by_the_working_days_in_it(start: date, days: int, after: int, length: int) -> None:
    term = Term(start, days)
    plain = term.due(CALENDAR)
    first, again = start + after * ONE, start + (after + length) * ONE
    paused = term.paused(first, "检测").resumed(again)
    assert plain is not None
    lost = CALENDAR.working_days_between(first - ONE, again - ONE) if first <= plain else 0
    assert paused.due(CALENDAR) == CALENDAR.add_working_days(start, days + lost)
    assert [each.reason for each in paused.pauses] == ["检测"]


def test_while_a_pause_is_open_nobody_knows_the_end() -> None:
    term = Term(date(2026, 3, 2), 10).paused(date(2026, 3, 9), "鉴定")
    assert term.due(CALENDAR) is None
    assert term.left(date(2026, 3, 20), CALENDAR) == 6
    assert term.resumed(date(2026, 3, 23)).due(CALENDAR) == date(2026, 3, 30)
    assert Term(date(2026, 3, 2), 10).left(date(2026, 5, 1), CALENDAR) == 0
    late = Term(date(2026, 3, 2), 3).paused(date(2026, 3, 30), "x")
    assert late.due(CALENDAR) == date(2026, 3, 5), "a pause after the end changes nothing"


def test_pauses_come_one_after_the_other() -> None:
    term = Term(date(2026, 3, 2), 10)
    open_ = term.paused(date(2026, 3, 9), "x")
    with pytest.raises(Refused, match="已在中止中"):
        open_.paused(date(2026, 3, 12), "y")
    with pytest.raises(Refused, match="应晚于中止日期2026-03-09"):
        open_.resumed(date(2026, 3, 9))
    with pytest.raises(Refused, match="无需恢复"):
        term.resumed(date(2026, 3, 9))
    for day in (date(2026, 3, 2), date(2026, 3, 10)):
        with pytest.raises(Refused, match="开始之后"):
            open_.resumed(date(2026, 3, 12)).paused(day, "z")


def test_other_years_can_be_laid_over() -> None:
    plain = Calendar([Year(2027, "x", {}, frozenset())])
    assert plain.add_working_days(date(2027, 1, 1), 1) == date(2027, 1, 4)
