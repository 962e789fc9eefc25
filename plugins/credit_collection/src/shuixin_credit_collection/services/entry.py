"""Entry by the authority (主管部门录入): a whole unit's data as one submitted filing, for workbooks and pulls."""

from shuixin.api import Actor, Refused, Target, clock, domain, require, review, transaction
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import IMPORT
from shuixin_credit_collection.services.comparison import Draft, compare, kept_draft
from shuixin_credit_collection.services.filings import (
    authority_of,
    code_of,
    next_number,
    note,
    refuse_second,
    store_items,
)
from shuixin_credit_collection.services.register import hold

_ = domain("credit_collection")


def enter(actor: Actor, draft: Draft, *, source: str, note_text: str = "") -> Filing:
    """Submit *draft* for the unit that its 基本信息 names; it goes through review like any other filing.

    :raises Refused: the draft has problems, all of them named.
    :raises Conflict: another filing of the unit is in review.
    :raises Forbidden: the actor may not enter data for the unit's authority.
    """
    uscc = code_of(draft)
    with transaction():
        now = clock.now()
        number = next_number(now)
        hold(uscc)
        subject = Subject.get_or_none(Subject.uscc == uscc)
        comparison = compare(draft, subject)
        if comparison.problems:
            raise Refused(
                _("{uscc}的内容有{count}处需要改正，没有导入任何内容。", uscc=uscc, count=len(comparison.problems)),
                comparison.problems,
            )
        authority = subject.authority if subject else authority_of(comparison.basic["reg_region"])
        require(actor, IMPORT, Target(region=authority))
        if subject is None:
            subject = Subject.create(
                uscc=uscc,
                name=comparison.basic["name"],
                region=comparison.basic["reg_region"],
                authority=authority,
                created_at=now,
            )
        refuse_second(subject)
        filing = Filing.create(
            number=number,
            subject=subject,
            kind="change" if subject.register_version else "first",
            source=source,
            stage=review.Stage.SUBMITTED,
            region=authority,
            draft=kept_draft(draft),
            created_by=actor.id,
            created_at=now,
            submitted_by=actor.id,
            submitter_name=actor.name,
            submitted_at=now,
        )
        store_items(filing, comparison.changes, {})
        note(actor, filing, review.Act.SUBMIT, note_text)
    return filing
