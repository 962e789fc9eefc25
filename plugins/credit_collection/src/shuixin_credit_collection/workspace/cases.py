"""What is in hand: the overview, the list of filings, one filing with its record."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import current_actor, domain, form_number, permission_required, review, send_attachment
from shuixin_credit_collection.permissions import FILE, LOOK
from shuixin_credit_collection.services import commitments, evidence, filings, presentation
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.workspace.blueprint import blueprint

_ = domain("credit_collection")


@blueprint.get("/")
@permission_required(LOOK)
def home() -> ResponseReturnValue:
    """What is in the Register, what is in hand, what to do next."""
    actor = current_actor()
    subject = filings.own_subject(actor)
    return render_template(
        "credit_collection/workspace_home.html",
        subject=subject,
        items=presentation.register_overview(subject),
        cases=filings.own_filings(actor)[:10],
        look=presentation.STAGES,
    )


@blueprint.get("/filings")
@permission_required(LOOK)
def filing_list() -> ResponseReturnValue:
    """All filings of the account and its unit."""
    return render_template(
        "credit_collection/workspace_filings.html", cases=filings.own_filings(current_actor()), look=presentation.STAGES
    )


blueprint.add_url_rule("/filings", "filings", filing_list)


@blueprint.post("/filings")
@permission_required(FILE)
def start() -> ResponseReturnValue:
    """Begin a filing, or go on with the open one."""
    filing = filings.start(current_actor())
    if review.Stage(filing.stage) not in review.EDITABLE:
        return redirect(url_for(".case", filing_id=filing.id))
    return redirect(url_for(".edit", filing_id=filing.id, code=record_types()[0].code))


@blueprint.get("/filings/<int:filing_id>")
@permission_required(LOOK)
def case(filing_id: int) -> ResponseReturnValue:
    """One filing: where it stands, what was returned and why, its whole record."""
    filing = filings.find_own(current_actor(), filing_id)
    return render_template(
        "credit_collection/workspace_case.html",
        filing=filing,
        items=presentation.item_rows(filing),
        events=presentation.timeline(filing),
        commitments=commitments.of_filing(filing),
        look=presentation.STAGES,
        editable=review.Stage(filing.stage) in review.EDITABLE,
    )


@blueprint.post("/filings/<int:filing_id>/withdraw")
@permission_required(FILE)
def withdraw(filing_id: int) -> ResponseReturnValue:
    """Take the filing back."""
    filings.withdraw(current_actor(), filing_id, version=form_number("version"))
    flash(str(_("已撤回，可以修改后重新提交。")), "ok")
    return redirect(url_for(".case", filing_id=filing_id))


@blueprint.get("/filings/<int:filing_id>/files/<key>")
@permission_required(LOOK)
def file(filing_id: int, key: str) -> ResponseReturnValue:
    """Download one file of the own filing."""
    filing = filings.find_own(current_actor(), filing_id)
    return send_attachment(evidence.find(filing, key))
