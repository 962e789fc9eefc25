"""The template: one sheet per record type, drop-downs from code lists, text format for codes."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from shuixin.api import domain, tabular
from shuixin_credit_collection.records import Editor, FieldSpec, Kind, RecordType, code_list
from shuixin_credit_collection.records.kinds import KINDS
from shuixin_credit_collection.services.registry import record_types

_ = domain("credit_collection")
#: Name of the column that is taken apart into fields.
SHORTHAND = "shorthand"
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


def code_spec() -> FieldSpec:
    """Return the declaration of the column that ties a row of a list sheet to its unit."""
    return FieldSpec("uscc", CODE_COLUMN, Kind.USCC, required=True)


def sheet_fields(type_: RecordType) -> tuple[FieldSpec, ...]:
    """Return the fields of a record type that have a column: all that are typed, files excepted."""
    return tuple(spec for spec in type_.typed if KINDS[spec.kind].sheet)


def columns_of(type_: RecordType) -> tuple[FieldSpec, ...]:
    """Return the columns of a record type's sheet; lists begin with the unit's code."""
    return sheet_fields(type_) if type_.single else (code_spec(), *sheet_fields(type_))


def shorthand_spec(type_: RecordType) -> FieldSpec | None:
    """Return the declaration of the column that says several fields in one text; people may use it instead of them."""
    return FieldSpec(SHORTHAND, type_.shorthand[0], Kind.TEXT) if type_.shorthand else None


def sheet_plan(
    type_: RecordType, rows: Iterable[Sequence[object]] = (), *, by_enterprise: bool = False
) -> tabular.SheetPlan:
    """Return the sheet of a record type with *rows*; *by_enterprise* leaves out what only the authority writes."""
    columns = (spec for spec in columns_of(type_) if not by_enterprise or spec.editor is not Editor.AUTHORITY)
    return tabular.SheetPlan(type_.label.source, tuple(_column(spec) for spec in columns), rows)


def _column(spec: FieldSpec) -> tabular.ColumnPlan:
    choices = tuple(code_list(spec.codes).labels().values()) if spec.kind is Kind.CODE else ()
    return tabular.ColumnPlan(
        spec.label.source, KINDS[spec.kind].sheet or "text", spec.required, choices, note=str(spec.hint)
    )


def write_template(target: Path | BinaryIO, kinds: Sequence[str] = (), *, by_enterprise: bool = False) -> None:
    """Write an empty template.

    :param kinds: codes of ``subject_kind``: its help names them, and what units of other kinds file is left out.
    :param by_enterprise: an enterprise fills it in: what only the authority writes is left out.
    """
    lines: list[object] = list(HELP)
    if kinds:
        label = "、".join(code_list("subject_kind").label(kind) for kind in kinds)
        lines.insert(0, _("本模板用于{label}单位，“主体类别”请填“{label}”。", label=label))
    types = [type_ for type_ in record_types() if _is_asked(type_, kinds, by_enterprise)]
    sheets = [sheet_plan(type_, by_enterprise=by_enterprise) for type_ in types]
    tabular.write_workbook(target, sheets, [str(line) for line in lines])


def _is_asked(type_: RecordType, kinds: Sequence[str], by_enterprise: bool) -> bool:
    fits = not kinds or not type_.kinds or bool(set(kinds) & set(type_.kinds))
    return fits and not (by_enterprise and type_.authority_only)
