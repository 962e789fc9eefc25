"""Filings on the filer's side: draft, save, submit, withdraw."""

from collections.abc import Iterable
from datetime import datetime

from peewee import IntegrityError, fn

from shuixin.api import (
    Actor,
    Conflict,
    Forbidden,
    NotFound,
    Problem,
    Refused,
    Target,
    Text,
    User,
    audit,
    bind_subject,
    clock,
    current_platform,
    domain,
    exclusive,
    identifiers,
    numbering,
    region_prefix,
    require,
    review,
    transaction,
)
from shuixin_credit_collection.models import Filing, FilingEvent, FilingItem, Subject
from shuixin_credit_collection.permissions import FILE
from shuixin_credit_collection.services import claims, commitments
from shuixin_credit_collection.services.comparison import Change, Comparison, compare, kept_draft
from shuixin_credit_collection.services.deadlines import clock_of
from shuixin_credit_collection.services.drafts import carry, draft_of, filer_of
from shuixin_credit_collection.services.register import hold, index_subject
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import Draft, Texts, comparable

_ = domain("credit_collection")
Act, Stage, Verdict = review.Act, review.Stage, review.Verdict
#: The stages at which the authority has a filing in hand.
IN_REVIEW = (Stage.SUBMITTED, Stage.REVIEWED)


def own_subject(actor: Actor) -> Subject | None:
    """Return the subject that the enterprise account *actor* belongs to, once it has declared one."""
    return Subject.get_or_none(Subject.uscc == actor.subject) if actor.subject else None


def own_filings(actor: Actor) -> list[Filing]:
    """Return the filings of the account and of its subject, newest first.

    A first filing has no subject until it is submitted; the other accounts of the enterprise know it by who began it.
    """
    mine = Filing.created_by == actor.id
    if actor.subject:
        mine |= Filing.created_by.in_(User.select(User.id).where(User.subject == actor.subject))
    subject = own_subject(actor)
    condition = (mine | (Filing.subject == subject)) if subject else mine
    return list(Filing.select().where(condition).order_by(Filing.id.desc()))


def find_own(actor: Actor, filing_id: int) -> Filing:
    """Return one of the actor's own filings.

    :raises NotFound: there is none; somebody else's is answered alike.
    """
    filing = next((each for each in own_filings(actor) if each.id == filing_id), None)
    if filing is None:
        raise NotFound(_("没有找到这件申报。"))
    return filing


def require_filing(actor: Actor) -> None:
    """Refuse who may look at the own subject's filings only."""
    require(actor, FILE, Target(subject=actor.subject) if actor.subject else None)


def find_editable(actor: Actor, filing_id: int) -> Filing:
    """Return one of the actor's own filings whose content may still change, and which the actor may change.

    :raises Conflict: it is submitted or settled.
    """
    require_filing(actor)
    filing = find_own(actor, filing_id)
    if Stage(filing.stage) not in review.EDITABLE:
        raise Conflict(_("此件已提交，不能再修改。如需修改请先撤回。"))
    return filing


def hold_filing(filing_id: int) -> None:
    """Wait until nobody else submits, or attaches to, the filing; until the transaction ends."""
    exclusive(f"credit_collection.filing:{filing_id}")


def start(actor: Actor) -> Filing:
    """Return the actor's open filing, or begin one with what the Register holds now."""
    require_filing(actor)
    with transaction():
        hold(actor.subject or f"account:{actor.id}")
        for filing in own_filings(actor):
            if Stage(filing.stage) not in review.FINAL:
                return filing
        subject = own_subject(actor)
        filing = Filing.create(
            subject=subject,
            kind=_kind(subject),
            source="form",
            stage=Stage.DRAFT,
            region=_site_region(),
            draft=draft_of(subject),
            created_by=actor.id,
            created_at=clock.now(),
        )
        note(actor, filing, "draft")
    return filing


def _kind(subject: Subject | None) -> str:
    return "change" if subject and subject.register_version else "first"


def _site_region() -> str:
    return current_platform().settings.site.region


def save_draft(actor: Actor, filing_id: int, *, version: int, code: str, rows: dict[str, dict[str, str]]) -> Filing:
    """Keep what was typed for one record type, valid or not.

    :param rows: record key -> field -> text; replaces all rows of the type.
    :raises Conflict: the filing was submitted, or saved elsewhere, meanwhile.
    """
    filing = find_editable(actor, filing_id)
    if record_type(code) is None:
        raise NotFound(_("没有这一项信息。"))
    filing.save_if(version, draft={**filing.draft, **kept_draft({code: rows})})
    return filing


def save_record(actor: Actor, filing_id: int, *, version: int, code: str, key: str, texts: Texts | None) -> Filing:
    """Keep what was typed of one record, valid or not; ``None`` takes the record out of the draft.

    :raises Conflict: the filing was submitted, or saved elsewhere, meanwhile.
    """
    filing = find_editable(actor, filing_id)
    rows = {name: row for name, row in filing.draft.get(code, {}).items() if name != key or texts is not None}
    if texts is not None:
        rows[key] = texts
    return save_draft(actor, filing_id, version=version, code=code, rows=rows)


def check(filing: Filing) -> Comparison:
    """Return problems and changes of a draft as it stands."""
    return compare(filing.draft, filing.subject, filer_of(filing))


def submit(
    actor: Actor, filing_id: int, *, version: int, commitment: str, replies: dict[str, str] | None = None
) -> Filing:
    """Submit a draft for review; after a return, items that were accepted and not touched stay accepted.

    :param commitment: what the enterprise commits itself to, as :class:`~.commitments.Wording` is called.
    :raises Refused: with every problem of every field, or when nothing changed, or without the commitment.
    :raises Conflict: the filing was submitted or saved elsewhere meanwhile (a double click), another filing of the
        unit is in review, or the unit has entered the Register since the draft was begun.
    """
    require_filing(actor)
    _catch_up(actor, filing_id)
    with transaction():
        # Everybody locks in this order: filing, counter, subject, and the head of the audit chain at the end.
        hold_filing(filing_id)
        filing = find_own(actor, filing_id)
        stage = review.PATH.after(filing.stage, Act.SUBMIT)
        filing.number = filing.number or next_number(clock.now())
        hold(code_of(filing.draft))
        comparison = _checked(filing, commitment)
        subject = _claim(actor, filing, comparison)
        refuse_second(subject)
        store_items(filing, comparison.changes, replies or {})
        _enter(actor, filing, version, subject, stage)
        claims.propose(filing)
        commitments.keep(actor, filing)
        note(actor, filing, Act.SUBMIT)
        if actor.subject != subject.uscc:
            bind_subject(actor, actor.id, subject.uscc)
        audit(actor, "filing.submit", "filing", str(filing.number), {"items": len(comparison.changes)})
    return filing


def _checked(filing: Filing, commitment: str) -> Comparison:
    """Return the changes of a draft that can be submitted as it is."""
    comparison = check(filing)
    problems = [*comparison.problems, *commitments.problems_of(commitment)]
    if problems:
        raise Refused(_("有{count}处需要改正，改好后才能提交。", count=len(problems)), problems)
    if not comparison.changes:
        raise Refused(_("内容与档案一致，没有需要申报的变化。"))
    return comparison


def _catch_up(actor: Actor, filing_id: int) -> None:
    """Lay a draft that was begun before its unit was in the Register beside what the Register holds now.

    :raises Conflict: it has just been done; what will be submitted is to be looked at first.
    """
    with transaction():
        hold_filing(filing_id)
        filing, subject = find_own(actor, filing_id), own_subject(actor)
        late = filing.subject is None and subject is not None and Stage(filing.stage) in review.EDITABLE
        if not late or subject is None:
            return
        carry(filing, {}, draft_of(subject))
        filing.save_if(filing.row_version, subject=subject)
    if subject.register_version:
        raise Conflict(_("本单位的信息已由主管部门录入档案，并已并入这件草稿。"))


def code_of(draft: Draft) -> str:
    """Return the 统一社会信用代码 that the 基本信息 of *draft* names, ``""`` for none."""
    return identifiers.clean_code(next(iter(draft.get("basic_information", {}).values()), {}).get("uscc", ""))


def refuse_second(subject: Subject) -> None:
    """Refuse a second filing beside one in review: neither would know of the other's changes.

    :raises Conflict: the one in review is named.
    """
    other = Filing.get_or_none(Filing.subject == subject, Filing.stage.in_(IN_REVIEW))
    if other is not None:
        raise Conflict(_("该单位的申报{number}正在审核，请待其办结后再提交。", number=other.number))


def _enter(actor: Actor, filing: Filing, version: int, subject: Subject, stage: review.Stage) -> None:
    filing.save_if(
        version,
        number=filing.number,
        subject=subject,
        kind=_kind(subject),
        stage=stage,
        region=subject.authority,
        effective_on=None,  # what an enterprise files holds from its approval on, an entry returned to it too
        **clock_of(filing, stage, clock.now()),
        submitted_by=actor.id,
        submitter_name=actor.name,
        submitted_at=clock.now(),
        reviewed_by=None,
        approved_by=None,
    )


def next_number(now: datetime) -> str:
    """Return the next filing number (申报编号), counted per year without gaps."""
    year = clock.legal_day(now).year
    return f"GB-{year}-{numbering.allocate('credit_collection.filing', year):04d}"


def authority_of(region: str) -> str:
    """Return the region of the authority in charge: the place of registration if it lies in the city, else the city."""
    site = _site_region()
    return region if region.startswith(region_prefix(site)) else site


def _claim(actor: Actor, filing: Filing, comparison: Comparison) -> Subject:
    """Return the subject the filing is for; a first submission takes hold of its code.

    Of two enterprises that file the same code the first to submit holds it; the unique index decides a race.
    """
    uscc, name, region = (comparison.basic[key] for key in ("uscc", "name", "reg_region"))
    held = filing.subject.uscc if filing.subject else actor.subject
    if held and held != uscc:
        raise _code_refused(
            uscc,
            _("统一社会信用代码与本账号绑定的{held}不一致。", held=held),
            _("代码变更须由主管部门办理，请恢复原代码。"),
        )
    if filing.subject:
        return filing.subject
    try:
        with transaction():
            subject = Subject.create(
                uscc=uscc,
                name=name,
                region=region,
                authority=authority_of(region),
                owner=actor.id,
                created_at=clock.now(),
            )
            index_subject(subject)
    except IntegrityError:
        raise _code_refused(
            uscc,
            _("统一社会信用代码{uscc}已由其他账号申报或已在册。", uscc=uscc),
            _("请核对代码；如确为本单位，请联系主管部门绑定账号。"),
        ) from None
    return subject


def _code_refused(uscc: str, rule: Text, remedy: Text) -> Refused:
    return Refused(rule, [Problem("basic_information", uscc, rule, remedy)])


def store_items(filing: Filing, changes: Iterable[Change], replies: dict[str, str]) -> None:
    """Replace the filing's items by *changes*, keeping verdicts on what was accepted and not touched since."""
    earlier = {(item.record_type, item.key, item.field): item for item in filing.items}
    FilingItem.delete().where(FilingItem.filing == filing).execute()
    for position, change in enumerate(changes):
        old = earlier.get(change.identity)
        kept = old is not None and old.verdict == Verdict.ACCEPTED and _same(change, old)
        FilingItem.create(
            filing=filing,
            position=position,
            record_type=change.record_type,
            key=change.key,
            field=change.field,
            action=change.action,
            before=change.before,
            after=change.after,
            base_version=change.base_version,
            verdict=Verdict.ACCEPTED if kept else Verdict.PENDING,
            reason=old.reason if old and not kept else "",
            reply=replies.get(str(old.id), "") if old else "",
        )


def _same(change: Change, old: FilingItem) -> bool:
    type_ = record_type(change.record_type)
    if type_ is None or change.action != old.action or set(change.after or {}) != set(old.after or {}):
        return False
    return all(
        comparable(type_.field(name), value) == comparable(type_.field(name), old.after[name])
        for name, value in (change.after or {}).items()
    )


def withdraw(actor: Actor, filing_id: int, *, version: int) -> Filing:
    """Take a submitted filing back before its review has ended; it can be changed and submitted again."""
    require_filing(actor)
    with transaction():
        filing = find_own(actor, filing_id)
        if actor.id not in (filing.submitted_by, filing.created_by):
            raise Forbidden(_("只有提交人可以撤回。"))
        stage = review.PATH.after(filing.stage, Act.WITHDRAW)
        filing.save_if(version, stage=stage, **clock_of(filing, stage, clock.now()))
        note(actor, filing, Act.WITHDRAW)
        audit(actor, "filing.withdraw", "filing", str(filing.number))
    return filing


def note(actor: Actor, filing: Filing, act: str, text: str = "") -> None:
    """Add a line to the filing's record (办理记录)."""
    FilingEvent.create(
        filing=filing,
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
        unit_name=actor.unit_name,
        behalf_id=actor.behalf.id if actor.behalf else 0,
        behalf_name=actor.behalf.name if actor.behalf else "",
        act=act,
        note=text,
    )


def unreachable() -> str:
    """Return what no path leads to, ``""`` for nothing: a nightly check.

    A stage that is not drawn, a filing in hand without number, submitter or items, an approval without its version of
    the Register.
    """
    known = [stage.value for stage in Stage]
    in_hand = Filing.stage.not_in([stage.value for stage in review.EDITABLE])
    items = FilingItem.select(FilingItem.filing)
    bare = Filing.number.is_null() | Filing.submitted_by.is_null() | Filing.id.not_in(items)
    wrong = Filing.select(Filing.id).where(Filing.stage.not_in(known) | (in_hand & bare))
    approved = Filing.select(fn.COUNT(Filing.id)).where(Filing.subject == Subject.id, Filing.stage == Stage.APPROVED)
    moved = Subject.select(Subject.uscc).where(Subject.register_version != approved)
    keys = [str(row.id) for row in wrong] + [row.uscc for row in moved]
    return str(_("状态无法由办理得到：{keys}。", keys="、".join(keys[:10]))) if keys else ""
