"""Workbooks: the empty template, and a filled one laid over the draft."""

import io

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import Problem, Refused, current_actor, domain, form_number, permission_required
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.permissions import FILE
from shuixin_credit_collection.records import code_list
from shuixin_credit_collection.services import completeness, filings, imports
from shuixin_credit_collection.workbook import write_template
from shuixin_credit_collection.workspace.blueprint import blueprint

_ = domain("credit_collection")
#: Rows of an uploaded workbook that one page lists.
SHOWN_ROWS = 300


@blueprint.get("/template.xlsx")
@permission_required(FILE)
def template() -> ResponseReturnValue:
    """Download the empty workbook: ``?kind=`` names the kinds of subject that it is for."""
    known = code_list("subject_kind").labels()
    buffer = io.BytesIO()
    write_template(buffer, [kind for kind in known if kind in request.args.getlist("kind")], by_enterprise=True)
    buffer.seek(0)
    return send_file(
        buffer,
        as_attachment=True,
        download_name=str(_("信用信息申报模板.xlsx")),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


@blueprint.route("/filings/<int:filing_id>/import", methods=["GET", "POST"])
@permission_required(FILE)
def import_workbook(filing_id: int) -> ResponseReturnValue:
    """Upload a workbook, see row by row what it would change, then take the good rows into the draft."""
    actor = current_actor()
    filing = filings.find_editable(actor, filing_id)
    if request.method == "GET":
        return _page(filing)
    uploaded = request.files.get("workbook")
    if uploaded is None or not uploaded.filename:
        problem = Problem("workbook", "", _("没有选择文件。"), _("请选择由模板填写的.xlsx文件。"))
        return _page(filing, problem), 422
    try:
        stored, proposal = imports.receive(actor, filing_id, stream=uploaded.stream, name=uploaded.filename)
    except Refused as refused:
        problems = refused.problems or (Problem("workbook", uploaded.filename[:60], refused.message, ""),)
        return _page(filing, *problems), 422
    return render_template(
        "credit_collection/workspace_proposal.html", filing=filing, proposal=proposal, stored=stored, shown=SHOWN_ROWS
    )


def _page(filing: Filing, *problems: Problem) -> str:
    return render_template(
        "credit_collection/workspace_import.html",
        filing=filing,
        problems=problems,
        kinds=code_list("subject_kind").texts(),
        chosen=completeness.kinds_in(filing.draft),
    )


@blueprint.post("/filings/<int:filing_id>/import/<key>")
@permission_required(FILE)
def apply_import(filing_id: int, key: str) -> ResponseReturnValue:
    """Lay the accepted rows over the draft."""
    proposal = imports.apply(current_actor(), filing_id, key, version=form_number("version"))
    flash(str(_("已将{count}行并入草稿，请核对后提交。", count=len(proposal.accepted))), "ok")
    return redirect(url_for(".confirm", filing_id=filing_id))
