"""From sheets to rows of typed text, with every fault of the sheet itself named."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from shuixin.api import Problem, Refused, domain, tabular
from shuixin_credit_collection.records import FieldSpec, RecordType
from shuixin_credit_collection.records.values import seal_typed
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.workbook.template import columns_of

_ = domain("credit_collection")
HELP_SHEET = "填写说明"


@dataclass
class TypedRow:
    """One row of a sheet: which record type, what each cell says, what is wrong with the cells themselves."""

    type_: RecordType
    sheet: str
    number: int
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_rows(path: Path) -> list[TypedRow]:
    """Return all filled rows of the workbook *path*.

    :raises Refused: not a workbook, too large, a sheet or column that is not ours, or nothing in it.
    """
    by_label = {_plain(type_.label.source): type_ for type_ in record_types()}
    rows: list[TypedRow] = []
    problems: list[Problem] = []
    for sheet in tabular.read_workbook(path):
        if sheet.title == HELP_SHEET or not sheet.rows:
            continue
        type_ = by_label.get(_plain(sheet.title))
        if type_ is None:
            names = "、".join(each.label.source for each in by_label.values())
            problems.append(
                Problem(
                    "",
                    sheet.title,
                    _("工作表“{title}”不是模板中的工作表。", title=sheet.title[:30]),
                    _("请使用模板，工作表名应为：{names}。", names=names),
                )
            )
            continue
        header, faults = _header(type_, sheet)
        problems += faults
        rows += [_row(type_, sheet.title, row, header) for row in sheet.rows[1:]] if not faults else []
    if problems:
        raise Refused(_("表格与模板不一致，没有导入任何内容。"), problems)
    rows = [row for row in rows if any(row.texts.values()) or row.problems]
    if not rows:
        raise Refused(_("表格中没有可导入的内容，请填写后再上传。"))
    return rows


def _plain(title: str) -> str:
    """Fold the usual untidiness of titles: full-width forms, blanks, the star of required columns."""
    return "".join(unicodedata.normalize("NFKC", title).split()).rstrip("*")


def _header(type_: RecordType, sheet: tabular.Sheet) -> tuple[dict[int, FieldSpec], list[Problem]]:
    specs = {_plain(spec.label.source): spec for spec in columns_of(type_)}
    header: dict[int, FieldSpec] = {}
    problems: list[Problem] = []
    for index, cell in enumerate(sheet.rows[0].cells):
        title = tabular.text_of(cell)
        if not title:
            continue
        spec = specs.get(_plain(title))
        if spec is None or spec in header.values():
            problems.append(_bad_column(sheet.title, title))
        else:
            header[index] = spec
    missing = [spec.label.source for spec in specs.values() if spec.required and spec not in header.values()]
    if missing:
        problems.append(
            Problem(
                "",
                sheet.title,
                _("“{sheet}”缺少必填列：{names}。", sheet=sheet.title, names="、".join(missing)),
                _("请从最新模板复制表头。"),
            )
        )
    return header, problems


def _bad_column(sheet: str, title: str) -> Problem:
    return Problem(
        "",
        title[:30],
        _("“{sheet}”中的列“{title}”不是模板中的列，或重复出现。", sheet=sheet, title=title[:30]),
        _("请从最新模板复制表头。"),
    )


def _row(type_: RecordType, sheet: str, row: tabular.Row, header: dict[int, FieldSpec]) -> TypedRow:
    result = TypedRow(type_, sheet, row.number)
    for index, spec in header.items():
        cell = row.cells[index]
        problem = _cell_problem(cell, spec)
        if problem is not None:
            result.problems.append(problem)
        result.texts[spec.name] = "" if problem else seal_typed(spec, _text(cell, spec))
    return result


def _cell_problem(cell: tabular.Cell, spec: FieldSpec) -> Problem | None:
    if cell.formula:
        return Problem(spec.name, "", _("{label}的单元格是公式。", label=spec.label), _("请复制后“粘贴为数值”。"))
    if cell.merged:
        return Problem(spec.name, "", _("{label}的单元格是合并单元格。", label=spec.label), _("请取消合并，逐行填写。"))
    return tabular.code_problem(cell, spec.name) if spec.is_code else None


def _text(cell: tabular.Cell, spec: FieldSpec) -> str:
    if isinstance(cell.value, datetime):
        return cell.value.date().isoformat()
    return tabular.text_of(cell, code=spec.is_code, field=spec.name)
