"""The first screen of the back office (我的工作台): what waits, the most urgent first; search, one's own exports."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import AdminIndexView

from shuixin.access import Actor
from shuixin.contributions import OfficeView, Queue, QueueCase, Scope
from shuixin.errors import Forbidden
from shuixin.kit import clock, review
from shuixin.kit.exporting import MEDIA_TYPES
from shuixin.office.bases import Guarded, expose
from shuixin.office.exports import exports_of, file_of, remove_export
from shuixin.office.finding import found_entries, found_rows
from shuixin.office.selection import words_of
from shuixin.pages.addresses import form_number
from shuixin.platform import current_calendar, current_platform
from shuixin.texts import Text, domain

_ = domain("shuixin")
#: So many cases stand on the first screen; the rest is in their queues.
CASES = 20
#: What stands for the queue of a plugin that failed to say.
FAILED = Queue(0)


@dataclass(frozen=True)
class _Desk:
    """One queue as a tile; ``waiting`` is ``None`` when its plugin failed to say."""

    label: Text
    url: str
    waiting: int | None
    overdue: int = 0
    cases: tuple[QueueCase, ...] = ()


class Workbench(Guarded, AdminIndexView):  # type: ignore[misc]
    """Tiles of all queues the person works on; search over all lists; exports."""

    def is_accessible(self) -> bool:
        """Whether the person in front belongs to the staff."""
        return self.actor.is_authenticated and any(grant.scope is not Scope.OWN for grant in self.actor.grants)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> ResponseReturnValue:
        """Send visitors to sign-in and say why others are wrong here."""
        if self.actor.is_authenticated:
            raise Forbidden(_("您的账号没有后台权限，或本单位尚未启用，请联系单位管理员。企业用户请使用企业工作台。"))
        return super().inaccessible_callback(name, **kwargs)

    @expose("/")
    def index(self) -> str:
        """Show the queues."""
        views: list[tuple[str, OfficeView]] = current_platform().loaded.contributions("office_views")
        desks = [desk for plugin, each in views if (desk := _desk(plugin, each, self.actor)) is not None]
        today, calendar = clock.legal_day(clock.now()), current_calendar()
        urgent = sorted(((case, desk) for desk in desks for case in desk.cases), key=lambda each: _rank(each[0]))
        page: str = self.render(
            "admin/index.html",
            desks=desks,
            cases=[
                (case, desk.label, review.standing(today, case.due_on, case.warn_on, calendar))
                for case, desk in urgent[:CASES]
            ],
            waiting=sum(desk.waiting or 0 for desk in desks),
            principals=sorted({grant.behalf.name for grant in self.actor.grants if grant.behalf}),
        )
        return page

    @expose("/search")
    def search(self) -> str:
        """Show what the lists and the menu have on the words typed."""
        text = words_of(request.args.get("q", ""))
        page: str = self.render(
            "shuixin/office/search.html",
            text=text,
            lists=found_rows(self.actor, text) if text else [],
            entries=found_entries(self.actor, text) if text else [],
        )
        return page

    @expose("/exports/")
    def exports(self) -> str:
        """Show the person's own exports."""
        own = exports_of(self.actor)
        going = any(each.state in ("waiting", "running") for each in own)
        page: str = self.render("shuixin/office/exports.html", exports=own, going=going)
        return page

    @expose("/exports/<int:number>")
    def export_file(self, number: int) -> ResponseReturnValue:
        """Send the file of one of them."""
        path, export = file_of(self.actor, number, clock.now())
        stamp = clock.to_minute(export.requested_at).replace(" ", "-").replace(":", "")
        return send_file(
            path.resolve(),
            mimetype=MEDIA_TYPES[export.format],
            as_attachment=True,
            download_name=f"{export.title}-{stamp}.{export.format}",
            max_age=0,
        )

    @expose("/exports/remove", methods=("POST",))
    def export_remove(self) -> ResponseReturnValue:
        """Remove one of them with its file."""
        number = form_number("number")
        return self.carry_out(
            lambda: remove_export(self.actor, number),
            lambda gone: _("已删除“{title}”的导出。", title=gone.title),
            url_for(".exports"),
        )


def _rank(case: QueueCase) -> tuple[date, Any]:
    """What is due first comes first, then what waits longest; an unknown due day is behind all known ones."""
    return case.due_on or date.max, case.since


def _desk(plugin: str, each: OfficeView, actor: Actor) -> _Desk | None:
    """Return the view as a queue of *actor*; ``None`` if it is none."""
    if each.count is None or not actor.holds(each.permission):
        return None
    endpoint = f"{each.view.endpoint}.{each.view._default_view}"
    counts: dict[str, int | None] = g.setdefault("menu_counts", {})
    queue: Queue | None = current_platform().calls.call(plugin, "office_views", _ask, each, actor, default=FAILED)
    # The menu shows the number too, and asks for it no more.
    counts[endpoint] = queue.waiting if queue and queue is not FAILED else None
    if queue is None:
        return None
    return _Desk(each.view.name, url_for(endpoint), counts[endpoint], queue.overdue, queue.cases)


def _ask(each: OfficeView, actor: Actor) -> Queue | None:
    """Return what waits behind the view; one that only counts has no cases to show, or is no queue for the actor."""
    if each.queue is None:
        waiting = each.count(actor) if each.count else None
        return None if waiting is None else Queue(waiting)
    queue = each.queue(actor, CASES)
    if not isinstance(queue, Queue):
        raise TypeError(f"queue of {each.view.endpoint} returned {type(queue).__name__}, not Queue")
    return queue
