"""Counts, measures and money."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from peewee import BigIntegerField, DecimalField, Field

from shuixin.api import domain
from shuixin_credit_collection.records.fields import FieldSpec
from shuixin_credit_collection.records.kinds.base import FieldKind, invalid

_ = domain("credit_collection")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,30})?")
MONEY_LIMIT = 10**15
_FEN = 1_000_000


def plain_number(text: str) -> Decimal | None:
    """Return the number that *text* writes, with or without separators of thousands; ``None`` if it is none."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    return Decimal(plain) if _PLAIN_NUMBER.fullmatch(plain) else None


class Integer(FieldKind):
    """A count."""

    sheet = "number"
    schema = {"type": "integer"}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return BigIntegerField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> int:
        number = plain_number(text)
        low, high = spec.limits
        if number is None or number != int(number) or not low <= number <= high:
            rule = _("{label}“{text}”应为{low}至{high}的整数。", label=spec.label, text=text[:30], low=low, high=high)
            raise invalid(spec, text, rule, _("请填写阿拉伯数字，不带单位。"))
        return int(number)


class Number(FieldKind):
    """A measure with a few decimals, stored as its shortest decimal text."""

    sheet = "number"

    def column(self, spec: FieldSpec) -> Field:
        return DecimalField(max_digits=18, decimal_places=spec.decimals, null=True)

    def parse(self, spec: FieldSpec, text: str) -> str:
        number = plain_number(text)
        low, high = spec.limits
        if number is None or not low <= number <= high:
            rule = _("{label}“{text}”应为{low}至{high}的数。", label=spec.label, text=text[:30], low=low, high=high)
            raise invalid(spec, text, rule, _("请填写阿拉伯数字，不带单位。"))
        rounded = round(number, spec.decimals)
        # A workbook's binary fractions may be a hair off; anything more is a mistake and not rounded away.
        if abs(rounded - number) > Decimal("1e-9"):
            rule = _("{label}的小数超过{count}位。", label=spec.label, count=spec.decimals)
            raise invalid(spec, text, rule, _("请四舍五入后填写。"))
        return shortest(rounded)

    def display(self, spec: FieldSpec, value: Any, day: date | None) -> str:  # noqa: ARG002
        return f"{Decimal(str(value)):,}"

    def for_json(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return shortest(Decimal(str(value)))

    def for_column(self, value: Any) -> Decimal:
        return Decimal(str(value))


def shortest(number: Decimal) -> str:
    """Return *number* without zeros at the end, without an exponent, and zero without a sign."""
    text = f"{number:f}" if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Money(FieldKind):
    """An amount: typed and shown in 万元, stored in 分."""

    sheet = "number"
    schema = {"type": "integer"}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return BigIntegerField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> int:
        bare = unicodedata.normalize("NFKC", text).strip().removesuffix("万元").removesuffix("万")
        number = plain_number(bare)
        if number is None:
            rule = _("{label}“{text}”不是金额。", label=spec.label, text=text[:30])
            raise invalid(spec, text, rule, _("请以万元为单位填写数字，如4000或326.84。"))
        exact = number * _FEN
        fen = int(exact.to_integral_value())
        if not (-MONEY_LIMIT if spec.signed else 0) <= fen <= MONEY_LIMIT:
            rule = _("{label}超出合理范围。", label=spec.label)
            raise invalid(spec, text, rule, _("请以万元为单位核对后填写。"))
        # A workbook's binary fractions may be a hair off; anything more is a mistake and not rounded away.
        if abs(exact - fen) > Decimal("0.001"):
            rule = _("{label}不足1分。", label=spec.label)
            raise invalid(spec, text, rule, _("以万元为单位，小数点后请不超过六位。"))
        return fen

    def typed(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return f"{Decimal(int(value)) / _FEN:f}"

    def display(self, spec: FieldSpec, value: Any, day: date | None) -> str:  # noqa: ARG002
        return f"{Decimal(int(value)) / _FEN:,f}"
