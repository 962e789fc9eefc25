"""Finding installed plugins by entry points and distribution metadata, without importing them.

What a plugin needs stands in its ``pyproject.toml`` as ordinary requirements: hard ones under ``dependencies``, soft
ones under the extra ``uses``, and under the extra ``before`` those that are to come after it. So pip installs what is
needed, and everything is known before a line of the plugin runs.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, entry_points

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from shuixin.kit import clock
from shuixin.plugins.record import PluginRecord, State
from shuixin.texts import domain

_ = domain("shuixin")
GROUP = "shuixin.plugins"
CORE = "shuixin-core"
PREFIX = "shuixin-plugin-"
EXTRAS = ("", "uses", "before")


@dataclass(frozen=True)
class Found:
    """An installed plugin: its entry point and what its metadata says."""

    entry: EntryPoint
    record: PluginRecord


def discover() -> dict[str, Found]:
    """Return the installed plugins by id, in alphabetical order.

    Where two distributions offer one id, neither is taken: the record has failed and names both.
    """
    importlib.invalidate_caches()  # packages may have come or gone since this process began
    found: dict[str, Found] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.dist.name if each.dist else "")):
        if entry.dist is None:
            continue
        known = found.get(entry.name)
        if known is None:
            found[entry.name] = Found(entry, _record(entry.name, entry.dist))
        elif canonicalize_name(known.record.distribution) != canonicalize_name(entry.dist.name):
            _refuse_both(known.record, entry.dist)
    return found


def _refuse_both(record: PluginRecord, other: Distribution) -> None:
    record.state, record.at = State.FAILED, clock.now()
    record.reason = _(
        "插件编号{id}重复：{first}和{second}都提供它。", id=record.id, first=record.distribution, second=other.name
    )
    record.remedy = _("请用pip卸载其中一个安装包。")


def _record(name: str, distribution: Distribution) -> PluginRecord:
    needs: dict[str, list[str]] = {extra: [] for extra in EXTRAS}
    core = ""
    for extra, requirement in _requirements(distribution):
        project = canonicalize_name(requirement.name)
        if project == CORE and not extra:
            core = str(requirement.specifier)
        elif project.startswith(PREFIX):
            needs[extra].append(project.removeprefix(PREFIX).replace("-", "_"))
    hard, uses, before = (tuple(dict.fromkeys(needs[extra])) for extra in EXTRAS)
    return PluginRecord(name, distribution.name, distribution.version, core, hard, uses, before, at=clock.now())


def _requirements(distribution: Distribution) -> Iterator[tuple[str, Requirement]]:
    """Yield (extra, requirement) for all that hold on this machine; what nobody can read is left out."""
    for text in distribution.requires or ():
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        for extra in EXTRAS:
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                yield extra, requirement
                break
