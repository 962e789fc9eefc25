"""Texts, addresses on the web, credit codes, and numbers of persons."""

import re
from typing import Any

from peewee import CharField, Field, TextField

from shuixin.api import current_platform, domain, identifiers
from shuixin_credit_collection.records.fields import FieldSpec
from shuixin_credit_collection.records.kinds.base import FieldKind, Invalid, invalid

_ = domain("credit_collection")
_WEB_ADDRESS = re.compile(r"https?://[^\s/$.?#][^\s]*", re.IGNORECASE)


class ShortText(FieldKind):
    """One line."""

    def column(self, spec: FieldSpec) -> Field:
        return CharField(max_length=spec.max_length, null=True)

    def parse(self, spec: FieldSpec, text: str) -> str:
        if len(text) > spec.max_length:
            rule = _("{label}超过{limit}个字。", label=spec.label, limit=spec.max_length)
            raise invalid(spec, text, rule, _("请缩短。"))
        return text


class LongText(FieldKind):
    """Several lines."""

    sheet = "long"

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return TextField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> str:  # noqa: ARG002
        return text


class Address(ShortText):
    """An address on the web."""

    def parse(self, spec: FieldSpec, text: str) -> str:
        if not _WEB_ADDRESS.fullmatch(super().parse(spec, text)):
            raise invalid(spec, text, _("{label}不是网址。", label=spec.label), _("请以http://或https://开头填写。"))
        return text


class CreditCode(FieldKind):
    """统一社会信用代码 (GB 32100)."""

    schema = {"type": "string", "minLength": 18, "maxLength": 18}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return CharField(max_length=18, null=True)

    def parse(self, spec: FieldSpec, text: str) -> str:
        problem = identifiers.uscc_problem(text, spec.name)
        if problem is not None:
            raise Invalid(problem)
        return identifiers.clean_code(text)


class Secret(FieldKind):
    """A number of a person or an account, kept sealed."""

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return TextField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> str:
        if current_platform().sealer.is_sealed(text):  # stored, it would be taken for a sealed value and never open
            raise invalid(spec, "", _("{label}的内容不能识别。", label=spec.label), _("请重新填写。"))
        return identifiers.clean_code(text)

    def for_json(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        sealer = current_platform().sealer
        return str(value) if sealer.is_sealed(str(value)) else sealer.seal(str(value))
