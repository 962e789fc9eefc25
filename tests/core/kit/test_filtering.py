"""Filters of lists: declared ones only, days as the law counts them."""

from datetime import UTC, datetime

import pytest

from shuixin.kit.filtering import Choice, Days, chosen, conditions

FILTERS = (Choice("outcome", "结果", {"ok": "成功", "wrong": "不正确"}), Days("at", "时间"))


class _Column:
    """Notes what is asked of it."""

    def __eq__(self, other):
        return ("==", other)

    def __ge__(self, other):
        return (">=", other)

    def __lt__(self, other):
        return ("<", other)

    __hash__ = None


def asked(**given):
    return conditions(FILTERS, chosen(FILTERS, given).values, lambda _name: _Column())


def test_a_choice_counts_if_it_is_offered():
    assert asked(outcome="ok") == [("==", "ok")]
    assert asked(outcome="' OR 1=1") == []
    assert asked(password="x", outcome="") == []


def test_days_are_those_of_shanghai_and_both_included():
    first, after = datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert asked(at_from="2026-03-01", at_to="2026-03-01") == [(">=", first), ("<", after)]
    assert asked(at_to="2026-03-01") == [("<", after)]


@pytest.mark.parametrize("text", ["2026-02-30", "昨天", "0001-01-01", "9999-12-31", "x" * 500])
def test_what_is_no_day_is_kept_and_named(text):
    found = chosen(FILTERS, {"at_from": text})
    assert found.values == {"at_from": text[:100]}
    assert [problem.field for problem in found.problems] == ["at_from"]
    assert asked(at_from=text) == []


def test_an_end_before_the_beginning_is_named():
    found = chosen(FILTERS, {"at_from": "2026-03-02", "at_to": "2026-03-01"})
    assert [problem.field for problem in found.problems] == ["at_to"]
    assert chosen(FILTERS, {"at_from": "2026-03-01", "at_to": "2026-03-01"}).problems == ()
