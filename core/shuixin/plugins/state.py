"""Which plugins are switched on: kept in the database, with a generation number that every worker follows."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from shuixin.database import transaction
from shuixin.kit import clock
from shuixin.kit.graph import reached
from shuixin.plugins.discovery import discover
from shuixin.plugins.record import PluginRecord
from shuixin.plugins.tables import Generation, PluginFault, PluginSwitch
from shuixin.settings import Settings


@dataclass(frozen=True)
class Wanted:
    """What an application is to be built from now.

    :param safe_reason: why only the essential plugins are taken; ``""`` when safe mode is off.
    """

    generation: int
    plugins: frozenset[str]
    safe_reason: str = ""


def current_generation() -> int:
    """Return the generation number (one indexed read)."""
    row = Generation.get_or_none(Generation.id == 1)
    return row.number if row else 0


def enabled_plugins() -> set[str]:
    """Return the ids that are switched on and not suspended."""
    rows = PluginSwitch.select().where(PluginSwitch.enabled, ~PluginSwitch.suspended)
    return {row.plugin for row in rows}


def suspended_plugins() -> set[str]:
    """Return the ids that the platform has taken off after repeated faults."""
    return {row.plugin for row in PluginSwitch.select().where(PluginSwitch.suspended)}


def accepted_versions() -> dict[str, str]:
    """Return for each plugin the version that people have taken into use; those never switched on are left out."""
    return {row.plugin: row.version for row in PluginSwitch.select() if row.version}


def accept_version(name: str, version: str) -> str:
    """Note that *version* of the plugin was taken into use, and return the one before (``""`` for none)."""
    row = PluginSwitch.get_or_none(PluginSwitch.plugin == name)
    if row is None or row.version == version:
        return version
    PluginSwitch.update(version=version).where(PluginSwitch.plugin == name).execute()
    return str(row.version)


def known_plugins() -> set[str]:
    """Return the ids of all plugins that were ever switched here and not purged."""
    return {row.plugin for row in PluginSwitch.select()}


def wanted(settings: Settings) -> Wanted:
    """Return what is to be built now: the enabled plugins, or the essential ones of them in safe mode (安全模式)."""
    row = Generation.get_or_none(Generation.id == 1)
    number = row.number if row else 0
    reason = (row.safe_reason if row and row.safe_since else "") or ("SHUIXIN_SAFE_MODE" if settings.safe_mode else "")
    enabled = enabled_plugins()
    if reason:
        enabled &= essential(settings.essential_plugins)
    return Wanted(number, frozenset(enabled), reason)


def essential(names: Collection[str]) -> set[str]:
    """Return *names* with all that they require."""
    requires = {name: each.record.requires for name, each in discover().items()}
    return {each for name in names for each in reached(name, requires)}


def safe_since() -> datetime | None:
    """Return since when the installation is in safe mode; ``None`` if it is not."""
    row = Generation.get_or_none(Generation.id == 1)
    return row.safe_since if row else None


def introduce(names: Iterable[str]) -> None:
    """Switch *names* on at the very first start; later, what is on and off is people's decision."""
    with transaction():
        _row, first = Generation.get_or_create(id=1)
        for name in names if first else ():
            PluginSwitch.create(plugin=name, enabled=True, changed_at=clock.now(), changed_by="init")


def set_switch(name: str, by: str, *, enabled: bool, suspended: bool = False) -> None:
    """Write one switch; the caller has a transaction, counts the generation up, and audits."""
    values = {"enabled": enabled, "suspended": suspended, "changed_at": clock.now(), "changed_by": by}
    PluginSwitch.insert(plugin=name, **values).on_conflict(
        conflict_target=[PluginSwitch.plugin],
        update={getattr(PluginSwitch, key): value for key, value in values.items()},
    ).execute()


def next_generation(**changes: object) -> None:
    """Count the generation up, so that every worker builds anew."""
    Generation.update(number=Generation.number + 1, **changes).where(Generation.id == 1).execute()


def record_fault(plugin: str, stage: str, reason: str, traceback: str = "", by: str = "") -> None:
    """Remember the newest fault of *plugin*; the same one again is counted."""
    known = PluginFault.get_or_none(PluginFault.plugin == plugin)
    count = known.count + 1 if known and (known.stage, known.reason) == (stage, reason) else 1
    values = {"stage": stage, "reason": reason, "traceback": traceback, "count": count, "at": clock.now(), "by": by}
    PluginFault.insert(plugin=plugin, **values).on_conflict(
        conflict_target=[PluginFault.plugin],
        update={getattr(PluginFault, key): value for key, value in values.items()},
    ).execute()


def record_failures(records: Iterable[PluginRecord], by: str) -> None:
    """Remember each failed plugin of a built application with its stage."""
    for record in records:
        if record.state.value == "failed":
            record_fault(record.id, record.stage.value, str(record.reason), record.traceback, by)


def faults() -> dict[str, PluginFault]:
    """Return the newest fault of each plugin that has one."""
    return {row.plugin: row for row in PluginFault.select()}
