"""What a plugin says about itself beyond its distribution's metadata."""

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
