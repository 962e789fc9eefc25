"""Years of the calendar as people enter them: the notice's wording, the table over the shipped years."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuixin.database import transaction
from shuixin.errors import Conflict, NotFound, Refused
from shuixin.kit.calendar import (
    Calendar,
    CalendarYear,
    Year,
    as_text,
    current,
    follow,
    load,
    missing_years,
    put,
    read_notice,
    take_out,
)
from shuixin.kit.following import Revision

ONE = timedelta(days=1)
NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
TODAY = date(2026, 11, 25)
SHIPPED = {each.year: each for each in load().years()}
NOTICE = """经国务院批准，现将2026年元旦、春节等放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月16日）休息。
"""
LAST = "国庆节、中秋节：10月1日（星期四）至8日放假调休，共8天。9月20日（星期日）上班。"


def days_of(year: Year) -> tuple[dict[date, str], frozenset[date]]:
    return dict(year.holidays), year.working_days


@pytest.mark.parametrize(
    "text", [NOTICE, NOTICE.replace("\n", ""), NOTICE.replace("\n", "\r\n\r\n"), NOTICE.replace("周", "星期")]
)
def test_the_wording_of_the_notice_is_read(text: str) -> None:
    assert days_of(read_notice(2026, "依据", text)) == days_of(SHIPPED[2026])


@pytest.mark.parametrize("number", sorted(SHIPPED))
def test_a_shipped_year_is_written_and_read_as_the_same(number: int) -> None:
    assert days_of(read_notice(number, "依据", as_text(SHIPPED[number]))) == days_of(SHIPPED[number])


@pytest.mark.parametrize(
    ("line", "off", "worked"),
    [
        ("元旦 2027-01-01 至 2027-01-03", [1, 2, 3], []),
        ("元旦：2027年1月1日至3日放假，1月9日上班", [1, 2, 3], [9]),
        ("元旦 2027/1/1", [1], []),
        ("1、元旦：1月1日放假，与周末连休。", [1], []),
        ("（一）元旦，1月1日到1月3日放假", [1, 2, 3], []),
        ("元旦：1月1日—3日放假", [1, 2, 3], []),
    ],
)
def test_other_wordings(line: str, off: list[int], worked: list[int]) -> None:
    year = read_notice(2027, "依据", line)
    assert sorted(year.holidays) == [date(2027, 1, day) for day in off]
    assert set(year.holidays.values()) == {"元旦"}
    assert year.working_days == {date(2027, 1, day) for day in worked}


def test_worked_days_may_stand_in_lines_of_their_own() -> None:
    year = read_notice(2027, "依据", "元旦 2027-01-01\n上班 2027-01-09\n调休上班：2027年1月10日")
    assert year.working_days == {date(2027, 1, 9), date(2027, 1, 10)}


def test_two_festivals_in_one_line_keep_both_names() -> None:
    year = read_notice(2026, "依据", LAST)
    assert (year.holidays[date(2026, 10, 8)], len(year.holidays)) == ("国庆节、中秋节", 8)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "没有读到"),
        ("上班 2026-01-04", "没有读到"),
        ("元旦：1月1日（周五）放假", "星期四"),
        ("元旦：1月1日至3日放假，共4天", "共4天，读到的放假日期是3天"),
        ("元旦：2月30日放假", "不是有效日期"),
        ("元旦：1月3日至1日放假", "止日早于起日"),
        ("元旦：1月1日至12月31日放假", "相隔太久"),
        ("元旦：2025年12月31日至2026年1月2日放假", "不在2026年之内"),
        ("1月1日至3日放假", "没有写明是哪个节日"),
        ("元旦：1月1日放假，1月2日上班", "2026-01-02"),
        ("元旦：1月3日放假，1月3日上班", "2026-01-03"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_line(line: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        read_notice(2026, "依据", line)
    assert words in str(refused.value.problems[0])
    assert {problem.field for problem in refused.value.problems} == {"text"}


@settings(deadline=None)
@given(st.text("元旦春节：，。、至到（）周一二三四五六日天共放假上班年月-/2026 0123\n", max_size=60))
def test_any_text_is_a_year_or_a_problem(text: str) -> None:
    year, problems = None, ()
    try:
        year = read_notice(2026, "依据", text)
    except Refused as refused:
        problems = refused.problems
    if year is not None:
        assert days_of(read_notice(2026, "依据", as_text(year))) == days_of(year)
    else:
        assert problems
        assert all(str(each.rule) and str(each.remedy) for each in problems)


@st.composite
def _years(draw: st.DrawFn, number: int) -> Year:
    days = [date(number, 1, 1) + ONE * offset for offset in draw(st.sets(st.integers(0, 364), min_size=1, max_size=40))]
    off = {day: draw(st.sampled_from(["春节", "国庆节、中秋节", "五四"])) for day in days[:30]}
    worked = {day for day in days[30:] if day.weekday() >= 5}
    return Year(number, "依据", off, frozenset(worked))


@settings(deadline=None)
@given(_years(2031))
def test_any_year_is_written_and_read_as_the_same(year: Year) -> None:
    assert days_of(read_notice(2031, "依据", as_text(year))) == days_of(year)


@settings(deadline=None)
@given(
    st.dates(date(2024, 1, 1), date(2026, 8, 1)), st.integers(0, 60), st.lists(_years(2031), max_size=1), _years(2022)
)
def test_counting_within_a_year_is_not_moved_by_other_years(start: date, count: int, later: list[Year], earlier: Year):
    plain, more = load(), Calendar([*load().years(), *later, earlier])
    for name in ("add_working_days", "add_days"):
        assert getattr(more, name)(start, count) == getattr(plain, name)(start, count)
    assert more.working_days_between(start, start + ONE * count) == plain.working_days_between(
        start, start + ONE * count
    )


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 9, 30), ()),
        (date(2026, 10, 1), (2027,)),
        (date(2027, 1, 1), (2027,)),
        (date(2027, 10, 1), (2027, 2028)),
    ],
)
def test_from_october_on_the_next_year_is_wanted(today: date, missing: tuple[int, ...]) -> None:
    assert missing_years(load(), today) == missing


# --- the table --------------------------------------------------------------------------------------------------

NEXT = Year(2027, "国办发明电〔2026〕1号", {date(2027, 1, 1): "元旦"}, frozenset({date(2027, 1, 9)}))


@pytest.fixture
def tables(database) -> None:
    database.create_tables([CalendarYear, Revision])


def entered(year: Year, version: int = 0) -> Year | None:
    with transaction():
        return put(year, version, "何静远", NOW)


@pytest.mark.usefixtures("tables")
def test_an_entered_year_is_counted_in_and_corrected():
    followed = follow()
    with pytest.raises(Refused, match="2027"):
        followed.get().add_working_days(date(2026, 12, 31), 1)
    assert entered(NEXT) is None
    followed.look()
    assert followed.get().add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert followed.get().is_working_day(date(2027, 1, 9))
    other = Year(2027, NEXT.basis, {**NEXT.holidays, date(2027, 1, 4): "元旦"}, NEXT.working_days)
    assert entered(other, 1) == NEXT
    assert current().add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 5)
    for version in (0, 1):
        with pytest.raises(Conflict):
            entered(NEXT, version)


@pytest.mark.usefixtures("tables")
def test_a_correction_stands_over_a_shipped_year_until_it_is_taken_back():
    wrong = Year(2026, "依据", {date(2026, 1, 1): "元旦"}, frozenset())
    assert entered(wrong) == SHIPPED[2026]
    assert current().is_working_day(date(2026, 10, 1))
    with transaction(), pytest.raises(Conflict):
        take_out(2026, 2, TODAY)
    with transaction():
        take_out(2026, 1, TODAY)
    assert not current().is_working_day(date(2026, 10, 1))


@pytest.mark.usefixtures("tables")
def test_a_year_in_use_stays_and_one_far_ahead_may_go():
    for year in (2027, 2028):
        entered(Year(year, "依据", {date(year, 1, 1): "元旦"}, frozenset()))
    with transaction(), pytest.raises(Refused, match="正用于计算期限"):
        take_out(2027, 1, TODAY)
    with transaction():
        take_out(2028, 1, TODAY)
    with transaction(), pytest.raises(NotFound):
        take_out(2028, 1, TODAY)
    assert [each.year for each in current().years()] == [2024, 2025, 2026, 2027]
