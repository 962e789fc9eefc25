"""Deny by default: public pages only read, workspace pages declare their permission, or their plugin stays out."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import Rule

from shuixin.access import ANONYMOUS, uses
from shuixin.accounts.web import current_actor
from shuixin.contributions import ApiPages, PublicForms, PublicPages, WorkspacePages
from shuixin.errors import Forbidden, PluginError
from shuixin.texts import domain

_ = domain("shuixin")
View = TypeVar("View", bound=Callable[..., Any])
SAFE = {"GET", "HEAD", "OPTIONS"}


def permission_required(code: str) -> Callable[[View], View]:
    """Declare that a workspace view is for holders of permission *code*; anonymous visitors go to sign-in."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> ResponseReturnValue:
            actor = current_actor()
            if not actor.is_authenticated:
                return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
            if not actor.holds(code):
                raise Forbidden(_("您没有查看此页的权限，如需办理请联系本单位管理员。"))
            uses.note(code)
            result: ResponseReturnValue = view(*args, **values)
            return result

        guarded.shuixin_permission = code  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def register_public(app: Flask, plugin: str, pages: PublicPages) -> None:
    """Register a plugin's anonymous pages.

    :raises PluginError: a route accepts anything but reading, or the blueprint has another name than the plugin.
    """
    app.extensions["shuixin_public"].add(plugin)
    for rule in _register(app, plugin, pages.blueprint, plugin):
        _check_address(plugin, rule)
        if (rule.methods or set()) - SAFE:
            raise PluginError(
                plugin,
                _(
                    "公开页面{rule}只能读取，不能接受{methods}。",
                    rule=rule.rule,
                    methods="、".join(sorted((rule.methods or set()) - SAFE)),
                ),
            )


def register_forms(app: Flask, plugin: str, pages: PublicForms) -> None:
    """Register the forms that a plugin has for everybody.

    :raises PluginError: the blueprint has another name, or an address lies outside the plugin's.
    """
    name = f"{plugin}_forms"
    app.extensions["shuixin_forms"].add(name)
    for rule in _register(app, plugin, pages.blueprint, name):
        _check_address(plugin, rule)


def _check_address(plugin: str, rule: Rule) -> None:
    first = rule.rule.split("/")[1]
    if plugin != first and not plugin.startswith(f"{first}_"):
        raise PluginError(plugin, _("公开页面{rule}的地址应以/{id}/开头。", rule=rule.rule, id=plugin))


def register_workspace(app: Flask, plugin: str, pages: WorkspacePages) -> None:
    """Register a plugin's workspace pages.

    :raises PluginError: a view declares no permission.
    """
    name = f"{plugin}_workspace"
    for rule in _register(app, plugin, pages.blueprint, name):
        _check_permission(app, plugin, rule)
        if not rule.rule.startswith("/workspace/"):
            raise PluginError(plugin, _("企业页面{rule}的地址应以/workspace/开头。", rule=rule.rule))


def _check_permission(app: Flask, plugin: str, rule: Rule) -> None:
    view = app.view_functions[rule.endpoint]
    if not rule.endpoint.endswith(".static") and not getattr(view, "shuixin_permission", ""):
        raise PluginError(plugin, _("页面{endpoint}未声明权限。", endpoint=rule.endpoint))


def register_api(app: Flask, plugin: str, pages: ApiPages) -> None:
    """Register the addresses that a plugin has for other systems.

    :raises PluginError: a view declares no permission (an open one needs none to be read), or lies outside ``/api/``.
    """
    name = f"{plugin}_api"
    is_open = {f"{name}.{view}" for view in pages.open}
    for rule in _register(app, plugin, pages.blueprint, name):
        if rule.endpoint not in is_open or (rule.methods or set()) - SAFE:
            _check_permission(app, plugin, rule)
        if not rule.rule.startswith("/api/"):
            raise PluginError(plugin, _("接口{rule}的地址应以/api/开头。", rule=rule.rule))

    def identify() -> None:
        g.actor = ANONYMOUS  # whatever cookies say
        if request.endpoint not in is_open:
            scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
            g.actor = (pages.authenticate(token.strip()) if scheme.lower() == "bearer" else None) or abort(401)
            uses.begin()

    app.extensions["shuixin_api"].add(name)
    app.before_request_funcs.setdefault(name, []).insert(0, identify)


def _register(app: Flask, plugin: str, blueprint: Blueprint, name: str) -> list[Rule]:
    """Register *blueprint* and return its rules.

    :raises PluginError: its name is not the plugin's, or an address is taken; the message names both plugins.
    """
    if blueprint.name != name:
        raise PluginError(plugin, _("蓝图应命名为{expected}，实际为{found}。", expected=name, found=blueprint.name))
    before = {rule.rule: rule.endpoint for rule in app.url_map.iter_rules()}
    app.register_blueprint(blueprint)
    mine = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{name}.")]
    for rule in mine:
        if rule.rule in before:
            owner = (
                before[rule.rule]
                .partition(".")[0]
                .removesuffix("_workspace")
                .removesuffix("_forms")
                .removesuffix("_api")
            )
            raise PluginError(
                plugin, _("地址{rule}已由{owner}使用，{id}未装入。", rule=rule.rule, owner=owner, id=plugin)
            )
    return mine
