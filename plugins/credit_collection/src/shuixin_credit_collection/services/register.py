"""The Register (信用档案): approved records with their whole history; written by approved filings only.

It knows two times: on which legal days something holds (``holds_from``, ``holds_to``), and from when until when the
Register said so (``recorded_at``, ``superseded_at``). The one rule: an approved item says values of named fields from
its effective day on. What it says holds for all days from that day on, whatever earlier items said about those fields;
other fields stay as they are. An item that adds a record lets it be there from its effective day on, one that removes
it lets it be away from that day on; one that changes a record does not say whether it is there. So the state on a day,
as it was known at an instant, is what one gets by laying all items that were recorded until that instant and whose
effective day has come over each other, in the order in which they were recorded.

Nothing is overwritten or deleted: rows are superseded, and where an effective day falls into the days of a row, what
held before that day is recorded again. The rows of a record that are not superseded follow each other day by day
without overlap or gap, and the last of them, which is open, is the present.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from peewee import ModelSelect, chunked, fn

from shuixin.api import Conflict, Refused, clock, db, domain, exclusive, search
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.records import Record, RecordType
from shuixin_credit_collection.services.registry import record_type, record_types
from shuixin_credit_collection.services.segments import Segment, Statement, lay

_ = domain("credit_collection")
subject_index = search.Index("credit_collection_subject_search")
#: How many records are read or superseded, and how many values inserted, by one query: engines bound both.
KEYS, VALUES = 500, 15_000


@dataclass(frozen=True)
class Entry:
    """What holds of one record: its key, version and stored values.

    :param recorded_at: since when the Register has said so.
    :param holds_from: the first legal day on which it holds.
    """

    key: str
    version: int
    values: dict[str, Any]
    recorded_at: datetime
    holds_from: date


def entries(subject: Subject | None, type_: RecordType) -> list[Entry]:
    """Return the present records of *subject*, oldest first."""
    if subject is None:
        return []
    model = type_.model
    return _entries(type_, model.subject == subject, model.superseded_at.is_null(), model.holds_to.is_null())


def as_of(subject: Subject | None, type_: RecordType, valid: date, known: datetime) -> list[Entry]:
    """Return the records of *subject* on the legal day *valid*, as the Register said at the instant *known*.

    For an instant that has passed the answer never changes. An approval that is under way at *known* has been recorded
    once it is committed, so ask for the present with :func:`entries`.
    """
    if subject is None:
        return []
    model = type_.model
    return _entries(
        type_,
        model.subject == subject,
        model.recorded_at <= known,
        model.superseded_at.is_null() | (model.superseded_at > known),
        model.holds_from <= valid,
        model.holds_to.is_null() | (model.holds_to > valid),
    )


def _entries(type_: RecordType, *conditions: Any) -> list[Entry]:
    model = type_.model
    rows = model.select().where(*conditions, ~model.removed).order_by(model.id)
    return [Entry(row.key, row.version, type_.columns_of(row), row.recorded_at, row.holds_from) for row in rows]


def state_of(subject: Subject | None) -> dict[str, list[Entry]]:
    """Return all present records of *subject* by record type."""
    return {type_.code: entries(subject, type_) for type_ in record_types()}


def name_of(uscc: str) -> str | None:
    """Return the name of who holds a credit code; ``None`` if the Register does not know the code."""
    subject = Subject.get_or_none(Subject.uscc == uscc)
    return subject.name if subject else None


def hold(uscc: str) -> None:
    """Wait until nobody else files for, or writes into, the Register of this unit; until the transaction ends."""
    exclusive(f"credit_collection.subject:{uscc}")


def check_effective_day(day: date | None, now: datetime) -> None:
    """Refuse an effective day that has not come: the Register says what holds, not what will.

    :raises Refused: *day* is later than the legal day of *now*.
    """
    if day is not None and day > clock.legal_day(now):
        raise Refused(_("生效日期{day}晚于今天，档案只记载已经生效的内容，请在生效后办理。", day=day.isoformat()))


@dataclass(frozen=True)
class _Plan:
    """What a filing does to the records of one type; nothing of it is written yet."""

    type_: RecordType
    #: The rows that are not superseded and the statement, by record key, in the order of the items.
    records: dict[str, tuple[list[Record], list[FilingItem]]]


def apply_items(filing: Filing, items: Iterable[FilingItem]) -> Subject:
    """Write the accepted *items* into the Register as new versions, and return the subject with its new state.

    They hold from ``filing.effective_on`` on, by default from the day of approval. Inside the approving transaction.

    :raises Conflict: the Register moved since the filing was compared with it; nothing is written.
    :raises Refused: the effective day has not come yet.
    """
    subject = filing.subject
    assert subject is not None, "a submitted filing has a subject"
    hold(subject.uscc)
    at = _recording_instant(filing, subject)
    check_effective_day(filing.effective_on, at)
    for plan in list(_plans(subject, items)):  # all are compared before the first is written
        _record(filing, plan, effective_day(filing), at)
    Subject.update(register_version=Subject.register_version + 1).where(Subject.id == subject.id).execute()
    subject.register_version += 1
    _refresh_name(subject)
    return subject


def _recording_instant(filing: Filing, subject: Subject) -> datetime:
    """Return the instant of approval, which is that of recording, and let it come after all earlier ones of the unit.

    Clocks of two machines may differ; without this, what was answered for an instant could change afterwards.
    """
    at = filing.approved_at or clock.now()
    others = Filing.select().where(Filing.subject == subject, Filing.id != filing.id, Filing.approved_at.is_null(False))
    last = others.order_by(Filing.approved_at.desc()).first()
    at = max(at, last.approved_at + timedelta(microseconds=1)) if last else at
    if at != filing.approved_at:
        Filing.update(approved_at=at).where(Filing.id == filing.id).execute()
        filing.approved_at = at
    return at


def _plans(subject: Subject, items: Iterable[FilingItem]) -> Iterator[_Plan]:
    types = {type_.code: type_ for type_ in record_types()}
    grouped: dict[str, dict[str, list[FilingItem]]] = {}
    for item in items:
        grouped.setdefault(item.record_type, {}).setdefault(item.key, []).append(item)
    for code, filed in grouped.items():
        if code not in types:
            raise Conflict(_("“{code}”所属的插件已停用，暂不能批准此件。", code=code))
        held = _held(types[code], subject, list(filed))
        parts = _under_former_key(held, filed) if types[code].single else filed
        doubled = types[code].single and len({*held, *parts}) > 1
        if doubled or any(_is_stale(held.get(key, []), each) for key, each in parts.items()):
            raise Conflict(_("提交之后档案已有变化，请退回申报单位重新核对后再提交。"))
        yield _Plan(types[code], {key: (held.get(key, []), each) for key, each in parts.items()})


def _held(type_: RecordType, subject: Subject, keys: list[str]) -> dict[str, list[Record]]:
    """Return the rows that are not superseded by record key, day by day; of a single type whatever its key is."""
    model = type_.model
    held: dict[str, list[Record]] = {}
    for some in [None] if type_.single else chunked(keys, KEYS):
        known = () if some is None else (model.key.in_(some),)
        rows = model.select().where(model.subject == subject, model.superseded_at.is_null(), *known)
        for row in rows.order_by(model.holds_from):
            held.setdefault(row.key, []).append(row)
    return held


def _under_former_key(held: dict[str, list[Record]], parts: dict[str, list[FilingItem]]) -> dict[str, list[FilingItem]]:
    """Let what a subject has once come back, after a removal, as the record it was."""
    former = next((key for key, rows in held.items() if rows[-1].removed), "")
    return {former or key: each for key, each in parts.items()} if len(parts) == 1 else parts


def _is_stale(held: list[Record], parts: list[FilingItem]) -> bool:
    if held and held[-1].removed and all(part.action == "add" and not part.base_version for part in parts):
        return False  # what was taken off meanwhile is there anew
    version = held[-1].version if held else 0
    return any(part.base_version != version for part in parts)


def _record(filing: Filing, plan: _Plan, day: date, at: datetime) -> None:
    """Supersede the rows that the filing speaks over, and record what holds now: few queries for however many."""
    model, superseded, recorded = plan.type_.model, list[int](), list[dict[str, Any]]()
    for key, (held, parts) in plan.records.items():
        laid = lay([_segment(plan.type_, row) for row in held], _statement(day, parts))
        staying = {each.row for each in laid}
        superseded += [row.id for row in held if row.id not in staying]
        fixed = {
            "subject": filing.subject,
            "key": key,
            "version": held[-1].version + 1 if held else 1,
            "recorded_at": at,
            "filing": filing.id,
            # What the national platform calls the record stays with it, whatever is said about it here.
            "national_id": held[-1].national_id if held else None,
            "national_version": held[-1].national_version if held else None,
        }
        recorded += [{**fixed, **_columns(plan.type_, each)} for each in laid if each.row is None]
    for ids in chunked(superseded, KEYS):
        model.update(superseded_at=at).where(model.id.in_(ids)).execute()
    for rows in chunked(recorded, VALUES // len(recorded[0])):
        model.insert_many(rows).execute()


def _segment(type_: RecordType, row: Record) -> Segment:
    return Segment(row.holds_from, row.holds_to, not row.removed, type_.columns_of(row), row.id)


def _columns(type_: RecordType, segment: Segment) -> dict[str, Any]:
    days = {"holds_from": segment.start, "holds_to": segment.end, "removed": not segment.exists}
    return {**days, **type_.for_columns(segment.values)}


def _statement(day: date, parts: list[FilingItem]) -> Statement:
    values: dict[str, Any] = {}
    for part in parts:
        values.update(part.after or {})
    actions = {part.action for part in parts}
    return Statement(day, False if "remove" in actions else True if "add" in actions else None, values)


def _refresh_name(subject: Subject) -> None:
    """Keep the subject's row in step with its 基本信息."""
    type_ = record_type("basic_information")
    for entry in entries(subject, type_) if type_ else ():
        subject.name, subject.region = entry.values["name"], entry.values["reg_region"]
        subject.save(only=[Subject.name, Subject.region])
        index_subject(subject)


def index_subject(subject: Subject) -> None:
    """Let the office find the subject by what it is called now."""
    subject_index.put(db.obj, subject.id, [subject.name, subject.uscc])


def corrected_by(filing: Filing) -> list[tuple[str, str]]:
    """Return the records (type and key) of which *filing* says something else for days that were recorded already."""
    found: list[tuple[str, str]] = []
    for type_ in record_types():
        new, old = type_.model, type_.model.alias()
        spoken_over = (
            (old.subject == new.subject)
            & (old.key == new.key)
            & (old.superseded_at == new.recorded_at)
            & (old.holds_from > effective_day(filing))
        )
        rows = new.select(new.key).join(old, on=spoken_over).where(new.filing == filing).distinct().order_by(new.key)
        found += [(type_.code, row.key) for row in rows]
    return found


def effective_day(filing: Filing) -> date:
    """Return the legal day from which on a filing's changes hold, by default that of its approval."""
    return filing.effective_on or clock.legal_day(filing.approved_at or clock.now())


def torn() -> str:
    """Return which records do not hold together day by day, ``""`` when all do: a nightly check.

    Rows that are not superseded and overlap, end before they begin, or end without one that follows.
    """
    places = [
        f"{row.subject.uscc} {type_.label}"
        for type_ in record_types()
        for query in (_overlapping(type_.model), _breaking_off(type_.model))
        for row in query.limit(10)
    ]
    named = "、".join(list(dict.fromkeys(places))[:10])
    return str(_("信用档案中同一记录的有效期间重叠或中断：{places}。", places=named)) if places else ""


def _overlapping(model: type[Record]) -> "ModelSelect[Record]":
    other = model.alias()
    meets = (
        (other.subject == model.subject)
        & (other.key == model.key)
        & (other.id > model.id)
        & other.superseded_at.is_null()
        & (other.holds_to.is_null() | (other.holds_to > model.holds_from))
        & (model.holds_to.is_null() | (model.holds_to > other.holds_from))
    )
    return model.select(model.subject).join(other, on=meets).where(model.superseded_at.is_null()).distinct()


def _breaking_off(model: type[Record]) -> "ModelSelect[Record]":
    other = model.alias()
    following = other.select(other.id).where(
        other.subject == model.subject,
        other.key == model.key,
        other.superseded_at.is_null(),
        other.holds_from == model.holds_to,
    )
    ended = (model.holds_to <= model.holds_from) | ~fn.EXISTS(following)
    held = model.superseded_at.is_null() & model.holds_to.is_null(False)
    return model.select(model.subject).where(held, ended).distinct()
