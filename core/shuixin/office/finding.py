"""Searching the whole back office: every list and every menu entry that the person in front may see."""

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from flask import current_app, url_for

from shuixin.access import Actor
from shuixin.contributions import Area
from shuixin.kit.search import normalise
from shuixin.menus import MenuEntry, build_menu
from shuixin.office.selection import Selection
from shuixin.platform import current_platform
from shuixin.texts import Text

if TYPE_CHECKING:
    from shuixin.office.bases import OfficeList

#: Hits shown of each list.
SHOWN = 5


@dataclass(frozen=True)
class Hit:
    """One row: its first column, the others, and its page (``""`` for a list without such pages)."""

    title: str
    facts: str
    url: str


@dataclass(frozen=True)
class Found:
    """The first hits of one list, and where all of them are if there are *more*."""

    label: Text | str
    hits: list[Hit]
    more: bool
    url: str


def found_rows(actor: Actor, text: str) -> list[Found]:
    """Return what the searchable lists that *actor* may see have on *text*; a list that fails is left out."""
    lists: dict[str, tuple[str, OfficeList]] = current_app.extensions["shuixin_lists"]
    calls = current_platform().calls
    answers = [
        calls.call(plugin, "office_views", _ask, view, actor, text, default=None)
        for plugin, view in lists.values()
        if view.search_index and actor.holds(view.permission)
    ]
    return [each for each in answers if each is not None and each.hits]


def _ask(view: "OfficeList", actor: Actor, text: str) -> Found:
    rows = list(view.select(Selection(search=text), actor).limit(SHOWN + 1))
    shown = rows[:SHOWN]
    view.prepare(shown)
    url = url_for(f"{view.endpoint}.index_view", search=text)
    return Found(view.name, [_hit(view, row) for row in shown], len(rows) > SHOWN, url)


def _hit(view: "OfficeList", row: object) -> Hit:
    first, *others = (str(view.get_export_value(row, name)) for name, _label in view._list_columns)
    url = url_for(f"{view.endpoint}.details_view", id=view.get_pk_value(row)) if view.can_view_details else ""
    return Hit(first, " · ".join(each for each in others if each), url)


def found_entries(actor: Actor, text: str) -> list[MenuEntry]:
    """Return the menu entries whose words contain *text*, those in a group of that name too."""
    platform, wanted = current_platform(), normalise(text)
    top = build_menu(platform.menu_items, Area.OFFICE, "", actor, platform.calls)
    grouped = chain.from_iterable([(f"{each.label}{child.label}", child) for child in each.children] for each in top)
    plain = [(str(each.label), each) for each in top if not each.children]
    return [entry for words, entry in chain(plain, grouped) if wanted in normalise(words)]
