"""Values on their way: from what people type to what is stored, and back to what people read.

Stored values are JSON-friendly: text, whole numbers (money in 分), lists of codes, ISO dates as text.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shuixin.api import Problem, clock, current_platform, domain, find_region, identifiers, region_name
from shuixin_credit_collection.records.codes import code_list
from shuixin_credit_collection.records.fields import FieldSpec, Kind

_ = domain("credit_collection")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,30})?")
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_BLANKS = " \t\r\n\u3000\u00a0\ufeff"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
MONEY_LIMIT = 10**15


class Invalid(Exception):
    """A value breaks a rule."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def parse(spec: FieldSpec, raw: str | list[str]) -> Any:
    """Return the stored form of what was typed; ``None`` for nothing.

    :raises Invalid: with field, value, rule and remedy.
    """
    if isinstance(raw, list):
        raw = "、".join(raw)
    text = _CONTROL.sub("", raw).strip(_BLANKS)
    if spec.kind is Kind.CODES and not _parts(text):
        text = ""  # separators alone name nothing
    if not text:
        if spec.required:
            raise _invalid(spec, "", _("{label}没有填写。", label=spec.label), _("请补填。"))
        return None
    if spec.kind in (Kind.TEXT, Kind.URL) and len(text) > spec.max_length:
        raise _invalid(
            spec, text, _("{label}超过{limit}个字。", label=spec.label, limit=spec.max_length), _("请缩短。")
        )
    value = _PARSERS[spec.kind](spec, text)
    problem = spec.check(str(value), spec.name) if spec.check else None
    if problem is not None:
        raise Invalid(problem)
    return value


def _invalid(spec: FieldSpec, value: str, rule: Any, remedy: Any) -> Invalid:
    shown = "" if spec.kind is Kind.SECRET else value[:60]
    return Invalid(Problem(spec.name, shown, rule, remedy))


def _text(_spec: FieldSpec, text: str) -> str:
    return text


def _code(spec: FieldSpec, text: str) -> str:
    found = code_list(spec.codes).find(text)
    if found is None:
        choices = "、".join(code_list(spec.codes).labels.values())
        raise _invalid(
            spec,
            text,
            _("{label}“{text}”不在可选范围内。", label=spec.label, text=text[:30]),
            _("请从下列各项中选择：{choices}。", choices=choices),
        )
    return found


def _codes(spec: FieldSpec, text: str) -> list[str]:
    return list(dict.fromkeys(_code(spec, part) for part in _parts(text)))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[、,，;；/|]", text) if part.strip()]


def _date(spec: FieldSpec, text: str) -> str:
    match = _DATE.match(unicodedata.normalize("NFKC", text).replace(" ", ""))
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise _invalid(
            spec,
            text,
            _("{label}“{text}”不是有效日期。", label=spec.label, text=text[:30]),
            _("请按2026-11-23的格式填写。"),
        )
    if spec.past_only and day > clock.legal_day(clock.now()):
        raise _invalid(spec, text, _("{label}晚于今天。", label=spec.label), _("请填写今天或以前的日期。"))
    return day.isoformat()


def _money(spec: FieldSpec, text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").removesuffix("万元").removesuffix("万").strip()
    if not _PLAIN_NUMBER.fullmatch(plain):
        raise _invalid(
            spec,
            text,
            _("{label}“{text}”不是金额。", label=spec.label, text=text[:30]),
            _("请以万元为单位填写数字，如4000或326.84。"),
        )
    exact = Decimal(plain) * 1_000_000
    fen = int(exact.to_integral_value())
    if not 0 <= fen <= MONEY_LIMIT:
        raise _invalid(spec, text, _("{label}超出合理范围。", label=spec.label), _("请以万元为单位核对后填写。"))
    # A workbook's binary fractions may be a hair off; anything more is a mistake and not rounded away.
    if abs(exact - fen) > Decimal("0.001"):
        raise _invalid(spec, text, _("{label}不足1分。", label=spec.label), _("以万元为单位，小数点后请不超过六位。"))
    return fen


def _region(spec: FieldSpec, text: str) -> str:
    region = find_region(text)
    if region is None:
        raise _invalid(
            spec,
            text,
            _("{label}“{text}”不是可选的行政区划。", label=spec.label, text=text[:30]),
            _("请填写省、市、县的全称，如“湖北省黄石市大冶市”，或六位代码。"),
        )
    return region.code


def _uscc(spec: FieldSpec, text: str) -> str:
    problem = identifiers.uscc_problem(text, spec.name)
    if problem is not None:
        raise Invalid(problem)
    return identifiers.clean_code(text)


def _url(spec: FieldSpec, text: str) -> str:
    if not re.match(r"^https?://[^\s/$.?#][^\s]*$", text, re.IGNORECASE):
        raise _invalid(spec, text, _("{label}不是网址。", label=spec.label), _("请以http://或https://开头填写。"))
    return text


def _secret(spec: FieldSpec, text: str) -> str:
    if current_platform().sealer.is_sealed(text):  # stored, it would be taken for a sealed value and never open
        raise _invalid(spec, "", _("{label}的内容不能识别。", label=spec.label), _("请重新填写。"))
    return identifiers.clean_code(text)


_PARSERS = {
    Kind.TEXT: _text,
    Kind.LONG: _text,
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.DATE: _date,
    Kind.MONEY: _money,
    Kind.REGION: _region,
    Kind.USCC: _uscc,
    Kind.URL: _url,
    Kind.SECRET: _secret,
}


def seal_typed(spec: FieldSpec, text: str) -> str:
    """Return what was just typed as a draft keeps it: a secret sealed, even one that looks as if it were sealed."""
    return current_platform().sealer.seal(text) if spec.kind is Kind.SECRET and text else text


def to_json(spec: FieldSpec, value: Any) -> Any:
    """Return *value* fit for a JSON column; secrets are sealed."""
    if value is None:
        return None
    if spec.kind is Kind.SECRET:
        sealer = current_platform().sealer
        return value if sealer.is_sealed(str(value)) else sealer.seal(str(value))
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def from_json(spec: FieldSpec, value: Any) -> Any:
    """Return the plain value of what :func:`to_json` made."""
    if value is not None and spec.kind is Kind.SECRET:
        sealer = current_platform().sealer
        return sealer.open(str(value)) if sealer.is_sealed(str(value)) else value
    return value


def for_column(spec: FieldSpec, value: Any) -> Any:
    """Return *value* as the Peewee column takes it."""
    if value is not None and spec.kind is Kind.DATE:
        return date.fromisoformat(str(value))
    return value


def typed(spec: FieldSpec, value: Any) -> str:
    """Return *value* as a person would type it: for forms and workbooks, round trip of :func:`parse`."""
    plain = from_json(spec, value)
    if plain is None:
        return ""
    if spec.kind is Kind.MONEY:
        return f"{Decimal(int(plain)) / 1_000_000:f}"
    if spec.kind is Kind.CODE:
        return code_list(spec.codes).label(str(plain))
    if spec.kind is Kind.CODES:
        return "、".join(code_list(spec.codes).label(code) for code in plain)
    if spec.kind is Kind.REGION:
        return region_name(str(plain))
    return str(plain)


def display(spec: FieldSpec, value: Any) -> str:
    """Return *value* as a person reads it, in the reader's language; money in 万元, as its label says."""
    if value is None:
        return ""
    if spec.kind is Kind.MONEY:
        return f"{Decimal(int(value)) / 1_000_000:,f}"
    if spec.kind is Kind.CODE:
        return str(code_list(spec.codes).text(str(value)))
    if spec.kind is Kind.CODES:
        return str(_("、")).join(str(code_list(spec.codes).text(code)) for code in value)
    return typed(spec, value)
