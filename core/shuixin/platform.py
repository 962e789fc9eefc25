"""The platform value: everything one built application consists of."""

from dataclasses import dataclass, field

from flask import current_app

from shuixin.access.roles import CORE_PERMISSIONS, merge_roles
from shuixin.contributions import MenuItem, Models, Permission, Role
from shuixin.database.migrations import History, core_history
from shuixin.events import Delivery
from shuixin.kit.attachments import Store
from shuixin.kit.caching import PublicCache
from shuixin.kit.policies import PolicyBook
from shuixin.kit.sealing import Sealer
from shuixin.plugins import Loaded
from shuixin.settings import Settings


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
    generation: int = 0
    cache: PublicCache | None = None
    menu_items: list[MenuItem] = field(default_factory=list)

    def histories(self) -> list[History]:
        """Return the migration histories, the core's first, then the plugins' in the order of dependencies."""
        models: list[tuple[str, Models]] = self.loaded.contributions("models")
        return [core_history(), *(History(plugin, each.migrations) for plugin, each in models)]


def make_platform(settings: Settings, loaded: Loaded, policies: PolicyBook, generation: int = 0) -> Platform:
    """Put the value together from *settings* and the *loaded* plugins."""
    declared: list[Permission] = [*CORE_PERMISSIONS, *(item for _name, item in loaded.contributions("permissions"))]
    permissions = {item.code: item for item in declared}
    return Platform(
        settings=settings,
        loaded=loaded,
        roles=merge_roles(loaded.contributions("roles"), set(permissions)),
        permissions=permissions,
        delivery=Delivery(loaded.contributions("event_handlers")),
        sealer=Sealer(settings.secret_key.get_secret_value()),
        store=Store(settings.data_dir / "uploads"),
        policies=policies,
        generation=generation,
        menu_items=[item for _name, item in loaded.contributions("menu_items")],
    )


def current_platform() -> Platform:
    """Return the platform of the running application (request, command or job)."""
    platform: Platform = current_app.extensions["shuixin"]
    return platform
