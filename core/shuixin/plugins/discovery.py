"""Finding installed plugins by entry points and distribution metadata, without importing them."""

from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, entry_points

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from shuixin.plugins.record import PluginRecord

GROUP = "shuixin.plugins"
CORE = "shuixin-core"
PREFIX = "shuixin-plugin-"


@dataclass(frozen=True)
class Found:
    """An installed plugin: its entry point and what its metadata says."""

    entry: EntryPoint
    record: PluginRecord


def discover() -> dict[str, Found]:
    """Return the installed plugins by id, in alphabetical order; of two with one id the first found stays."""
    found: dict[str, Found] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        if entry.dist is not None:
            found.setdefault(entry.name, Found(entry, _record(entry.name, entry.dist)))
    return found


def _record(name: str, distribution: Distribution) -> PluginRecord:
    core, needs = "", []
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        project = canonicalize_name(requirement.name)
        if project == CORE:
            core = str(requirement.specifier)
        elif project.startswith(PREFIX):
            needs.append(project.removeprefix(PREFIX).replace("-", "_"))
    return PluginRecord(name, distribution.name, distribution.version, core, tuple(needs))
