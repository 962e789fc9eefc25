"""Things asked for: what is wrong is said, what is right is kept and written again alike."""

import doctest
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuixin.kit import particulars
from shuixin.kit.particulars import Particular, answers
from shuixin.texts import domain

_ = domain("shuixin")
AMOUNT = Particular("amount", "x", _("金额"), 12, kind="yuan")


def test_the_examples_hold():
    assert doctest.testmod(particulars).failed == 0


@given(st.integers(0, 99_999_999_999))
def test_an_amount_is_kept_to_the_cent_and_written_again(cents):
    text = AMOUNT.written(cents)
    assert AMOUNT.problem(text, needed=True) is None
    assert AMOUNT.kept(text) == cents


@pytest.mark.parametrize("text", ["一万", "1e4", "-5", "1.234", "1,000", "٣", "9" * 10, "1."])
def test_what_is_no_amount_is_refused_and_never_kept(text):
    assert "不是金额" in str(AMOUNT.problem(text, needed=False))
    assert AMOUNT.kept(text) is None


def test_a_day_is_a_day_of_the_calendar():
    day = Particular("since", "x", _("日期"), 10, kind="day")
    assert day.kept("2028-02-29") == date(2028, 2, 29)
    for text in ("2027-02-29", "昨天", "2026/1/1", ""):
        assert day.kept(text) is None
    assert "日期不是日期" in str(day.problem("昨天", needed=False))


def test_answers_take_what_is_sent_and_leave_the_rest_alone():
    asked = (AMOUNT, Particular("name", "x", _("名称"), 5, needed=True))
    assert answers(asked, {"amount": " 5 "}) == ({"amount": 500}, [])
    assert [each.field for each in answers(asked, {"amount": "", "name": ""})[1]] == ["amount", "name"]
    assert [each.field for each in answers(asked, {"amount": "", "name": ""}, at_once=("name",))[1]] == ["name"]


def test_empty_is_wrong_only_where_it_is_needed_now():
    name = Particular("name", "x", _("名称"), 5, pattern=".{4,}", wrong=_("请填写全称。"))
    assert name.problem("", needed=False) is None
    assert str(name.problem("", needed=True)) == "名称没有填写。请填写全称。"
    assert "写法不对" in str(name.problem("水局", needed=False))
    assert "最多5个字" in str(name.problem("水利和湖泊局", needed=False))
    code = Particular("code", "x", _("代码"), 18, kind="code")
    assert "校验不符" in str(code.problem("91420200MA4900A14B", needed=True))
    assert code.kept(" n2420281mf0000013j") == "N2420281MF0000013J"
    key = Particular("parent", "x", _("上级"), 10, kind="key")
    assert (key.kept("7"), key.kept(""), key.kept("²"), key.written(None)) == (7, None, None, "")
