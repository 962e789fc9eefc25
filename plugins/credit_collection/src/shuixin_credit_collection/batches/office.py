"""Batches in the back office: hand in a workbook, look at the outcome row by row, file it, undo it."""

import io
import tempfile
from pathlib import Path
from typing import Any

from flask import after_this_request, flash, redirect, request, send_file
from flask.typing import ResponseReturnValue

from shuixin.api import (
    OfficePage,
    Problem,
    Refused,
    Text,
    current_platform,
    domain,
    expose,
    form_number,
    page_number,
    tabular,
)
from shuixin_credit_collection.batches import services, staging
from shuixin_credit_collection.models import ImportBatch, ImportRow, ImportUnit
from shuixin_credit_collection.records import FieldSpec
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.workbook import write_template
from shuixin_credit_collection.workbook.judging import changes_in_words

_ = domain("credit_collection")
PER_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Stage -> (words, icon, tone).
STAGES: dict[str, tuple[Text, str, str]] = {
    "reading": (_("正在读取"), "progress", "blue"),
    "judging": (_("正在核对"), "progress", "blue"),
    "judged": (_("待提交"), "clock", "amber"),
    "filing": (_("正在提交"), "progress", "blue"),
    "filed": (_("已提交审核"), "circle-check", "green"),
    "undoing": (_("正在撤销"), "progress", "blue"),
    "undone": (_("已撤销"), "arrow-back", "grey"),
    "failed": (_("未能读取"), "circle-x", "red"),
}
#: Outcome of a row -> (words, tone, icon, style).
ACTIONS: dict[str, tuple[Text, str, str, str]] = {
    "create": (_("新增"), "green", "circle-plus", "add"),
    "change": (_("变更"), "blue", "pencil", "change"),
    "same": (_("一致"), "grey", "check", "same"),
    "refused": (_("错误"), "red", "alert-circle", "refused"),
}
WORDS = {action: words for action, (words, _tone, _icon, _style) in ACTIONS.items()}


class BatchDesk(OfficePage):
    """批量导入."""

    @expose("/")
    def index(self) -> str:
        """Show the actor's batches, and the form to hand in another."""
        return self._index()

    @expose("/upload", methods=("POST",))
    def upload(self) -> ResponseReturnValue:
        """Take a workbook in; reading it is the work of a job."""
        uploaded = request.files.get("workbook")
        if uploaded is None or not uploaded.filename:
            problem = Problem("workbook", "", _("没有选择文件。"), _("请选择由模板填写的.xlsx文件。"))
            return self._index((problem,)), 422
        try:
            batch = services.receive(self.actor, uploaded.stream, uploaded.filename)
        except Refused as refused:
            return self._index(refused.problems or (Problem("workbook", "", refused.message, ""),)), 422
        flash(str(_("已收到，正在后台读取和核对。可以离开本页，完成后会通知您。")), "ok")
        return redirect(self.get_url(".batch", number=batch.id))

    def _index(self, problems: Any = ()) -> str:
        page, rows = page_number(), services.own(self.actor)
        text: str = self.render(
            "credit_collection/office_batches.html",
            batches=list(rows.paginate(min(page, 10_000), PER_PAGE)),
            total=rows.count(),
            page=page,
            per_page=PER_PAGE,
            look=STAGES,
            problems=problems,
        )
        return text

    @expose("/template.xlsx")
    def template(self) -> ResponseReturnValue:
        """Download the empty workbook of the authority, with every record type."""
        buffer = io.BytesIO()
        write_template(buffer)
        buffer.seek(0)
        name = str(_("信用信息批量导入模板.xlsx"))
        return send_file(buffer, as_attachment=True, download_name=name, mimetype=XLSX)

    @expose("/<int:number>")
    def batch(self, number: int) -> str:
        """Show what a batch would do, or has done."""
        batch = services.find(self.actor, number)
        action = request.args.get("action", "")
        page, rows = page_number(), _rows(batch, action, request.args.get("unit", ""))
        shown = list(rows.paginate(min(page, 100_000), PER_PAGE))
        text: str = self.render(
            "credit_collection/office_batch.html",
            batch=batch,
            working=batch.stage in services.WORKING,
            progress=_progress(batch),
            counts=batch.counts or staging.counts_of(ImportRow.batch == batch),
            units=_units(batch),
            unit_count=ImportUnit.select().where(ImportUnit.batch == batch).count(),
            rows=[(row, _changes(row), _labels(row)) for row in shown],
            total=rows.count(),
            page=page,
            per_page=PER_PAGE,
            action=action,
            unit=request.args.get("unit", ""),
            look=STAGES,
            words=ACTIONS,
        )
        return text

    @expose("/<int:number>/annotated.xlsx")
    def annotated(self, number: int) -> ResponseReturnValue:
        """Download a copy of the workbook with the outcome of each row written beside it."""
        batch = services.find(self.actor, number)
        source = services.path_of(batch)
        name = f"{batch.name.removesuffix('.xlsx')}-{_('导入结果')}.xlsx"
        return _download(name, lambda target: annotate(batch, source, target))

    @expose("/<int:number>/units/<int:unit>", methods=("POST",))
    def unit(self, number: int, unit: int) -> ResponseReturnValue:
        """Leave one unit out, or take it in again."""
        services.leave_out(self.actor, number, unit, left_out=request.form.get("left_out") == "1")
        return redirect(self.get_url(".batch", number=number, _anchor="units"))

    @expose("/<int:number>/submit", methods=("POST",))
    def submit(self, number: int) -> ResponseReturnValue:
        """File what is accepted."""
        services.submit(self.actor, number, version=form_number("version"))
        flash(str(_("正在为每家单位提交申报，完成后进入审核。")), "ok")
        return redirect(self.get_url(".batch", number=number))

    @expose("/<int:number>/undo", methods=("POST",))
    def undo(self, number: int) -> ResponseReturnValue:
        """Take a batch back."""
        services.undo(self.actor, number, version=form_number("version"))
        flash(str(_("正在撤销。提交之后又被改动的内容会保留并列出。")), "ok")
        return redirect(self.get_url(".batch", number=number))


def _rows(batch: ImportBatch, action: str, uscc: str) -> Any:
    rows = ImportRow.select().where(ImportRow.batch == batch)
    if action in ACTIONS:
        rows = rows.where(ImportRow.action == action)
    if uscc:
        rows = rows.where(ImportRow.uscc == uscc)
    return rows.order_by(ImportRow.position)


def _units(batch: ImportBatch) -> list[ImportUnit]:
    rows = ImportUnit.select().where(ImportUnit.batch == batch).order_by(ImportUnit.id)
    return list(rows.limit(500))


def _progress(batch: ImportBatch) -> tuple[int, int]:
    """Return how many of how many pieces of the present step are done; 0 of 0 where nobody can tell."""
    units = ImportUnit.select().where(ImportUnit.batch == batch)
    done = {
        "judging": ImportUnit.register_version >= 0,
        "filing": ImportUnit.filing.is_null(False) | ImportUnit.left_out | (ImportUnit.message != ""),
        "undoing": ImportUnit.undo_filing.is_null(False) | (ImportUnit.message != ""),
    }
    if batch.stage not in done:
        return 0, 0
    return units.where(done[batch.stage]).count(), units.count()


def _changes(row: ImportRow) -> dict[str, tuple[str, str]]:
    type_ = record_type(row.record_type)
    return changes_in_words(type_, row.before or {}, row.after or {}) if type_ else {}


def _labels(row: ImportRow) -> dict[str, FieldSpec]:
    type_ = record_type(row.record_type)
    return type_.by_name if type_ else {}


def annotate(batch: ImportBatch, source: Path, target: Path) -> None:
    """Write a copy of the workbook *source* to *target*, with the outcome of each row beside it."""
    notes: dict[str, dict[int, str]] = {}
    for row in ImportRow.select().where(ImportRow.batch == batch).order_by(ImportRow.position).iterator():
        notes.setdefault(row.sheet, {})[row.number] = note_of(row)
    tabular.annotate_workbook(source, target, notes, header=str(_("导入结果")))


def note_of(row: ImportRow) -> str:
    """Return the outcome of one row in words, with every reason and remedy."""
    word = str(WORDS.get(row.action, row.action))
    labels = _labels(row)
    reasons = (
        f"{labels[field].label.source if field in labels else ''}：{rule}{remedy}".lstrip("：")
        for field, _value, rule, remedy in row.problems or ()
    )
    return f"{word}：{'；'.join(reasons)}" if row.problems else word


def _download(name: str, write: Any) -> ResponseReturnValue:
    with tempfile.NamedTemporaryFile(dir=current_platform().settings.data_dir, suffix=".xlsx", delete=False) as file:
        path = Path(file.name)

    @after_this_request
    def gone(response: Any) -> Any:
        response.call_on_close(lambda: path.unlink(missing_ok=True))
        return response

    write(path)
    return send_file(path, as_attachment=True, download_name=name, mimetype=XLSX)
