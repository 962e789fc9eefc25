"""Filings on the authority's side: verdicts on items, approval, and bulk work on untouched filings."""

from collections.abc import Iterable
from dataclasses import dataclass

from peewee import ModelSelect

from shuixin.api import (
    Actor,
    NotFound,
    Refused,
    Scope,
    ShuixinError,
    Target,
    Text,
    announce,
    audit,
    clock,
    domain,
    region_prefix,
    require,
    review,
    transaction,
)
from shuixin_credit_collection.events import RegisterChanged
from shuixin_credit_collection.models import Filing, FilingEvent, FilingItem
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services.drafts import carry_into_open_drafts, draft_of
from shuixin_credit_collection.services.filings import note
from shuixin_credit_collection.services.findings import findings
from shuixin_credit_collection.services.register import apply_items

_ = domain("credit_collection")
Act, Stage, Verdict = review.Act, review.Stage, review.Verdict
#: The stage at which each duty takes a filing up.
DESK = {REVIEW: Stage.SUBMITTED, APPROVE: Stage.REVIEWED}


@dataclass(frozen=True)
class Judgement:
    """A reviewer's word on one item, with the reason where it is returned."""

    verdict: review.Verdict
    reason: str = ""


@dataclass(frozen=True)
class BulkResult:
    """What became of one filing in bulk work."""

    filing: Filing
    ok: bool
    message: Text | str


def within_reach(actor: Actor, permission: str) -> "ModelSelect[Filing]":
    """Return the filings in the regions where *actor* holds *permission*; all lists start here."""
    grants = [grant for grant in actor.grants if grant.permission == permission]
    if actor.is_system or any(grant.scope is Scope.ALL for grant in grants):
        return Filing.select()
    condition = Filing.id == -1
    for grant in grants:
        if grant.scope is Scope.REGION and grant.region:
            condition |= Filing.region.startswith(region_prefix(grant.region))
    return Filing.select().where(condition)


def queue(actor: Actor, permission: str) -> "ModelSelect[Filing]":
    """Return what waits at the desk of *permission*, oldest first."""
    waiting = within_reach(actor, permission).where(Filing.stage == DESK[permission])
    return waiting.order_by(Filing.submitted_at, Filing.id)


def find(actor: Actor, permission: str, filing_id: int) -> Filing:
    """Return a submitted filing within reach.

    :raises NotFound: there is none; one out of reach is answered alike.
    """
    filing = within_reach(actor, permission).where(Filing.id == filing_id, Filing.number.is_null(False)).get_or_none()
    if filing is None:
        raise NotFound(_("没有找到这件申报，或它不在您的管辖范围内。"))
    return filing


def decide(
    actor: Actor, filing_id: int, *, version: int, judgements: dict[int, Judgement], opinion: str = ""
) -> Filing:
    """Pass a filing on, or return it, by verdicts on each item (初审).

    :raises Refused: an item without verdict, or a return without reason.
    :raises Conflict: the filing changed since the reviewer opened it.
    :raises Forbidden: out of reach, or the reviewer filed it.
    """
    with transaction():
        filing = find(actor, REVIEW, filing_id)
        require(actor, REVIEW, Target(region=filing.region))
        review.check_four_eyes(actor.id, filing.submitted_by, filing.created_by)
        act = _judge(filing, judgements)
        stage = review.next_stage(filing.stage, act)
        filing.save_if(version, stage=stage, reviewed_by=actor.id)
        note(actor, filing, act, opinion)
        audit(actor, f"filing.{act}", "filing", str(filing.number), {"opinion": opinion})
    return filing


def _judge(filing: Filing, judgements: dict[int, Judgement]) -> review.Act:
    items = list(filing.items)
    for item in items:
        judgement = judgements.get(item.id)
        if judgement is not None:
            item.verdict = judgement.verdict
            item.reason = review.check_reason(judgement.reason) if judgement.verdict is Verdict.RETURNED else ""
            item.save(only=[FilingItem.verdict, FilingItem.reason])
    return review.outcome(Verdict(item.verdict) for item in items)


def reject(actor: Actor, filing_id: int, *, version: int, reason: str) -> Filing:
    """End a filing without effect (不予通过); a new one can be filed."""
    with transaction():
        filing = find(actor, REVIEW, filing_id)
        require(actor, REVIEW, Target(region=filing.region))
        review.check_four_eyes(actor.id, filing.submitted_by, filing.created_by)
        text = review.check_reason(reason)
        filing.save_if(version, stage=review.next_stage(filing.stage, Act.REJECT), reviewed_by=actor.id)
        note(actor, filing, Act.REJECT, text)
        audit(actor, "filing.reject", "filing", str(filing.number), {"reason": text})
    return filing


def approve(actor: Actor, filing_id: int, *, version: int, opinion: str = "") -> Filing:
    """Approve a reviewed filing (批准): its items enter the Register in the same transaction.

    :raises Conflict: the filing or the Register moved since it was opened; nothing is written.
    :raises Forbidden: out of reach, or the approver filed or reviewed it.
    """
    with transaction():
        filing = find(actor, APPROVE, filing_id)
        require(actor, APPROVE, Target(region=filing.region))
        review.check_four_eyes(actor.id, filing.submitted_by, filing.created_by, *_earlier_hands(filing))
        stage = review.next_stage(filing.stage, Act.APPROVE)
        filing.save_if(version, stage=stage, approved_by=actor.id, approved_at=clock.now())
        before = draft_of(filing.subject)
        subject = apply_items(filing, filing.items.order_by(FilingItem.position))
        carry_into_open_drafts(subject, before)
        note(actor, filing, Act.APPROVE, opinion)
        audit(actor, "filing.approve", "filing", str(filing.number), {"opinion": opinion})
        announce(RegisterChanged(subject.uscc, subject.register_version))
    return filing


def _earlier_hands(filing: Filing) -> list[int]:
    """Return who submitted or judged it in any round, not in the last one only."""
    acts = (Act.SUBMIT, Act.RETURN, Act.PASS)
    return [event.actor_id for event in filing.events.where(FilingEvent.act.in_(acts))]


def send_back(actor: Actor, filing_id: int, *, version: int, reason: str) -> Filing:
    """Give a reviewed filing back to the reviewer, with a reason."""
    with transaction():
        filing = find(actor, APPROVE, filing_id)
        require(actor, APPROVE, Target(region=filing.region))
        text = review.check_reason(reason)
        stage = review.next_stage(filing.stage, Act.SEND_BACK)
        filing.save_if(version, stage=stage, reviewed_by=None)
        FilingItem.update(verdict=Verdict.PENDING).where(FilingItem.filing == filing).execute()
        note(actor, filing, Act.SEND_BACK, text)
        audit(actor, "filing.send_back", "filing", str(filing.number), {"reason": text})
    return filing


def bulk(actor: Actor, permission: str, wanted: Iterable[tuple[int, int]]) -> list[BulkResult]:
    """Accept, or approve, each filing of *wanted* (number, version) in a transaction of its own.

    A filing with a warning, or changed since the list was opened, is left alone and named; nothing is ever returned
    or rejected in bulk.
    """
    return [_bulk_one(actor, permission, filing_id, version) for filing_id, version in wanted]


def _bulk_one(actor: Actor, permission: str, filing_id: int, version: int) -> BulkResult:
    filing = find(actor, permission, filing_id)
    try:
        if any(finding.is_warning for finding in findings(filing)):
            raise Refused(_("有系统提示，请单独办理。"))
        if permission == APPROVE:
            approve(actor, filing_id, version=version, opinion=str(_("批量批准")))
        else:
            everything = {item.id: Judgement(Verdict.ACCEPTED) for item in filing.items}
            decide(actor, filing_id, version=version, judgements=everything, opinion=str(_("批量通过")))
    except ShuixinError as error:
        return BulkResult(filing, False, error.message)
    return BulkResult(filing, True, _("已办理"))
