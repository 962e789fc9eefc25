"""Applying a proposal: as submitted filings of the authority, or into an enterprise's draft."""

from collections import defaultdict

from shuixin.api import Actor, Refused, Target, audit, clock, current_platform, domain, numbering, require, review, transaction
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import IMPORT
from shuixin_credit_collection.records import to_json
from shuixin_credit_collection.services.comparison import Draft, check_row, compare
from shuixin_credit_collection.services.filings import authority_of, draft_of, find_own, note, store_items
from shuixin_credit_collection.workbook.proposal import Proposal, RowResult

_ = domain("credit_collection")


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
    draft = overlay(draft_of(subject), rows)
    comparison = compare(draft, subject)
    if comparison.problems:  # the proposal was judged against the same Register, so the Register has moved since
        raise Refused(_("{uscc}的档案在核对之后有变化，没有导入任何内容，请重新导入。", uscc=uscc), comparison.problems)
    basic, now = comparison.basic, clock.now()
    if subject is None:
        subject = Subject.create(uscc=uscc, name=basic["name"], region=basic["reg_region"],
                                 authority=authority_of(basic["reg_region"]), created_at=now)
    require(actor, IMPORT, Target(region=subject.authority))
    year = clock.legal_day(now).year
    filing = Filing.create(
        number=f"GB-{year}-{numbering.allocate('credit_collection.filing', year):04d}", subject=subject,
        kind="change" if subject.register_version else "first", source="workbook", stage=review.Stage.SUBMITTED,
        region=subject.authority, draft=draft, created_by=actor.id, created_at=now, submitted_by=actor.id,
        submitter_name=actor.name, submitted_at=now,
    )
    store_items(filing, comparison.changes, {})
    note(actor, filing, review.Act.SUBMIT, source)
    return filing


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
