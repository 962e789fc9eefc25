"""Drafts: the Register as a person would type it, and what becomes of open drafts when the Register moves on."""

from typing import Any

from shuixin.api import attachments, review
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType
from shuixin_credit_collection.records.values import typed
from shuixin_credit_collection.services.editing import Filer
from shuixin_credit_collection.services.register import state_of
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.services.rows import Draft, new_key, typed_identity

Rows = dict[str, dict[str, str]]
#: What evidence of a filing is kept under (``owner_kind`` of an attachment).
OWNER_KIND = "credit_collection.filing"


def draft_of(subject: Subject | None) -> Draft:
    """Return the Register of *subject* as it would be typed; with one empty 基本信息 where there is nothing."""
    draft: Draft = {}
    state = state_of(subject)
    for type_ in record_types():
        rows = {
            entry.key: {spec.name: _as_typed(spec, entry.values.get(spec.name)) for spec in type_.typed}
            for entry in state[type_.code]
        }
        draft[type_.code] = rows or ({new_key(): {}} if type_.single else {})
    return draft


def _as_typed(spec: FieldSpec, value: Any) -> str:
    return str(value or "") if spec.kind is Kind.SECRET else typed(spec, value)


def place(code: str, key: str, field: str = "") -> str:
    """Return the label under which the files of one record, or of one field of it, are kept."""
    return "-".join(part for part in (code, key, field) if part)


def filer_of(filing: Filing) -> Filer | None:
    """Return the enterprise that files for itself, with the places it has documents for; ``None`` for the authority."""
    if filing.source != "form":
        return None
    files = attachments.Attachment
    rows = files.select(files.label).where(files.owner_kind == OWNER_KIND, files.owner_key == str(filing.id))
    return Filer(frozenset("-".join(row.label.split("-")[:2]) for row in rows))


def carry_into_open_drafts(subject: Subject, before: Draft) -> None:
    """Bring what the Register of *subject* has become into every draft that was begun from *before*.

    Without it a draft would silently undo, when it is submitted, what others had approved meanwhile. The drafts get
    a new version, so that somebody who is just typing into one is told.
    """
    after = draft_of(subject)
    waiting = Filing.select().where(Filing.subject == subject, Filing.stage.in_(list(review.EDITABLE)))
    for filing in waiting.order_by(Filing.id):
        carry(filing, before, after)


def carry(filing: Filing, before: Draft, after: Draft) -> None:
    """Bring the step of the Register from *before* to *after* into the draft of *filing*; what was typed stays."""
    draft = dict(filing.draft)
    for type_ in record_types():
        old, new = before.get(type_.code, {}), after[type_.code]
        rows = draft.get(type_.code, {})
        for key, registered in _same_records(type_, rows, new).items():
            rows = {registered if each == key else each: row for each, row in rows.items()}
            _rename(filing, type_.code, key, registered)
        draft[type_.code] = _merge(rows, old, new)
    filing.save_if(filing.row_version, draft=draft)


def _same_records(type_: RecordType, rows: Rows, new: Rows) -> dict[str, str]:
    """Return which rows of a draft are now in the Register under another key."""
    free = {key: row for key, row in new.items() if key not in rows}
    if type_.single:
        return dict(zip([key for key in rows if key not in new], free, strict=False))
    registered = {typed_identity(type_, row): key for key, row in free.items()}
    found = {key: registered.pop(typed_identity(type_, row), "") for key, row in rows.items() if key not in new}
    return {key: other for key, other in found.items() if other}


def _merge(rows: Rows, old: Rows, new: Rows) -> Rows:
    """Merge three ways, per record and field: the draft where the filer changed something, else the Register."""
    merged: Rows = {}
    for key, row in rows.items():
        if key in new:
            base = old.get(key, {})
            merged[key] = {
                name: text if (text := row.get(name, "")) != base.get(name, "") else new[key].get(name, "")
                for name in {**new[key], **row}
            }
        elif key not in old:
            merged[key] = row
        elif row != old[key]:  # taken off the Register meanwhile, but worked on here: a new record, for all to see
            merged[new_key()] = row
    added = {key: row for key, row in new.items() if key not in old and key not in rows}
    return {**merged, **added}


def _rename(filing: Filing, code: str, old: str, new: str) -> None:
    """Let items and evidence follow a record to its new key."""
    FilingItem.update(key=new).where(
        FilingItem.filing == filing, FilingItem.record_type == code, FilingItem.key == old
    ).execute()
    file, before = attachments.Attachment, place(code, old)
    mine = (file.owner_kind == OWNER_KIND) & (file.owner_key == str(filing.id))
    for row in file.select().where(mine, (file.label == before) | file.label.startswith(f"{before}-")):
        file.update(label=place(code, new) + row.label.removeprefix(before)).where(file.id == row.id).execute()
