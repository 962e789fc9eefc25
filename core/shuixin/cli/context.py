"""What commands need: settings, database, an application context, an actor."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.database import connect, db
from shuixin.database.connection import check_reachable
from shuixin.errors import Misconfigured
from shuixin.events import deliver_with
from shuixin.kit import redaction
from shuixin.platform import circumstances_of
from shuixin.plugins import Loaded, discover, enabled_plugins, load_plugins
from shuixin.plugins.tables import Generation
from shuixin.settings import Settings, load
from shuixin.wsgi import build


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return this installation's settings, with the database bound and known to answer."""
    found = load()
    redaction.guard_logs(found.secrets)
    check_reachable(connect(found.database_url))
    return found


def command_actor() -> Actor:
    """Return the actor for work ordered on the command line."""
    return system_actor("命令行")


@contextmanager
def installation() -> Iterator[Settings]:
    """Stay connected to this installation's database.

    :raises Misconfigured: its tables were never made.
    """
    found = settings()
    with db.connection_context():
        if not Generation.table_exists():
            raise Misconfigured("数据库中还没有平台的表，请先执行 shuixin init。")
        yield found


def load_enabled() -> Loaded:
    """Load the enabled plugins without building an application."""
    with installation() as found:
        return load_plugins(discover(), enabled_plugins(), circumstances_of(found))


@contextmanager
def application() -> Iterator[Flask]:
    """Build the application and stay in its context, with a connection and event delivery."""
    with installation() as found:
        app = build(found)
        with app.app_context(), deliver_with(app.extensions["shuixin"].delivery):
            yield app
