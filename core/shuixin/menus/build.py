"""From declared menu items to the entries a person sees."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import g, request, url_for

from shuixin.access import Actor
from shuixin.contributions import Area, MenuItem
from shuixin.plugins.dispatch import Calls
from shuixin.texts import Text


@dataclass
class MenuEntry:
    """One visible entry: words, address, whether one stands on it, and what lies below it."""

    label: Text | str
    url: str
    icon: str = ""
    current: bool = False
    count: int | None = None
    children: list["MenuEntry"] = field(default_factory=list)


def build_menu(
    items: Iterable[tuple[str, MenuItem]], area: Area, section: str, actor: Actor, calls: Calls
) -> list[MenuEntry]:
    """Return the entries of *area* for *actor*, ordered; entries with a parent hang below it.

    :param items: (plugin id, entry), dependencies first.
    """
    here = (each for each in items if each[1].area is area and each[1].section == section)
    visible = sorted((each for each in here if _visible(*each, actor, calls)), key=lambda each: each[1].order)
    top: list[MenuEntry] = []
    groups: dict[str, MenuEntry] = {}
    for plugin, item in visible:
        entry = _entry(plugin, item, actor, calls)
        if not item.parent:
            top.append(entry)
            continue
        group = groups.get(str(item.parent))
        if group is None:
            group = groups[str(item.parent)] = MenuEntry(item.parent, "", item.icon)
            top.append(group)
        group.children.append(entry)
        group.current = group.current or entry.current
    return _one_current(top)


def _visible(plugin: str, item: MenuItem, actor: Actor, calls: Calls) -> bool:
    if item.shown is not None and not calls.call(plugin, "menu_items", item.shown, default=False):
        return False
    if item.area is Area.PUBLIC:
        return not item.permission
    return actor.holds(item.permission) if item.permission else actor.is_authenticated


def _entry(plugin: str, item: MenuItem, actor: Actor, calls: Calls) -> MenuEntry:
    url = url_for(item.endpoint, **dict[str, Any](item.values))
    current = request.path == url or (url.count("/") > 1 and request.path.startswith(url.rstrip("/") + "/"))
    return MenuEntry(item.label, url, item.icon, current, _count(plugin, item, actor, calls))


def _count(plugin: str, item: MenuItem, actor: Actor, calls: Calls) -> int | None:
    """Return what waits behind *item*, asked once per request however often the menu is shown."""
    known: dict[str, int | None] = g.setdefault("menu_counts", {})
    if item.count is not None and item.endpoint not in known:
        known[item.endpoint] = calls.call(plugin, "menu_items", item.count, actor, default=None)
    return known.get(item.endpoint)


def _one_current(entries: list[MenuEntry]) -> list[MenuEntry]:
    """Keep only the longest matching address current, so that a home entry does not light up everywhere."""
    flat = [entry for top in entries for entry in (top, *top.children) if entry.current and entry.url]
    best = max(flat, key=lambda entry: len(entry.url), default=None)
    for entry in flat:
        entry.current = entry is best
    return entries
