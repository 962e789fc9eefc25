"""Menus as data: what plugins declare, checked once, seen by one person on one page."""

from shuixin.menus.build import MenuEntry, build_menu
from shuixin.menus.check import check_menu

__all__ = ["MenuEntry", "build_menu", "check_menu"]
