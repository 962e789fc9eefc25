"""Values out of lists: codes of dictionaries, and regions."""

from datetime import date
from typing import Any

from peewee import CharField, Field

from shuixin.api import JSONField, domain, find_region, region_name
from shuixin_credit_collection.records.codes import code_list
from shuixin_credit_collection.records.fields import FieldSpec
from shuixin_credit_collection.records.kinds.base import FieldKind, invalid, parts_of

_ = domain("credit_collection")


#: As long as codes are, unless a field says that longer words stood there once.
CODE_LENGTH, LONGEST_CODE = 40, 60


class Code(FieldKind):
    """A code of a list, typed by its label or another writing."""

    def column(self, spec: FieldSpec) -> Field:
        return CharField(max_length=min(spec.max_length, LONGEST_CODE) if spec.former_words else CODE_LENGTH, null=True)

    def parse(self, spec: FieldSpec, text: str) -> str:
        codes = code_list(spec.codes)
        found = codes.find_any(text)
        if found is None:
            rule = _("{label}“{text}”不在可选范围内。", label=spec.label, text=text[:30])
            raise invalid(
                spec, text, rule, _("请从下列各项中选择：{choices}。", choices="、".join(codes.labels().values()))
            )
        return found

    def typed(self, spec: FieldSpec, value: Any) -> str:
        return code_list(spec.codes).writing(str(value))

    def display(self, spec: FieldSpec, value: Any, day: date | None) -> str:
        return str(code_list(spec.codes).text(str(value), day))


class Codes(Code):
    """Several codes of a list."""

    schema = {"type": "array", "items": {"type": "string"}}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return JSONField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> Any:
        return list(dict.fromkeys(super(Codes, self).parse(spec, part) for part in parts_of(text))) or None

    def typed(self, spec: FieldSpec, value: Any) -> str:
        return "、".join(writing_of(spec, code) for code in value)

    def display(self, spec: FieldSpec, value: Any, day: date | None) -> str:
        return str(_("、")).join(str(code_list(spec.codes).text(code, day)) for code in value)


def writing_of(spec: FieldSpec, code: str) -> str:
    """Return how one of several codes is typed: by its label, unless that would be read as more than one."""
    label = code_list(spec.codes).writing(code)
    return label if len(parts_of(label)) == 1 else code


class RegionCode(FieldKind):
    """A region (行政区划), typed by its name or code."""

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return CharField(max_length=6, null=True)

    def parse(self, spec: FieldSpec, text: str) -> Any:
        region = find_region(text)
        if region is None:
            rule = _("{label}“{text}”不是可选的行政区划。", label=spec.label, text=text[:30])
            raise invalid(spec, text, rule, _("请填写省、市、县的全称，如“湖北省黄石市大冶市”，或六位代码。"))
        return region.code

    def typed(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return region_name(str(value))


class RegionCodes(RegionCode):
    """Several regions."""

    schema = {"type": "array", "items": {"type": "string"}}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return JSONField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> Any:
        return list(dict.fromkeys(super(RegionCodes, self).parse(spec, part) for part in parts_of(text))) or None

    def typed(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return "、".join(region_name(str(code)) for code in value)
