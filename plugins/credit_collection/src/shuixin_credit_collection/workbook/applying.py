"""Applying a proposal: as submitted filings of the authority, or into an enterprise's draft."""

import re
from collections import defaultdict
from typing import Any

from shuixin.api import Actor, audit, exclusive, transaction
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records import FieldSpec, RecordType
from shuixin_credit_collection.records.kinds.links import KEY_LENGTH, MARK
from shuixin_credit_collection.services.comparison import kept_draft
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.filings import find_editable
from shuixin_credit_collection.services.linking import Targets, in_link_order, resolve
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.services.rows import Draft, Texts, check_row, identity_of
from shuixin_credit_collection.workbook.judging import RowResult
from shuixin_credit_collection.workbook.proposal import Proposal

_AFTER_MARK = re.compile(rf"(?<={MARK})[0-9a-z]{{{KEY_LENGTH}}}")


def apply_batch(actor: Actor, proposal: Proposal, *, source: str) -> list[Filing]:
    """Turn the accepted rows into submitted filings, one per unit, all in one transaction or none.

    Of two imports of one workbook at the same moment the second waits for the first, and is then refused.

    :param source: name of the file, kept in the record of each filing.
    :raises Conflict: another filing of one of the units is in review.
    :raises Forbidden: the actor may not import for a unit's region.
    """
    by_unit: dict[str, list[RowResult]] = defaultdict(list)
    for row in proposal.accepted:
        by_unit[row.uscc].append(row)
    with transaction():
        exclusive(f"credit_collection.import:{proposal.digest}")
        filings = [_file(actor, uscc, rows, source) for uscc, rows in by_unit.items()]
        audit(actor, "credit.import", "workbook", source[:100], {**proposal.summary(), "sha256": proposal.digest})
    return filings


def _file(actor: Actor, uscc: str, rows: list[RowResult], source: str) -> Filing:
    subject = Subject.get_or_none(Subject.uscc == uscc)
    return enter(actor, overlay(draft_of(subject), rows), Origin("workbook", source))


def overlay(draft: Draft, rows: list[RowResult]) -> Draft:
    """Return *draft* with the texts of *rows* laid over it; blank cells leave what is there.

    A row that means a record of the draft goes over that one, and what links to it follows: the same workbook laid
    twice is as good as once.
    """
    by_type: dict[str, list[RowResult]] = defaultdict(list)
    for row in rows:
        by_type[row.row.type_.code].append(row)
    targets: dict[str, Targets] = {}
    moved: dict[str, str] = {}
    for type_ in in_link_order(record_types()):
        if type_.code in by_type:
            _lay(type_, draft.setdefault(type_.code, {}), by_type[type_.code], targets, moved)
        known = draft.get(type_.code, {})
        targets[type_.code] = Targets(type_, {key: _meant(type_, texts, targets) for key, texts in known.items()})
    return draft


def _lay(
    type_: RecordType,
    records: dict[str, Texts],
    rows: list[RowResult],
    targets: dict[str, Targets],
    moved: dict[str, str],
) -> None:
    """Lay *rows* over the *records* of one type; *moved* learns which key a proposed one has become."""
    keys = {identity_of(type_, _meant(type_, texts, targets)): key for key, texts in records.items()}
    for result in rows:
        texts = {name: _follow(type_.field(name), text, moved) for name, text in result.texts.items()}
        if type_.single:
            key = next(iter(records), result.record_key)
        else:
            key = keys.setdefault(identity_of(type_, _meant(type_, texts, targets)), result.record_key)
        moved[result.record_key] = key
        typed = {spec.name: text for spec in type_.typed if (text := texts.get(spec.name, ""))}
        records[key] = {**records.get(key, {}), **typed}


def _meant(type_: RecordType, texts: Texts, targets: dict[str, Targets]) -> dict[str, Any]:
    values, _problems = check_row(type_, texts)
    resolve(type_, values, targets, partial=True)
    return values


def _follow(spec: FieldSpec, text: str, moved: dict[str, str]) -> str:
    """Return the text of a link as it leads to the keys that its targets have now."""
    return _AFTER_MARK.sub(lambda key: moved.get(key[0], key[0]), text) if spec.to else text


def merge_into_draft(actor: Actor, filing_id: int, *, version: int, proposal: Proposal) -> Filing:
    """Lay the accepted rows of an enterprise's workbook over its draft; it is checked again when submitted.

    :raises Conflict: the filing was submitted, or saved elsewhere, meanwhile.
    """
    filing = find_editable(actor, filing_id)
    draft = overlay({code: dict(rows) for code, rows in filing.draft.items()}, proposal.accepted)
    filing.save_if(version, draft=kept_draft(draft))
    return filing
