"""What each plugin ever made in this installation, so that it can be removed even when its package is gone."""

from collections import defaultdict
from collections.abc import Iterator

from shuixin.access.roles import core_roles
from shuixin.database import transaction
from shuixin.plugins.loader import Bundle
from shuixin.plugins.tables import PluginAsset

#: Kinds of things, in the order in which a plan shows them.
KINDS = ("table", "index", "history", "permission", "role", "job")


def note(bundle: Bundle) -> None:
    """Remember what *bundle* brings; called before it is switched on, and after each upgrade of its schema."""
    with transaction():
        for kind, name in _assets(bundle):
            PluginAsset.insert(plugin=bundle.plugin.id, kind=kind, name=name).on_conflict_ignore().execute()


def _assets(bundle: Bundle) -> Iterator[tuple[str, str]]:
    for each in bundle.get("models"):
        yield from (("table", model._meta.table_name) for model in each.classes)
        yield from (("index", name) for name in each.indexes)
    history = bundle.history()
    if history:
        yield "history", history.table
    yield from (("permission", each.code) for each in bundle.get("permissions"))
    yield from (("role", each.code) for each in bundle.get("roles"))
    yield from (("job", each.name) for each in bundle.get("jobs"))


def assets_of(plugin: str) -> dict[str, list[str]]:
    """Return the names of everything *plugin* made here, by kind."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in PluginAsset.select().where(PluginAsset.plugin == plugin).order_by(PluginAsset.name):
        found[row.kind].append(row.name)
    return {kind: found[kind] for kind in KINDS if found[kind]}


def roles_of_nobody_else(plugin: str) -> list[str]:
    """Return the roles that only *plugin* ever declared; the core's and other plugins' stay."""
    others = {row.name for row in PluginAsset.select().where(PluginAsset.kind == "role", PluginAsset.plugin != plugin)}
    core = {role.code for role in core_roles(separate=False)}
    return [role for role in assets_of(plugin).get("role", []) if role not in others | core]
