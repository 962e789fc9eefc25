"""The first screen of the back office (我的工作台): what waits for this person."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import AdminIndexView

from shuixin.access import Actor
from shuixin.accounts.web import current_actor
from shuixin.contributions import OfficeView
from shuixin.errors import Forbidden
from shuixin.office.bases import expose
from shuixin.platform import current_platform
from shuixin.texts import domain

_ = domain("shuixin")


class Workbench(AdminIndexView):  # type: ignore[misc]
    """Tiles of all queues the person works on."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the queues, or send visitors to sign-in."""
        actor = current_actor()
        if not actor.is_authenticated:
            return redirect(url_for("security.login", next=request.path))
        views: list[tuple[str, OfficeView]] = current_platform().loaded.contributions("office_views")
        if not actor.grants or actor.subject:
            raise Forbidden(_("您的账号没有后台权限。企业用户请使用企业工作台。"))
        page: str = self.render("admin/index.html", queues=_queues(actor, views))
        return page


def _queues(actor: Actor, views: list[tuple[str, OfficeView]]) -> list[dict[str, object]]:
    calls = current_platform().calls
    return [
        {
            "label": each.view.name,
            "url": url_for(f"{each.view.endpoint}.{_home(each)}"),
            "count": calls.call(plugin, "office_views", each.count, actor, default="–"),
        }
        for plugin, each in views
        if each.count is not None and actor.holds(each.permission)
    ]


def _home(each: OfficeView) -> str:
    return str(each.view._default_view)
