"""Enabling, disabling, upgrading, suspending: one set of functions behind the command line and the page.

Each asks for the permission, checks, writes in one transaction, counts the generation up, and leaves one entry in the
audit chain that says who, from where, and which plugins were on before and after.
"""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace

from packaging.version import Version

from shuixin import audit
from shuixin.access import Actor, require, system_actor
from shuixin.database import connected, db, transaction
from shuixin.errors import MigrationFailed, Refused
from shuixin.kit import clock
from shuixin.kit.graph import needed_by, reached
from shuixin.plugins import inventory
from shuixin.plugins.discovery import Found, discover
from shuixin.plugins.dispatch import Fault, reason_of, trace_of
from shuixin.plugins.loader import REMEDIES, Bundle, Circumstances, Loaded, load_plugins
from shuixin.plugins.permissions import MANAGE
from shuixin.plugins.record import Stage
from shuixin.plugins.state import (
    accept_version,
    accepted_versions,
    enabled_plugins,
    essential,
    known_plugins,
    next_generation,
    record_fault,
    set_switch,
    suspended_plugins,
)
from shuixin.plugins.tables import PluginFault
from shuixin.texts import domain

_ = domain("shuixin")


@dataclass(frozen=True)
class Change:
    """What switching a plugin would do.

    :param changed: ids that would be switched, the plugin itself included.
    :param absent: ids that are required, but not installed.
    :param softer: enabled plugins that use it where it is on; they go on without it.
    """

    plugin: str
    on: bool
    changed: tuple[str, ...]
    absent: tuple[str, ...] = ()
    softer: tuple[str, ...] = ()


def plan_enable(plugin: str) -> Change:
    """Return what enabling *plugin* takes along: all that it requires and is not on yet.

    :raises Refused: there is no such plugin.
    """
    found = discover()
    if plugin not in found:
        raise Refused(_("没有名为{name}的插件，请用 shuixin plugins list 查看。", name=plugin))
    all_needed = reached(plugin, {name: each.record.requires for name, each in found.items()})
    return Change(plugin, True, tuple(sorted(all_needed - enabled_plugins())), tuple(sorted(all_needed - set(found))))


def plan_disable(plugin: str) -> Change:
    """Return what disabling *plugin* takes along: all enabled plugins that require it.

    :raises Refused: there is no such plugin.
    """
    found, enabled = discover(), enabled_plugins() | suspended_plugins()
    if plugin not in found and plugin not in known_plugins():
        raise Refused(_("没有名为{name}的插件，请用 shuixin plugins list 查看。", name=plugin))
    requires = {name: each.record.requires for name, each in found.items()}
    changed = reached(plugin, needed_by(requires)) & enabled
    softer = {name for name in enabled - changed if name in found and plugin in found[name].record.uses}
    return Change(plugin, False, tuple(sorted(changed)), softer=tuple(sorted(softer)))


def enable(actor: Actor, plugin: str, *, circumstances: Circumstances, note: str = "") -> list[str]:
    """Switch *plugin* on with all that it requires and return all ids that changed.

    Everything that can fail is tried first: import, registration, settings, schema. What fails is remembered with its
    stage, and nothing is switched.

    :raises Forbidden: the actor does not manage plugins.
    :raises Refused: unknown, something required is not installed, or a stage failed.
    """
    require(actor, MANAGE)
    change = plan_enable(plugin)
    if change.absent:
        names = "、".join(change.absent)
        raise Refused(_("{name}需要的插件{names}尚未安装，请先安装它们。", name=plugin, names=names))
    if not change.changed:
        return []
    found, before = discover(), enabled_plugins()
    loaded = load_plugins(found, before | set(change.changed), _accepting(circumstances, found, change.changed))
    for name in _in_loading_order(loaded, change.changed, found):
        _try_out(actor, loaded, name)
    with transaction():
        for name in change.changed:
            set_switch(name, actor.name, enabled=True)
            accept_version(name, found[name].record.version)
            PluginFault.delete().where(PluginFault.plugin == name).execute()
        _finish(actor, "plugin.enable", plugin, changed=change.changed, before=before, note=note)
    return list(change.changed)


def _accepting(circumstances: Circumstances, found: dict[str, Found], names: Iterable[str]) -> Circumstances:
    """Return *circumstances* under which the installed versions of *names* are taken, whatever ran before."""
    installed = {name: found[name].record.version for name in names}
    return replace(circumstances, accepted={**circumstances.accepted, **installed})


def _in_loading_order(loaded: Loaded, names: Collection[str], found: dict[str, Found]) -> list[str]:
    """Return what failed first, so that the refusal names the cause and not those that depend on it."""
    bad = [name for name in names if name not in loaded.bundles]
    causes = [name for name in bad if not set(found[name].record.requires) & set(bad)]
    return [*causes, *(name for name in loaded.bundles if name in names), *(name for name in bad if name not in causes)]


def _try_out(actor: Actor, loaded: Loaded, name: str) -> None:
    record = loaded.records[name]
    if name not in loaded.bundles:
        record_fault(name, record.stage.value, str(record.reason), record.traceback, actor.name)
        reason = str(record.reason).rstrip("。")
        raise Refused(_("{name}不能启用：{reason}。{remedy}", name=name, reason=reason, remedy=record.remedy))
    try:
        migrate(loaded.bundles[name])
    except MigrationFailed as error:
        record_fault(name, Stage.MIGRATED.value, str(error), trace_of(error), actor.name)
        raise Refused(
            _("{name}不能启用：{reason}。{remedy}", name=name, reason=str(error), remedy=REMEDIES[Stage.MIGRATED])
        ) from error


def migrate(bundle: Bundle) -> list[str]:
    """Bring one plugin's tables up to date, note what it made here, and return the steps applied.

    :raises MigrationFailed: naming the step.
    """
    history = bundle.history()
    try:
        return history.apply(db.obj) if history else []
    finally:
        inventory.note(bundle)


def migrate_all(loaded: Loaded, by: str) -> tuple[list[str], list[MigrationFailed]]:
    """Bring every loaded plugin's tables up to date and take its installed version into use.

    One that fails is remembered and the others go on.
    """
    applied: list[str] = []
    failed: list[MigrationFailed] = []
    for name, bundle in loaded.bundles.items():
        try:
            applied += [f"{name} {step}" for step in migrate(bundle)]
            _take_into_use(system_actor(by), name, loaded.records[name].version)
        except MigrationFailed as error:
            record_fault(name, Stage.MIGRATED.value, reason_of(error), trace_of(error), by)
            failed.append(error)
    return applied, failed


@dataclass(frozen=True)
class Upgrade:
    """What taking the installed version of a plugin into use would do.

    :param versions: (plugin, version in use or ``""``, installed version): the plugin, and those connected with it
        whose packages were replaced too, since they are imported anew together.
    :param followers: other enabled plugins that build on these; their code is imported anew, their version stays.
    """

    plugin: str
    versions: tuple[tuple[str, str, str], ...]
    followers: tuple[str, ...]

    @property
    def steps_back(self) -> tuple[str, ...]:
        """The plugins whose installed version is older than the one in use."""
        return tuple(name for name, old, new in self.versions if old and Version(new) < Version(old))


def waiting_versions(found: dict[str, Found]) -> dict[str, str]:
    """Return for each enabled plugin with another version installed than in use the version in use."""
    enabled, accepted = enabled_plugins(), accepted_versions()
    return {
        name: accepted.get(name, "")
        for name in sorted(enabled & set(found))
        if accepted.get(name, "") != found[name].record.version
    }


def plan_upgrade(plugin: str) -> Upgrade:
    """Return what upgrading *plugin* to its installed version would do.

    :raises Refused: it is not installed, not enabled, or in use in this version already.
    """
    found = discover()
    if plugin not in found:
        raise Refused(_("没有名为{name}的插件，请用 shuixin plugins list 查看。", name=plugin))
    version = found[plugin].record.version
    if plugin not in enabled_plugins():
        raise Refused(_("{name}没有启用；启用时自动采用已安装的{version}。", name=plugin, version=version))
    waiting = waiting_versions(found)
    if plugin not in waiting:
        raise Refused(_("{name}已是{version}；请先用pip安装新版本的插件包。", name=plugin, version=version))
    builds_on = {name: (*each.record.requires, *each.record.uses) for name, each in found.items()}
    builders = needed_by(builds_on)
    connected = reached(plugin, {name: (*builds_on.get(name, ()), *builders[name]) for name in builders})
    versions = tuple((name, waiting[name], found[name].record.version) for name in waiting if name in connected)
    renewed = {each for name, _old, _new in versions for each in reached(name, builders)}
    return Upgrade(plugin, versions, tuple(sorted(renewed & enabled_plugins() - set(waiting))))


def upgrade(actor: Actor, plugin: str, *, trial: Callable[[str, str], object], note: str = "") -> Upgrade:
    """Take the installed version of *plugin* into use in all workers, without a restart.

    The new version is tried out and its tables are brought up to date first; if that fails, the workers go on with
    the version that runs.

    :param trial: does :func:`try_upgrade` where it hurts nobody, see :mod:`shuixin.plugins.trial`.
    :raises Forbidden: the actor does not manage plugins.
    :raises Refused: there is nothing to upgrade to, or the new version does not work.
    """
    require(actor, MANAGE)
    plan = plan_upgrade(plugin)
    trial(plugin, actor.name)
    with transaction():
        for name, _old, new in plan.versions:
            _take_into_use(actor, name, new, note)
            PluginFault.delete().where(PluginFault.plugin == name).execute()
        next_generation()
    return plan


def try_upgrade(actor: Actor, plugin: str, circumstances: Circumstances) -> None:
    """Load *plugin* as it lies on the disk with all that is enabled, and bring its tables up to date.

    :raises Refused: it, or a plugin that builds on it, failed at a stage; that is remembered.
    """
    plan, found = plan_upgrade(plugin), discover()
    names = [name for name, _old, _new in plan.versions]
    loaded = load_plugins(found, enabled_plugins(), _accepting(circumstances, found, names))
    for name in _in_loading_order(loaded, names, found):
        _try_out(actor, loaded, name)
    for name in plan.followers:
        if name not in loaded.bundles:
            raise Refused(_("{name}与新版本不能一起运行：{reason}", name=name, reason=loaded.records[name].reason))


def _take_into_use(actor: Actor, plugin: str, version: str, note: str = "") -> None:
    """Note the version in use; where another one was before, that is an upgrade and leaves its entry."""
    with transaction():
        before = accept_version(plugin, version)
        if before not in ("", version):
            detail = {"origin": actor.origin, "note": note, "before": before, "after": version}
            audit.append(actor, "plugin.upgrade", "plugin", plugin, detail)


def disable(actor: Actor, plugin: str, *, cascade: bool = False, note: str = "") -> list[str]:
    """Switch *plugin* off, its data kept, and return all ids that changed.

    :raises Forbidden: the actor does not manage plugins.
    :raises Refused: unknown plugin, or others depend on it and *cascade* was not asked for.
    """
    require(actor, MANAGE)
    change = plan_disable(plugin)
    others = [name for name in change.changed if name != plugin]
    if others and not cascade:
        names = "、".join(others)
        raise Refused(_("{names}依赖此插件，请先停用它们，或选择连同它们一并停用（--cascade）。", names=names))
    if not change.changed:
        return []
    before = enabled_plugins()
    with transaction():
        for name in change.changed:
            set_switch(name, actor.name, enabled=False)
        _finish(actor, "plugin.disable", plugin, changed=change.changed, before=before, note=note)
    return list(change.changed)


def suspend(fault: Fault, essentials: Iterable[str]) -> bool:
    """Take a plugin off that keeps failing; essential ones stay, whatever they do. Return whether it was taken off."""
    before = enabled_plugins()
    if fault.plugin not in before or fault.plugin in essential(list(essentials)):
        return False
    actor = system_actor("平台")
    with transaction():
        set_switch(fault.plugin, actor.name, enabled=True, suspended=True)
        record_fault(fault.plugin, fault.hook, fault.reason, fault.traceback, actor.name)
        _finish(actor, "plugin.suspend", fault.plugin, changed=[fault.plugin], before=before, note=fault.reason)
    return True


@dataclass
class Watch:
    """Told of every fault: remembers it, and suspends a plugin that keeps failing.

    :param pause: seconds between two notes on one plugin, so that a busy page does not write with every request.
    """

    limit: int
    essentials: tuple[str, ...]
    pause: float = 5.0
    _noted: dict[str, float] = field(default_factory=dict)

    def __call__(self, fault: Fault) -> None:
        """Note *fault*."""
        now = time.monotonic()
        due = now - self._noted.get(fault.plugin, -self.pause) >= self.pause
        if fault.recent < self.limit and not due:
            return
        self._noted[fault.plugin] = now
        with connected():
            if fault.recent < self.limit or not suspend(fault, self.essentials):
                record_fault(fault.plugin, fault.hook, fault.reason, fault.traceback, "平台")


def enter_safe_mode(reason: str) -> None:
    """Let every worker build with the essential plugins only, until somebody leaves safe mode in the page."""
    _mark(system_actor("平台"), "plugin.safe_mode", "safe-mode", reason, safe_since=clock.now(), safe_reason=reason)


def leave_safe_mode(actor: Actor) -> None:
    """Let every worker build with all enabled plugins again."""
    require(actor, MANAGE)
    _mark(actor, "plugin.leave_safe_mode", "safe-mode", safe_since=None, safe_reason="")


def rebuild(actor: Actor) -> None:
    """Let every worker look at the installed packages and build anew (after a package was installed or repaired)."""
    require(actor, MANAGE)
    _mark(actor, "plugin.rebuild", "all")


def _mark(actor: Actor, action: str, key: str, note: str = "", **changes: object) -> None:
    """Let every worker build anew without a switch being touched, and leave one entry."""
    enabled = enabled_plugins()
    with transaction():
        next_generation(**changes)
        audit.append(actor, action, "plugin", key, _detail(actor, enabled, enabled, [], note))


def _finish(
    actor: Actor, action: str, plugin: str, *, changed: Collection[str], before: Collection[str], note: str
) -> None:
    next_generation()
    audit.append(actor, action, "plugin", plugin, _detail(actor, before, enabled_plugins(), changed, note))


def _detail(
    actor: Actor, before: Collection[str], after: Collection[str], changed: Collection[str], note: str
) -> dict[str, object]:
    found = discover()
    return {
        "origin": actor.origin,
        "note": note,
        "changed": sorted(changed),
        "before": sorted(before),
        "after": sorted(after),
        "versions": {name: found[name].record.version for name in sorted(changed) if name in found},
    }
