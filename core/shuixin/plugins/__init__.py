"""Plugins: found by their metadata, loaded stage by stage, switched by rebuilding the application."""

from shuixin.plugins.discovery import Found, discover
from shuixin.plugins.loader import Bundle, Loaded, load_plugins
from shuixin.plugins.manifest import Plugin
from shuixin.plugins.record import PluginRecord, Stage, State
from shuixin.plugins.state import Generation, PluginSwitch, current_generation, enabled_plugins, switch

__all__ = [
    "Bundle",
    "Found",
    "Generation",
    "Loaded",
    "Plugin",
    "PluginRecord",
    "PluginSwitch",
    "Stage",
    "State",
    "current_generation",
    "discover",
    "enabled_plugins",
    "load_plugins",
    "switch",
]
