"""Applying a proposal: as submitted filings of the authority, or into an enterprise's draft."""

from collections import defaultdict

from shuixin.api import Actor, audit, current_platform, transaction
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records import to_json
from shuixin_credit_collection.services.comparison import Draft, check_row
from shuixin_credit_collection.services.entry import enter
from shuixin_credit_collection.services.filings import draft_of, find_own
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
    """Return *draft* with the texts of *rows* laid over it; blank cells leave what is there."""
    sealer = current_platform().sealer
    for row in rows:
        type_ = row.row.type_
        records = draft.setdefault(type_.code, {})
        key = next(iter(records), row.record_key) if type_.single else row.record_key
        values, _problems = check_row(type_, row.row.texts)
        texts = dict(records.get(key, {}))
        for spec in type_.fields:
            text = row.row.texts.get(spec.name, "")
            if text:
                stored = to_json(spec, values.get(spec.name))
                texts[spec.name] = stored if sealer.is_sealed(str(stored)) else text
        records[key] = texts
    return draft


def merge_into_draft(actor: Actor, filing_id: int, *, version: int, proposal: Proposal) -> Filing:
    """Lay the accepted rows of an enterprise's workbook over its draft; it is checked again when submitted."""
    filing = find_own(actor, filing_id)
    draft = overlay({code: dict(rows) for code, rows in filing.draft.items()}, proposal.accepted)
    filing.save_if(version, draft=draft)
    return filing
