"""The last step of a filing: check everything, show what will change, submit."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import Conflict, Problem, Refused, current_actor, domain, form_number, permission_required, review
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.permissions import FILE
from shuixin_credit_collection.services import commitments, completeness, filings, presentation
from shuixin_credit_collection.services.registry import record_type, record_types
from shuixin_credit_collection.workspace.blueprint import blueprint
from shuixin_credit_collection.workspace.steps import steps

_ = domain("credit_collection")


@blueprint.get("/filings/<int:filing_id>/submit")
@permission_required(FILE)
def confirm(filing_id: int) -> ResponseReturnValue:
    """Show what will change, and what is wrong still."""
    return _page(filings.find_own(current_actor(), filing_id))


@blueprint.post("/filings/<int:filing_id>/submit")
@permission_required(FILE)
def submit(filing_id: int) -> ResponseReturnValue:
    """Submit; a refusal shows every problem, and nothing that was typed is lost."""
    actor, commitment = current_actor(), request.form.get("commitment", "")
    replies = {
        name.removeprefix("reply-"): text[:1000] for name, text in request.form.items() if name.startswith("reply-")
    }
    try:
        filing = filings.submit(
            actor, filing_id, version=form_number("version"), commitment=commitment, replies=replies
        )
    except Refused as refused:
        problems = refused.problems or (Problem("", "", refused.message, ""),)
        return _page(filings.find_own(actor, filing_id), problems), 422
    except Conflict as conflict:
        filing = filings.find_own(actor, filing_id)
        if review.Stage(filing.stage) not in review.EDITABLE:  # pressed twice: the first one did it
            flash(str(_("此件已经提交，编号{number}。", number=filing.number)), "ok")
            return redirect(url_for(".case", filing_id=filing_id))
        return _page(filing, (Problem("", "", conflict.message, _("请核对下列内容后再次提交。")),)), 409
    flash(str(_("已提交，编号{number}。审核结果会显示在本页。", number=filing.number)), "ok")
    return redirect(url_for(".case", filing_id=filing_id))


def _page(filing: Filing, problems: Sequence[Problem] = ()) -> str:
    comparison = filings.check(filing)
    returned = (row for row in presentation.item_rows(filing) if presentation.is_returned(row))
    return render_template(
        "credit_collection/workspace_confirm.html",
        filing=filing,
        problems=problems or tuple(comparison.problems),
        advice=[*completeness.advice(filing), *comparison.advice],
        problem_url=lambda name: _problem_url(filing, name),
        changes=presentation.change_rows(comparison.changes),
        returned=list(returned),
        commitment=commitments.wording(),
        steps=steps(filing, ""),
        kept=request.form,
        locked=review.Stage(filing.stage) not in review.EDITABLE,
    )


def _problem_url(filing: Filing, name: str) -> str:
    if name == "commitment":
        return "#commitment"
    code, _dash, rest = name.partition("-")
    key = rest.partition("-")[0]
    type_ = record_type(code)
    if type_ is None:
        return url_for(".edit", filing_id=filing.id, code=record_types()[0].code)
    if type_.single or not key:
        return url_for(".edit", filing_id=filing.id, code=code, check=1, _anchor=f"field-{name}")
    return url_for(".record", filing_id=filing.id, code=code, key=key, check=1, _anchor=f"field-{name}")
