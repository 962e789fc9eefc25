"""Loading: each stage of each plugin in its own ``try``; a failure stays with its plugin and those that need it."""

import difflib
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pluggy
from packaging.specifiers import SpecifierSet
from pydantic import ValidationError

from shuixin import __version__
from shuixin.database.migrations import History
from shuixin.errors import PluginError
from shuixin.hookspecs import PROJECT, RESULTS, CoreHooks
from shuixin.kit import clock
from shuixin.kit.graph import cycles, in_order, wishes_of
from shuixin.plugins import modules
from shuixin.plugins.configuration import Layers, SettingsModel, merged
from shuixin.plugins.discovery import Found
from shuixin.plugins.dispatch import Calls, reason_of, trace_of
from shuixin.plugins.manifest import Plugin
from shuixin.plugins.ownership import check_clashes, check_own_names
from shuixin.plugins.record import PluginRecord, Stage, State
from shuixin.settings.problems import all_problems
from shuixin.texts import Text, domain

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

    def history(self) -> History | None:
        """Return the plugin's schema history; ``None`` if it keeps no tables."""
        return next((History(self.plugin.id, each.migrations, each.together) for each in self.get("models")), None)


@dataclass
class Loaded:
    """The outcome of loading: records of all known plugins, bundles of the enabled ones in order."""

    records: dict[str, PluginRecord]
    bundles: dict[str, Bundle]
    manager: pluggy.PluginManager
    calls: Calls = field(default_factory=Calls)

    def contributions(self, hook: str) -> list[tuple[str, Any]]:
        """Return (plugin id, contribution) of all enabled plugins for *hook*, dependencies first."""
        return [(name, item) for name, bundle in self.bundles.items() for item in bundle.get(hook)]

    def extension(self, hook: str) -> list[tuple[str, Any]]:
        """Return (plugin id, result) for a hook that a plugin offers, one plugin at a time, failures left out."""
        caller = getattr(self.manager.hook, hook, None)
        results: list[tuple[str, Any]] = []
        implementations = caller.get_hookimpls() if caller is not None else []
        for name, bundle in self.bundles.items():
            for each in implementations:
                if each.plugin is bundle.plugin:
                    answer = self.calls.call(name, hook, lambda function=each.function: tuple(function()), default=())
                    results += [(name, item) for item in answer]
        return results


@dataclass(frozen=True)
class Circumstances:
    """What loading is to reckon with beside the packages themselves.

    :param layers: each plugin's settings, see :mod:`shuixin.plugins.configuration`.
    :param accepted: for each plugin the version that people have taken into use; another one that lies on the disk
        waits until it is (:func:`shuixin.plugins.lifecycle.upgrade`).
    :param pending: returns the steps of a history that were not applied; ``None`` while the schema is being made.
    :param progress: told of each plugin before anything of it runs, so that a crash leaves its name behind.
    """

    layers: Mapping[str, Layers] = field(default_factory=dict)
    accepted: Mapping[str, str] = field(default_factory=dict)
    pending: Callable[[History], list[str]] | None = None
    progress: Callable[[str], object] = str


def load_plugins(
    found: dict[str, Found],
    enabled: Collection[str],
    circumstances: Circumstances | None = None,
    calls: Calls | None = None,
) -> Loaded:
    """Load the *enabled* ones of the *found* plugins, dependencies first."""
    circumstances = circumstances or Circumstances()
    with modules.loading:
        modules.renew(found, circumstances.accepted)
        return _load(found, enabled, circumstances, calls or Calls())


def _load(found: dict[str, Found], enabled: Collection[str], circumstances: Circumstances, calls: Calls) -> Loaded:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(CoreHooks)
    loaded = Loaded({name: each.record for name, each in found.items()}, {}, manager, calls)
    for name in sorted(set(enabled) - set(found)):
        loaded.records[name] = missing(name)
    requires = {name: found[name].record.requires for name in found if name in enabled}
    _refuse_cycles(loaded, requires)
    wishes = wishes_of(
        {name: found[name].record.uses for name in requires}, {name: found[name].record.before for name in requires}
    )
    for name in in_order(requires, wishes):
        if loaded.records[name].state is not State.FAILED:
            _load_one(loaded, found[name], circumstances)
    return loaded


def missing(name: str) -> PluginRecord:
    """Return the record of a plugin that is enabled, but not installed."""
    return PluginRecord(
        name, "", "", "", (), state=State.MISSING, reason=_("插件包未安装。"), at=clock.now(),
        remedy=_("请重新安装插件包；如不再使用，可停用后清除其数据。"),
    )  # fmt: skip


def _refuse_cycles(loaded: Loaded, requires: Mapping[str, Collection[str]]) -> None:
    for circle in cycles(requires):
        path = " → ".join([*circle, circle[0]])
        for name in circle:
            record = loaded.records[name]
            record.state, record.at = State.FAILED, clock.now()
            record.reason = _("插件之间循环依赖：{path}。", path=path)
            record.remedy = _("请联系插件作者解除循环依赖。")


class _Skip(Exception):
    """The plugin itself is sound, but something it needs is not there."""

    def __init__(self, reason: Text, remedy: Text) -> None:
        super().__init__(str(reason))
        self.reason, self.remedy = reason, remedy


def _load_one(loaded: Loaded, found: Found, circumstances: Circumstances) -> None:
    record = found.record
    began = time.perf_counter()
    circumstances.progress(record.id)
    try:
        _check_compatible(record, loaded)
        record.stage = Stage.COMPATIBLE
        plugin = _import(found)
        record.stage = Stage.IMPORTED
        bundle = _register(loaded, plugin)
        record.stage = Stage.REGISTERED
        _configure(bundle, circumstances.layers.get(record.id, ()))
        record.stage = Stage.CONFIGURED
        if record.running == record.version:  # older code that still runs fits the tables as they are
            _check_migrated(bundle, record, circumstances)
    except _Skip as skip:
        record.state, record.reason, record.remedy = State.SKIPPED, skip.reason, skip.remedy
    except Exception as error:
        fail(record, error)
    else:
        loaded.bundles[record.id] = bundle
        record.stage, record.state = Stage.ENABLED, State.ENABLED
    record.at = clock.now()
    loaded.calls.note(record.id, "load", time.perf_counter() - began)


#: What to do about a failure, by the stage at which it happened.
REMEDIES: dict[Stage, Text] = {
    Stage.COMPATIBLE: _("请安装与平台版本相符的插件包。"),
    Stage.IMPORTED: _("请核对插件包是否完整、依赖的库是否已安装，或联系插件作者。"),
    Stage.REGISTERED: _("请联系插件作者修正后重新安装。"),
    Stage.CONFIGURED: _("请在插件设置页或设置文件中改正后重新启用。"),
    Stage.MIGRATED: _("请执行 shuixin migrations apply，失败时按提示处理后重试。"),
    Stage.ENABLED: _("请联系插件作者修正后重新安装。"),
}


def fail(record: PluginRecord, error: BaseException) -> None:
    """Note on *record* that its plugin failed at the stage after the one it had reached."""
    stages = list(Stage)
    record.stage = stages[min(stages.index(record.stage) + 1, len(stages) - 1)]
    record.state, record.at = State.FAILED, clock.now()
    record.reason = getattr(error, "message", None) or reason_of(error)
    record.remedy = REMEDIES[record.stage]
    record.traceback = trace_of(error)
    log.error("plugin %s failed at stage %s: %s", record.id, record.stage.value, record.reason)


def _check_compatible(record: PluginRecord, loaded: Loaded) -> None:
    if record.requires_core and not SpecifierSet(record.requires_core).contains(__version__, prereleases=True):
        raise _Skip(
            _("需要平台{wanted}，当前为{version}。", wanted=record.requires_core, version=__version__),
            REMEDIES[Stage.COMPATIBLE],
        )
    lacking = [name for name in record.requires if name not in loaded.bundles]
    if lacking:
        names = "、".join(lacking)
        raise _Skip(_("依赖的插件未启用：{names}。", names=names), _("请先安装并启用{names}。", names=names))


def _import(found: Found) -> Plugin:
    plugin = modules.load(found)
    if not isinstance(plugin, Plugin) or plugin.id != found.record.id:
        raise PluginError(found.record.id, _("入口必须是编号相同的Plugin对象。"))
    found.record.running = modules.running_version(plugin.id)
    return plugin


def _register(loaded: Loaded, plugin: Plugin) -> Bundle:
    manager = loaded.manager
    for hookspecs in plugin.hookspecs:
        manager.add_hookspecs(hookspecs)
    manager.register(plugin, plugin.id)
    try:
        _check_hooks(manager, plugin)
        items = {hook: _collect(loaded, plugin, hook) for hook in RESULTS}
        check_own_names(plugin, items)
        check_clashes(plugin, items, loaded.bundles.items())
    except BaseException:
        manager.unregister(plugin)
        raise
    return Bundle(plugin, items=items)


def _check_hooks(manager: pluggy.PluginManager, plugin: Plugin) -> None:
    """Refuse implementations of hooks that nobody offers: a misspelt one would never be called."""
    offered = [name for name, caller in vars(manager.hook).items() if getattr(caller, "has_spec", bool)()]
    for caller in manager.get_hookcallers(plugin) or []:
        mine = [each for each in caller.get_hookimpls() if each.plugin is plugin]
        if caller.has_spec() or all(each.optionalhook for each in mine):
            continue
        near = difflib.get_close_matches(caller.name, offered, 1)
        if near:
            raise PluginError(
                plugin.id, _("没有名为{name}的钩子，您要写的是否为{near}？", name=caller.name, near=near[0])
            )
        raise PluginError(plugin.id, _("没有名为{name}的钩子，请核对拼写和依赖。", name=caller.name))


def _collect(loaded: Loaded, plugin: Plugin, hook: str) -> tuple[Any, ...]:
    expected, several = RESULTS[hook]
    for implementation in getattr(loaded.manager.hook, hook).get_hookimpls():
        if implementation.plugin is plugin:
            began = time.perf_counter()
            result = implementation.function()
            loaded.calls.note(plugin.id, hook, time.perf_counter() - began)
            items = tuple(result) if several and isinstance(result, Sequence) else (result,)
            for item in items:
                _check_type(plugin, hook, expected, item)
            return items
    return ()


def _check_type(plugin: Plugin, hook: str, expected: type, item: object) -> None:
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


def _configure(bundle: Bundle, layers: Layers) -> None:
    models = bundle.get("settings_model")
    if not models:
        if any(layers):
            raise PluginError(bundle.plugin.id, _("该插件没有设置项，请删除[plugins.{id}]。", id=bundle.plugin.id))
        return
    if not issubclass(models[0], SettingsModel):
        raise PluginError(bundle.plugin.id, _("设置模型必须继承SettingsModel。"))
    try:
        bundle.settings = models[0](**merged(models[0], layers))
    except ValidationError as error:
        raise PluginError(bundle.plugin.id, all_problems(error)) from error


def _check_migrated(bundle: Bundle, record: PluginRecord, circumstances: Circumstances) -> None:
    history = bundle.history()
    if history is None or circumstances.pending is None:
        return
    waiting = circumstances.pending(history)
    if waiting and circumstances.accepted.get(record.id, record.version) != record.version:
        raise _Skip(
            _("新版本{version}有{count}步数据库结构变更，尚未采用。", version=record.version, count=len(waiting)),
            _("请在插件页核对后升级，或执行 shuixin plugins upgrade {id}。", id=record.id),
        )
    if waiting:
        raise PluginError(
            bundle.plugin.id,
            _("有{count}步数据库结构变更尚未执行：{names}。", count=len(waiting), names="、".join(waiting)),
        )
