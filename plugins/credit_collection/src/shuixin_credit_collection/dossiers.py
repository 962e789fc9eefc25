"""The office's dossier of a unit (信用档案): what the Register holds, where it comes from, and entering more."""

from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from shuixin.api import (
    NotFound,
    OfficeList,
    Problem,
    Refused,
    ShuixinError,
    clock,
    domain,
    expose,
    page_number,
    region_name,
    send_attachment,
)
from shuixin_credit_collection.forms import LONGEST_KEY, link_choices, row_view, rows_of_form
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records import RecordType
from shuixin_credit_collection.services import entry, evidence, presentation, provenance, register
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import Texts, new_key

_ = domain("credit_collection")
#: In place of the key of a record that is not there yet.
NEW = "new"
PER_PAGE = 50
RECENT = 20


class SubjectList(OfficeList):
    """Market subjects of the actor's regions, each with its dossier."""

    details_template = "credit_collection/office_dossier.html"
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
    column_formatters_detail = column_formatters
    search_index = register.subject_index
    column_default_sort = ("id", True)
    region_field = Subject.authority

    def render(self, template: str, **values: Any) -> str:
        """Give the page of one unit what the Register holds, and its filings."""
        subject = values.get("model")
        if template == self.details_template and isinstance(subject, Subject):
            filings = Filing.select().where(Filing.subject == subject, Filing.number.is_null(False))
            values |= {
                "items": presentation.register_overview(subject),
                "filings": list(filings.order_by(Filing.id.desc()).limit(RECENT)),
                "look": presentation.STAGES,
            }
        page: str = super().render(template, **values)
        return page

    @expose("/<int:number>/<code>/")
    def records(self, number: int, code: str) -> str:
        """Show the records of one type, as they hold today or on the day asked for."""
        subject, type_ = self._found(number, code)
        day, problem = _day_asked()
        known = register.as_of(subject, type_, day, clock.now()) if day else register.entries(subject, type_)
        pages = max(1, -(-len(known) // PER_PAGE))
        page = min(page_number(), pages)
        return self._page(
            "records",
            subject,
            type_,
            rows=[
                (each, presentation.in_words(type_, each.values, type_.summary))
                for each in known[(page - 1) * PER_PAGE : page * PER_PAGE]
            ],
            columns=[type_.field(name).label for name in type_.summary],
            total=len(known),
            page=page,
            pages=pages,
            day=day,
            problem=problem,
        )

    @expose("/<int:number>/<code>/<key>")
    def record(self, number: int, code: str, key: str) -> str:
        """Show one record: each value with where it comes from, and all that was ever said about it."""
        subject, type_ = self._found(number, code)
        day, problem = _day_asked()
        known = register.as_of(subject, type_, day, clock.now()) if day else register.entries(subject, type_)
        said = provenance.history(subject, type_, key)
        held = next((each for each in known if each.key == key), None)
        if held is None and not said:
            raise NotFound(_("没有这一条信息。"))
        return self._page(
            "record",
            subject,
            type_,
            key=key,
            lines=presentation.lines_of(type_, held.values) if held else (),
            held=held,
            sources=provenance.provenance(subject, type_, key, valid=day),
            story=[(each, presentation.diff_lines(type_, each.before, each.after)) for each in reversed(said)],
            day=day,
            problem=problem,
            origins=presentation.SOURCES,
            acts=presentation.ACTIONS,
        )

    @expose("/<int:number>/<code>/<key>/files/<file>")
    def file(self, number: int, code: str, key: str, file: str) -> ResponseReturnValue:
        """Download one document of the record's history."""
        said = provenance.history(*self._found(number, code), key)
        return send_attachment(evidence.find_among((each for one in said for each in one.provenance.evidence), file))

    @expose("/<int:number>/<code>/<key>/entry", methods=("GET", "POST"))
    def enter(self, number: int, code: str, key: str) -> ResponseReturnValue:
        """Enter or change one record, or take it off, by a filing that another officer reviews.

        A new record gets its key when the form is opened: sent twice, it is one record.
        """
        subject, type_ = self._found(number, code)
        if key == NEW:
            key = new_key()
            if request.method == "GET":
                return redirect(self.get_url(".enter", number=number, code=code, key=key))
        if not key.isalnum() or len(key) > LONGEST_KEY:
            raise NotFound(_("没有这一条信息。"))
        if type_.single:
            key = next((each.key for each in register.entries(subject, type_)), key)
        held = draft_of(subject)[type_.code].get(key, {})
        if request.method == "GET":
            return self._form(subject, type_, key, held)
        removing = request.form.get("button") == "remove"
        typed = rows_of_form(type_, request.form, {key: held}, authority=True).get(key, {})
        try:
            filing = self._enter(subject, entry.RecordEntry(code, key, None if removing else typed))
        except ShuixinError as error:
            problems = error.problems if isinstance(error, Refused) and error.problems else ()
            return self._form(
                subject, type_, key, typed or held, problems or (Problem("", "", error.message, ""),)
            ), error.status
        flash(str(_("已提交，编号{number}。经他人审核、批准后写入档案。", number=filing.number)), "ok")
        return redirect(self.get_url(".details_view", id=subject.id))

    def _enter(self, subject: Subject, said: entry.RecordEntry) -> Filing:
        day, problem = _day_typed(request.form.get("effective_on", ""), "effective_on")
        if problem:
            raise Refused(problem.rule, [problem])
        origin = entry.Origin("authority", request.form.get("basis", "")[:500], day)
        files = [(each.stream, each.filename) for each in request.files.getlist("files") if each.filename]
        return entry.enter_record(self.actor, subject, said, origin, files)

    def _form(
        self, subject: Subject, type_: RecordType, key: str, texts: Texts, problems: tuple[Problem, ...] = ()
    ) -> str:
        prefix = f"{type_.code}-{key}-"
        draft = draft_of(subject)
        return self._page(
            "entry",
            subject,
            type_,
            key=key,
            row=row_view(type_, key, texts, problems, links=link_choices(type_, draft)),
            held=key in draft[type_.code],
            problems=problems,
            wrong={each.field: each for each in problems if not each.field.startswith(prefix)},
            kept=request.form,
            today=clock.legal_day(clock.now()),
        )

    def _found(self, number: int, code: str) -> tuple[Subject, RecordType]:
        subject, type_ = self.get_one(number), record_type(code)
        if type_ is None or not isinstance(subject, Subject):
            raise NotFound(_("没有这一项信息。"))
        return subject, type_

    def _page(self, name: str, subject: Subject, type_: RecordType, **values: Any) -> str:
        page: str = self.render(
            f"credit_collection/office_dossier_{name}.html",
            subject=subject,
            type=type_,
            may_enter=entry.may_enter(self.actor, subject),
            **values,
        )
        return page


def _day_asked() -> tuple[date | None, Problem | None]:
    """Return the day asked for in the address, ``None`` for the present, and what is wrong with it."""
    return _day_typed(request.args.get("day", ""), "day")


def _day_typed(text: str, field: str) -> tuple[date | None, Problem | None]:
    text = text.strip()[:20]
    try:
        return (date.fromisoformat(text) if text else None), None
    except ValueError:
        return None, Problem(field, text, _("“{text}”不是日期。", text=text), _("请填写如2026-03-31。"))
