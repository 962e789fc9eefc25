"""A menu entry is shown exactly when its page would answer: checked when the application is built."""

from flask import Flask
from werkzeug.routing import BuildError

from shuixin.contributions import Area, MenuItem
from shuixin.errors import PluginError
from shuixin.plugins import Loaded
from shuixin.texts import domain

_ = domain("shuixin")


def check_menu(app: Flask, items: list[tuple[str, MenuItem]], loaded: Loaded) -> list[tuple[str, MenuItem]]:
    """Return *items* without those that lead to plugins which are used where they are on, and are off.

    :raises PluginError: an entry leads nowhere, or asks for another permission than its page.
    """
    return [(plugin, item) for plugin, item in items if _leads_somewhere(app, plugin, item, loaded)]


def _leads_somewhere(app: Flask, plugin: str, item: MenuItem, loaded: Loaded) -> bool:
    if item.endpoint not in app.view_functions:
        if _target_is_off(plugin, item, loaded):
            return False
        raise PluginError(plugin, _("菜单项{endpoint}指向的页面不存在。", endpoint=item.endpoint))
    try:
        app.url_map.bind("localhost").build(item.endpoint, dict(item.values))
    except BuildError as error:
        raise PluginError(plugin, _("菜单项{endpoint}缺少地址参数。", endpoint=item.endpoint)) from error
    asked, declared = _declared(app, item), item.permission
    if asked != declared:
        raise PluginError(
            plugin,
            _("菜单项{endpoint}声明的权限“{declared}”与页面的“{asked}”不一致。", endpoint=item.endpoint,
              declared=declared, asked=asked),
        )  # fmt: skip
    return True


def _target_is_off(plugin: str, item: MenuItem, loaded: Loaded) -> bool:
    record = loaded.records.get(plugin)
    target = item.endpoint.partition(".")[0]
    return record is not None and any(
        target == name or target.startswith(f"{name}_") for name in record.uses if name not in loaded.bundles
    )


def _declared(app: Flask, item: MenuItem) -> str:
    """Return the permission that the entry's page asks for; ``""`` for public pages and the workbench."""
    blueprint = item.endpoint.rpartition(".")[0]
    if item.area is Area.OFFICE:
        return str(app.extensions["shuixin_office"].get(blueprint, ""))
    if item.area is Area.WORKSPACE:
        return str(getattr(app.view_functions[item.endpoint], "shuixin_permission", ""))
    return "" if blueprint in app.extensions["shuixin_public"] | app.extensions["shuixin_forms"] else "?"
