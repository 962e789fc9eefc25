"""The code of plugins in this process: which version was imported, and how a newer one takes its place.

Python imports a package once. After an upgrade the packages of the plugin, and of all that build on it, are taken out
of ``sys.modules``, so that the next application imports them anew; the application that still runs keeps its own.
"""

import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Model

from shuixin.database import detach
from shuixin.kit.graph import needed_by, reached
from shuixin.plugins.discovery import Found


@dataclass(frozen=True)
class Imported:
    """What this process has imported of one plugin."""

    version: str
    package: str


#: One for each process, like ``sys.modules`` which it describes.
_imported: dict[str, Imported] = {}
#: Held while plugins are loaded, so that no thread imports what another one is taking out.
loading = threading.RLock()


def load(found: Found) -> Any:
    """Import what the entry point of *found* names, and remember the version."""
    target = found.entry.load()
    _imported.setdefault(found.record.id, Imported(found.record.version, found.entry.module.partition(".")[0]))
    return target


def running_version(plugin: str) -> str:
    """Return the version of *plugin* whose code this process uses; ``""`` if it has imported none."""
    known = _imported.get(plugin)
    return known.version if known else ""


def renew(found: Mapping[str, Found], accepted: Mapping[str, str]) -> set[str]:
    """Forget the code of plugins whose installed version was taken into use since it was imported.

    :param accepted: for each plugin the version that people have taken into use.
    :returns: the ids forgotten, those that build on an upgraded plugin included.
    """
    installed = {name: each.record.version for name, each in found.items()}
    changed = {
        name
        for name, known in _imported.items()
        if name in installed and known.version != installed[name] == accepted.get(name)
    }
    followers = needed_by({name: (*each.record.requires, *each.record.uses) for name, each in found.items()})
    stale = {each for name in changed for each in reached(name, followers)} & set(_imported)
    forget(stale)
    return stale


def forget(plugins: Collection[str]) -> None:
    """Take the packages of *plugins* out of this process; running applications keep what they hold."""
    packages = {known.package for name in plugins if (known := _imported.pop(name, None))}
    modules = [name for name in sys.modules if name.partition(".")[0] in packages]
    for model in _models(modules):
        detach(model)
    for name in modules:
        del sys.modules[name]


def _models(modules: Collection[str]) -> Iterator[type[Model]]:
    for name in modules:
        for value in vars(sys.modules[name]).values():
            if isinstance(value, type) and issubclass(value, Model) and value.__module__ == name:
                yield value
