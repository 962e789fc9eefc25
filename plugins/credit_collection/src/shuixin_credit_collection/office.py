"""Back office pages of the collection subsystem: the reviewer's and the leader's desks, the subjects."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from peewee import ModelSelect

from shuixin.api import (
    Actor,
    Conflict,
    Forbidden,
    OfficeList,
    OfficePage,
    OfficeView,
    Problem,
    Queue,
    QueueCase,
    Refused,
    Target,
    Text,
    acting,
    clock,
    domain,
    expose,
    filtering,
    form_number,
    number_of,
    page_number,
    review,
    send_attachment,
)
from shuixin_credit_collection.batches.office import BatchDesk
from shuixin_credit_collection.dossiers import SubjectList
from shuixin_credit_collection.models import Clash, Filing, Subject
from shuixin_credit_collection.permissions import APPROVE, IMPORT, READ, REVIEW
from shuixin_credit_collection.services import clashes, commitments, evidence, presentation, register, reviewing
from shuixin_credit_collection.services.crosschecks import KINDS, period
from shuixin_credit_collection.services.deadlines import standing_of
from shuixin_credit_collection.services.findings import findings
from shuixin_credit_collection.services.intervals import Span
from shuixin_credit_collection.statistics import FlowDesk

_ = domain("credit_collection")
REVIEWS, RECORDS = _("审核中心"), _("信用档案")
PER_PAGE = 50
#: What officials who confirm an enterprise's registration are told of it.
SUBJECT_SOURCES = ((RECORDS, register.name_of),)


class Desk(OfficePage):
    """A queue of filings at one stage and the page of one case; both duties work on the same pages."""

    duty = ""
    bulk_label: Text | str = ""

    @expose("/")
    def index(self) -> str:
        """Show what waits, the most urgent first, and where everything else stands."""
        page = page_number()
        waiting = reviewing.queue(self.actor, self.duty)
        text: str = self.render(
            "credit_collection/office_queue.html",
            total=waiting.count(),
            page=page,
            per_page=PER_PAGE,
            cases=list(waiting.paginate(min(page, 10_000), PER_PAGE)),
            bulk_label=self.bulk_label,
            done=self._done(),
            look=presentation.STAGES,
            standing=lambda filing: standing_of(filing, clock.now()),
        )
        return text

    def _done(self) -> list[Filing]:
        reach = reviewing.within_reach(self.actor, self.duty)
        others = reach.where(Filing.stage != reviewing.DESK[self.duty], Filing.number.is_null(False))
        return list(others.order_by(Filing.id.desc()).limit(20))

    @expose("/<int:filing_id>")
    def case(self, filing_id: int) -> str:
        """Show one case."""
        return self._case(filing_id)

    @expose("/<int:filing_id>/numbers", methods=("POST",))
    def numbers(self, filing_id: int) -> ResponseReturnValue:
        """Show the numbers of persons in one case in full, this once; what was chosen and typed is kept."""
        kept = request.form.to_dict()
        try:
            reviewing.unmask(self.actor, self.duty, filing_id, reason=kept.get("unmask", ""))
        except Refused as refused:
            return self._case(filing_id, (Problem("unmask", "", refused.message, ""),), kept), 422
        return self._case(filing_id, (), kept, plain=True)

    def _case(
        self,
        filing_id: int,
        problems: tuple[Problem, ...] = (),
        kept: dict[str, str] | None = None,
        *,
        plain: bool = False,
    ) -> str:
        filing = reviewing.find(self.actor, self.duty, filing_id)
        waiting = [each.id for each in reviewing.queue(self.actor, self.duty).limit(500)]
        place = waiting.index(filing.id) if filing.id in waiting else -1
        items = presentation.item_rows(filing, plain=plain)
        page: str = self.render(
            "credit_collection/office_case.html",
            filing=filing,
            items=items,
            plain=plain,
            secrets=presentation.has_secrets(items),
            events=presentation.timeline(filing),
            commitments=commitments.of_filing(filing),
            findings=findings(filing),
            files=evidence.submitted(filing),
            look=presentation.STAGES,
            open_here=filing.stage == reviewing.DESK[self.duty],
            approving=self.duty == APPROVE,
            problems=problems,
            kept=kept or {},
            place=place + 1,
            total=len(waiting),
            previous=waiting[place - 1] if place > 0 else None,
            following=waiting[place + 1] if 0 <= place < len(waiting) - 1 else None,
            flow=_flow(filing),
            standing=standing_of(filing, clock.now()),
            behalf=_behalf(self.actor, self.duty, filing),
        )
        return page

    @expose("/<int:filing_id>/files/<key>")
    def file(self, filing_id: int, key: str) -> ResponseReturnValue:
        """Download one file of a case."""
        return send_attachment(evidence.find_submitted(reviewing.find(self.actor, self.duty, filing_id), key))

    @expose("/<int:filing_id>/decide", methods=("POST",))
    def decide(self, filing_id: int) -> ResponseReturnValue:
        """Carry out the decision; a refusal keeps what was chosen and typed."""
        version = form_number("version")
        try:
            message = self._decide(filing_id, version)
        except Refused as refused:
            problems = refused.problems or (Problem("", "", refused.message, ""),)
            return self._case(filing_id, problems, request.form.to_dict()), 422
        except Conflict as conflict:
            # Reasons are kept; verdicts are not, since they were given on what the case was before.
            texts = {name: text for name, text in request.form.items() if not name.startswith("verdict-")}
            return self._case(filing_id, (Problem("", "", conflict.message, ""),), texts), 409
        flash(str(message), "ok")
        following = form_number("following")
        waits = following and reviewing.queue(self.actor, self.duty).where(Filing.id == following).exists()
        return redirect(self.get_url(".case", filing_id=following) if waits else self.get_url(".index"))

    def _decide(self, filing_id: int, version: int) -> Text:
        raise NotImplementedError

    @expose("/bulk", methods=("POST",))
    def bulk(self) -> ResponseReturnValue:
        """Confirm bulk work first, then do it and say per case what became of it."""
        wanted = [
            (number_of(number), number_of(version))
            for number, _colon, version in (text.partition(":") for text in request.form.getlist("case"))
            if number_of(number)
        ]
        if not wanted:
            flash(str(_("请先选择要办理的件。")), "error")
            return redirect(self.get_url(".index"))
        results = reviewing.bulk(self.actor, self.duty, wanted) if request.form.get("confirmed") == "1" else None
        page: str = self.render(
            "credit_collection/office_bulk.html",
            results=results,
            wanted=wanted,
            bulk_label=self.bulk_label,
            cases=[reviewing.find(self.actor, self.duty, number) for number, _version in wanted],
            excluded={number for number, _version in wanted if _has_warning(self.actor, self.duty, number)},
        )
        return page


def _has_warning(actor: Actor, duty: str, number: int) -> bool:
    return any(finding.is_warning for finding in findings(reviewing.find(actor, duty, number)))


def _behalf(actor: Actor, duty: str, filing: Filing) -> str:
    """Return whose delegation lets *actor* work on *filing*; ``""`` for an own right."""
    try:
        principal = acting(actor, duty, Target(region=filing.region)).behalf
    except Forbidden:
        return ""
    return principal.name if principal else ""


def _flow(filing: Filing) -> list[tuple[Text, str, str]]:
    """Return (step, note, state) of the way of a filing."""
    order = [review.Stage.SUBMITTED, review.Stage.REVIEWED, review.Stage.APPROVED]
    words = (_("企业提交"), _("市级审核"), _("领导批准"), _("发布"))
    stage = review.Stage(filing.stage)
    reached = order.index(stage) + 1 if stage in order else 1
    if stage is review.Stage.APPROVED:
        reached = len(words)
    states = ["done" if index < reached else "current" if index == reached else "todo" for index in range(len(words))]
    return [
        (word, filing.submitter_name if index == 0 else "", state)
        for index, (word, state) in enumerate(zip(words, states, strict=True))
    ]


class ReviewDesk(Desk):
    """初审: a verdict on each item."""

    duty = REVIEW
    bulk_label = _("批量通过")

    @expose("/<int:filing_id>/except", methods=("POST",))
    def except_manager(self, filing_id: int) -> ResponseReturnValue:
        """Let a manager lead a second unfinished work, for a reason; what was chosen and typed is kept on refusal."""
        identity, kept = request.form.get("identity", ""), request.form.to_dict()
        try:
            reviewing.except_manager(self.actor, filing_id, identity, reason=kept.get("except", ""))
        except Refused as refused:
            return self._case(filing_id, (Problem("except", "", refused.message, ""),), kept), 422
        flash(str(_("已准予例外，理由已记入疑似冲突。")), "ok")
        return redirect(self.get_url(".case", filing_id=filing_id))

    def _decide(self, filing_id: int, version: int) -> Text:
        if request.form.get("decision") == "reject":
            reviewing.reject(self.actor, filing_id, version=version, reason=request.form.get("opinion", ""))
            return _("已作出不予通过的决定。")
        judgements = {}
        for name, value in request.form.items():
            if name.startswith("verdict-") and value in ("accepted", "returned"):
                number = number_of(name.removeprefix("verdict-"))
                reason = request.form.get(f"reason-{number}", "") or request.form.get("opinion", "")
                judgements[number] = reviewing.Judgement(review.Verdict(value), reason)
        filing = reviewing.decide(
            self.actor,
            filing_id,
            version=version,
            judgements=judgements,
            opinion=request.form.get("opinion", "")[:1000],
        )
        return _("已退回企业补正。") if filing.stage == review.Stage.RETURNED else _("初审通过，已转领导批准。")


class ApprovalDesk(Desk):
    """批准: the whole case, into the Register."""

    duty = APPROVE
    bulk_label = _("批量批准")

    def _decide(self, filing_id: int, version: int) -> Text:
        opinion = request.form.get("opinion", "")[:1000]
        if request.form.get("decision") == "send_back":
            reviewing.send_back(self.actor, filing_id, version=version, reason=opinion)
            return _("已退回初审。")
        reviewing.approve(self.actor, filing_id, version=version, opinion=opinion)
        return _("已批准，信用档案和公示页面已更新。")


class ClashList(OfficeList):
    """Records that contradict each other (疑似冲突): each with both sides beside each other, and the decision on it."""

    details_template = "credit_collection/office_clash.html"
    column_list = ("kind", "left.name", "right.name", "from_on", "status", "found_at")
    column_details_list = ("kind", "from_on", "status", "found_at")
    column_labels = {
        "kind": _("类别"),
        "left.name": _("一方"),
        "right.name": _("另一方"),
        "from_on": _("重叠期间"),
        "status": _("状态"),
        "found_at": _("发现时间"),
    }
    column_formatters = {
        "kind": lambda _view, _context, clash, _name: str(KINDS[clash.kind]),
        "from_on": lambda _view, _context, clash, _name: str(period(Span(clash.from_on, clash.until_on))),
        "status": lambda _view, _context, clash, _name: str(clashes.STATUSES[clash.status][0]),
    }
    column_formatters_detail = column_formatters_export = column_formatters
    column_sortable_list = ("found_at",)
    column_default_sort = ("id", True)
    joined = ("left", "right")
    filters = (
        filtering.Choice("status", _("状态"), {code: words for code, (words, *_look) in clashes.STATUSES.items()}),
        filtering.Choice("kind", _("类别"), {str(code): words for code, words in KINDS.items()}),
    )
    intro = _("同一人员、证书、项目负责人或业绩在两处登记的，双方主管部门和企业已收到通知。")

    def scope(self, query: "ModelSelect[Any]", actor: Actor) -> "ModelSelect[Any]":
        """Narrow *query* to what has a side in the reader's regions."""
        return clashes.reach(query, actor, self.permission)

    def render(self, template: str, **values: Any) -> str:
        """Give the page of one clash both sides."""
        clash = values.get("model")
        if template == self.details_template and isinstance(clash, Clash):
            facts = {
                "sides": clashes.sides_of(clash),
                "still": clashes.still_there(clash),
                "look": clashes.STATUSES,
                "may_decide": clashes.may_decide(self.actor, clash),
                "problems": (),
                "kept": {},
            }
            values = {**facts, **values}
        page: str = super().render(template, **values)
        return page

    @expose("/<int:number>/files/<key>")
    def file(self, number: int, key: str) -> ResponseReturnValue:
        """Download one document of either side."""
        clash = self.get_one(number)
        sides = clashes.sides_of(clash) if isinstance(clash, Clash) else ()
        return send_attachment(evidence.find_among((each for side in sides for each in side.files), key))

    @expose("/decide", methods=("POST",))
    def decide(self) -> ResponseReturnValue:
        """Carry out the decision on one clash."""
        number, version = form_number("clash"), form_number("version")
        status, reason = request.form.get("status", ""), request.form.get("reason", "")[:1000]
        return self.carry_out(
            lambda: clashes.decide(self.actor, number, version=version, status=status, reason=reason),
            lambda clash: _("已记为“{status}”。", status=clashes.STATUSES[clash.status][0]),
            self.get_url(".details_view", id=number),
        )


def _waiting(duty: str) -> Callable[[Any], int]:
    return lambda actor: int(reviewing.queue(actor, duty).count())


def _queue(duty: str, endpoint: str) -> Callable[[Any, int], Queue]:
    def ask(actor: Actor, limit: int) -> Queue:
        waiting, overdue = reviewing.numbers(actor, duty, clock.legal_day(clock.now()))
        return Queue(waiting, overdue, tuple(_case(each, endpoint) for each in _rows(actor, duty, limit)))

    return ask


def _rows(actor: Actor, duty: str, limit: int) -> list[Filing]:
    shown = (Filing.number, Filing.submitter_name, Filing.submitted_at, Filing.step_began_at, Filing.due_on)
    found = reviewing.queue(actor, duty).select(Filing.id, *shown, Filing.warn_on, Subject.name).join(Subject)
    return list(found.limit(limit))


def _case(filing: Filing, endpoint: str) -> QueueCase:
    return QueueCase(
        number=str(filing.number),
        title=filing.subject.name if filing.subject else "",
        filed_by=filing.submitter_name,
        since=filing.step_began_at or filing.submitted_at,
        url=url_for(f"{endpoint}.case", filing_id=filing.id),
        due_on=filing.due_on,
        warn_on=filing.warn_on,
    )


def views() -> list[OfficeView]:
    """Return new instances of the views."""
    return [
        OfficeView(
            ReviewDesk("credit_collection", "reviews", _("申报审核")),
            REVIEWS,
            REVIEW,
            10,
            "clipboard-check",
            _waiting(REVIEW),
            _queue(REVIEW, "credit_collection_reviews"),
        ),
        OfficeView(
            ApprovalDesk("credit_collection", "approvals", _("申报批准")),
            REVIEWS,
            APPROVE,
            20,
            "clipboard-check",
            _waiting(APPROVE),
            _queue(APPROVE, "credit_collection_approvals"),
        ),
        OfficeView(
            FlowDesk("credit_collection", "flow", _("办理统计")),
            REVIEWS,
            READ,
            30,
            "chart-bar",
        ),
        OfficeView(
            BatchDesk("credit_collection", "batches", _("批量导入")),
            RECORDS,
            IMPORT,
            20,
            "files",
        ),
        OfficeView(
            SubjectList(Subject, "credit_collection", "subjects", _("从业单位")),
            RECORDS,
            READ,
            30,
            "building-community",
        ),
        OfficeView(
            ClashList(Clash, "credit_collection", "clashes", _("疑似冲突")),
            RECORDS,
            READ,
            40,
            "alert-triangle",
        ),
    ]
