"""The enterprise's own pages (企业工作台): declare, attach, import, submit, follow."""

import io

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Conflict,
    NotFound,
    Problem,
    Refused,
    attachments,
    current_actor,
    current_platform,
    domain,
    form_number,
    permission_required,
    review,
    send_attachment,
)
from shuixin_credit_collection.forms import row_view, rows_of_form
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.permissions import FILE
from shuixin_credit_collection.records import RecordType
from shuixin_credit_collection.services import evidence, filings, presentation
from shuixin_credit_collection.services.comparison import kept_draft, new_key
from shuixin_credit_collection.services.registry import record_type, record_types
from shuixin_credit_collection.workbook import merge_into_draft, propose, write_template

_ = domain("credit_collection")
blueprint = Blueprint("credit_collection_workspace", __name__, url_prefix="/workspace")
IMPORT_KIND = "credit_collection.import"
#: Rows of an uploaded workbook that one page lists.
SHOWN_ROWS = 300


@blueprint.get("/")
@permission_required(FILE)
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
@permission_required(FILE)
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
@permission_required(FILE)
def case(filing_id: int) -> ResponseReturnValue:
    """One filing: where it stands, what was returned and why, its whole record."""
    filing = filings.find_own(current_actor(), filing_id)
    return render_template(
        "credit_collection/workspace_case.html",
        filing=filing,
        items=presentation.item_rows(filing),
        events=presentation.timeline(filing),
        look=presentation.STAGES,
        editable=review.Stage(filing.stage) in review.EDITABLE,
    )


@blueprint.route("/filings/<int:filing_id>/items/<code>", methods=["GET", "POST"])
@permission_required(FILE)
def edit(filing_id: int, code: str) -> ResponseReturnValue:
    """The form of one record type; whatever the button, what was typed is kept first."""
    filing, type_ = _editable(filing_id, code)
    if request.method == "GET":
        return _form(filing, type_, checked=request.args.get("check") == "1")
    kept = filing.draft.get(code, {})
    rows = rows_of_form(type_, request.form, kept)
    button, _colon, key = request.form.get("button", "save").partition(":")
    if button == "add":
        rows[new_key()] = {}
    elif button == "remove":
        rows.pop(key, None)
    version = form_number("version")
    try:
        filing = filings.save_draft(current_actor(), filing_id, version=version, code=code, rows=rows)
    except Conflict as conflict:
        return _unsaved(filing_id, type_, rows, conflict), 409
    problem = _store_files(filing, code) or _remove_file(filing, button, key)
    if problem is not None:
        return _form(filing, type_, checked=False, extra=[problem]), 422
    if button == "next":
        return redirect(_following(filing, code))
    flash(str(_("已保存。")), "ok")
    return redirect(url_for(".edit", filing_id=filing_id, code=code))


def _editable(filing_id: int, code: str) -> tuple[Filing, RecordType]:
    filing = filings.find_own(current_actor(), filing_id)
    type_ = record_type(code)
    if type_ is None:
        raise NotFound(_("没有这一项信息。"))
    return filing, type_


def _unsaved(filing_id: int, type_: RecordType, rows: dict[str, dict[str, str]], conflict: Conflict) -> str:
    """Show what was typed, although it was not kept, beside the reason; saving again is then a choice."""
    filing = filings.find_own(current_actor(), filing_id)
    filing.draft = {**filing.draft, **kept_draft({type_.code: rows})}
    remedy = _("以下是您刚才填写的内容，尚未保存。再次保存将以此为准。")
    return _form(filing, type_, checked=False, extra=[Problem("", "", conflict.message, remedy)])


def _form(filing: Filing, type_: RecordType, *, checked: bool, extra: list[Problem] | None = None) -> str:
    prefix = f"{type_.code}-"
    found = filings.check(filing).problems if checked else []
    problems = [problem for problem in found if problem.field.startswith(prefix)] + (extra or [])
    returned = presentation.returned_reasons(filing)
    texts = filing.draft.get(type_.code, {})
    rows = [row_view(type_, key, row, problems, returned.get((type_.code, key), ())) for key, row in texts.items()]
    return render_template(
        "credit_collection/workspace_form.html",
        filing=filing,
        type=type_,
        rows=rows,
        problems=problems,
        files=evidence.of_filing(filing),
        steps=_steps(filing, type_.code),
        locked=review.Stage(filing.stage) not in review.EDITABLE,
        max_megabytes=current_platform().settings.max_upload_bytes // (1024 * 1024) - 5,
    )


def _steps(filing: Filing, current: str) -> list[tuple[str, str, str, str]]:
    """Return (label, note, state, address) of the steps: the record types, then checking and submitting."""
    codes = [type_.code for type_ in record_types()]
    place = codes.index(current) if current in codes else len(codes)
    steps = []
    for index, type_ in enumerate(record_types()):
        count = len(filing.draft.get(type_.code, {}))
        note = "" if type_.single else str(_("{count}条", count=count))
        state = "current" if index == place else "done" if index < place else "todo"
        steps.append((str(type_.label), note, state, url_for(".edit", filing_id=filing.id, code=type_.code)))
    last = "current" if place == len(codes) else "todo"
    return [*steps, (str(_("核对并提交")), "", last, url_for(".confirm", filing_id=filing.id))]


def _following(filing: Filing, code: str) -> str:
    codes = [type_.code for type_ in record_types()]
    index = codes.index(code) + 1
    if index < len(codes):
        return url_for(".edit", filing_id=filing.id, code=codes[index])
    return url_for(".confirm", filing_id=filing.id)


def _store_files(filing: Filing, code: str) -> Problem | None:
    """Attach what came with the form; the first file that is refused is named."""
    for name, files in request.files.lists():
        for file in files:
            if not file.filename or not name.startswith(f"files-{code}-"):
                continue
            try:
                evidence.add(
                    current_actor(),
                    filing.id,
                    code=code,
                    key=name.rsplit("-", 1)[1],
                    stream=file.stream,
                    name=file.filename,
                )
            except Refused as refused:
                first = refused.problems[0] if refused.problems else None
                rule, remedy = (first.rule, first.remedy) if first else (refused.message, "")
                return Problem(name, file.filename[:60], rule, remedy)
    return None


def _remove_file(filing: Filing, button: str, key: str) -> Problem | None:
    if button == "unfile":
        evidence.remove(current_actor(), filing.id, key)
    return None


@blueprint.route("/filings/<int:filing_id>/submit", methods=["GET", "POST"])
@permission_required(FILE)
def confirm(filing_id: int) -> ResponseReturnValue:
    """Check everything, show what will change, and submit."""
    actor = current_actor()
    filing = filings.find_own(actor, filing_id)
    problems: tuple[Problem, ...] = ()
    status = 200
    if request.method == "POST":
        version = form_number("version")
        replies = {
            name.removeprefix("reply-"): text[:1000] for name, text in request.form.items() if name.startswith("reply-")
        }
        try:
            filings.submit(actor, filing_id, version=version, replies=replies)
        except Refused as refused:
            message, status = refused.message, 422
            problems = refused.problems or (Problem("", "", message, ""),)
        except Conflict as conflict:
            filing = filings.find_own(actor, filing_id)
            if review.Stage(filing.stage) not in review.EDITABLE:  # pressed twice: the first one did it
                flash(str(_("此件已经提交，编号{number}。", number=filing.number)), "ok")
                return redirect(url_for(".case", filing_id=filing_id))
            problems, status = (Problem("", "", conflict.message, _("请核对下列内容后再次提交。")),), 409
        else:
            flash(
                str(
                    _("已提交，编号{number}。审核结果会显示在本页。", number=filings.find_own(actor, filing_id).number)
                ),
                "ok",
            )
            return redirect(url_for(".case", filing_id=filing_id))
    comparison = filings.check(filing)
    page = render_template(
        "credit_collection/workspace_confirm.html",
        filing=filing,
        problems=problems or tuple(comparison.problems),
        problem_url=lambda name: _problem_url(filing, name),
        changes=presentation.change_rows(comparison.changes),
        returned=[
            row for row in presentation.item_rows(filing) if getattr(row.item, "verdict", "") == review.Verdict.RETURNED
        ],
        steps=_steps(filing, ""),
        locked=review.Stage(filing.stage) not in review.EDITABLE,
    )
    return page, status


def _problem_url(filing: Filing, name: str) -> str:
    code = name.partition("-")[0]
    if record_type(code) is None:
        return url_for(".edit", filing_id=filing.id, code=record_types()[0].code)
    return url_for(".edit", filing_id=filing.id, code=code, check=1, _anchor=f"field-{name}")


@blueprint.post("/filings/<int:filing_id>/withdraw")
@permission_required(FILE)
def withdraw(filing_id: int) -> ResponseReturnValue:
    """Take the filing back."""
    filings.withdraw(current_actor(), filing_id, version=form_number("version"))
    flash(str(_("已撤回，可以修改后重新提交。")), "ok")
    return redirect(url_for(".case", filing_id=filing_id))


@blueprint.get("/filings/<int:filing_id>/files/<key>")
@permission_required(FILE)
def file(filing_id: int, key: str) -> ResponseReturnValue:
    """Download one file of the own filing."""
    filing = filings.find_own(current_actor(), filing_id)
    return send_attachment(evidence.find(filing, key))


@blueprint.get("/template.xlsx")
@permission_required(FILE)
def template() -> ResponseReturnValue:
    """Download the empty workbook."""
    buffer = io.BytesIO()
    write_template(buffer)
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
        return render_template("credit_collection/workspace_import.html", filing=filing, problems=())
    uploaded = request.files.get("workbook")
    if uploaded is None or not uploaded.filename:
        problem = Problem("workbook", "", _("没有选择文件。"), _("请选择由模板填写的.xlsx文件。"))
        return render_template("credit_collection/workspace_import.html", filing=filing, problems=[problem]), 422
    store = current_platform().store
    try:
        stored = store.save(
            uploaded.stream, uploaded.filename, owner_kind=IMPORT_KIND, owner_key=str(filing.id), created_by=actor.id
        )
        proposal = propose(store.path_of(stored), only=_own_code(filing))
    except Refused as refused:
        problems = refused.problems or (Problem("workbook", uploaded.filename[:60], refused.message, ""),)
        return render_template("credit_collection/workspace_import.html", filing=filing, problems=problems), 422
    return render_template(
        "credit_collection/workspace_proposal.html", filing=filing, proposal=proposal, stored=stored, shown=SHOWN_ROWS
    )


def _own_code(filing: Filing) -> str:
    """Return the one code this filing may be for; ``""`` while a first filing has not named it yet."""
    return filing.subject.uscc if filing.subject else current_actor().subject


@blueprint.post("/filings/<int:filing_id>/import/<key>")
@permission_required(FILE)
def apply_import(filing_id: int, key: str) -> ResponseReturnValue:
    """Lay the accepted rows over the draft."""
    actor = current_actor()
    filing = filings.find_editable(actor, filing_id)
    stored = attachments.Attachment.get_or_none(
        attachments.Attachment.id == key,
        attachments.Attachment.owner_kind == IMPORT_KIND,
        attachments.Attachment.owner_key == str(filing.id),
    )
    if stored is None:
        raise NotFound(_("没有找到上传的表格，请重新上传。"))
    store = current_platform().store
    proposal = propose(store.path_of(stored), only=_own_code(filing))
    merge_into_draft(actor, filing_id, version=form_number("version"), proposal=proposal)
    store.delete(stored)
    flash(str(_("已将{count}行并入草稿，请核对后提交。", count=len(proposal.accepted))), "ok")
    return redirect(url_for(".confirm", filing_id=filing_id))
