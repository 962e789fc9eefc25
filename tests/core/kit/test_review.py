"""Deadlines of review steps: terms from dated sets, pauses, urgency; four eyes of two hands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuixin.errors import Forbidden, Misconfigured
from shuixin.kit import review
from shuixin.kit.calendar import Calendar, Pause, load
from shuixin.kit.policies import PolicyBook, PolicySet
from shuixin.kit.review import StepTerm, Urgency

CALENDAR = load()
MONDAY = date(2026, 11, 16)
FIVE = StepTerm(5, 2, "LOCAL")


def book(params, begins=date(2026, 1, 1), code="LOCAL"):
    return PolicySet(code, "review_terms", "t", "本地承诺", begins, params=params)


def test_a_term_is_the_set_s_in_force_on_the_day_the_step_begins():
    sets = PolicyBook(
        [book({"filing_review": {"days": 5, "warn": 2}}), book({"filing_review": {"days": 3}}, MONDAY, "N")]
    )
    assert review.term_of(sets, "filing_review", date(2026, 3, 2)) == StepTerm(5, 2, "LOCAL", "本地承诺")
    assert review.term_of(sets, "filing_review", MONDAY) == StepTerm(3, 0, "N", "本地承诺")
    assert review.term_of(sets, "other_step", MONDAY) is None
    assert review.term_of(sets, "filing_review", date(2025, 12, 31)) is None
    assert review.term_of(sets, "filing_review", MONDAY, topic="other") is None


@pytest.mark.parametrize("numbers", [{"days": 0}, {"days": "5"}, {"days": 2, "warn": 3}, {"warn": 1}, 5])
def test_a_set_whose_numbers_are_no_term_is_said_to_be_wrong(numbers):
    with pytest.raises(Misconfigured, match="办理期限不正确"):
        review.term_of(PolicyBook([book({"filing_review": numbers})]), "filing_review", MONDAY)


@pytest.mark.parametrize(
    ("started", "days", "due"),
    [  # vectors of DOMAIN 8.3
        (date(2026, 2, 12), 5, date(2026, 2, 26)),
        (date(2026, 4, 29), 5, date(2026, 5, 9)),
        (date(2026, 9, 24), 3, date(2026, 9, 30)),
        (date(2026, 9, 28), 7, date(2026, 10, 13)),
    ],
)
def test_a_step_is_due_by_working_days_after_the_one_on_which_it_begins(started, days, due):
    assert review.due_on(started, StepTerm(days), CALENDAR) == due


def test_a_due_day_that_cannot_be_told_is_unknown_and_no_error():
    assert review.due_on(date(2026, 12, 30), FIVE, CALENDAR) is None
    assert review.due_on(MONDAY, None, CALENDAR) is None
    assert review.due_on(MONDAY, FIVE, Calendar(())) is None
    assert review.warn_on(MONDAY, FIVE, Calendar(())) is None
    standing = review.standing(MONDAY, None, None, CALENDAR)
    assert (standing.urgency, standing.left, str(standing.words)) == (Urgency.UNKNOWN, None, "期限未定")


def test_days_with_the_filer_do_not_count():
    pauses = review.stopped((), MONDAY + timedelta(1), "return")
    assert review.due_on(MONDAY, FIVE, CALENDAR, pauses) is None, "nothing is due while it is with the filer"
    pauses = review.resumed(pauses, MONDAY + timedelta(3))
    assert pauses == (Pause(MONDAY + timedelta(2), "return", MONDAY + timedelta(3)),)
    assert review.due_on(MONDAY, FIVE, CALENDAR, pauses) == date(2026, 11, 25), "one day was used before, four are left"
    assert review.pauses_of(review.stored_pauses(pauses)) == pauses
    same_day = review.resumed(review.stopped((), MONDAY, "return"), MONDAY)
    assert same_day == ()
    assert review.resumed((), MONDAY) == ()


@given(
    start=st.dates(date(2026, 1, 5), date(2026, 6, 1)),
    days=st.integers(1, 15),
    gaps=st.lists(st.integers(0, 9), max_size=6),
)
def test_however_often_a_case_goes_back_the_office_has_its_working_days(start, days, gaps):
    """Each pair of gaps: days until the return, days with the filer; counted by hand below."""
    pauses, day, with_filer = (), start, set()
    for held, away in zip(gaps[::2], gaps[1::2], strict=False):
        returned = day + timedelta(held)
        day = returned + timedelta(away)
        pauses = review.resumed(review.stopped(pauses, returned, "return"), day)
        with_filer |= {returned + timedelta(number) for number in range(1, away + 1)}
    due = review.due_on(start, StepTerm(days), CALENDAR, pauses)
    assert due is not None
    counted = [start + timedelta(number) for number in range(1, (due - start).days + 1)]
    assert sum(CALENDAR.is_working_day(each) and each not in with_filer for each in counted) == days
    assert due not in with_filer
    assert CALENDAR.is_working_day(due)


@given(start=st.dates(date(2026, 1, 5), date(2026, 10, 1)), days=st.integers(1, 12), warn=st.integers(0, 5))
def test_it_warns_on_the_first_day_that_leaves_so_few_working_days(start, days, warn):
    term = StepTerm(days, min(warn, days))
    due = review.due_on(start, term, CALENDAR)
    warned = review.warn_on(due, term, CALENDAR)
    assert warned <= due
    assert warned >= start or not CALENDAR.is_working_day(start)
    assert CALENDAR.working_days_between(warned, due) == term.warn
    assert CALENDAR.working_days_between(warned - timedelta(1), due) > term.warn
    assert CALENDAR.is_working_day(warned)


@pytest.mark.parametrize(
    ("today", "urgency", "left", "words", "tone"),
    [
        (date(2026, 11, 18), Urgency.IN_TIME, 3, "剩余3个工作日", "blue"),
        (date(2026, 11, 19), Urgency.SOON, 2, "剩余2个工作日", "amber"),
        (date(2026, 11, 20), Urgency.SOON, 1, "剩余1个工作日", "red"),
        (date(2026, 11, 22), Urgency.SOON, 1, "剩余1个工作日", "red"),
        (date(2026, 11, 23), Urgency.SOON, 0, "今日到期", "red"),
        (date(2026, 11, 25), Urgency.OVERDUE, -2, "已超期2个工作日", "red"),
        (date(2027, 1, 4), Urgency.OVERDUE, None, "已超期", "red"),
    ],
)
def test_how_a_case_stands_is_said_in_words_icon_and_tone(today, urgency, left, words, tone):
    due = review.due_on(MONDAY, FIVE, CALENDAR)
    standing = review.standing(today, due, review.warn_on(due, FIVE, CALENDAR), CALENDAR)
    assert (standing.urgency, standing.left, str(standing.words), standing.tone) == (urgency, left, words, tone)
    assert standing.icon


def test_the_day_after_a_friday_is_overdue_by_no_working_day_yet():
    standing = review.standing(date(2026, 11, 21), date(2026, 11, 20), None, CALENDAR)
    assert (standing.urgency, standing.left, str(standing.words)) == (Urgency.OVERDUE, 0, "已超期")


@pytest.mark.parametrize(
    ("actor", "behalf", "earlier", "refused"),
    [
        (3, 0, (1, 2), False),
        (1, 0, (1, 2), True),
        (3, 2, (1, 2), True),
        (3, 4, (1, 2), False),
        (0, 0, (0, None), False),
        (3, 0, (), False),
    ],
)
def test_four_eyes_hold_for_the_delegate_and_the_delegator(actor, behalf, earlier, refused):
    if refused:
        with pytest.raises(Forbidden):
            review.check_four_eyes(actor, *earlier, behalf=behalf)
    else:
        review.check_four_eyes(actor, *earlier, behalf=behalf)
