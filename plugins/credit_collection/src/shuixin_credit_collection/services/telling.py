"""What filers and reviewers are told: how a filing was decided, and that one waits too long."""

from datetime import datetime

from shuixin.api import Target, Text, clock, domain, holders, notices, review, transaction
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services.deadlines import standing_of
from shuixin_credit_collection.services.registry import record_type

_ = domain("credit_collection")
Act, Stage = review.Act, review.Stage
#: The desk that has a filing in hand at each stage, and where its page is.
DESKS = {
    Stage.SUBMITTED: (REVIEW, "/office/credit_collection/reviews"),
    Stage.REVIEWED: (APPROVE, "/office/credit_collection/approvals"),
}


def tell_filer(filing: Filing, act: review.Act, reason: str = "") -> None:
    """Tell who submitted *filing* what was decided, with the reasons; other acts are no decision."""
    titles = {
        Act.RETURN: _("申报{number}退回补正", number=filing.number),
        Act.REJECT: _("申报{number}不予通过", number=filing.number),
        Act.APPROVE: _("申报{number}已审核通过", number=filing.number),
    }
    if act not in titles:
        return
    own, done = filing.source == "form", [_("申报内容已写入信用档案并公示。")] if act is Act.APPROVE else []
    notices.send(
        [filing.submitted_by or 0],
        kind=f"filing.{act}",
        key=f"filing:{filing.id}:{filing.row_version}",
        title=titles[act],
        text=[*_reasons(filing, act), *([reason] if reason else []), *done],
        link=f"/workspace/filings/{filing.id}" if own else f"{DESKS[Stage.SUBMITTED][1]}/{filing.id}",
    )


def _reasons(filing: Filing, act: review.Act) -> list[Text]:
    """Return a line for each item that was returned."""
    if act is not Act.RETURN:
        return []
    lines = []
    for item in filing.items.where(FilingItem.verdict == review.Verdict.RETURNED).order_by(FilingItem.position):
        type_ = record_type(item.record_type)
        label = (type_.field(item.field).label if item.field else type_.label) if type_ else item.record_type
        lines.append(_("{label}：{reason}", label=label, reason=item.reason))
    return lines


def remind(now: datetime | None = None) -> Text:
    """Tell the holders of a desk of every filing that is urgent or overdue there, once each per step."""
    now = now or clock.now()
    today, told = clock.legal_day(now), 0
    urgent = (
        Filing.select(Filing, Subject)
        .join(Subject)
        .where(Filing.stage.in_(list(DESKS)), Filing.warn_on <= today)
        .order_by(Filing.due_on, Filing.id)
    )
    people: dict[tuple[str, str], list[int]] = {}
    for filing in urgent:
        permission, page = DESKS[Stage(filing.stage)]
        desk = (permission, filing.region)
        if desk not in people:
            people[desk] = holders(permission, Target(region=filing.region))
        told += _remind_of(filing, people[desk], page, now)
    return _("发出期限提醒{count}条。", count=told)


def _remind_of(filing: Filing, people: list[int], page: str, now: datetime) -> int:
    standing = standing_of(filing, now)
    if standing is None or filing.due_on is None:
        return 0
    name = filing.subject.name if filing.subject else ""
    with transaction():
        return notices.send(
            people,
            kind=f"filing.{standing.urgency}",
            key=f"filing:{filing.id}:{filing.stage}:{filing.due_on.isoformat()}:{standing.urgency}",
            title=_("申报{number}{words}", number=filing.number, words=standing.words),
            text=_("{name}，办理期限至{day}。", name=name, day=filing.due_on.isoformat()),
            link=f"{page}/{filing.id}",
            now=now,
        )
