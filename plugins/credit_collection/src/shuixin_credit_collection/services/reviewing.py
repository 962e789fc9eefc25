"""Filings on the authority's side: verdicts on items, approval, and bulk work on untouched filings."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import Case, ModelSelect, fn

from shuixin.api import (
    Actor,
    Conflict,
    NotFound,
    Refused,
    Scope,
    ShuixinError,
    Target,
    Text,
    acting,
    announce,
    audit,
    clock,
    domain,
    region_prefix,
    review,
    transaction,
)
from shuixin_credit_collection.events import RegisterChanged
from shuixin_credit_collection.models import Clash, Filing, FilingEvent, FilingItem
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services import clashes
from shuixin_credit_collection.services.deadlines import clock_of
from shuixin_credit_collection.services.drafts import carry_into_open_drafts, draft_of, place
from shuixin_credit_collection.services.filings import note
from shuixin_credit_collection.services.findings import findings
from shuixin_credit_collection.services.presentation import ACTS
from shuixin_credit_collection.services.register import apply_items, corrected_by
from shuixin_credit_collection.services.telling import tell_filer

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
    """Return what waits at the desk of *permission*: what is due first comes first, then the oldest."""
    waiting = within_reach(actor, permission).where(Filing.stage == DESK[permission])
    return waiting.order_by(Filing.due_on.asc(nulls="last"), Filing.submitted_at, Filing.id)


def numbers(actor: Actor, permission: str, today: date) -> tuple[int, int]:
    """Return how many filings wait at the desk of *permission*, and how many of them past their due day."""
    late = fn.COUNT(Case(None, [(Filing.due_on < today, 1)]))
    waiting = within_reach(actor, permission).where(Filing.stage == DESK[permission])
    rows: Any = waiting.select(fn.COUNT(Filing.id), late).tuples()
    total, overdue = next(iter(rows))
    return int(total), int(overdue)


def find(actor: Actor, permission: str, filing_id: int) -> Filing:
    """Return a submitted filing within reach.

    :raises NotFound: there is none; one out of reach is answered alike.
    """
    filing = within_reach(actor, permission).where(Filing.id == filing_id, Filing.number.is_null(False)).get_or_none()
    if filing is None:
        raise NotFound(_("没有找到这件申报，或它不在您的管辖范围内。"))
    return filing


@contextmanager
def _naming_the_last_step(filing_id: int) -> Iterator[None]:
    """Let a conflict say who was quicker, and when; it is told to the authority only."""
    try:
        yield
    except Conflict as conflict:
        last = FilingEvent.select().where(FilingEvent.filing == filing_id).order_by(FilingEvent.id.desc()).first()
        if last is None:
            raise
        step = {"when": clock.to_minute(last.at), "who": last.actor_name, "what": ACTS.get(last.act, last.act)}
        raise Conflict(_("{reason}最近一步：{when}，{who}，{what}。", reason=conflict.message, **step)) from conflict


def decide(
    actor: Actor, filing_id: int, *, version: int, judgements: dict[int, Judgement], opinion: str = ""
) -> Filing:
    """Pass a filing on, or return it, by verdicts on each item (初审).

    :raises Refused: an item without verdict, or a return without reason.
    :raises Conflict: the filing changed since the reviewer opened it.
    :raises Forbidden: out of reach, or the reviewer filed it.
    """
    with _naming_the_last_step(filing_id), transaction():
        filing = find(actor, REVIEW, filing_id)
        actor = _at_desk(actor, REVIEW, filing, filing.submitted_by, filing.created_by)
        act = _judge(filing, judgements)
        stage = review.PATH.after(filing.stage, act)
        filing.save_if(version, stage=stage, reviewed_by=actor.id, **clock_of(filing, stage, clock.now()))
        note(actor, filing, act, opinion)
        audit(actor, f"filing.{act}", "filing", str(filing.number), {"opinion": opinion})
        tell_filer(filing, act, opinion)
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
    with _naming_the_last_step(filing_id), transaction():
        filing = find(actor, REVIEW, filing_id)
        actor = _at_desk(actor, REVIEW, filing, filing.submitted_by, filing.created_by)
        text = review.check_reason(reason)
        stage = review.PATH.after(filing.stage, Act.REJECT)
        filing.save_if(version, stage=stage, reviewed_by=actor.id, **clock_of(filing, stage, clock.now()))
        note(actor, filing, Act.REJECT, text)
        audit(actor, "filing.reject", "filing", str(filing.number), {"reason": text})
        tell_filer(filing, Act.REJECT, text)
    return filing


def approve(actor: Actor, filing_id: int, *, version: int, opinion: str = "") -> Filing:
    """Approve a reviewed filing (批准): its items enter the Register in the same transaction.

    They hold from the day that the filing states, which the approver cannot change, or else from today on.

    :raises Conflict: the filing or the Register moved since it was opened, or a manager of an unfinished work would
        lead a second one (R18); nothing is written.
    :raises Refused: the day that the filing states has not come yet.
    :raises Forbidden: out of reach, or the approver filed or reviewed it.
    """
    with _naming_the_last_step(filing_id), transaction():
        filing = find(actor, APPROVE, filing_id)
        actor = _at_desk(actor, APPROVE, filing, *_earlier_hands(filing))
        stage, now = review.PATH.after(filing.stage, Act.APPROVE), clock.now()
        filing.save_if(version, stage=stage, approved_by=actor.id, approved_at=now, **clock_of(filing, stage, now))
        pairs = clashes.before_approval(filing)
        before = draft_of(filing.subject)
        subject = apply_items(filing, filing.items.order_by(FilingItem.position))
        clashes.after_approval(filing, subject, pairs, now)
        carry_into_open_drafts(subject, before)
        note(actor, filing, Act.APPROVE, opinion)
        audit(actor, "filing.approve", "filing", str(filing.number), {"opinion": opinion, **_back_to(filing)})
        tell_filer(filing, Act.APPROVE, opinion)
        announce(RegisterChanged(subject.uscc, subject.register_version))
    return filing


def _back_to(filing: Filing) -> dict[str, Any]:
    """Return for the audit chain from which day on a filing holds that states one, and what it corrected."""
    if filing.effective_on is None:
        return {}
    corrected = [place(code, key) for code, key in corrected_by(filing)]
    return {"effective_on": filing.effective_on.isoformat(), "corrects": corrected}


def _at_desk(actor: Actor, permission: str, filing: Filing, *earlier: int | None) -> Actor:
    """Return *actor* as who works on *filing*: in the own right, or on behalf of a delegator; four eyes hold for both.

    :raises Forbidden: out of reach, or one of the two is among the *earlier* hands.
    """
    actor = acting(actor, permission, Target(region=filing.region), avoid=earlier)
    review.check_four_eyes(actor.id, *earlier, behalf=actor.behalf.id if actor.behalf else 0)
    return actor


def _earlier_hands(filing: Filing) -> list[int | None]:
    """Return who submitted or judged it in any round, not in the last one only, and on whose behalf."""
    acts = (Act.SUBMIT, Act.RETURN, Act.PASS)
    events = list(filing.events.where(FilingEvent.act.in_(acts)))
    hands = [number for event in events for number in (event.actor_id, event.behalf_id)]
    return [filing.submitted_by, filing.created_by, *hands]


def unmask(actor: Actor, duty: str, filing_id: int, *, reason: str) -> Filing:
    """Let the actor see the numbers of persons in one filing in full, and keep who did and why.

    :raises Refused: no reason is given.
    :raises NotFound: there is no such filing within reach.
    """
    with transaction():
        filing = find(actor, duty, filing_id)
        actor = acting(actor, duty, Target(region=filing.region))
        text = review.check_reason(reason)
        audit(actor, "filing.unmask", "filing", str(filing.number), {"reason": text})
    return filing


def send_back(actor: Actor, filing_id: int, *, version: int, reason: str) -> Filing:
    """Give a reviewed filing back to the reviewer, with a reason."""
    with _naming_the_last_step(filing_id), transaction():
        filing = find(actor, APPROVE, filing_id)
        actor = acting(actor, APPROVE, Target(region=filing.region))
        text = review.check_reason(reason)
        stage = review.PATH.after(filing.stage, Act.SEND_BACK)
        filing.save_if(version, stage=stage, reviewed_by=None, **clock_of(filing, stage, clock.now()))
        FilingItem.update(verdict=Verdict.PENDING).where(FilingItem.filing == filing).execute()
        note(actor, filing, Act.SEND_BACK, text)
        audit(actor, "filing.send_back", "filing", str(filing.number), {"reason": text})
    return filing


def except_manager(actor: Actor, filing_id: int, identity: str, *, reason: str, now: datetime | None = None) -> Clash:
    """Let a manager lead a second unfinished work (R18 准予例外), so that the filing can be approved.

    :param identity: of the two works, as the finding has it.
    :raises NotFound: the filing is out of reach, or needs no such exception.
    :raises Refused: the reason is too short.
    :raises Forbidden: the actor filed it.
    """
    with transaction():
        filing = find(actor, REVIEW, filing_id)
        actor = _at_desk(actor, REVIEW, filing, filing.submitted_by, filing.created_by)
        text = review.check_reason(reason)
        clash = clashes.except_pair(actor, filing, identity, text, now or clock.now())
        audit(actor, "filing.except", "filing", str(filing.number), {"clash": clash.id, "reason": text})
    return clash


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
