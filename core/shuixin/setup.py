"""Setting an installation up: schema, first plugins, and the demonstration's unit and accounts."""

import tomllib
from pathlib import Path

from shuixin.access import system_actor
from shuixin.accounts import User, create_user
from shuixin.database import db, transaction
from shuixin.database.migrations import core_history
from shuixin.errors import MigrationFailed
from shuixin.kit import clock
from shuixin.kit.seals import specimen_seal
from shuixin.platform import circumstances_of, current_platform
from shuixin.plugins import discover, enabled_plugins, load_plugins
from shuixin.plugins.lifecycle import migrate_all
from shuixin.plugins.state import introduce
from shuixin.settings import Settings
from shuixin.texts import domain
from shuixin.units import administration as units

_ = domain("shuixin")

#: Demonstration accounts: user name, person, role. They exist only where ``demo`` was run, and share one password.
DEMO_STAFF = (
    ("admin", "闻人溪", "administrator"),
    ("reviewer", "何静远", "reviewer"),
    ("leader", "方其正", "leader"),
    ("editor", "陆采薇", "editor"),
)
#: What the demonstration's unit says of itself, marked as invented.
DEMO_UNIT = Path(__file__).parent / "units" / "demo.toml"
DEMO_ENTERPRISE = ("enterprise", "罗文彬", "enterprise")
DEMO_PASSWORD = "Shuixin-demo-2026"  # noqa: S105 - printed on the screen of the demonstration; real accounts never have it


def migrate_core(settings: Settings) -> list[str]:
    """Bring the core's tables up to date and switch on the plugins named for a first start."""
    applied = core_history().apply(db.obj)
    installed = set(discover())
    introduce(name for name in settings.default_plugins if name in installed)
    return [f"shuixin {step}" for step in applied]


def migrate_plugins(settings: Settings) -> tuple[list[str], list[MigrationFailed]]:
    """Bring the enabled plugins' tables up to date, dependencies first; one that fails does not stop the others.

    :returns: what was applied, one line each, and what failed.
    """
    loaded = load_plugins(discover(), enabled_plugins(), circumstances_of(settings, schema=False))
    return migrate_all(loaded, "init")


def is_empty() -> bool:
    """Whether nobody has an account yet."""
    return not User.select().exists()


def core_demo() -> None:
    """Make the demonstration's unit and one account for each role."""
    site = current_platform().settings.site
    actor = system_actor("演示数据")
    with transaction():
        content = tomllib.loads(DEMO_UNIT.read_text("utf-8"))
        content["unit"] |= {"name": site.name, "region": site.region}
        unit, _password = units.set_up(actor, content, seal=specimen_seal(), now=clock.now())
        for username, name, role in DEMO_STAFF:
            create_user(
                actor, username=username, name=name, password=DEMO_PASSWORD, roles=(role,), unit=unit, must_change=False
            )
        if unit.state != units.ENABLED:  # its administrator was the last thing missing
            units.enable(actor, unit.id, version=unit.row_version, now=clock.now())
        username, name, role = DEMO_ENTERPRISE
        create_user(actor, username=username, name=name, password=DEMO_PASSWORD, roles=(role,), must_change=False)


def demo_accounts() -> list[tuple[str, str, str]]:
    """Return user name, password and role label of the demonstration accounts that still have their first password."""
    roles = current_platform().roles
    return [
        (username, DEMO_PASSWORD, str(roles[role].label) if role in roles else role)
        for username, _name, role in (*DEMO_STAFF, DEMO_ENTERPRISE)
        if User.select().where(User.username == username).exists()
    ]
