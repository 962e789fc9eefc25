"""From typed text to stored values and back: whatever is typed ends as a value or as a named problem."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuixin.errors import Problem
from shuixin_credit_collection.items import RECORDS
from shuixin_credit_collection.records import Invalid, from_json, parse, to_json
from shuixin_credit_collection.records.fields import FieldSpec
from shuixin_credit_collection.records.values import display, typed
from shuixin_credit_collection.services.registry import record_types

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

AWKWARD = st.one_of(
    st.text(max_size=40),
    st.text("0123456789.,eE+-−－０１２３ 　万元inf", max_size=24),
    st.text("0123456789-/.年月日 ２０２６", max_size=16),
    st.text("0123456789ABCDEFGHXYISOVZ xｘ", max_size=20),
    st.sampled_from(
        ["1e999999", "1e-999999", "9" * 4000, "inf", "NaN", "sNaN", "-0", "0x10", "1_000", "二〇二六年", "\0", "=1+1"]
    ),
)


def _specs() -> list[FieldSpec]:
    return [spec for type_ in record_types() for spec in type_.fields]


def _outcome(spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    try:
        return parse(spec, text), None
    except Invalid as invalid:
        return None, invalid.problem


@pytest.mark.usefixtures("platform_app")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_text_becomes_a_value_that_comes_back_or_a_problem_that_says_what_to_do(data: st.DataObject) -> None:
    spec, text = data.draw(st.sampled_from(_specs())), data.draw(AWKWARD)
    value, problem = _outcome(spec, text)
    if problem is not None:
        assert problem.field == spec.name
        assert str(problem.rule)
        assert str(problem.remedy)
        return
    kept = from_json(spec, to_json(spec, value))
    assert kept == value
    assert parse(spec, typed(spec, value)) == value, "what a form shows again is read as the same"
    assert isinstance(display(spec, value), str)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("4000", 4_000_000_000),
        ("326.84", 326_840_000),
        (" 1,234.5 万元 ", 1_234_500_000),
        ("０.０１", 10_000),
        ("0", 0),
    ],
)
def test_money_is_kept_in_fen(text: str, fen: int, platform_app: Flask) -> None:
    assert parse(_named("reg_capital"), text) == fen


@pytest.mark.parametrize(
    "text", ["1e999999", "1e9999999999", "9" * 5000, "-1", "inf", "nan", "1.2.3", "四千", "0.0000001"]
)
def test_money_that_is_none_is_refused(text: str, platform_app: Flask) -> None:
    with pytest.raises(Invalid):
        parse(_named("reg_capital"), text)


def test_a_hair_of_a_binary_fraction_is_no_mistake(platform_app: Flask) -> None:
    assert parse(_named("reg_capital"), repr(0.1 + 0.2)) == 300_000


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-2-29", "2024-02-29"),
        ("2026/01/05", "2026-01-05"),
        ("2026年1月5日", "2026-01-05"),
        ("２０２６．１．５", "2026-01-05"),
        ("2023-02-29", None),
        ("2026-13-01", None),
        ("26-01-05", None),
        ("9999-12-31", None),
        ("去年", None),
    ],
)
def test_days_are_read_in_the_usual_writings(text: str, day: str | None, platform_app: Flask) -> None:
    spec = _named("founded_on")
    if day is None:
        with pytest.raises(Invalid):
            parse(spec, text)
    else:
        assert parse(spec, text) == day


def _named(name: str) -> Any:
    return next(spec for spec in _specs() if spec.name == name)


def test_every_record_type_is_declared_once(platform_app: Flask) -> None:
    assert [type_.model for type_ in record_types()] == list(RECORDS)
