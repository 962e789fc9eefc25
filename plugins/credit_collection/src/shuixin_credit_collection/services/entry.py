"""Entry by the authority (主管部门录入): data of a unit as one submitted filing; forms, workbooks, pulls, undoing."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from shuixin.api import (
    Actor,
    Problem,
    Refused,
    Target,
    allowed,
    audit,
    clock,
    current_platform,
    domain,
    require,
    review,
    transaction,
)
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import IMPORT
from shuixin_credit_collection.services import claims, evidence
from shuixin_credit_collection.services.comparison import compare, kept_draft
from shuixin_credit_collection.services.deadlines import clock_of, running
from shuixin_credit_collection.services.drafts import draft_of, place
from shuixin_credit_collection.services.filings import (
    authority_of,
    code_of,
    next_number,
    note,
    refuse_second,
    store_items,
)
from shuixin_credit_collection.services.register import check_effective_day, hold, index_subject
from shuixin_credit_collection.services.rows import Draft, Texts

_ = domain("credit_collection")
#: Characters that can name a document.
SHORTEST_BASIS = 6


@dataclass(frozen=True)
class Origin:
    """Where entered data comes from.

    :param source: ``workbook``, ``authority``, ``undo`` …; *note* is kept in the record of the filing.
    :param effective_on: the legal day from which on the changes hold, as the authority that files them states it; by
        default that of their approval. An earlier day than what is recorded corrects the Register (更正).
    """

    source: str
    note: str = ""
    effective_on: date | None = None


def enter(actor: Actor, draft: Draft, origin: Origin, attach: Callable[[Filing], object] | None = None) -> Filing:
    """Submit *draft* for the unit that its 基本信息 names; it goes through review like any other filing.

    :param attach: adds documents to the filing, in the same transaction.
    :raises Refused: the draft has problems, all of them named; or it says what the Register says already; or the
        effective day has not come yet.
    :raises Conflict: another filing of the unit is in review.
    :raises Forbidden: the actor may not enter data for the unit's authority.
    """
    uscc = code_of(draft)
    with transaction():
        check_effective_day(origin.effective_on, clock.now())
        number = next_number(clock.now())
        hold(uscc)
        comparison = compare(draft, Subject.get_or_none(Subject.uscc == uscc))
        if comparison.problems:
            raise Refused(
                _("{uscc}的内容有{count}处需要改正，没有导入任何内容。", uscc=uscc, count=len(comparison.problems)),
                comparison.problems,
            )
        if not comparison.changes:  # approved since the caller looked
            raise Refused(_("{uscc}的内容与档案一致，没有导入任何内容。", uscc=uscc))
        subject = subject_for(actor, uscc, comparison.basic)
        filing = open_filing(actor, subject, number, origin, kept_draft(draft))
        store_items(filing, comparison.changes, {})
        claims.propose(filing)
        if attach is not None:
            attach(filing)
    return filing


@dataclass(frozen=True)
class RecordEntry:
    """What the authority says about one record.

    :param texts: as typed, by field; ``None`` takes the record off the Register.
    """

    code: str
    key: str
    texts: Texts | None


def may_enter(actor: Actor, subject: Subject) -> bool:
    """Whether *actor* may enter data for the authority of *subject*."""
    return allowed(actor, IMPORT, Target(region=subject.authority)).allowed


def enter_record(
    actor: Actor, subject: Subject, entry: RecordEntry, origin: Origin, files: Sequence[tuple[IO[bytes], str]] = ()
) -> Filing:
    """Submit one record of *subject*, as :func:`enter` does, with the documents that prove it.

    :param files: stream and name of each.
    :raises Refused: as :func:`enter`; or no reason is given; or a document is not taken.
    """
    require(actor, IMPORT, Target(region=subject.authority))
    if len(origin.note.strip()) < SHORTEST_BASIS:
        rule = _("请写明录入依据，至少{least}个字。", least=SHORTEST_BASIS)
        raise Refused(rule, [Problem("basis", origin.note, rule, _("如文件名称和文号。"))])
    draft = draft_of(subject)
    rows = {key: row for key, row in draft[entry.code].items() if key != entry.key or entry.texts is not None}
    if entry.texts is not None:
        rows[entry.key] = entry.texts
    label = place(entry.code, entry.key)
    with ExitStack() as uploads:
        received = [uploads.enter_context(current_platform().store.received(*file)) for file in files]
        return enter(
            actor,
            {**draft, entry.code: rows},
            origin,
            lambda filing: [evidence.keep(actor, filing, label, upload) for upload in received],
        )


def enter_items(
    actor: Actor, uscc: str, basic: Mapping[str, Any], origin: Origin, store: Callable[[Filing], object]
) -> Filing:
    """Submit items that *store* writes for the unit *uscc*, inside the caller's transaction, which holds the unit.

    :param basic: name and region of the unit, for one that is not known yet.
    :raises Conflict: another filing of the unit is in review.
    :raises Forbidden: the actor may not enter data for the unit's authority.
    """
    number = next_number(clock.now())
    hold(uscc)
    filing = open_filing(actor, subject_for(actor, uscc, basic), number, origin, {})
    store(filing)
    claims.propose(filing)
    return filing


def withdraw_entry(actor: Actor, filing_id: int, *, reason: str) -> Filing:
    """Take back what the authority has submitted, while nobody has reviewed it.

    :raises Conflict: its review has begun or ended.
    """
    filing = Filing.get_by_id(filing_id)
    require(actor, IMPORT, Target(region=filing.region))
    stage = review.PATH.after(filing.stage, review.Act.WITHDRAW)
    filing.save_if(filing.row_version, stage=stage, **clock_of(filing, stage, clock.now()))
    note(actor, filing, review.Act.WITHDRAW, reason)
    audit(actor, "filing.withdraw", "filing", str(filing.number), {"reason": reason})
    return filing


def subject_for(actor: Actor, uscc: str, basic: Mapping[str, Any]) -> Subject:
    """Return the unit *uscc*, made where it is not known yet, if *actor* may enter data for its authority."""
    subject = Subject.get_or_none(Subject.uscc == uscc)
    authority = subject.authority if subject else authority_of(basic["reg_region"])
    require(actor, IMPORT, Target(region=authority))
    if subject is None:
        subject = Subject.create(
            uscc=uscc, name=basic["name"], region=basic["reg_region"], authority=authority, created_at=clock.now()
        )
        index_subject(subject)
    return subject


def open_filing(actor: Actor, subject: Subject, number: str, origin: Origin, draft: Draft) -> Filing:
    """Return a new submitted filing of *subject*, whose items the caller adds."""
    refuse_second(subject)
    now = clock.now()
    filing = Filing.create(
        number=number,
        subject=subject,
        kind="change" if subject.register_version else "first",
        source=origin.source,
        stage=review.Stage.SUBMITTED,
        region=subject.authority,
        effective_on=origin.effective_on,
        draft=draft,
        created_by=actor.id,
        created_at=now,
        submitted_by=actor.id,
        submitter_name=actor.name,
        submitted_at=now,
        **running(review.Stage.SUBMITTED, now),
    )
    note(actor, filing, review.Act.SUBMIT, origin.note)
    return filing
