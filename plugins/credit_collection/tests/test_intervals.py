"""Spans of days and the rule of contradiction, held against a naive count of days."""

from datetime import date, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from shuixin_credit_collection.services.claims import ClaimKind, Stated
from shuixin_credit_collection.services.crosschecks import contradicts
from shuixin_credit_collection.services.intervals import Span, last_day, through

FIRST = date(2026, 1, 1)
#: Days that ends are drawn from; the naive count looks at one day more on either side, where only open ends reach.
SPREAD = 6
OFFSETS = st.none() | st.integers(0, SPREAD)
BINDING = ("construct/building", "construct/stopped")


def at(offset: int | None) -> date | None:
    return None if offset is None else FIRST + timedelta(days=offset)


SPANS = st.builds(lambda start, end: Span(at(start), at(end)), OFFSETS, OFFSETS)
CLAIMS = st.builds(
    Stated,
    st.sampled_from(list(ClaimKind)),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["person_cert", "performance"]),
    st.sampled_from(["k1", "k2"]),
    SPANS,
    st.sampled_from(["", "constructor", *BINDING, "design/building"]),
    st.sampled_from(["", "here", "there"]),
)


def days(span: Span) -> set[int]:
    """The days of a span one by one, counted from FIRST; -1 and SPREAD stand for all before and after."""
    return {
        number
        for number in range(-1, SPREAD + 1)
        if (span.start is None or FIRST + timedelta(days=number) >= span.start)
        and (span.end is None or FIRST + timedelta(days=number) < span.end)
    }


@given(SPANS, SPANS)
def test_spans_overlap_where_a_day_lies_in_both(one: Span, other: Span) -> None:
    assert one.overlaps(other) == bool(days(one) & days(other))
    assert days(one.within(other)) == days(one) & days(other)
    assert one.is_empty == (not days(one))
    assert one.overlaps(other) == other.overlaps(one)


@given(st.integers(0, SPREAD))
def test_spans_that_only_touch_do_not_overlap(offset: int) -> None:
    day = FIRST + timedelta(days=offset)
    before, after = Span(None, day), Span(day, None)
    assert not before.overlaps(after)
    assert before.overlaps(Span(day - timedelta(days=1), None))
    assert through(None, day).overlaps(after), "the last day of a contract counts"


def test_open_ends_reach_everything_that_is_not_empty() -> None:
    assert Span().overlaps(Span(FIRST, FIRST + timedelta(days=1)))
    assert not Span().overlaps(Span(FIRST, FIRST))
    assert through(FIRST, date.max) == Span(FIRST, None)
    assert last_day(through(FIRST, FIRST)) == FIRST
    assert last_day(Span()) is None


def naive(one: Stated, other: Stated, same_unit: bool) -> bool:
    """The rule of DOMAIN R17, R18 and N18 written out as a table."""
    if one.kind is not other.kind or one.value != other.value or not days(one.span) & days(other.span):
        return False
    if same_unit and one.record_type == other.record_type and one.key == other.key:
        return False
    two_sites = "" not in (one.place, other.place) and one.place != other.place
    known = "" not in (one.sort, other.sort)
    return {
        ClaimKind.PERSON: not same_unit,
        ClaimKind.CERTIFICATE: (not known or one.sort == other.sort) and (not same_unit or two_sites),
        ClaimKind.MANAGER: two_sites and one.sort in BINDING and other.sort in BINDING,
        ClaimKind.PERFORMANCE: True,
    }[one.kind]


@given(CLAIMS, CLAIMS)
def test_claims_contradict_each_other_by_the_table(one: Stated, other: Stated) -> None:
    for same_unit in (True, False):
        said = contradicts(one, other, same_unit=same_unit, binding=BINDING)
        assert said == naive(one, other, same_unit)
        assert said == contradicts(other, one, same_unit=same_unit, binding=BINDING)


def test_without_a_policy_no_work_binds_its_manager() -> None:
    works = [Stated(ClaimKind.MANAGER, "a", "performance", key, place=key, sort=BINDING[0]) for key in "xy"]
    assert contradicts(*works, same_unit=True, binding=BINDING)
    assert not any(contradicts(one, other, same_unit=False) for one, other in product(works, works))
