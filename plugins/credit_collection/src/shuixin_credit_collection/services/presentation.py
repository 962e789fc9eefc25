"""Filings and records in readable words, for workspace and office alike."""

from dataclasses import dataclass

from shuixin.api import Text, domain, review
from shuixin_credit_collection.models import Filing, FilingEvent, FilingItem, Subject
from shuixin_credit_collection.records import Keeper, RecordType, display, from_json
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
KEEPERS: dict[Keeper, Text] = {
    Keeper.NATIONAL: _("全国平台归口"),
    Keeper.ENTERPRISE: _("企业申报项"),
    Keeper.AUTHORITY: _("主管部门项"),
    Keeper.LOCAL: _("本地项"),
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


def item_rows(filing: Filing) -> list[ItemRow]:
    """Return the items of *filing* with old and new side by side."""
    return [_row(item) for item in filing.items.order_by(FilingItem.position)]


def change_rows(changes: list[Change]) -> list[ItemRow]:
    """Return changes that are not stored yet in the same form."""
    return [_row(change) for change in changes]


def _row(item: FilingItem | Change) -> ItemRow:
    type_ = record_type(item.record_type)
    action, tone = ACTIONS[item.action]
    if type_ is None:
        return ItemRow(item, item.record_type, "", action, tone, (), "")
    before, after = item.before or {}, item.after or {}
    lines = tuple(
        DiffLine(
            spec.label,
            display(spec, from_json(spec, before.get(spec.name))),
            display(spec, from_json(spec, after.get(spec.name))),
        )
        for spec in type_.fields
        if before.get(spec.name) is not None or after.get(spec.name) is not None
    )
    if item.field:
        spec = type_.field(item.field)
        return ItemRow(
            item, str(spec.label), str(KEEPERS[spec.keeper]), action, tone, lines, f"{type_.code}-{item.key}"
        )
    return ItemRow(item, str(type_.label), str(action), action, tone, lines, f"{type_.code}-{item.key}")


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
            " ".join(part for part in (row.actor_name, row.unit_name) if part),
            ACTS.get(row.act, row.act),
            row.note,
        )
        for row in rows
    ]


def register_overview(subject: Subject | None) -> list[Overview]:
    """Return how many records of each type the Register holds for *subject*."""
    return [Overview(type_, len(entries(subject, type_))) for type_ in record_types()]
