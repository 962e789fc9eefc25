"""The Register (信用档案): approved records with their whole history; written by approved filings only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shuixin.api import Conflict, clock, domain, exclusive
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.records import Record, RecordType
from shuixin_credit_collection.services.registry import record_type, record_types

_ = domain("credit_collection")


@dataclass(frozen=True)
class Entry:
    """One present record: its key, version, stored values, and since when it has been in the Register."""

    key: str
    version: int
    values: dict[str, Any]
    recorded_at: datetime


def entries(subject: Subject | None, type_: RecordType) -> list[Entry]:
    """Return the present records of *subject*, oldest first."""
    if subject is None:
        return []
    model = type_.model
    rows = model.select().where(model.subject == subject, model.superseded_at.is_null(), ~model.removed)
    return [Entry(row.key, row.version, type_.columns_of(row), row.recorded_at) for row in rows.order_by(model.id)]


def state_of(subject: Subject | None) -> dict[str, list[Entry]]:
    """Return all present records of *subject* by record type."""
    return {type_.code: entries(subject, type_) for type_ in record_types()}


def hold(uscc: str) -> None:
    """Wait until nobody else files for, or writes into, the Register of this unit; until the transaction ends."""
    exclusive(f"credit_collection.subject:{uscc}")


def apply_items(filing: Filing, items: Iterable[FilingItem]) -> Subject:
    """Write the accepted *items* into the Register as new versions, and return the subject with its new state.

    Inside the approving transaction.

    :raises Conflict: the Register moved since the filing was compared with it; nothing is written.
    """
    subject = filing.subject
    assert subject is not None, "a submitted filing has a subject"
    hold(subject.uscc)
    grouped: dict[tuple[str, str], list[FilingItem]] = {}
    for item in items:
        grouped.setdefault((item.record_type, item.key), []).append(item)
    for (code, key), parts in grouped.items():
        type_ = record_type(code)
        if type_ is None:
            raise Conflict(_("“{code}”所属的插件已停用，暂不能批准此件。", code=code))
        _write_version(filing, type_, key, parts)
    Subject.update(register_version=Subject.register_version + 1).where(Subject.id == subject.id).execute()
    subject.register_version += 1
    _refresh_name(subject)
    return subject


def _write_version(filing: Filing, type_: RecordType, key: str, parts: list[FilingItem]) -> None:
    model, now = type_.model, clock.now()
    is_it = [] if type_.single else [model.key == key]
    present = model.get_or_none(model.subject == filing.subject, model.superseded_at.is_null(), *is_it)
    known, version = (present.key, present.version) if present else (key, 0)
    if known != key or any(part.base_version != version for part in parts):
        raise Conflict(_("提交之后档案已有变化，请退回申报单位重新核对后再提交。"))
    values = type_.columns_of(present) if present else {}
    for part in parts:
        values.update(part.after or {})
    if present:
        model.update(superseded_at=now).where(model.id == present.id).execute()
    model.create(
        subject=filing.subject,
        key=key,
        version=version + 1,
        recorded_at=now,
        filing=filing,
        removed=any(part.action == "remove" for part in parts),
        **type_.for_columns(values),
    )


def _refresh_name(subject: Subject) -> None:
    """Keep the subject's row in step with its 基本信息."""
    type_ = record_type("basic_information")
    for entry in entries(subject, type_) if type_ else ():
        subject.name, subject.region = entry.values["name"], entry.values["reg_region"]
        subject.save(only=[Subject.name, Subject.region])


def history(subject: Subject, type_: RecordType, key: str) -> list[Record]:
    """Return all versions of one record, oldest first."""
    model = type_.model
    return list(model.select().where(model.subject == subject, model.key == key).order_by(model.version))
