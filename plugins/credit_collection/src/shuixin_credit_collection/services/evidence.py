"""Evidence (证明材料): files attached to one record of a filing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from shuixin.api import Actor, NotFound, attachments, audit, current_platform, domain, review, transaction
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.records import Editor, Kind
from shuixin_credit_collection.services.drafts import OWNER_KIND, place
from shuixin_credit_collection.services.filings import find_editable, hold_filing
from shuixin_credit_collection.services.registry import record_type

_ = domain("credit_collection")
Attachment = attachments.Attachment


@dataclass(frozen=True)
class Document:
    """A file of an approved filing, by its number and name."""

    id: str
    name: str


def approved(filings: Iterable[int], label: str) -> dict[int, tuple[Document, ...]]:
    """Return the files that belong to *label*, a record or one of its fields, by filing: one query."""
    here = (Attachment.label == label) | Attachment.label.startswith(f"{label}-")
    keys = [str(number) for number in filings]
    rows = Attachment.select().where(Attachment.owner_kind == OWNER_KIND, Attachment.owner_key.in_(keys), here)
    found: dict[int, tuple[Document, ...]] = {}
    for row in rows.order_by(Attachment.created_at):
        number = int(row.owner_key)
        found[number] = (*found.get(number, ()), Document(row.id, row.original_name))
    return found


def find_among(documents: Iterable[Document], key: str) -> Attachment:
    """Return the file *key* if it is one of *documents*.

    :raises NotFound: it is none of them, or is gone.
    """
    known = key in {document.id for document in documents}
    attachment = Attachment.get_or_none(Attachment.id == key) if known else None
    if attachment is None:
        raise NotFound(_("没有找到这份材料。"))
    return attachment


def of_filing(filing: Filing) -> dict[str, list[Attachment]]:
    """Return the files of *filing* by the record they belong to."""
    found: dict[str, list[Attachment]] = {}
    rows = Attachment.select().where(Attachment.owner_kind == OWNER_KIND, Attachment.owner_key == str(filing.id))
    for row in rows.order_by(Attachment.created_at):
        found.setdefault(record_of(row.label), []).append(row)
    return found


def record_of(label: str) -> str:
    """Return the record that a file belongs to, by its label; files of single fields have the field behind it."""
    return "-".join(label.split("-")[:2])


def submitted(filing: Filing) -> dict[str, list[Attachment]]:
    """Return the files that the authority may see: none of a withdrawn filing, and of a returned one those it had
    when it was submitted.
    """
    stage = review.Stage(filing.stage)
    if filing.submitted_at is None or stage in (review.Stage.DRAFT, review.Stage.WITHDRAWN):
        return {}
    found = of_filing(filing)
    if stage not in review.EDITABLE:
        return found
    return {label: [each for each in files if each.created_at <= filing.submitted_at] for label, files in found.items()}


def find_submitted(filing: Filing, attachment_id: str) -> Attachment:
    """Return a file that the authority may see.

    :raises NotFound: the filing has no such file, or takes it back.
    """
    found = next((each for files in submitted(filing).values() for each in files if each.id == attachment_id), None)
    if found is None:
        raise NotFound(_("没有找到这份材料。"))
    return found


def add(
    actor: Actor, filing_id: int, *, code: str, key: str, stream: IO[bytes], name: str, field: str = ""
) -> Attachment:
    """Attach a file to one record of the actor's own draft, or to one *field* of it that holds a file.

    :raises Refused: the file is too large, of a kind not taken, or not what its name says; or all files of the filing
        together are too large.
    :raises NotFound: the draft has no such record.
    """
    find_editable(actor, filing_id)
    with current_platform().store.received(stream, name) as upload, transaction():
        filing = _hold_editable(actor, filing_id)
        if key not in filing.draft.get(code, {}):
            raise NotFound(_("草稿中没有这一条，材料没有保存。"))
        attachment = keep(actor, filing, place(code, key, field), upload)
        if field:
            _put(filing, code, key, field, attachment)
    return attachment


def keep(actor: Actor, filing: Filing, label: str, upload: attachments.Upload) -> Attachment:
    """Keep a received file with *filing*, inside the caller's transaction.

    :param label: what it belongs to, as :func:`~.drafts.place` says it.
    :raises Refused: all files of the filing together are too large.
    """
    platform = current_platform()
    attachment = platform.store.keep(
        upload,
        owner_kind=OWNER_KIND,
        owner_key=str(filing.id),
        created_by=actor.id,
        label=label,
        quota=platform.settings.case_quota_bytes,
    )
    audit(actor, "evidence.add", "filing", str(filing.id), {"file": attachment.id, "sha256": attachment.sha256})
    return attachment


def remove(actor: Actor, filing_id: int, attachment_id: str) -> None:
    """Take a file off the actor's own draft."""
    with transaction():
        filing = _hold_editable(actor, filing_id)
        attachment = find(filing, attachment_id)
        code, key, *field = attachment.label.split("-")
        if field:
            _put(filing, code, key, field[0], None)
        current_platform().store.delete(attachment)
        audit(actor, "evidence.remove", "filing", str(filing.id), {"file": attachment_id})


def _put(filing: Filing, code: str, key: str, field: str, file: Attachment | None) -> None:
    """Let a field of a draft hold *file*, or nothing.

    :raises NotFound: the record type has no such field.
    """
    type_ = record_type(code)
    spec = type_.by_name.get(field) if type_ else None
    if spec is None or spec.kind is not Kind.FILE or spec.editor is Editor.AUTHORITY:
        raise NotFound(_("没有这一项信息。"))
    rows = filing.draft.get(code, {})
    if key in rows:
        row = {**rows[key], field: file.id if file else ""}
        filing.save_if(filing.row_version, draft={**filing.draft, code: {**rows, key: row}})


def find(filing: Filing, attachment_id: str) -> Attachment:
    """Return a file of *filing*.

    :raises NotFound: it has no such file.
    """
    attachment = Attachment.get_or_none(
        Attachment.id == attachment_id, Attachment.owner_kind == OWNER_KIND, Attachment.owner_key == str(filing.id)
    )
    if attachment is None:
        raise NotFound(_("没有找到这份材料。"))
    return attachment


def _hold_editable(actor: Actor, filing_id: int) -> Filing:
    """Return the filing, which stays as it is until the transaction ends: nobody submits it meanwhile."""
    hold_filing(filing_id)
    return find_editable(actor, filing_id)
