"""From sheets to rows of typed text, with every fault of the sheet itself named."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from shuixin.api import Problem, Refused, domain, tabular
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType
from shuixin_credit_collection.records.values import seal_typed
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.workbook.template import SHORTHAND, columns_of, shorthand_spec

_ = domain("credit_collection")
HELP_SHEET = "填写说明"
_BLANKS = " \t\r\n\u3000\u00a0\ufeff\u200b\u200c\u200d\u2060"
#: The column that we write into people's own workbooks; handed in again it says nothing.
RESULT_COLUMN = "导入结果"
#: Kinds of field in which the number of a person may stand.
_SEALED = (Kind.SECRET, Kind.LINK)
Header = dict[int, FieldSpec]
#: Fields that a shorthand says.
_SPELLED = ("category", "industry", "specialty", "grade")


@dataclass(slots=True)
class TypedRow:
    """One row of a sheet: which record type, what each filled cell says, what is wrong with the cells themselves.

    :param number: as Excel counts the rows of the sheet; *position* counts the rows of the whole workbook.
    """

    type_: RecordType
    sheet: str
    number: int
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    position: int = 0


@dataclass(frozen=True)
class _Sheet:
    """A sheet of ours: its record type, and its columns: index, name of the field, field, whether it holds codes."""

    title: str
    type_: RecordType
    columns: tuple[tuple[int, str, FieldSpec, bool], ...]


def read_rows(path: Path, limits: tabular.Limits | None = None) -> Iterator[TypedRow]:
    """Return all filled rows of the workbook *path* as :func:`plain_rows`, but fit to be kept: secrets are sealed."""
    for row in plain_rows(path, limits):
        for name, text in row.texts.items():
            spec = row.type_.by_name.get(name)
            if spec is not None and spec.kind in _SEALED:
                row.texts[name] = seal_typed(spec, text)
        yield row


def plain_rows(path: Path, limits: tabular.Limits | None = None) -> Iterator[TypedRow]:
    """Return all filled rows of the workbook *path*, one after the other, each sheet loaded once.

    :raises Refused: not a workbook, too large, a sheet or column that is not ours (all of them named), or nothing in
        it. Rows may have come before that: whoever keeps them lets them go then.
    """
    by_label = {_plain(type_.label.source): type_ for type_ in record_types()}
    problems: list[Problem] = []
    count = 0
    with tabular.open_workbook(path, limits) as opened:
        for sheet in opened:
            rows = sheet.rows()
            first = next(rows, None) if sheet.title != HELP_SHEET else None
            plan = _planned(sheet.title, first, by_label, problems) if first else None
            if plan is None or problems:
                continue
            for row in rows:
                typed = _row(plan, row)
                if typed.texts or typed.problems:
                    typed.position = count
                    count += 1
                    yield typed
    if problems:
        raise Refused(_("表格与模板不一致，没有导入任何内容。"), problems)
    if not count:
        raise Refused(_("表格中没有可导入的内容，请填写后再上传。"))


def _planned(title: str, first: tabular.Row, by_label: dict[str, RecordType], problems: list[Problem]) -> _Sheet | None:
    """Return what the sheet *title* is; what is wrong with it goes to *problems*."""
    type_ = by_label.get(_plain(title))
    if type_ is None:
        problems.append(_strange_sheet(title, "、".join(each.label.source for each in by_label.values())))
        return None
    header, faults = _header(type_, title, first)
    problems += faults
    return _Sheet(title, type_, tuple((index, spec.name, spec, spec.is_code) for index, spec in header.items()))


def _strange_sheet(title: str, names: str) -> Problem:
    rule = _("工作表“{title}”不是模板中的工作表。", title=title[:30])
    return Problem("", title, rule, _("请使用模板，工作表名应为：{names}。", names=names))


def _plain(title: str) -> str:
    """Fold the usual untidiness of titles: full-width forms, blanks, the star of required columns."""
    return "".join(unicodedata.normalize("NFKC", title).split()).rstrip("*")


def _header(type_: RecordType, title: str, first: tabular.Row) -> tuple[Header, list[Problem]]:
    short = shorthand_spec(type_)
    specs = {_plain(spec.label.source): spec for spec in (*columns_of(type_), *([short] if short else ()))}
    header: Header = {}
    problems: list[Problem] = []
    for index, value in enumerate(first.values):
        text = tabular.text_of(value)
        if not text or _plain(text) == RESULT_COLUMN:
            continue
        spec = specs.get(_plain(text))
        if spec is None or spec in header.values():
            problems.append(_bad_column(title, text))
        else:
            header[index] = spec
    missing = [spec.label.source for spec in specs.values() if spec.required and spec not in header.values()]
    if missing and short not in header.values():
        rule = _("“{sheet}”缺少必填列：{names}。", sheet=title, names="、".join(missing))
        problems.append(Problem("", title, rule, _("请从最新模板复制表头。")))
    return header, problems


def _bad_column(sheet: str, title: str) -> Problem:
    rule = _("“{sheet}”中的列“{title}”不是模板中的列，或重复出现。", sheet=sheet, title=title[:30])
    return Problem("", title[:30], rule, _("请从最新模板复制表头。"))


def _row(plan: _Sheet, row: tabular.Row) -> TypedRow:
    if row.formulas or row.merged:
        return _odd_row(plan, row)
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    values = row.values
    for index, name, spec, is_code in plan.columns:
        value = values[index]
        if value is None:
            continue
        if type(value) is str:
            # Most codes are as they should be: nothing in them is to be folded.
            text = value.strip(_BLANKS) if not is_code else value.strip() if value.isascii() else _text(value, spec)
        elif is_code:
            problems.append(tabular.code_problem(value, name) or _unreadable(spec))
            continue
        else:
            text = _text(value, spec)
        if text:
            texts[name] = text
    if SHORTHAND in texts:
        problems += _spelled_out(plan.type_, texts)
    return TypedRow(plan.type_, plan.title, row.number, texts, problems)


def _spelled_out(type_: RecordType, texts: dict[str, str]) -> list[Problem]:
    """Put what a text says of several fields into *texts*, where they are blank."""
    name = texts.pop(SHORTHAND)
    assert type_.shorthand is not None, "only such a type has the column"
    label, take_apart = type_.shorthand
    parts = take_apart(name)
    if parts is None:
        names = "、".join(spec.label.source for spec in type_.typed if spec.name in _SPELLED)
        rule = _("{label}“{name}”不能识别。", label=label, name=name[:60])
        return [Problem(SHORTHAND, name[:60], rule, _("请改为分别填写{names}。", names=names))]
    for field_name, text in parts.items():
        texts.setdefault(field_name, text)
    return []


def _odd_row(plan: _Sheet, row: tabular.Row) -> TypedRow:
    """Take in a row with formulas or merged cells, naming each of them."""
    named = {index: problem for index, _name, spec, _is_code in plan.columns if (problem := _fault(row, index, spec))}
    bare = tabular.Row(row.number, tuple(None if index in named else value for index, value in enumerate(row.values)))
    typed = _row(plan, bare)
    typed.problems[:0] = named.values()
    return typed


def _unreadable(spec: FieldSpec) -> Problem:
    return Problem(spec.name, "", _("{label}的内容不能识别。", label=spec.label), _("请重新填写。"))


def _fault(row: tabular.Row, index: int, spec: FieldSpec) -> Problem | None:
    if index in row.formulas:
        return Problem(spec.name, "", _("{label}的单元格是公式。", label=spec.label), _("请复制后“粘贴为数值”。"))
    if index in row.merged:
        return Problem(spec.name, "", _("{label}的单元格是合并单元格。", label=spec.label), _("请取消合并，逐行填写。"))
    return None


def _text(value: tabular.Value, spec: FieldSpec) -> str:
    if isinstance(value, datetime) and spec.kind is not Kind.MOMENT:
        return value.date().isoformat()
    return tabular.text_of(value, code=spec.is_code, field=spec.name)
