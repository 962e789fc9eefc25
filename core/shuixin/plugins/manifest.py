"""What a plugin says about itself beyond its distribution's metadata."""

import sys
from pathlib import Path
from typing import Any

from shuixin.texts import Text


class Plugin:
    """Base of every plugin object, the target of its entry point.

    Version, core range and dependencies stand in the distribution's metadata, read before anything is imported;
    here are the words for people. Hook implementations are methods marked with ``hookimpl``.
    """

    #: The plugin's id: folder, entry point, package suffix, table and permission prefix, translation domain.
    id: str = ""
    label: Text | str = ""
    description: Text | str = ""
    #: Extra classes of hook specifications that this plugin offers to others.
    hookspecs: tuple[type, ...] = ()
    #: Templates of others that this plugin replaces, e.g. ``("shuixin/footer.html",)``; they lie in ``overrides/``.
    overrides: tuple[str, ...] = ()

    #: The file in which the plugin's class stands.
    source: Path

    def __init_subclass__(cls, **options: Any) -> None:
        """Note where the class stands while its module is known; after an upgrade its name means another one."""
        super().__init_subclass__(**options)
        cls.source = Path(str(sys.modules[cls.__module__].__file__))

    @property
    def folder(self) -> Path:
        """The folder of the plugin's package, in which its rooms lie."""
        return self.source.parent
