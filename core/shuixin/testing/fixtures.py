"""Fixtures: a whole platform on a fresh database, people of every role, both engines.

Every test that uses ``platform_app`` runs on SQLite and, where it can be reached, on PostgreSQL. A migrated database is
made once for each process and copied for each test. ``SHUIXIN_REQUIRE`` names services (``postgresql redis browser``)
whose absence fails tests instead of skipping them.
"""

import contextvars
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from shuixin.access import Actor, system_actor
from shuixin.accounts import User, create_user
from shuixin.accounts.rights import actor_of
from shuixin.app import create_app
from shuixin.database import connect, db
from shuixin.events import deliver_with
from shuixin.platform import circumstances_of
from shuixin.plugins import discover, enabled_plugins
from shuixin.settings import Settings, SiteSettings
from shuixin.setup import migrate_core, migrate_plugins
from shuixin.testing.services import administer, drop_database, need_postgresql, postgresql_url
from shuixin.units import Unit

PASSWORD = "Correct-horse-9"  # noqa: S105 - test accounts
CITY = "420200"


def _settings(folder: Path, url: str) -> Settings:
    site = SiteSettings(name="黄石市水利和湖泊局", host_unit="黄石市水利和湖泊局", region=CITY)
    return Settings(
        secret_key=SecretStr("test-secret-" * 4),
        database_url=url,
        data_dir=folder,
        default_plugins=list(discover()),
        site=site,
    )


class Databases:
    """Fresh migrated databases of one engine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[str, str] = {}
        self._server = ThreadPoolExecutor(2)  # making and dropping a database waits for the server's disk
        self._next: Future[str] | None = None

    def fresh(self, engine: str) -> str:
        """Return the URL of a new, migrated, empty database."""
        if engine not in self._templates:
            self._templates[engine] = self._migrated(engine)
        if engine == "sqlite":
            path = self._folder / f"shuixin_test_{uuid.uuid4().hex[:12]}.db"
            shutil.copyfile(self._templates[engine], path)
            return f"sqlite:///{path}"
        ready = self._next or self._server.submit(self._copy)
        self._next = self._server.submit(self._copy)
        return postgresql_url(ready.result())

    def _copy(self) -> str:
        name = f"shuixin_test_{uuid.uuid4().hex[:12]}"
        administer(f'CREATE DATABASE "{name}" TEMPLATE "{self._templates["postgresql"]}"')
        return name

    def drop(self, engine: str, url: str) -> None:
        """Remove what :meth:`fresh` made."""
        if not db.is_closed():
            db.close()
        if engine == "sqlite":
            for path in self._folder.glob(f"{Path(url).name}*"):
                path.unlink()
        else:
            if hasattr(db.obj, "close_all"):
                db.obj.close_all()
            self._server.submit(drop_database, urlsplit(url).path[1:])

    def close(self) -> None:
        """Remove what is left of the databases."""
        if self._next:
            drop_database(self._next.result())
        self._server.shutdown()
        if "postgresql" in self._templates:
            drop_database(self._templates["postgresql"])

    def _migrated(self, engine: str) -> str:
        name = f"shuixin_template_{uuid.uuid4().hex[:12]}"
        url = f"sqlite:///{self._folder / name}.db"
        if engine == "postgresql":
            administer(f'CREATE DATABASE "{name}"')
            url = postgresql_url(name)
        settings = _settings(self._folder, url)
        database = connect(url)
        with database.connection_context():
            migrate_core(settings)
            _applied, failures = migrate_plugins(settings)
            if failures:
                raise failures[0]
            if engine == "sqlite":
                database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        if engine == "sqlite":
            return str(self._folder / f"{name}.db")
        database.close_all()  # type: ignore[attr-defined]
        return name


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The makers of databases of this process."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """A fresh migrated database, on each engine in turn."""
    engine: str = request.param
    if engine == "postgresql":
        need_postgresql()
    url = databases.fresh(engine)
    yield url
    databases.drop(engine, url)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings for the fresh database and a data folder of its own."""
    return _settings(tmp_path, database_url)


@pytest.fixture
def platform_app(settings: Settings) -> Iterator[Flask]:
    """The whole application with all installed plugins, its context open and its events delivered."""
    connect(settings.database_url)
    with db.connection_context():
        app = create_app(settings, enabled_plugins(), circumstances=circumstances_of(settings))
        app.testing = True
        with app.app_context(), deliver_with(app.extensions["shuixin"].delivery):
            yield app


@pytest.fixture
def app(platform_app: Flask) -> Flask:
    """The same under the name that authors of plugins expect."""
    return platform_app


def city_bureau() -> Unit:
    """Return the bureau of Huangshi, made where there is none."""
    unit: Unit = Unit.get_or_none(Unit.region == CITY) or Unit.create(
        code="114202000000000000", name="黄石市水利和湖泊局", region=CITY, organ_word="黄水"
    )
    return unit


def account_of(role: str, suffix: str = "", **facts: Any) -> User:
    """Return the account called after *role* and *suffix*, made where there is none; staff belong to the bureau."""
    username = f"{role}{suffix}"
    existing: User | None = User.get_or_none(User.username == username)
    if existing:
        return existing
    staff = {"unit": city_bureau()} if role != "enterprise" else {}
    return create_user(
        system_actor("测试"),
        username=username,
        name=username,
        password=PASSWORD,
        roles=(role,),
        must_change=False,
        **{**staff, **facts},
    )


@pytest.fixture
def city_unit(platform_app: Flask) -> Unit:  # noqa: ARG001 - needs the database it opens
    """The bureau of Huangshi."""
    return city_bureau()


@pytest.fixture
def user_as(city_unit: Unit) -> Callable[..., User]:  # noqa: ARG001 - staff belong to it
    """Make (once) an account with one role: ``user_as("reviewer")``, ``user_as("enterprise", "second")``."""
    return account_of


@pytest.fixture
def actor_as(platform_app: Flask, user_as: Callable[..., User]) -> Callable[..., Actor]:
    """Return the actor of a role, with the rights of the moment."""

    def make(role: str, suffix: str = "", **facts: Any) -> Actor:
        user = User.get_by_id(user_as(role, suffix, **facts).id)
        return actor_of(user, platform_app.extensions["shuixin"])

    return make


class SignedIn(FlaskClient):
    """A client that carries the forgery token with every form it sends."""

    def open(self, *args: Any, **values: Any) -> Any:
        """Send a request in an empty context, so that nothing of the test's own application context leaks into it."""
        return contextvars.Context().run(super().open, *args, **values)

    def post_form(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """Send a form as the page at *path*'s site would."""
        return self.post(path, data={**(data or {}), "csrf_token": self.token()}, **options)

    def token(self) -> str:
        """Return the forgery token of this client's session."""
        for path in ("/sign-in", "/account/password"):
            page = self.get(path).get_data(as_text=True)
            if found := re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page):
                return found.group(1)
        raise AssertionError("no forgery token on the page")


def client_of(app: Flask, user: User | None = None) -> SignedIn:
    """Return a browser at *app*: a visitor's, or one in which *user* has signed in."""
    app.test_client_class = SignedIn
    made = app.test_client()
    assert isinstance(made, SignedIn)
    if user is not None:
        answer = made.post_form("/sign-in", {"username": user.username, "password": PASSWORD})
        assert answer.status_code == 302, answer.get_data(as_text=True)[:500]
    return made


@pytest.fixture
def client(platform_app: Flask) -> SignedIn:
    """A visitor."""
    return client_of(platform_app)


@pytest.fixture
def client_as(platform_app: Flask, user_as: Callable[..., User]) -> Callable[..., SignedIn]:
    """Return a client that has signed in with a role."""

    def make(role: str, suffix: str = "", **facts: Any) -> SignedIn:
        return client_of(platform_app, user_as(role, suffix, **facts))

    return make
