"""Provenance: who said what about a record, when, and by which filing; read off the filings, stored nowhere else."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shuixin.api import clock, review
from shuixin_credit_collection.models import Filing, FilingEvent, FilingItem, Subject
from shuixin_credit_collection.records import RecordType
from shuixin_credit_collection.services.drafts import place
from shuixin_credit_collection.services.evidence import Document, approved
from shuixin_credit_collection.services.presentation import name_of_actor
from shuixin_credit_collection.services.register import effective_day


@dataclass(frozen=True)
class Provenance:
    """Where a value comes from.

    :param source: what kind of filing it was: ``form``, ``workbook``, ``authority``.
    :param approver: who approved it, and on whose behalf, as they were called then.
    :param recorded_at: since when it has been in the Register.
    :param effective_on: the legal day from which on it holds.
    :param evidence: the files that were attached to the record.
    """

    filing_id: int
    number: str
    source: str
    submitter: str
    approver: str
    recorded_at: datetime
    effective_on: date
    evidence: tuple[Document, ...] = ()


@dataclass(frozen=True)
class Said:
    """What one filing said about one record.

    :param action: ``add``, ``change`` or ``remove``.
    :param before: stored values that were present when it was submitted, ``None`` for a new record.
    :param after: stored values of the named fields; nothing for a removal.
    :param corrects: whether it spoke over days from which on an earlier filing had said something already (更正).
    """

    provenance: Provenance
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    corrects: bool


def history(subject: Subject, type_: RecordType, key: str) -> list[Said]:
    """Return all that was ever said about one record, in the order in which it was recorded: three queries."""
    spoken = _spoken(subject, type_, key)
    ids = [filing.id for filing, _items in spoken]
    approvers, evidence = _approvers(ids), approved(ids, place(type_.code, key))
    story: list[Said] = []
    for filing, items in spoken:
        told = Provenance(
            filing_id=filing.id,
            number=filing.number or "",
            source=filing.source,
            submitter=filing.submitter_name,
            approver=approvers.get(filing.id, ""),
            recorded_at=filing.approved_at,
            effective_on=effective_day(filing),
            evidence=evidence.get(filing.id, ()),
        )
        corrects = any(told.effective_on < each.provenance.effective_on for each in story)
        story.append(_said(told, items, corrects))
    return story


def provenance(
    subject: Subject, type_: RecordType, key: str, *, valid: date | None = None, known: datetime | None = None
) -> dict[str, Provenance]:
    """Return where the value of each field of one record comes from; nothing if the record is not there.

    :param valid: on this legal day, today if it is not given.
    :param known: as the Register said at this instant, now if it is not given.
    :returns: by field; a field that no filing ever named is missing.
    """
    now = clock.now()
    valid = valid or clock.legal_day(now)
    found: dict[str, Provenance] = {}
    there = False
    for said in history(subject, type_, key):
        told = said.provenance
        if told.effective_on <= valid and (known is None or told.recorded_at <= known):
            there = said.action == "add" or (there and said.action != "remove")
            found.update(dict.fromkeys(said.after, told))
    return found if there else {}


def _said(told: Provenance, items: list[FilingItem], corrects: bool) -> Said:
    actions = {item.action for item in items}
    action = "remove" if "remove" in actions else "add" if "add" in actions else "change"
    before: dict[str, Any] | None = None
    after: dict[str, Any] = {}
    for item in items:
        if item.before is not None:
            before = {**(before or {}), **item.before}
        after.update(item.after or {})
    return Said(told, action, before, after, corrects)


def _spoken(subject: Subject, type_: RecordType, key: str) -> list[tuple[Filing, list[FilingItem]]]:
    """Return the approved filings that say something about the record, with what they say, in recorded order."""
    found: dict[int, tuple[Filing, list[FilingItem]]] = {}
    items = (
        FilingItem.select(FilingItem, Filing)
        .join(Filing)
        .where(
            Filing.subject == subject,
            Filing.approved_at.is_null(False),
            FilingItem.record_type == type_.code,
            FilingItem.key == key,
        )
        .order_by(Filing.approved_at, FilingItem.position)
    )
    for item in items:
        found.setdefault(item.filing.id, (item.filing, []))[1].append(item)
    return list(found.values())


def _approvers(filings: list[int]) -> dict[int, str]:
    approvals = FilingEvent.filing.in_(filings), FilingEvent.act == review.Act.APPROVE
    events = FilingEvent.select(FilingEvent, Filing).join(Filing).where(*approvals)
    return {event.filing.id: name_of_actor(event) for event in events}
