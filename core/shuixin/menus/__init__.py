"""Menus as data: what plugins declare, seen by one person on one page."""

from shuixin.menus.build import MenuEntry, build_menu

__all__ = ["MenuEntry", "build_menu"]
