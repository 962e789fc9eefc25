"""The template: one sheet per record type, drop-downs from code lists, text format for codes."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

from shuixin.api import domain, tabular
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType, code_list
from shuixin_credit_collection.services.registry import record_types

_ = domain("credit_collection")
CODE_COLUMN = _("统一社会信用代码")

HELP = (
    _("带*的列必填；其余没有的可以不填。"),
    _("统一社会信用代码、证件号码等列已设为文本格式，请勿改为数值，否则会失真。"),
    _("日期按2026-11-23填写；金额以万元为单位填数字；多个主体类别用顿号隔开。"),
    _("请勿合并单元格，请勿使用公式；从别处复制时请“粘贴为数值”。"),
    _("请勿修改表名和表头。可以删除不用的工作表。"),
    _("单元格留空表示不改动档案中已有的内容。"),
    _("导入只是提出申报，经审核批准后才进入信用档案。"),
)
_COLUMN_KINDS: dict[Kind, Literal["text", "date", "number", "long"]] = {
    Kind.DATE: "date",
    Kind.MONEY: "number",
    Kind.LONG: "long",
}


def code_spec() -> FieldSpec:
    """Return the declaration of the column that ties a row of a list sheet to its unit."""
    return FieldSpec("uscc", CODE_COLUMN, Kind.USCC, required=True)


def columns_of(type_: RecordType) -> tuple[FieldSpec, ...]:
    """Return the columns of a record type's sheet; lists begin with the unit's code."""
    return type_.fields if type_.single else (code_spec(), *type_.fields)


def sheet_plan(type_: RecordType, rows: Iterable[Sequence[object]] = ()) -> tabular.SheetPlan:
    """Return the sheet of a record type with *rows*."""
    return tabular.SheetPlan(type_.label.source, tuple(_column(spec) for spec in columns_of(type_)), rows)


def _column(spec: FieldSpec) -> tabular.ColumnPlan:
    choices = tuple(code_list(spec.codes).labels.values()) if spec.kind is Kind.CODE else ()
    return tabular.ColumnPlan(
        spec.label.source, _COLUMN_KINDS.get(spec.kind, "text"), spec.required, choices, note=str(spec.hint)
    )


def write_template(target: Path | BinaryIO, kind: str = "") -> None:
    """Write an empty template; with *kind* (a code of ``subject_kind``) its help names that kind."""
    lines: list[object] = list(HELP)
    if kind:
        label = code_list("subject_kind").label(kind)
        lines.insert(0, _("本模板用于{label}单位，“主体类别”请填“{label}”。", label=label))
    tabular.write_workbook(target, [sheet_plan(type_) for type_ in record_types()], [str(line) for line in lines])
