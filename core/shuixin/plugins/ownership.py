"""Ownership: what a plugin brings bears its id, and no two plugins bring the same."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from shuixin.errors import PluginError
from shuixin.plugins.manifest import Plugin
from shuixin.texts import Text, domain

_ = domain("shuixin")

_RESERVED = (
    "account api audit demo feeds health healthz init jobs media metrics migrations office "
    "plugins preferences readyz search serve shuixin sitemap static templates translations units users workspace"
)
#: Names of the core's own commands and pages, which no plugin may take (a test compares them with the commands).
RESERVED = frozenset(_RESERVED.split())


def check_own_names(plugin: Plugin, items: dict[str, tuple[Any, ...]]) -> None:
    """Refuse tables, permissions, jobs and templates outside the plugin's own names.

    :raises PluginError: naming what lies outside.
    """
    if plugin.id in RESERVED:
        raise PluginError(plugin.id, _("插件编号{id}是平台保留的名称，请换一个。", id=plugin.id))
    tables = [model._meta.table_name for each in items["models"] for model in each.classes]
    foreign = [name for name in tables if not name.startswith(f"{plugin.id}_")]
    codes = [each.code for each in items["permissions"]] + [job.name for job in items["jobs"]]
    codes += [each.permission for each in items["access_limits"]] + [each.name for each in items["code_lists"]]
    foreign += [code for code in codes if not code.startswith(f"{plugin.id}.")]
    if foreign:
        raise PluginError(plugin.id, _("名称不以插件编号开头：{names}。", names="、".join(foreign)))
    _check_templates(plugin)


def _check_templates(plugin: Plugin) -> None:
    stray = [name for name in files_in(plugin.folder / "templates") if not name.startswith(f"{plugin.id}/")]
    if stray:
        raise PluginError(
            plugin.id,
            _(
                "模板{names}不在templates/{id}/目录下；如要替换他人模板，请放入overrides/并在overrides中声明。",
                names="、".join(stray),
                id=plugin.id,
            ),
        )
    present = set(files_in(plugin.folder / "overrides"))
    undeclared, absent = present - set(plugin.overrides), set(plugin.overrides) - present
    if undeclared:
        raise PluginError(plugin.id, _("替换的模板未声明：{names}。", names="、".join(sorted(undeclared))))
    if absent:
        raise PluginError(plugin.id, _("声明替换的模板不存在：{names}。", names="、".join(sorted(absent))))


def files_in(folder: Path) -> list[str]:
    """Return the files below *folder* as slashed names, sorted; none if there is no such folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def check_clashes(plugin: Plugin, items: dict[str, tuple[Any, ...]], others: Iterable[tuple[str, Any]]) -> None:
    """Refuse a name that another plugin has taken already.

    :param others: (plugin id, bundle) of those loaded before.
    :raises PluginError: naming both plugins and the name.
    """
    mine = set(_names(plugin, items))
    for other, bundle in others:
        both = sorted(mine & set(_names(bundle.plugin, bundle.items)), key=lambda each: each[1])
        if both:
            kind, name = both[0]
            raise PluginError(
                plugin.id,
                _("{kind}“{name}”与插件{other}重复，{id}未装入。", kind=kind, name=name, other=other, id=plugin.id),
            )
    taken = sorted(name for kind, name in mine if kind == COMMAND and name in RESERVED)
    if taken:
        raise PluginError(plugin.id, _("命令{name}是平台保留的名称，请换一个。", name=taken[0]))


#: Hooks whose values have one name in the whole application: (kind in words, hook, attribute of the name).
COMMAND = _("命令")
NAMED: tuple[tuple[Text, str, str], ...] = (
    (_("订阅源"), "feeds", "name"),
    (COMMAND, "commands", "name"),
    (_("健康检查"), "health_checks", "name"),
    (_("任务"), "jobs", "name"),
    (_("检索来源"), "search_sources", "kind"),
    (_("权限"), "permissions", "code"),
    (_("数据字典"), "code_lists", "name"),
)


def _names(plugin: Plugin, items: dict[str, tuple[Any, ...]]) -> Iterator[tuple[Text, str]]:
    """Yield (kind, name) of everything that has one name in the whole application."""
    for kind, hook, attribute in NAMED:
        yield from ((kind, getattr(each, attribute)) for each in items.get(hook, ()))
    pages = [
        each
        for hook in ("public_pages", "public_forms", "workspace_pages", "api_pages")
        for each in items.get(hook, ())
    ]
    yield from ((_("页面"), each.blueprint.name) for each in pages)
    # What is no view at all is told more clearly when the office is built.
    yield from ((_("页面"), getattr(each.view, "endpoint", "")) for each in items.get("office_views", ()))
    yield from ((_("数据表"), model._meta.table_name) for each in items.get("models", ()) for model in each.classes)
    yield from ((_("替换的模板"), name) for name in plugin.overrides)
