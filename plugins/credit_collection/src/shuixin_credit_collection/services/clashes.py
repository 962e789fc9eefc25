"""Clashes (疑似冲突): contradictions in the Register, told to both sides, kept until explained or closed.

Notices to the authorities name both sides. Those to the enterprises say only that the person, certificate or work is
recorded elsewhere too: not where, nor by whom.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import ModelSelect, chunked

from shuixin.api import (
    Actor,
    Forbidden,
    NotFound,
    Refused,
    Target,
    Text,
    User,
    acting,
    allowed,
    audit,
    clock,
    domain,
    holders,
    notices,
    review,
    transaction,
    within_reach,
)
from shuixin_credit_collection.models import Claim, Clash, Filing, Subject
from shuixin_credit_collection.permissions import READ, REVIEW
from shuixin_credit_collection.records import Kind, display
from shuixin_credit_collection.records.lapsing import STATUS, status_on
from shuixin_credit_collection.services import claims, crosschecks
from shuixin_credit_collection.services.claims import ClaimKind, Held, present_record, stated
from shuixin_credit_collection.services.crosschecks import KINDS, Pair, Status
from shuixin_credit_collection.services.drafts import place
from shuixin_credit_collection.services.evidence import Document, approved
from shuixin_credit_collection.services.register import hold
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import title_of

_ = domain("credit_collection")
PAGE = "/office/credit_collection/clashes/details/?id="
STATUSES: dict[str, tuple[Text, str, str]] = {
    Status.OPEN: (_("待核查"), "alert-triangle", "amber"),
    Status.EXPLAINED: (_("已说明"), "circle-check", "green"),
    Status.CLOSED: (_("已处理"), "circle-check", "blue"),
}


# --- around an approval --------------------------------------------------------------------------------------------


def before_approval(filing: Filing) -> list[Pair]:
    """Return what the approval of *filing* will contradict in the Register; in the approving transaction, before it.

    :raises Conflict: a manager of an unfinished work would lead a second one, without an exception (R18).
    """
    assert filing.subject is not None, "a submitted filing has a subject"
    hold(filing.subject.uscc)
    future = claims.prospect(filing)
    crosschecks.hold_managers(future)
    pairs = [pair for pair in crosschecks.pairs_of(filing, future) if crosschecks.in_register(pair, filing)]
    crosschecks.refuse_second_work(pairs, filing)
    return pairs


def after_approval(filing: Filing, subject: Subject, pairs: Iterable[Pair], now: datetime) -> None:
    """Bring the index in step with the Register, and tell both sides of what contradicts now."""
    claims.keep(subject)
    keep(pairs, filing, now)


def keep(pairs: Iterable[Pair], filing: Filing | None, now: datetime) -> int:
    """Keep each pair that is not known yet and tell both sides; return how many there were. Inside a transaction."""
    by_identity = {pair.identity: pair for pair in pairs}
    for some in chunked(list(by_identity), claims.AT_ONCE):
        for row in Clash.select(Clash.identity).where(Clash.identity.in_(some)):
            by_identity.pop(row.identity, None)
    desks = _Desks()
    for pair in by_identity.values():
        clash = _create(pair, filing, now, Status.OPEN)
        if clash is not None:
            _tell(clash, desks, now)
    return len(by_identity)


def _create(pair: Pair, filing: Filing | None, now: datetime, status: str) -> Clash | None:
    """Keep a pair; ``None`` if somebody else has just done so."""
    left, right = sorted((pair.mine, pair.other), key=lambda each: (each.subject.id, each.claim.key))
    facts: dict[str, Any] = {
        "identity": pair.identity,
        "kind": pair.kind.value,
        "from_on": pair.span.start,
        "until_on": pair.span.end,
        "filing": filing,
        "found_at": now,
        "status": status,
    }
    for name, held in (("left", left), ("right", right)):
        facts |= {
            name: held.subject,
            f"{name}_region": held.subject.authority,
            f"{name}_type": held.claim.record_type,
            f"{name}_key": held.claim.key,
        }
    Clash.insert(facts).on_conflict_ignore().execute()
    found: Clash | None = Clash.get_or_none(Clash.identity == pair.identity, Clash.found_at == now)
    return found


# --- telling -------------------------------------------------------------------------------------------------------

#: What an enterprise is told, which must not say where else.
WORDS: dict[str, Text] = {
    ClaimKind.PERSON: _("贵单位登记的人员“{title}”在重叠期间也登记在其他单位。"),
    ClaimKind.CERTIFICATE: _("贵单位登记的证书“{title}”在重叠期间另有登记或使用。"),
    ClaimKind.MANAGER: _("贵单位业绩“{title}”的项目负责人在重叠期间还负责其他未完工项目。"),
    ClaimKind.PERFORMANCE: _("贵单位申报的业绩“{title}”另有相同的申报。"),
}


class _Desks(dict[str, list[int]]):
    """Who reviews in a region, asked once for many clashes."""

    def __missing__(self, region: str) -> list[int]:
        self[region] = holders(REVIEW, Target(region=region))
        return self[region]


def _tell(clash: Clash, desks: _Desks, now: datetime) -> None:
    sides = sides_of(clash)
    for region in {clash.left_region, clash.right_region}:
        named = {"left": clash.left.name, "right": clash.right.name, "kind": KINDS[clash.kind]}
        notices.send(
            desks[region],
            kind="clash.found",
            key=f"clash:{clash.identity}",
            title=_("疑似冲突：{kind}", kind=KINDS[clash.kind]),
            text=[_("{left}与{right}的记录相互矛盾（{kind}），请核查。", **named), *(each.words for each in sides)],
            link=f"{PAGE}{clash.id}",
            now=now,
        )
    for subject, side in zip((clash.left, clash.right), sides, strict=True):
        words = WORDS[clash.kind]
        notices.send(
            accounts_of(subject),
            kind="clash.found",
            key=f"clash:{clash.identity}",
            title=_("信用信息需要核实"),
            text=[
                Text(words.domain, words.source, {"title": side.title}),
                _("请核实本单位的信息，有变化的请申报变更。"),
            ],
            link="/workspace/",
            now=now,
        )


def accounts_of(subject: Subject) -> list[int]:
    """Return the account numbers of an enterprise."""
    return [user.id for user in User.select(User.id).where(User.subject == subject.uscc, User.active)]


# --- both sides, for the authority ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClashSide:
    """One side as the authority sees it: whose record it is, what it says, which filing and documents it came with.

    :param pairs: label and value of the record's fields, without numbers of persons.
    :param files: the documents attached to the record.
    """

    subject: Subject
    label: Text | str
    title: str
    pairs: tuple[tuple[Text, str], ...]
    filing: Filing | None
    files: tuple[Document, ...]

    @property
    def words(self) -> Text:
        """The side in one line."""
        number = str(self.filing.number) if self.filing else "—"
        facts = {"unit": self.subject.name, "uscc": self.subject.uscc, "label": self.label, "title": self.title}
        return _("{unit}（{uscc}）：{label}“{title}”，申报{number}", **facts, number=number)


def sides_of(clash: Clash) -> tuple[ClashSide, ClashSide]:
    """Return both sides of *clash* as they are in the Register now."""
    return (
        _side(clash.left, clash.left_type, clash.left_key),
        _side(clash.right, clash.right_type, clash.right_key),
    )


def _side(subject: Subject, code: str, key: str) -> ClashSide:
    type_ = record_type(code)
    record = present_record(type_, subject.id, key) if type_ else None
    if type_ is None or record is None:
        return ClashSide(subject, type_.label if type_ else code, "", (), None, ())
    values, today = type_.columns_of(record), clock.legal_day(clock.now())
    values[STATUS] = status_on(values, today)
    shown = [spec for spec in type_.typed if spec.kind not in (Kind.SECRET, Kind.FILE) and values.get(spec.name)]
    pairs = tuple((spec.label, display(spec, values[spec.name])) for spec in shown)
    files = approved([record.filing.id], place(code, key)).get(record.filing.id, ())
    return ClashSide(subject, type_.label, title_of(type_, values), pairs, record.filing, files)


def still_there(clash: Clash) -> bool:
    """Whether the Register still contradicts itself there."""
    lefts, rights = (
        list(Claim.select().where(Claim.subject == subject, Claim.key == key, Claim.filing.is_null()))
        for subject, key in ((clash.left, clash.left_key), (clash.right, clash.right_key))
    )
    binding = crosschecks.binding_works(clock.legal_day(clock.now()))
    same = clash.left.id == clash.right.id
    return any(
        one.kind == clash.kind and crosschecks.contradicts(stated(one), stated(other), same_unit=same, binding=binding)
        for one in lefts
        for other in rights
    )


# --- what the authority makes of it --------------------------------------------------------------------------------


def reach(query: "ModelSelect[Any]", actor: Actor, permission: str) -> "ModelSelect[Any]":
    """Narrow *query* to the clashes with at least one side where *actor* holds *permission*: both are told."""
    own: Any = Clash.select(Clash.id)
    sides = [within_reach(own, actor, permission, region=region) for region in (Clash.left_region, Clash.right_region)]
    return query.where(Clash.id.in_(sides[0]) | Clash.id.in_(sides[1]))


def find(actor: Actor, clash_id: int, permission: str = READ) -> Clash:
    """Return a clash within reach.

    :raises NotFound: there is none; one out of reach is answered alike.
    """
    clash: Clash | None = reach(Clash.select(), actor, permission).where(Clash.id == clash_id).first()
    if clash is None:
        raise NotFound(_("没有找到这条疑似冲突，或它不在您的管辖范围内。"))
    return clash


def decide(
    actor: Actor, clash_id: int, *, version: int, status: str, reason: str, now: datetime | None = None
) -> Clash:
    """Set a clash to explained or closed, or open it again, with a reason.

    :raises Refused: the reason is too short, or the status unknown.
    :raises Conflict: somebody decided meanwhile.
    :raises Forbidden: the actor has no right to review on either side.
    """
    if status not in STATUSES:
        raise Refused(_("请选择处理结果。"))
    with transaction():
        clash = find(actor, clash_id)
        actor = _acting(actor, clash.left_region, clash.right_region)
        _note(actor, clash, status, review.check_reason(reason), version=version, now=now or clock.now())
    return clash


def _acting(actor: Actor, *regions: str) -> Actor:
    """Return *actor* as who reviews in the first of *regions* that the right reaches.

    :raises Forbidden: it reaches none.
    """
    for region in regions[:-1]:
        try:
            return acting(actor, REVIEW, Target(region=region))
        except Forbidden:
            continue
    return acting(actor, REVIEW, Target(region=regions[-1]))


def may_decide(actor: Actor, clash: Clash) -> bool:
    """Whether *actor* has the right to review on either side of *clash*."""
    return any(allowed(actor, REVIEW, Target(region=each)).allowed for each in (clash.left_region, clash.right_region))


def _note(actor: Actor, clash: Clash, status: str, text: str, *, version: int, now: datetime) -> None:
    before = clash.status
    clash.save_if(version, status=status, reason=text, decided_by=actor.id, decided_name=actor.name, decided_at=now)
    detail = {"kind": clash.kind, "from": before, "to": status, "reason": text}
    audit(actor, "clash.decide", "clash", str(clash.id), detail)


def except_pair(actor: Actor, filing: Filing, identity: str, reason: str, now: datetime) -> Clash:
    """Keep a pair of works that bars *filing* as explained, with the reason; inside the caller's transaction.

    :raises NotFound: the filing is in nobody's hand, or no such pair bars it.
    """
    pairs = crosschecks.pairs_of(filing, claims.prospect(filing))
    bars = {pair.identity: pair for pair in crosschecks.barring(pairs, filing)}
    pair = bars.get(identity) if filing.stage in claims.IN_REVIEW else None
    if pair is None:
        raise NotFound(_("本件没有这一项需要例外的项目负责人兼任，可能已经办理。"))
    _create(pair, filing, now, Status.OPEN)
    clash: Clash = Clash.get(Clash.identity == identity)
    _note(actor, clash, Status.EXPLAINED, reason, version=clash.row_version, now=now)
    return clash


# --- the nightly search --------------------------------------------------------------------------------------------


def search(now: datetime | None = None) -> Text:
    """Bring the index in step where it lags, and find what approvals did not: old data, two approvals at once.

    The engine compares the whole index with itself; only what contradicts is loaded.
    """
    at = now or clock.now()
    lagging = 0
    while step := claims.catch_up():
        lagging += step
    binding, found = crosschecks.binding_works(clock.legal_day(at)), 0
    for some in chunked(list(_candidates()), 200):
        pairs = [pair for pair in _loaded(some) if _holds(pair, binding)]
        with transaction():
            found += keep(pairs, None, at)
    return _("补建索引{lagging}家，新发现疑似冲突{count}条。", lagging=lagging, count=found)


def _candidates() -> Iterator[tuple[int, int]]:
    """Return pairs of claims of the Register that may contradict each other, by their numbers."""
    one, other = Claim.alias(), Claim.alias()
    same = (one.value == other.value) & (one.kind == other.kind) & (one.id < other.id)
    overlap = (one.from_on.is_null() | other.until_on.is_null() | (one.from_on < other.until_on)) & (
        other.from_on.is_null() | one.until_on.is_null() | (other.from_on < one.until_on)
    )
    places = (one.place != "") & (other.place != "") & (one.place != other.place)
    apart = (one.subject != other.subject) | places | (one.kind == ClaimKind.PERFORMANCE.value)
    query = one.select(one.id, other.id).join(other, on=same)
    found: Any = query.where(one.filing.is_null(), other.filing.is_null(), overlap, apart).tuples()
    return iter(found)


def _loaded(numbers: list[tuple[int, int]]) -> list[Pair]:
    ids = {number for pair in numbers for number in pair}
    rows = {row.id: row for row in Claim.select(Claim, Subject).join(Subject).where(Claim.id.in_(list(ids)))}
    held = {number: Held(row.subject, stated(row)) for number, row in rows.items()}
    return [Pair(held[one], held[other]) for one, other in numbers if one in held and other in held]


def _holds(pair: Pair, binding: frozenset[str]) -> bool:
    same = pair.mine.subject.id == pair.other.subject.id
    return crosschecks.contradicts(pair.mine.claim, pair.other.claim, same_unit=same, binding=binding)
