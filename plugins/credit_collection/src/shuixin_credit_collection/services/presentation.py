"""Filings and records in readable words, for workspace and office alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shuixin.api import Text, clock, domain, review
from shuixin_credit_collection.models import Filing, FilingEvent, FilingItem, Subject
from shuixin_credit_collection.records import Editor, FieldSpec, Kind, RecordType, display, from_json
from shuixin_credit_collection.records.values import masked
from shuixin_credit_collection.services.comparison import Change
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_type, record_types

_ = domain("credit_collection")
#: Stage -> (words, icon, tone).
STAGES = {stage.value: (review.STAGE_WORDS[stage], *review.STAGE_LOOK[stage]) for stage in review.Stage}
ACTS: dict[str, Text] = {
    "draft": _("开始填写"),
    "submit": _("提交"),
    "withdraw": _("撤回"),
    "return": _("退回补正"),
    "pass": _("初审通过"),
    "approve": _("批准"),
    "send_back": _("退回初审"),
    "reject": _("不予通过"),
}
#: Where a filing came from.
SOURCES: dict[str, Text] = {
    "form": _("企业申报"),
    "authority": _("主管部门录入"),
    "workbook": _("批量导入"),
    "undo": _("撤销导入"),
}
EDITORS: dict[Editor, Text] = {
    Editor.ENTERPRISE: _("企业申报项"),
    Editor.PROOF: _("凭证明变更项"),
    Editor.AUTHORITY: _("主管部门项"),
}
ACTIONS: dict[str, tuple[Text, str]] = {
    "add": (_("新增"), "green"),
    "change": (_("变更"), "blue"),
    "remove": (_("删除"), "red"),
}


@dataclass(frozen=True)
class DiffLine:
    """One field before and after, in words; ``""`` for nothing."""

    label: Text
    old: str
    new: str


@dataclass(frozen=True)
class ItemRow:
    """One item as it is shown for comparison."""

    item: FilingItem | Change
    label: str
    note: str
    action: Text
    tone: str
    lines: tuple[DiffLine, ...]
    place: str


@dataclass(frozen=True)
class TimelineEntry:
    """One line of 办理记录."""

    at: object
    who: str
    what: Text | str
    note: str


@dataclass(frozen=True)
class Overview:
    """How much of one item of information the Register holds."""

    type_: RecordType
    count: int


def item_rows(filing: Filing, *, plain: bool = False) -> list[ItemRow]:
    """Return the items of *filing* with old and new side by side.

    :param plain: with numbers of persons in full, for somebody who gave a reason (``reviewing.unmask``).
    """
    day = clock.legal_day(filing.submitted_at) if filing.submitted_at else None
    types = {type_.code: type_ for type_ in record_types()}
    items = filing.items.order_by(FilingItem.position)
    return [_row(item, types.get(item.record_type), day, plain=plain) for item in items]


def change_rows(changes: list[Change]) -> list[ItemRow]:
    """Return changes that are not stored yet in the same form."""
    types = {type_.code: type_ for type_ in record_types()}
    return [_row(change, types.get(change.record_type)) for change in changes]


def has_secrets(rows: Iterable[ItemRow]) -> bool:
    """Whether items hold numbers of persons."""
    secret = {type_.code: {spec.name for spec in type_.secrets} for type_ in record_types()}
    items = (row.item for row in rows)
    held = ((item.record_type, {*(item.before or {}), *(item.after or {})}) for item in items)
    return any(secret.get(code, set()) & names for code, names in held)


def _shown(spec: FieldSpec, value: Any, day: date | None, plain: bool) -> str:
    text = display(spec, from_json(spec, value), day)
    return masked(text) if spec.kind is Kind.SECRET and not plain else text


def in_words(type_: RecordType, values: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Return stored *values* of the fields *names* in words; numbers of persons masked."""
    return [_shown(type_.field(name), values.get(name), None, False) for name in names]


def lines_of(type_: RecordType, values: Mapping[str, Any]) -> list[tuple[str, Text, str]]:
    """Return (name, label, value in words) of each field of a stored record that has a value."""
    return [
        (spec.name, spec.label, _shown(spec, values.get(spec.name), None, False))
        for spec in type_.fields
        if values.get(spec.name) is not None
    ]


def diff_lines(
    type_: RecordType,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    day: date | None = None,
    *,
    plain: bool = False,
) -> tuple[DiffLine, ...]:
    """Return stored values before and after side by side, in words; codes are called as they were on *day*."""
    old, new = before or {}, after or {}
    return tuple(
        DiffLine(
            spec.label,
            _shown(spec, old.get(spec.name), day, plain),
            _shown(spec, new.get(spec.name), day, plain),
        )
        for spec in type_.fields
        if old.get(spec.name) is not None or new.get(spec.name) is not None
    )


def _row(
    item: FilingItem | Change, type_: RecordType | None, day: date | None = None, *, plain: bool = False
) -> ItemRow:
    """Return *item* in words; codes are called as they were on *day*."""
    action, tone = ACTIONS[item.action]
    if type_ is None:
        return ItemRow(item, item.record_type, "", action, tone, (), "")
    lines = diff_lines(type_, item.before, item.after, day, plain=plain)
    if item.field:
        spec = type_.field(item.field)
        return ItemRow(
            item, str(spec.label), str(EDITORS[spec.editor]), action, tone, lines, f"{type_.code}-{item.key}"
        )
    return ItemRow(item, str(type_.label), str(action), action, tone, lines, f"{type_.code}-{item.key}")


def is_returned(row: ItemRow) -> bool:
    """Whether the reviewer has given the item back."""
    return getattr(row.item, "verdict", "") == review.Verdict.RETURNED


def returned_reasons(filing: Filing) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the reasons of returned items by record."""
    reasons: dict[tuple[str, str], tuple[str, ...]] = {}
    for item in filing.items.where(FilingItem.verdict == review.Verdict.RETURNED):
        type_ = record_type(item.record_type)
        label = f"{type_.field(item.field).label}：" if type_ and item.field else ""
        place = (item.record_type, item.key)
        reasons[place] = (*reasons.get(place, ()), f"{label}{item.reason}")
    return reasons


def timeline(filing: Filing) -> list[TimelineEntry]:
    """Return the record of *filing*, newest first."""
    rows = filing.events.order_by(FilingEvent.id.desc())
    return [
        TimelineEntry(
            row.at,
            " ".join(part for part in (name_of_actor(row), row.unit_name) if part),
            ACTS.get(row.act, row.act),
            row.note,
        )
        for row in rows
    ]


def name_of_actor(row: FilingEvent) -> str:
    """Return who took a step, and on whose behalf, as they were called then."""
    if not row.behalf_name:
        return row.actor_name
    return str(_("{name}（受{principal}委托）", name=row.actor_name, principal=row.behalf_name))


def register_overview(subject: Subject | None) -> list[Overview]:
    """Return how many records of each type the Register holds for *subject*."""
    return [Overview(type_, len(entries(subject, type_))) for type_ in record_types()]
