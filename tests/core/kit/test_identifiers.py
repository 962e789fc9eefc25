"""Identifiers: the standards' vectors, and messages that say what is wrong."""

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuixin.kit import clock
from shuixin.kit.identifiers import (
    clean_code,
    complete_id_number,
    complete_uscc,
    id_number_birthday,
    id_number_problem,
    mobile_problem,
    organisation_code_matches,
    uscc_problem,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALID_CODES = [
    "91420200MA4900A14A",
    "12420200420200017K",
    "91420281MA49TE5T8W",
    "914202000000001900",
    "N2420281MF0000013J",
]
VALID_ID_NUMBERS = ["420202199001011231", "420281199601010027", "42020319880715003X", "420202197001011232"]


@pytest.mark.parametrize("code", VALID_CODES)
def test_valid_credit_codes(code):
    assert uscc_problem(code) is None
    assert uscc_problem(f" {code[:4].lower()}\u3000{code[4:]}\u200b") is None


@pytest.mark.parametrize("department", "19A5NY")
def test_codes_of_every_department_are_valid(department):
    assert uscc_problem(complete_uscc(f"{department}1420200MA4900A14")) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("  ", "统一社会信用代码未填写。"),
        ("91420200MA4900A14", "统一社会信用代码应为18位，现为17位。"),
        ("91420200MA4900A14B", "统一社会信用代码第18位校验不符。"),
        ("9142020OMA4900A14A", "统一社会信用代码第8位是字母“O”，代码中不使用I、O、S、V、Z。"),
        ("91420200MA4900A1!A", "统一社会信用代码第17位是“!”，代码只由数字和大写字母组成。"),
        ("30934873-4", "填写的是组织机构代码，不是统一社会信用代码。"),
        ("510000000391563", "填写的是工商注册号，不是统一社会信用代码。"),
        ("30934873-4 / 510000000391563", "填写的是组织机构代码和工商注册号，不是统一社会信用代码。"),
        ("30934873-4/", "填写的是组织机构代码，不是统一社会信用代码。"),
        ("/", "统一社会信用代码应为18位，现为1位。"),
        ("ABC/510000000391563", "统一社会信用代码应为18位，现为19位。"),
    ],
)
def test_wrong_credit_codes_are_told_apart(text, rule):
    problem = uscc_problem(text, "buyer")
    assert problem is not None
    assert str(problem.rule) == rule
    assert problem.field == "buyer"
    assert str(problem.remedy).endswith("。")


def test_older_numbers_ask_for_the_code_of_18_characters():
    assert "18位统一社会信用代码" in str(uscc_problem("30934873-4 / 510000000391563").remedy)


def test_a_long_text_is_answered_at_once_and_cut():
    started = time.perf_counter()
    assert len(uscc_problem("1" * 100_000).value) <= 41
    assert len(id_number_problem("1" * 100_000).value) <= 41
    assert mobile_problem("1" * 100_000)
    assert time.perf_counter() - started < 0.5


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_change_of_a_code_is_noticed(first17, place, letter):
    code = complete_uscc(first17)
    changed = code[:place] + letter + code[place + 1 :]
    assert (uscc_problem(changed) is None) == (changed == code)


@given(st.text())
def test_any_text_has_an_answer(text):
    assert clean_code(clean_code(text)) == clean_code(text)
    for problem in (uscc_problem(text), id_number_problem(text), mobile_problem(text)):
        assert problem is None or str(problem)


@pytest.mark.parametrize("text", ["", "9" * 16, "91420200MA4900A1I", "９１４"])
def test_completing_needs_17_legal_characters(text):
    with pytest.raises(ValueError):
        complete_uscc(text)


def test_organisation_code_inside():
    assert organisation_code_matches("91420281MA49TE5T8W") is True
    assert organisation_code_matches("12420200420200017K") is True
    wrong = complete_uscc("91420281MA49TE5T7")
    assert organisation_code_matches(wrong) is False
    assert uscc_problem(wrong) is None
    assert organisation_code_matches("9142") is False


@pytest.mark.parametrize("number", VALID_ID_NUMBERS)
def test_valid_id_numbers(number):
    assert id_number_problem(number) is None
    assert complete_id_number(number[:17]) == number


def test_lower_case_x_and_residence_permits_are_valid():
    assert id_number_problem("42020319880715003x") is None
    assert id_number_problem(complete_id_number("81000019880715003")) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "身份证号码未填写。"),
        ("420202900101123", "填写的是15位旧身份证号码。"),
        ("42020219900101123", "身份证号码应为18位，现为17位。"),
        ("4202021990010112A1", "身份证号码前17位应为数字，末位为数字或X。"),
        ("420202199002301231", "身份证号码第7至14位不是实际存在的日期。"),
        ("420202210001011231", "身份证号码第7至14位的出生日期晚于今天。"),
        ("420202199001011232", "身份证号码第18位校验不符。"),
    ],
)
def test_wrong_id_numbers_are_told_apart_and_never_shown(text, rule):
    problem = id_number_problem(text, "leader")
    assert str(problem.rule) == rule
    assert problem.field == "leader"
    assert text == "" or text not in f"{problem.value}{problem}"


def test_today_is_the_legal_day(monkeypatch):
    number = complete_id_number("42020220260402123")
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 4, 1, 15, 59, tzinfo=UTC))
    assert id_number_problem(number) is not None
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 4, 1, 16, 0, tzinfo=UTC))
    assert id_number_problem(number) is None


def test_birthday():
    assert id_number_birthday("420202199001011231") == date(1990, 1, 1)
    with pytest.raises(ValueError):
        id_number_birthday("420202199013011231")
    with pytest.raises(ValueError):
        id_number_birthday("1")
    with pytest.raises(ValueError):
        complete_id_number("12")


@pytest.mark.parametrize("number", ["13812345678", "199 1234 5678", "１３８１２３４５６７８"])
def test_valid_mobile_numbers(number):
    assert mobile_problem(number) is None


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("", "手机号码未填写。"),
        ("1381234567", "手机号码应为11位，现为10位。"),
        ("12812345678", "手机号码应为以13至19开头的11位数字。"),
        ("1381234567٣", "手机号码应为以13至19开头的11位数字。"),
    ],
)
def test_wrong_mobile_numbers(number, rule):
    assert str(mobile_problem(number).rule) == rule
