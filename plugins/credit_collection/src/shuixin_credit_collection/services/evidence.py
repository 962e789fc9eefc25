"""Evidence (证明材料): files attached to one record of a filing."""

from typing import IO

from shuixin.api import Actor, NotFound, attachments, audit, current_platform, domain, transaction
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.services.drafts import OWNER_KIND, place
from shuixin_credit_collection.services.filings import find_editable, hold_filing

_ = domain("credit_collection")
Attachment = attachments.Attachment


def of_filing(filing: Filing) -> dict[str, list[Attachment]]:
    """Return the files of *filing* by the record they belong to."""
    found: dict[str, list[Attachment]] = {}
    rows = Attachment.select().where(Attachment.owner_kind == OWNER_KIND, Attachment.owner_key == str(filing.id))
    for row in rows.order_by(Attachment.created_at):
        found.setdefault(row.label, []).append(row)
    return found


def add(actor: Actor, filing_id: int, *, code: str, key: str, stream: IO[bytes], name: str) -> Attachment:
    """Attach a file to one record of the actor's own draft.

    :raises Refused: the file is too large, of a kind not taken, or not what its name says.
    :raises NotFound: the draft has no such record.
    """
    with transaction():
        filing = _hold_editable(actor, filing_id)
        if key not in filing.draft.get(code, {}):
            raise NotFound(_("草稿中没有这一条，材料没有保存。"))
        attachment = current_platform().store.save(
            stream, name, owner_kind=OWNER_KIND, owner_key=str(filing.id), created_by=actor.id, label=place(code, key)
        )
        audit(actor, "evidence.add", "filing", str(filing.id), {"file": attachment.id, "sha256": attachment.sha256})
    return attachment


def remove(actor: Actor, filing_id: int, attachment_id: str) -> None:
    """Take a file off the actor's own draft."""
    with transaction():
        filing = _hold_editable(actor, filing_id)
        attachment = find(filing, attachment_id)
        current_platform().store.delete(attachment)
        audit(actor, "evidence.remove", "filing", str(filing.id), {"file": attachment_id})


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
