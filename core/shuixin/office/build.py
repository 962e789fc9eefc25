"""Putting the back office of one application together."""

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from shuixin.contributions import Area, MenuItem, OfficeView
from shuixin.errors import PluginError
from shuixin.office.bases import OfficeList, OfficePage
from shuixin.office.own import own_views
from shuixin.office.workbench import Workbench
from shuixin.pages.headers import csp_nonce
from shuixin.texts import domain

_ = domain("shuixin")


def build_office(app: Flask, views: list[tuple[str, OfficeView]]) -> list[tuple[str, MenuItem]]:
    """Add ``/office/`` with *views* (plugin id, view) to *app* and return (plugin id, menu entry) for each.

    :raises PluginError: a view is not on our base, declares no permission, or takes another plugin's name.
    """
    views = [*views, *(("shuixin", each) for each in own_views())]
    for plugin, each in views:
        _check(plugin, each)
    admin = Admin(
        app,
        name="office",
        url="/office",
        endpoint="office",
        index_view=Workbench(name=_("我的工作台"), endpoint="office", url="/office"),
        theme=Bootstrap4Theme(base_template="admin/base.html"),
        csp_nonce_generator=csp_nonce,
    )
    app.extensions["shuixin_office"] = {each.view.endpoint: each.permission for _plugin, each in views}
    app.extensions["shuixin_lists"] = {
        each.view.endpoint: (plugin, each.view) for plugin, each in views if isinstance(each.view, OfficeList)
    }
    own = (
        MenuItem(Area.OFFICE, _("我的工作台"), "office.index", order=0, icon="layout-dashboard"),
        MenuItem(Area.OFFICE, _("我的导出"), "office.exports", order=1, icon="download"),
    )
    entries = [("shuixin", item) for item in own]
    for plugin, contributed in views:
        contributed.view.permission = contributed.permission
        _add(admin, plugin, contributed)
        entries.append((plugin, _entry(contributed)))
    return entries


def _check(plugin: str, each: OfficeView) -> None:
    if not isinstance(each.view, OfficePage | OfficeList):
        raise PluginError(plugin, _("后台页面{name}必须继承OfficePage或OfficeList。", name=type(each.view).__name__))
    if not each.permission:
        raise PluginError(plugin, _("后台页面{name}未声明权限。", name=type(each.view).__name__))
    if each.queue and not each.count:
        raise PluginError(plugin, _("后台页面{name}给出queue时须同时给出count。", name=each.view.endpoint))
    if not each.view.endpoint.startswith(f"{plugin}_"):
        raise PluginError(plugin, _("后台页面{name}的名称应以插件编号开头。", name=each.view.endpoint))


def _add(admin: Admin, plugin: str, each: OfficeView) -> None:
    try:
        admin.add_view(each.view)
    except (ValueError, AssertionError) as error:
        raise PluginError(
            plugin, _("后台页面{name}无法注册：{reason}", name=each.view.endpoint, reason=error)
        ) from error


def _entry(each: OfficeView) -> MenuItem:
    return MenuItem(
        Area.OFFICE,
        each.view.name,
        f"{each.view.endpoint}.{each.view._default_view}",
        order=each.order,
        icon=each.icon,
        parent=each.category,
        permission=each.permission,
        count=each.count,
    )
