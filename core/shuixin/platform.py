"""The platform value: everything one built application consists of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from flask import current_app

from shuixin.access.roles import CORE_PERMISSIONS, merge_roles
from shuixin.contributions import AccessLimit, CodeList, MenuItem, Permission, Role
from shuixin.database import db
from shuixin.database.migrations import History, core_history
from shuixin.events import Delivery
from shuixin.kit import calendar, dictionaries
from shuixin.kit.attachments import Store
from shuixin.kit.caching import PublicCache
from shuixin.kit.clamd import Clamd
from shuixin.kit.following import Followed
from shuixin.kit.policies import PolicyBook
from shuixin.kit.sealing import Sealer
from shuixin.plugins import Circumstances, Loaded
from shuixin.plugins.configuration import SettingsModel, layers_of
from shuixin.plugins.dispatch import Calls
from shuixin.plugins.lifecycle import Watch
from shuixin.plugins.state import accepted_versions
from shuixin.settings import Settings

Model = TypeVar("Model", bound=SettingsModel)


@dataclass
class Platform:
    """Settings, plugins and kit instances of one application; rebuilt as a whole, never changed."""

    settings: Settings
    loaded: Loaded
    roles: dict[str, Role]
    permissions: dict[str, Permission]
    delivery: Delivery
    sealer: Sealer
    store: Store
    policies: PolicyBook
    dictionaries: Followed[dictionaries.Lists]
    calendar: Followed[calendar.Calendar]
    generation: int = 0
    cache: PublicCache | None = None
    safe_reason: str = ""
    limits: list[tuple[str, AccessLimit]] = field(default_factory=list)
    #: (plugin id or ``shuixin``, entry), in the order of dependencies.
    menu_items: list[tuple[str, MenuItem]] = field(default_factory=list)

    @property
    def calls(self) -> Calls:
        """The guard through which everything a plugin contributed is called."""
        return self.loaded.calls

    def histories(self) -> list[History]:
        """Return the migration histories, the core's first, then the plugins' in the order of dependencies."""
        own = [bundle.history() for bundle in self.loaded.bundles.values()]
        return [core_history(), *(history for history in own if history)]


def make_platform(settings: Settings, loaded: Loaded, policies: PolicyBook, generation: int = 0) -> Platform:
    """Put the value together from *settings* and the *loaded* plugins."""
    declared: list[Permission] = [*CORE_PERMISSIONS, *(item for _name, item in loaded.contributions("permissions"))]
    permissions = {item.code: item for item in declared}
    lists: list[CodeList] = [item for _name, item in loaded.contributions("code_lists")]
    return Platform(
        settings=settings,
        loaded=loaded,
        roles=merge_roles(loaded.contributions("roles"), set(permissions), separate=settings.access.separate_duties),
        permissions=permissions,
        delivery=Delivery(loaded.contributions("event_handlers"), loaded.calls),
        sealer=Sealer(settings.secret_key.get_secret_value()),
        store=Store(settings.uploads, scanner=Clamd(settings.clamd) if settings.clamd else None),
        policies=policies,
        dictionaries=dictionaries.follow({each.name: each.entries for each in lists}),
        calendar=calendar.follow(),
        generation=generation,
        limits=loaded.contributions("access_limits"),
        menu_items=loaded.contributions("menu_items"),
    )


def make_calls(settings: Settings) -> Calls:
    """Return the guard for one application: its faults are remembered, and repeated ones suspend a plugin."""
    watch = Watch(settings.fault_limit, tuple(settings.essential_plugins))
    return Calls(settings.fault_limit, settings.fault_minutes * 60.0, watch)


def circumstances_of(
    settings: Settings, *, schema: bool = True, progress: Callable[[str], object] = str
) -> Circumstances:
    """Return what loading reckons with in this installation (read from its database).

    :param schema: whether a plugin with steps still to apply stays out; not so while they are being applied.
    """
    layers = layers_of(settings, Sealer(settings.secret_key.get_secret_value()))
    pending = (lambda history: history.pending(db.obj)) if schema else None
    return Circumstances(layers, accepted_versions(), pending, progress)


def current_platform() -> Platform:
    """Return the platform of the running application (request, command or job)."""
    platform: Platform = current_app.extensions["shuixin"]
    return platform


def code_list(name: str) -> dictionaries.Dictionary:
    """Return the code list *name* as it stands now.

    :raises LookupError: no plugin that is switched on contributes such a list.
    """
    return current_platform().dictionaries.get()[name]


def current_calendar() -> calendar.Calendar:
    """Return the calendar of legal days: the shipped years, and those that administrators entered or corrected."""
    return current_platform().calendar.get()


def plugin_settings(plugin: str, model: type[Model]) -> Model:
    """Return the settings of *plugin* in the running application.

    :raises LookupError: they are of another model, or the plugin is off; either is a mistake of its author.
    """
    bundle = current_platform().loaded.bundles.get(plugin)
    if bundle is None or not isinstance(bundle.settings, model):
        raise LookupError(f"no settings of {plugin} as {model.__name__}")
    return bundle.settings
