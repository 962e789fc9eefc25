"""Applying a proposal: as submitted filings of the authority, or into an enterprise's draft."""

from collections import defaultdict
from typing import Any

from shuixin.api import Actor, audit, transaction
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.services.comparison import Draft, typed_identity
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.entry import enter
from shuixin_credit_collection.services.filings import find_editable
from shuixin_credit_collection.workbook.proposal import Proposal, RowResult


def apply_batch(actor: Actor, proposal: Proposal, *, source: str) -> list[Filing]:
    """Turn the accepted rows into submitted filings, one per unit, all in one transaction or none.

    :param source: name of the file, kept in the record of each filing.
    :raises Forbidden: the actor may not import for a unit's region.
    """
    by_unit: dict[str, list[RowResult]] = defaultdict(list)
    for row in proposal.accepted:
        by_unit[row.uscc].append(row)
    with transaction():
        filings = [_file(actor, uscc, rows, source) for uscc, rows in by_unit.items()]
        audit(actor, "credit.import", "workbook", source[:100], proposal.summary())
    return filings


def _file(actor: Actor, uscc: str, rows: list[RowResult], source: str) -> Filing:
    subject = Subject.get_or_none(Subject.uscc == uscc)
    return enter(actor, overlay(draft_of(subject), rows), source="workbook", note_text=source)


def overlay(draft: Draft, rows: list[RowResult]) -> Draft:
    """Return *draft* with the texts of *rows* laid over it; blank cells leave what is there.

    A row that means a record of the draft goes over that one: the same workbook laid twice is as good as once.
    """
    known: dict[str, dict[tuple[Any, ...], str]] = {}
    for result in rows:
        type_, texts = result.row.type_, result.row.texts
        records = draft.setdefault(type_.code, {})
        keys = known.setdefault(type_.code, {typed_identity(type_, row): key for key, row in records.items()})
        if type_.single:
            key = next(iter(records), result.record_key)
        else:
            key = keys.setdefault(typed_identity(type_, texts), result.record_key)
        typed = {spec.name: text for spec in type_.fields if (text := texts.get(spec.name, ""))}
        records[key] = {**records.get(key, {}), **typed}
    return draft


def merge_into_draft(actor: Actor, filing_id: int, *, version: int, proposal: Proposal) -> Filing:
    """Lay the accepted rows of an enterprise's workbook over its draft; it is checked again when submitted.

    :raises Conflict: the filing was submitted, or saved elsewhere, meanwhile.
    """
    filing = find_editable(actor, filing_id)
    draft = overlay({code: dict(rows) for code, rows in filing.draft.items()}, proposal.accepted)
    filing.save_if(version, draft=draft)
    return filing
