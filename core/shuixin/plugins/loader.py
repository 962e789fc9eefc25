"""Loading: each stage of each plugin in its own ``try``; a failure stays with its plugin and those that need it."""

import logging
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pluggy
from packaging.specifiers import SpecifierSet
from pydantic import ValidationError

from shuixin import __version__
from shuixin.contributions import Permission
from shuixin.errors import PluginError
from shuixin.hookspecs import PROJECT, RESULTS, CoreHooks
from shuixin.plugins.discovery import Found
from shuixin.plugins.manifest import Plugin
from shuixin.plugins.record import PluginRecord, Stage, State
from shuixin.settings.problems import first_problem
from shuixin.texts import domain

_ = domain("shuixin")
log = logging.getLogger(__name__)


@dataclass
class Bundle:
    """All contributions of one enabled plugin, checked; ``items[hook]`` is always a tuple."""

    plugin: Plugin
    settings: Any = None
    items: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def get(self, hook: str) -> tuple[Any, ...]:
        """Return what the plugin contributed to *hook*."""
        return self.items.get(hook, ())


@dataclass
class Loaded:
    """The outcome of loading: records of all known plugins, bundles of the enabled ones in order."""

    records: dict[str, PluginRecord]
    bundles: dict[str, Bundle]
    manager: pluggy.PluginManager

    def contributions(self, hook: str) -> list[tuple[str, Any]]:
        """Return (plugin id, contribution) of all enabled plugins for *hook*, dependencies first."""
        return [(name, item) for name, bundle in self.bundles.items() for item in bundle.get(hook)]

    def extension(self, hook: str) -> list[tuple[str, Any]]:
        """Return (plugin id, result) for a hook that a plugin offers, one plugin at a time, failures left out."""
        caller = getattr(self.manager.hook, hook, None)
        results: list[tuple[str, Any]] = []
        implementations = caller.get_hookimpls() if caller is not None else []
        for name, bundle in self.bundles.items():
            for implementation in implementations:
                if implementation.plugin is bundle.plugin:
                    results += [(name, item) for item in self._isolated(name, implementation.function)]
        return results

    @staticmethod
    def _isolated(name: str, function: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        try:
            return tuple(function())
        except Exception:
            log.exception("hook failed: plugin=%s", name)
            return ()


def load_plugins(found: dict[str, Found], enabled: Collection[str], settings: dict[str, dict[str, Any]]) -> Loaded:
    """Load the *enabled* ones of the *found* plugins, dependencies first."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(CoreHooks)
    records = {name: each.record for name, each in found.items()}
    for name in set(enabled) - set(found):
        records[name] = PluginRecord(name, "", "", "", (), State.MISSING, reason=str(_("插件包未安装。")))
    loaded = Loaded(records, {}, manager)
    for name in in_order({name: found[name].record.requires for name in found if name in enabled}):
        _load_one(loaded, found[name], settings.get(name, {}))
    return loaded


def in_order(requires: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the names so that each stands after what it requires, else alphabetically; members of a cycle last."""
    order: list[str] = []
    waiting = sorted(requires)
    while waiting:
        ready = next((name for name in waiting if not set(requires[name]) & set(waiting)), waiting[0])
        waiting.remove(ready)
        order.append(ready)
    return order


def _load_one(loaded: Loaded, found: Found, settings: dict[str, Any]) -> None:
    record = found.record
    try:
        _check_compatible(record, loaded)
        record.stage = Stage.COMPATIBLE
        plugin = _import(found)
        record.stage = Stage.IMPORTED
        bundle = _register(loaded.manager, plugin)
        record.stage = Stage.REGISTERED
        _configure(bundle, settings)
        record.stage = Stage.CONFIGURED
    except _Skip as skip:
        record.state, record.reason = State.SKIPPED, str(skip)
    except Exception as error:
        fail(record, error)
    else:
        loaded.bundles[record.id] = bundle
        record.stage, record.state = Stage.ENABLED, State.ENABLED


class _Skip(Exception):
    """The plugin itself is sound, but something it needs is not there."""


def fail(record: PluginRecord, error: BaseException) -> None:
    """Note on *record* that its plugin failed at the stage after the one it had reached."""
    stages = list(Stage)
    record.stage = stages[min(stages.index(record.stage) + 1, len(stages) - 1)]
    record.state = State.FAILED
    record.reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    record.traceback = "".join(traceback.format_exception(error))
    log.error("plugin %s failed at stage %s: %s", record.id, record.stage.value, record.reason)


def _check_compatible(record: PluginRecord, loaded: Loaded) -> None:
    if record.requires_core and not SpecifierSet(record.requires_core).contains(__version__, prereleases=True):
        raise _Skip(_("需要平台{wanted}，当前为{version}。", wanted=record.requires_core, version=__version__))
    lacking = [name for name in record.requires if name not in loaded.bundles]
    if lacking:
        raise _Skip(_("依赖的插件未启用：{names}。", names="、".join(lacking)))


def _import(found: Found) -> Plugin:
    plugin = found.entry.load()
    if not isinstance(plugin, Plugin) or plugin.id != found.record.id:
        raise PluginError(found.record.id, _("入口必须是编号相同的Plugin对象。"))
    return plugin


def _register(manager: pluggy.PluginManager, plugin: Plugin) -> Bundle:
    for hookspecs in plugin.hookspecs:
        manager.add_hookspecs(hookspecs)
    manager.register(plugin, plugin.id)
    try:
        _check_hooks(manager, plugin)
        items = {hook: _collect(manager, plugin, hook) for hook in RESULTS}
        _check_ownership(plugin.id, items)
    except BaseException:
        manager.unregister(plugin)
        raise
    return Bundle(plugin, items=items)


def _check_hooks(manager: pluggy.PluginManager, plugin: Plugin) -> None:
    """Refuse implementations of hooks that nobody offers: a misspelt one would never be called."""
    callers = manager.get_hookcallers(plugin) or []
    unknown = [
        caller.name
        for caller in callers
        if not caller.has_spec()
        and not all(each.optionalhook for each in caller.get_hookimpls() if each.plugin is plugin)
    ]
    if unknown:
        raise PluginError(plugin.id, _("没有名为{names}的钩子，请核对拼写和依赖。", names="、".join(sorted(unknown))))


def _collect(manager: pluggy.PluginManager, plugin: Plugin, hook: str) -> tuple[Any, ...]:
    expected, several = RESULTS[hook]
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        if implementation.plugin is plugin:
            result = implementation.function()
            items = tuple(result) if several else (result,)
            for item in items:
                if not isinstance(item, expected):
                    raise PluginError(
                        plugin.id,
                        _(
                            "钩子{hook}应返回{expected}，实际为{found}。",
                            hook=hook,
                            expected=expected.__name__,
                            found=type(item).__name__,
                        ),
                    )
            return items
    return ()


def _check_ownership(plugin: str, items: dict[str, tuple[Any, ...]]) -> None:
    """Refuse tables, permissions and job names outside the plugin's own prefix."""
    tables = [model._meta.table_name for each in items["models"] for model in each.classes]
    foreign = [name for name in tables if not name.startswith(f"{plugin}_")]
    codes = [each.code for each in items["permissions"] if isinstance(each, Permission)]
    foreign += [code for code in codes + [job.name for job in items["jobs"]] if not code.startswith(f"{plugin}.")]
    if foreign:
        raise PluginError(plugin, _("名称不以插件编号开头：{names}。", names="、".join(foreign)))


def _configure(bundle: Bundle, table: dict[str, Any]) -> None:
    models = bundle.get("settings_model")
    if not models:
        if table:
            raise PluginError(bundle.plugin.id, _("该插件没有设置项，请删除[plugins.{id}]。", id=bundle.plugin.id))
        return
    try:
        bundle.settings = models[0](**table)
    except ValidationError as error:
        raise PluginError(bundle.plugin.id, first_problem(error)) from error
