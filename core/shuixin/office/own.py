"""The core's own back office pages: plugins, users, the audit log."""

from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from shuixin.accounts.models import User
from shuixin.audit import AuditEntry
from shuixin.contributions import OfficeView
from shuixin.errors import ShuixinError
from shuixin.office.bases import OfficeList, OfficePage, expose
from shuixin.platform import current_platform
from shuixin.plugins.state import MANAGE, switch
from shuixin.texts import domain

_ = domain("shuixin")
SYSTEM = _("系统管理")


class PluginsPage(OfficePage):
    """Plugins with state and reason, and the pair of buttons that switches them."""

    @expose("/")
    def index(self) -> str:
        """Show all known plugins."""
        loaded = current_platform().loaded
        plugins = [
            (record, loaded.bundles[name].plugin if name in loaded.bundles else None)
            for name, record in sorted(loaded.records.items())
        ]
        page: str = self.render("shuixin/office/plugins.html", plugins=plugins)
        return page

    @expose("/switch", methods=("POST",))
    def switch(self) -> ResponseReturnValue:
        """Switch one plugin; the new application takes over within two seconds."""
        on = request.form.get("on") == "1"
        try:
            changed = switch(self.actor, request.form.get("plugin", ""), on=on)
        except ShuixinError as error:
            flash(str(error), "error")
        else:
            names = "、".join(changed) or request.form.get("plugin", "")
            flash(
                str(
                    _("已启用{names}，2秒内生效。", names=names)
                    if on
                    else _("已停用{names}，2秒内生效，数据保留。", names=names)
                ),
                "ok",
            )
        return redirect(self.get_url(".index"))


class UserList(OfficeList):
    """Accounts; made and reset by services."""

    column_list = ("username", "name", "unit", "subject", "active", "created_at")
    column_details_list = column_list
    column_labels = {
        "username": _("账号"),
        "name": _("姓名"),
        "unit": _("单位"),
        "subject": _("统一社会信用代码"),
        "active": _("可用"),
        "created_at": _("创建时间"),
    }
    column_formatters = {"unit": lambda _view, _context, user, _name: user.unit.name if user.unit else ""}
    column_auto_select_related = True
    column_searchable_list = ("username", "name", "subject")
    column_default_sort = ("username", False)


class AuditList(OfficeList):
    """The audit log; nobody can edit or delete it here."""

    column_list = ("number", "at", "actor_name", "unit_name", "action", "object_kind", "object_key")
    column_details_list = (*column_list, "detail", "previous_hash", "hash")
    column_labels = {
        "number": _("序号"),
        "at": _("时间"),
        "actor_name": _("操作人"),
        "unit_name": _("单位"),
        "action": _("操作"),
        "object_kind": _("对象"),
        "object_key": _("对象编号"),
        "detail": _("内容"),
        "previous_hash": _("前序校验值"),
        "hash": _("校验值"),
    }
    column_searchable_list = ("actor_name", "action", "object_key")
    column_default_sort = ("number", True)


def own_views() -> list[OfficeView]:
    """Return new instances of the core's views."""
    views: list[tuple[Any, str, int]] = [
        (UserList(User, "shuixin", "users", _("用户管理")), "shuixin.users", 910),
        (PluginsPage("shuixin", "plugins", _("插件管理")), MANAGE, 920),
        (AuditList(AuditEntry, "shuixin", "audit", _("操作日志")), "shuixin.audit", 930),
    ]
    return [OfficeView(view, SYSTEM, permission, order, icon="settings") for view, permission, order in views]
