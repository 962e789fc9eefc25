"""The forms of a filing: one record at a time; whatever the button, what was typed is kept first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Conflict,
    NotFound,
    Problem,
    Refused,
    current_actor,
    current_platform,
    domain,
    form_number,
    page_number,
    permission_required,
    review,
)
from shuixin_credit_collection.forms import LONGEST_KEY, link_choices, row_view, rows_of_form, summary_row
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.permissions import FILE
from shuixin_credit_collection.records import RecordType
from shuixin_credit_collection.services import evidence, filings, presentation
from shuixin_credit_collection.services.comparison import kept_draft
from shuixin_credit_collection.services.provenance import Provenance, history
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import Texts, new_key
from shuixin_credit_collection.workspace.blueprint import blueprint
from shuixin_credit_collection.workspace.steps import following, steps, tabs

_ = domain("credit_collection")
PER_PAGE = 50


@dataclass(frozen=True)
class Place:
    """One record of a filing."""

    filing: Filing
    type_: RecordType
    key: str

    @property
    def url(self) -> str:
        """Address of its form."""
        if self.type_.single:
            return url_for(".edit", filing_id=self.filing.id, code=self.type_.code)
        return url_for(".record", filing_id=self.filing.id, code=self.type_.code, key=self.key)


@blueprint.get("/filings/<int:filing_id>/items/<code>")
@permission_required(FILE)
def edit(filing_id: int, code: str) -> ResponseReturnValue:
    """The form of what a unit has once, or the list of what it has many of."""
    filing, type_ = _found(filing_id, code)
    if type_.single:
        return _form(Place(filing, type_, _single_key(filing, type_)), checked=request.args.get("check") == "1")
    return _list(filing, type_)


@blueprint.post("/filings/<int:filing_id>/items/<code>")
@permission_required(FILE)
def save(filing_id: int, code: str) -> ResponseReturnValue:
    """Keep what was typed into the form of what a unit has once."""
    filing, type_ = _found(filing_id, code)
    if not type_.single:
        raise NotFound(_("没有这一项信息。"))
    return _save(Place(filing, type_, _single_key(filing, type_)))


@blueprint.get("/filings/<int:filing_id>/items/<code>/<key>")
@permission_required(FILE)
def record(filing_id: int, code: str, key: str) -> ResponseReturnValue:
    """The form of one record; an unused key is a new one."""
    return _form(_place(filing_id, code, key), checked=request.args.get("check") == "1")


@blueprint.post("/filings/<int:filing_id>/items/<code>/<key>")
@permission_required(FILE)
def save_record(filing_id: int, code: str, key: str) -> ResponseReturnValue:
    """Keep, or take out, one record."""
    place = _place(filing_id, code, key)
    if request.form.get("button") == "remove":
        filings.save_record(current_actor(), filing_id, version=form_number("version"), code=code, key=key, texts=None)
        flash(str(_("已从草稿中删除这一条。")), "ok")
        return redirect(url_for(".edit", filing_id=filing_id, code=code))
    return _save(place)


def _found(filing_id: int, code: str) -> tuple[Filing, RecordType]:
    filing = filings.find_own(current_actor(), filing_id)
    type_ = record_type(code)
    if type_ is None or type_.authority_only:
        raise NotFound(_("没有这一项信息。"))
    return filing, type_


def _place(filing_id: int, code: str, key: str) -> Place:
    filing, type_ = _found(filing_id, code)
    if type_.single or not key.isalnum() or len(key) > LONGEST_KEY:
        raise NotFound(_("没有这一条信息。"))
    return Place(filing, type_, key)


def _single_key(filing: Filing, type_: RecordType) -> str:
    return next(iter(filing.draft.get(type_.code, {})), "") or new_key()


def _save(place: Place) -> ResponseReturnValue:
    code, key = place.type_.code, place.key
    texts = rows_of_form(place.type_, request.form, place.filing.draft.get(code, {})).get(key, {})
    version = form_number("version")
    try:
        filing = filings.save_record(current_actor(), place.filing.id, version=version, code=code, key=key, texts=texts)
    except Conflict as conflict:
        if request.form.get("button") == "autosave":
            return jsonify(saved=False, message=str(conflict.message)), 409
        return _unsaved(place, texts, conflict), 409
    if request.form.get("button") == "autosave":
        return jsonify(saved=True, version=filing.row_version)
    return _after_saving(Place(filing, place.type_, key))


def _after_saving(place: Place) -> ResponseReturnValue:
    button, _colon, file = request.form.get("button", "save").partition(":")
    problem = _store_files(place) or _remove_file(place, button, file)
    place = Place(filings.find_own(current_actor(), place.filing.id), place.type_, place.key)
    if problem is not None:
        return _form(place, checked=False, extra=[problem]), 422
    if button == "next":
        return redirect(following(place.filing, place.type_.code))
    flash(str(_("已保存。")), "ok")
    if button == "more":
        return redirect(Place(place.filing, place.type_, new_key()).url)
    return redirect(
        url_for(".edit", filing_id=place.filing.id, code=place.type_.code) if button == "list" else place.url
    )


def _unsaved(place: Place, texts: Texts, conflict: Conflict) -> str:
    """Show what was typed, although it was not kept, beside the reason; saving again is then a choice."""
    filing = filings.find_own(current_actor(), place.filing.id)
    code = place.type_.code
    kept = kept_draft({code: {place.key: texts}})[code]
    filing.draft = {**filing.draft, code: {**filing.draft.get(code, {}), **kept}}
    remedy = _("以下是您刚才填写的内容，尚未保存。再次保存将以此为准。")
    return _form(
        Place(filing, place.type_, place.key), checked=False, extra=[Problem("", "", conflict.message, remedy)]
    )


def _form(place: Place, *, checked: bool, extra: Sequence[Problem] = ()) -> str:
    filing, type_ = place.filing, place.type_
    prefix = f"{type_.code}-{place.key}-"
    comparison = filings.check(filing) if checked else None
    found = comparison.problems if comparison else []
    problems = [problem for problem in found if problem.field.startswith(prefix)] + list(extra)
    texts = filing.draft.get(type_.code, {}).get(place.key, {})
    returned = presentation.returned_reasons(filing).get((type_.code, place.key), ())
    return render_template(
        "credit_collection/workspace_form.html",
        row=row_view(type_, place.key, texts, problems, returned, links=link_choices(type_, filing.draft)),
        problems=problems,
        advice=[each for each in comparison.advice if each.field.startswith(prefix)] if comparison else [],
        files=evidence.of_filing(filing).get(f"{type_.code}-{place.key}", []),
        earlier=_earlier(place),
        is_new=not texts,
        max_megabytes=current_platform().settings.max_upload_bytes // (1024 * 1024) - 5,
        **_frame(filing, type_),
    )


def _earlier(place: Place) -> list[Provenance]:
    """Return the approved filings by which the enterprise has proven this record before, the latest first."""
    subject = place.filing.subject
    told = [said.provenance for said in history(subject, place.type_, place.key)] if subject else []
    return [each for each in reversed(told) if each.evidence and each.source == "form"]


def _list(filing: Filing, type_: RecordType) -> str:
    comparison = filings.check(filing)
    wanted = request.args.get("q", "").strip()[:60]
    rows = [
        summary_row(type_, key, texts, comparison)
        for key, texts in filing.draft.get(type_.code, {}).items()
        if not wanted or any(wanted in text for text in texts.values())
    ]
    pages = max(1, -(-len(rows) // PER_PAGE))
    page = min(page_number(), pages)
    return render_template(
        "credit_collection/workspace_list.html",
        rows=rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        columns=[type_.field(name).label for name in type_.summary],
        total=len(rows),
        page=page,
        pages=pages,
        page_url=lambda number: url_for(".edit", filing_id=filing.id, code=type_.code, q=wanted or None, page=number),
        per_page=PER_PAGE,
        wanted=wanted,
        removed=[
            change for change in comparison.changes if change.record_type == type_.code and change.action == "remove"
        ],
        new_url=Place(filing, type_, new_key()).url,
        following=following(filing, type_.code),
        **_frame(filing, type_),
    )


def _frame(filing: Filing, type_: RecordType) -> dict[str, Any]:
    """Return what the form and the list of a record type have in common."""
    return {
        "filing": filing,
        "type": type_,
        "steps": steps(filing, type_.code),
        "tabs": tabs(filing, type_),
        "locked": review.Stage(filing.stage) not in review.EDITABLE,
    }


def _store_files(place: Place) -> Problem | None:
    """Attach what came with the form; the first file that is refused is named."""
    mine = ["files", place.type_.code, place.key]
    for name, files in request.files.lists():
        parts = name.split("-")
        for file in files:
            if not file.filename or parts[:3] != mine:
                continue
            try:
                evidence.add(
                    current_actor(),
                    place.filing.id,
                    code=place.type_.code,
                    key=place.key,
                    field="".join(parts[3:4]),
                    stream=file.stream,
                    name=file.filename,
                )
            except Refused as refused:
                first = refused.problems[0] if refused.problems else None
                rule, remedy = (first.rule, first.remedy) if first else (refused.message, "")
                return Problem(name, file.filename[:60], rule, remedy)
    return None


def _remove_file(place: Place, button: str, key: str) -> Problem | None:
    if button == "unfile":
        evidence.remove(current_actor(), place.filing.id, key)
    return None
