"""Workbooks that an enterprise lays over its draft: kept between the look at them and the word to go on."""

from typing import IO

from shuixin.api import Actor, NotFound, ShuixinError, attachments, current_platform, domain
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.services.filings import find_editable
from shuixin_credit_collection.workbook import Proposal, merge_into_draft, propose

_ = domain("credit_collection")
OWNER_KIND = "credit_collection.import"
Attachment = attachments.Attachment


def receive(actor: Actor, filing_id: int, *, stream: IO[bytes], name: str) -> tuple[Attachment, Proposal]:
    """Keep a workbook for the draft and return what it would change there; an earlier one goes.

    :raises Refused: it cannot be read, with every reason; nothing is kept then.
    """
    filing, store = find_editable(actor, filing_id), current_platform().store
    for earlier in Attachment.select().where(*_of(filing)):
        store.delete(earlier)
    kinds = frozenset({"xlsx"})
    stored = store.save(stream, name, owner_kind=OWNER_KIND, owner_key=str(filing.id), created_by=actor.id, kinds=kinds)
    try:
        return stored, propose(store.path_of(stored), only=_own_code(actor, filing), draft=filing.draft)
    except ShuixinError:
        store.delete(stored)
        raise


def apply(actor: Actor, filing_id: int, key: str, *, version: int) -> Proposal:
    """Lay the accepted rows of the kept workbook over the draft, and let the workbook go.

    :raises NotFound: there is no such workbook any more.
    :raises Conflict: the filing was submitted, or saved elsewhere, meanwhile.
    """
    filing, store = find_editable(actor, filing_id), current_platform().store
    stored = Attachment.get_or_none(Attachment.id == key, *_of(filing))
    if stored is None:
        raise NotFound(_("没有找到上传的表格，请重新上传。"))
    proposal = propose(store.path_of(stored), only=_own_code(actor, filing), draft=filing.draft)
    merge_into_draft(actor, filing_id, version=version, proposal=proposal)
    store.delete(stored)
    return proposal


def _of(filing: Filing) -> tuple[object, object]:
    return Attachment.owner_kind == OWNER_KIND, Attachment.owner_key == str(filing.id)


def _own_code(actor: Actor, filing: Filing) -> str:
    """Return the one code this filing may be for; ``""`` while a first filing has not named it yet."""
    return filing.subject.uscc if filing.subject else actor.subject
