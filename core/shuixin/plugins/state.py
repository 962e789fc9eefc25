"""Which plugins are switched on: kept in the database, with a generation number that every worker follows."""

from collections.abc import Iterable

from peewee import BooleanField, CharField, IntegerField

from shuixin import audit
from shuixin.access import Actor, require
from shuixin.database import BaseModel, UTCDateTimeField, transaction
from shuixin.errors import Refused
from shuixin.kit import clock
from shuixin.plugins.discovery import discover
from shuixin.texts import domain

_ = domain("shuixin")

MANAGE = "shuixin.plugins"


class PluginSwitch(BaseModel):
    """One plugin's switch; the row stays when the package is gone."""

    plugin = CharField(max_length=60, primary_key=True)
    enabled = BooleanField(default=False)
    changed_at = UTCDateTimeField()
    changed_by = CharField(max_length=100)

    class Meta:
        """Core table."""

        table_name = "shuixin_plugin_switch"


class Generation(BaseModel):
    """One row: the number of the enabled set; each switch counts it up."""

    number = IntegerField(default=1)

    class Meta:
        """Core table."""

        table_name = "shuixin_generation"


def current_generation() -> int:
    """Return the generation number (one indexed read)."""
    row = Generation.get_or_none(Generation.id == 1)
    return row.number if row else 0


def enabled_plugins() -> set[str]:
    """Return the ids that are switched on."""
    return {row.plugin for row in PluginSwitch.select().where(PluginSwitch.enabled)}


def introduce(names: Iterable[str]) -> None:
    """Give plugins that have never been switched their row, switched on (first start)."""
    known = {row.plugin for row in PluginSwitch.select()}
    with transaction():
        for name in names:
            if name not in known:
                PluginSwitch.create(plugin=name, enabled=True, changed_at=clock.now(), changed_by="init")
        Generation.get_or_create(id=1)


def switch(actor: Actor, plugin: str, *, on: bool, cascade: bool = False) -> list[str]:
    """Switch *plugin* on or off and return all ids that changed.

    Switching on takes what it requires with it; switching off refuses while others need it, unless *cascade*.

    :raises Forbidden: the actor does not manage plugins.
    :raises Refused: unknown plugin, or others depend on it.
    """
    require(actor, MANAGE)
    requires = {name: each.record.requires for name, each in discover().items()}
    enabled = enabled_plugins()
    if plugin not in requires and plugin not in enabled:
        raise Refused(_("没有名为{name}的插件，请用 shuixin plugins list 查看。", name=plugin))
    changed = _reached(plugin, requires) - enabled if on else _with_dependents(plugin, requires) & enabled
    if not on and not cascade and changed - {plugin}:
        names = "、".join(sorted(changed - {plugin}))
        raise Refused(_("{names}依赖此插件，请先停用它们，或加 --cascade 一并停用。", names=names))
    with transaction():
        for name in sorted(changed):
            _write(actor, name, on)
        if changed:
            Generation.update(number=Generation.number + 1).where(Generation.id == 1).execute()
    return sorted(changed)


def _write(actor: Actor, name: str, on: bool) -> None:
    PluginSwitch.insert(plugin=name, enabled=on, changed_at=clock.now(), changed_by=actor.name).on_conflict(
        conflict_target=[PluginSwitch.plugin],
        update={PluginSwitch.enabled: on, PluginSwitch.changed_at: clock.now(), PluginSwitch.changed_by: actor.name},
    ).execute()
    audit.append(actor, "plugin.enable" if on else "plugin.disable", "plugin", name)


def _with_dependents(plugin: str, requires: dict[str, tuple[str, ...]]) -> set[str]:
    needed_by = {name: tuple(other for other, needs in requires.items() if name in needs) for name in requires}
    return _reached(plugin, needed_by)


def _reached(start: str, following: dict[str, tuple[str, ...]]) -> set[str]:
    """Return *start* and all that can be reached from it, cycles included once."""
    found, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += following.get(name, ())
    return found
