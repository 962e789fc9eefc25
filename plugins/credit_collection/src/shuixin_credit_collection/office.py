"""Back office pages of the collection subsystem: the reviewer's and the leader's desks, the subjects."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Actor,
    Conflict,
    OfficeList,
    OfficePage,
    OfficeView,
    Problem,
    Refused,
    Text,
    domain,
    expose,
    form_number,
    number_of,
    page_number,
    region_name,
    review,
    send_attachment,
)
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import APPROVE, READ, REVIEW
from shuixin_credit_collection.services import evidence, presentation, reviewing
from shuixin_credit_collection.services.findings import findings

_ = domain("credit_collection")
REVIEWS, RECORDS = _("审核中心"), _("信用档案")
PER_PAGE = 50


class Desk(OfficePage):
    """A queue of filings at one stage and the page of one case; both duties work on the same pages."""

    duty = ""
    bulk_label: Text | str = ""

    @expose("/")
    def index(self) -> str:
        """Show what waits, oldest first, and where everything else stands."""
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

    def _case(self, filing_id: int, problems: tuple[Problem, ...] = (), kept: dict[str, str] | None = None) -> str:
        filing = reviewing.find(self.actor, self.duty, filing_id)
        waiting = [each.id for each in reviewing.queue(self.actor, self.duty).limit(500)]
        place = waiting.index(filing.id) if filing.id in waiting else -1
        page: str = self.render(
            "credit_collection/office_case.html",
            filing=filing,
            items=presentation.item_rows(filing),
            events=presentation.timeline(filing),
            findings=findings(filing),
            files=evidence.of_filing(filing),
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
        )
        return page

    @expose("/<int:filing_id>/files/<key>")
    def file(self, filing_id: int, key: str) -> ResponseReturnValue:
        """Download one file of a case."""
        return send_attachment(evidence.find(reviewing.find(self.actor, self.duty, filing_id), key))

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
        return redirect(self.get_url(".index"))

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


class SubjectList(OfficeList):
    """Market subjects of the actor's regions."""

    column_list = ("name", "uscc", "region", "register_version", "created_at")
    column_details_list = column_list
    column_labels = {
        "name": _("单位名称"),
        "uscc": _("统一社会信用代码"),
        "region": _("所属省市"),
        "register_version": _("档案版本"),
        "created_at": _("首次申报"),
    }
    column_formatters = {"region": lambda _view, _context, subject, _name: region_name(subject.region)}
    column_searchable_list = ("name", "uscc")
    column_default_sort = ("id", True)
    region_field = Subject.authority


def _waiting(duty: str) -> Callable[[Any], int]:
    return lambda actor: int(reviewing.queue(actor, duty).count())


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
        ),
        OfficeView(
            ApprovalDesk("credit_collection", "approvals", _("申报批准")),
            REVIEWS,
            APPROVE,
            20,
            "clipboard-check",
            _waiting(APPROVE),
        ),
        OfficeView(
            SubjectList(Subject, "credit_collection", "subjects", _("从业单位")),
            RECORDS,
            READ,
            30,
            "building-community",
        ),
    ]
