"""Files exported from lists: asked for by a person, written by a job with the rights that person has then."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import current_app
from peewee import IntegerField

from shuixin import audit
from shuixin.access import Actor, require, system_actor
from shuixin.accounts.models import User
from shuixin.accounts.rights import actor_of
from shuixin.database import exclusive, transaction
from shuixin.database.paging import batches
from shuixin.errors import NotFound, Refused, ShuixinError
from shuixin.jobs.models import JobRequest, JobRun
from shuixin.jobs.progress import report_progress
from shuixin.jobs.requests import request_job
from shuixin.kit import clock
from shuixin.kit.exporting import MEDIA_TYPES, TableColumn, write_table
from shuixin.office.models import Export
from shuixin.office.selection import Selection
from shuixin.platform import current_platform
from shuixin.texts import Text, domain

if TYPE_CHECKING:
    from shuixin.office.bases import OfficeList

_ = domain("shuixin")
JOB = "shuixin.export"


@dataclass(frozen=True)
class Progress:
    """An export as its owner sees it.

    :param state: ``waiting``, ``running``, ``done``, ``refused``, or ``failed`` where no job will write it any more.
    :param run: the run that writes it now.
    """

    export: Export
    state: str
    run: JobRun | None = None


def request_export(actor: Actor, view: "OfficeList", selection: Selection, format_: str) -> Export:
    """Ask for a file with the rows of *selection* that *actor* may see.

    :raises Forbidden: the actor may not see the list.
    :raises Refused: there is no such format, or too many exports of the person are under way.
    """
    require(actor, view.permission)
    if format_ not in MEDIA_TYPES or not actor.id:
        raise Refused(_("请选择导出为Excel或CSV。"))
    with transaction():
        exclusive(f"exports of {actor.id}")
        limit = current_platform().settings.exports_at_once
        if sum(1 for each in exports_of(actor) if each.state in ("waiting", "running")) >= limit:
            raise Refused(_("您已有{limit}个导出正在处理，请等其中一个完成后再试。", limit=limit))
        made = Export.create(
            owner=actor.id,
            view=view.endpoint,
            title=str(view.name)[:100],
            selection=asdict(selection),
            format=format_,
            requested_at=clock.now(),
        )
        request_job(system_actor(str(_("列表导出"))), JOB, arguments={"export": made.id})
        audit.append(actor, "export.request", "list", view.endpoint, {"export": made.id, "format": format_})
    found: Export = made
    return found


def exports_of(actor: Actor) -> list[Progress]:
    """Return the actor's own exports, the latest first."""
    requests = {each.arguments.get("export"): each for each in JobRequest.select().where(JobRequest.name == JOB)}
    open_runs = JobRun.select().where(JobRun.name == JOB, JobRun.finished_at.is_null())
    runs = {each.arguments.get("export"): each for each in open_runs}
    own = Export.select().where(Export.owner == actor.id).order_by(Export.id.desc())
    return [Progress(each, _state(each, requests.get(each.id)), runs.get(each.id)) for each in own]


def _state(export: Export, request: JobRequest | None) -> str:
    if export.finished_at:
        return "done" if export.file else "refused"
    if request is None or request.dead_at:
        return "failed"
    return "running" if request.taken_at else "waiting"


def file_of(actor: Actor, number: int, now: datetime) -> tuple[Path, Export]:
    """Return the file of the actor's own export *number*.

    :raises NotFound: there is none, it is somebody else's, or its time is over.
    :raises Forbidden: the actor may not see the list any more.
    """
    export = _own(actor, number)
    path = current_platform().settings.exports / export.file
    if not export.file or export.expires_at <= now or not path.is_file():
        raise NotFound(_("导出文件还没有完成，或已过期。请重新导出。"))
    require(actor, _view(export).permission)
    with transaction():
        audit.append(actor, "export.fetch", "list", export.view, {"export": export.id})
    return path, export


def remove_export(actor: Actor, number: int) -> Export:
    """Remove the actor's own export *number* and its file.

    :raises NotFound: there is none, or it is somebody else's.
    """
    export = _own(actor, number)
    with transaction():
        Export.delete().where(Export.id == export.id).execute()
        audit.append(actor, "export.remove", "list", export.view, {"export": export.id})
    _unlink(export)
    return export


def _own(actor: Actor, number: int) -> Export:
    found: Export | None = Export.get_or_none(Export.id == number, Export.owner == actor.id)
    if found is None:
        raise NotFound(_("没有这个导出，可能已被删除。"))
    return found


def _unlink(export: Export) -> None:
    if export.file:
        (current_platform().settings.exports / export.file).unlink(missing_ok=True)


# --- the job's side ---------------------------------------------------------------------------------------------


def _view(export: Export) -> "OfficeList":
    lists: dict[str, tuple[str, OfficeList]] = current_app.extensions["shuixin_lists"]
    if export.view not in lists:
        raise Refused(_("列表所属的插件已停用，启用后请重新导出。"))
    return lists[export.view][1]


def write_export(arguments: Mapping[str, Any]) -> Text:
    """Write the export that *arguments* name; what its owner may not see now is not in it."""
    export: Export | None = Export.get_or_none(Export.id == arguments.get("export"))
    if export is None or export.finished_at:
        return _("导出已被删除或已完成，无需处理。")
    try:
        rows = _written(export)
    except ShuixinError as error:
        Export.update(finished_at=clock.now(), reason=str(error)).where(Export.id == export.id).execute()
        return _("导出未完成：{reason}", reason=str(error))
    return _("已导出{rows}行。", rows=rows)


def _written(export: Export) -> int:
    settings, view = current_platform().settings, _view(export)
    user: User = export.owner
    if not user.active:
        raise Refused(_("账号已停用。"))
    actor = actor_of(user, current_platform(), "export")
    require(actor, view.permission)
    query = view.select(Selection(**export.selection), actor)
    total = query.order_by().count()
    settings.exports.mkdir(parents=True, exist_ok=True)
    path = settings.exports / f"{uuid.uuid4().hex}.{export.format}"
    rows = _Counted(_rows(view, query), total)
    write_table(path, export.format, export.title, _columns(view), rows)
    now = clock.now()
    facts = {"file": path.name, "rows": rows.done, "size": path.stat().st_size, "finished_at": now}
    with transaction():
        kept = Export.update(**facts, expires_at=now + timedelta(days=settings.export_days))
        found = kept.where(Export.id == export.id).execute()
        if found:
            audit.append(actor, "export.write", "list", export.view, {"export": export.id, "rows": rows.done})
    if not found:  # its owner removed it meanwhile
        path.unlink()
    return rows.done


class _Counted:
    """Rows on their way, counted and reported."""

    def __init__(self, rows: Iterator[list[object]], total: int) -> None:
        self._rows, self._total, self.done = rows, total, 0

    def __iter__(self) -> Iterator[list[object]]:
        for row in self._rows:
            yield row
            self.done += 1
            report_progress(self.done, max(self.done, self._total))


def _names(view: "OfficeList") -> list[str]:
    return list(view.export_columns) or [name for name, _label in view._list_columns]


def _columns(view: "OfficeList") -> list[TableColumn]:
    """Return the columns; those of plain numbers can be calculated with."""
    fields, shown = view.model._meta.fields, view.column_formatters
    return [
        TableColumn(str(view.get_column_name(name)), isinstance(fields.get(name), IntegerField) and name not in shown)
        for name in _names(view)
    ]


def _rows(view: "OfficeList", query: Any) -> Iterator[list[object]]:
    names = _names(view)
    for batch in batches(query):
        view.prepare(batch)
        for row in batch:
            yield [_cell(view.get_export_value(row, name)) for name in names]


def _cell(value: object) -> object:
    return value if isinstance(value, int | float) else str(value)


def sweep(now: datetime) -> int:
    """Remove exports whose time is over or that were never written, and files without a record; return how many."""
    settings = current_platform().settings
    since = now - timedelta(days=settings.export_days)
    unwritten = (Export.file == "") & (Export.requested_at < since)
    gone = list(Export.select().where((Export.expires_at <= now) | unwritten))
    Export.delete().where(Export.id.in_([each.id for each in gone])).execute()
    for export in gone:
        _unlink(export)
    for path in settings.exports.glob("*"):  # of runs that were ended half way
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < since:
            path.unlink(missing_ok=True)
    return len(gone)
