"""The data dictionary (数据字典): what every field of the Register is called, who sees it, who keeps it."""

from dataclasses import dataclass
from typing import Any

from shuixin.api import Text, domain
from shuixin_credit_collection.records import ITEMS, Editor, FieldSpec, Item, Keeper, Kind, RecordType, Visibility
from shuixin_credit_collection.records.codes import LABELS, full_name
from shuixin_credit_collection.records.kinds import KINDS
from shuixin_credit_collection.services.registry import record_types

_ = domain("credit_collection")

VISIBILITY: dict[Visibility, Text] = {
    Visibility.PUBLIC: _("公开"),
    Visibility.MASKED: _("脱敏公开"),
    Visibility.OWNER: _("本单位和主管部门"),
    Visibility.AUTHORITY: _("仅主管部门，加密保存"),
}
KEEPERS: dict[Keeper, Text] = {Keeper.NATIONAL: _("全国平台"), Keeper.LOCAL: _("本地")}
EDITORS: dict[Editor, Text] = {
    Editor.ENTERPRISE: _("企业申报"),
    Editor.PROOF: _("凭证明变更"),
    Editor.AUTHORITY: _("主管部门填写"),
}
WORDS: dict[Kind, Text] = {
    Kind.TEXT: _("文字"),
    Kind.LONG: _("长文字"),
    Kind.CODE: _("单选"),
    Kind.CODES: _("多选"),
    Kind.DATE: _("日期"),
    Kind.MOMENT: _("时间"),
    Kind.YEAR: _("年份"),
    Kind.INTEGER: _("整数"),
    Kind.NUMBER: _("小数"),
    Kind.MONEY: _("金额"),
    Kind.REGION: _("行政区划"),
    Kind.REGIONS: _("多个行政区划"),
    Kind.USCC: _("统一社会信用代码"),
    Kind.URL: _("网址"),
    Kind.SECRET: _("加密文字"),
    Kind.LINK: _("引用"),
    Kind.LINKS: _("多项引用"),
    Kind.FILE: _("附件"),
}


@dataclass(frozen=True)
class FieldLine:
    """One field in words."""

    spec: FieldSpec
    kind: Text
    visibility: Text
    keeper: Text
    editor: Text
    codes: Text | str

    @property
    def origin(self) -> str:
        """What the field is called elsewhere: on the national platform, in SL 691."""
        return " ".join(part for part in (self.spec.national, self.spec.sl691 and f"SL 691 {self.spec.sl691}") if part)


@dataclass(frozen=True)
class TypeLines:
    """One record type in words."""

    type_: RecordType
    item: Text
    fields: tuple[FieldLine, ...]


def dictionary() -> list[TypeLines]:
    """Return all record types with all their fields, in the order of the eight items."""
    return [TypeLines(type_, ITEMS[Item(type_.item)], tuple(map(_line, type_.fields))) for type_ in record_types()]


def _line(spec: FieldSpec) -> FieldLine:
    editor = _("系统计算") if spec.derived else EDITORS[spec.editor]
    codes = LABELS.get(spec.codes, full_name(spec.codes)) if spec.codes else ""
    return FieldLine(spec, WORDS[spec.kind], VISIBILITY[spec.visibility], KEEPERS[spec.keeper], editor, codes)


def schema() -> dict[str, Any]:
    """Return the JSON schema of every record type, as the API takes and gives records."""
    return {type_.code: schema_of(type_) for type_ in record_types()}


def schema_of(type_: RecordType) -> dict[str, Any]:
    """Return the JSON schema of one record type."""
    return {
        "title": str(type_.label),
        "type": "object",
        "properties": {spec.name: _property(spec) for spec in type_.fields},
        "required": [spec.name for spec in type_.fields if spec.required],
        "additionalProperties": False,
    }


def _property(spec: FieldSpec) -> dict[str, Any]:
    found: dict[str, Any] = {"title": str(spec.label), **KINDS[spec.kind].schema}
    if spec.codes:
        found["x-codes"] = full_name(spec.codes)
    if spec.kind is Kind.TEXT:
        found["maxLength"] = spec.max_length
    if spec.derived:
        found["readOnly"] = True
    return {
        **found,
        "x-visibility": spec.visibility.value,
        "x-keeper": spec.keeper.value,
        "x-editor": spec.editor.value,
    }
