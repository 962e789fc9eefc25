"""Plugins: found by their metadata, loaded stage by stage, switched by rebuilding the application.

``discovery`` reads metadata, ``graph`` orders, ``loader`` goes through the stages, ``ownership`` keeps names apart,
``dispatch`` guards each call; ``state`` and ``tables`` remember,
``lifecycle`` switches, ``configuration`` keeps
settings, ``inventory`` and ``purge`` remove, ``safety`` notices crashed starts, ``report`` tells people.
"""

from shuixin.plugins.discovery import Found, discover
from shuixin.plugins.loader import Bundle, Circumstances, Loaded, load_plugins
from shuixin.plugins.manifest import Plugin
from shuixin.plugins.record import PluginRecord, Stage, State
from shuixin.plugins.state import current_generation, enabled_plugins, wanted

__all__ = [
    "Bundle",
    "Circumstances",
    "Found",
    "Loaded",
    "Plugin",
    "PluginRecord",
    "Stage",
    "State",
    "current_generation",
    "discover",
    "enabled_plugins",
    "load_plugins",
    "wanted",
]
