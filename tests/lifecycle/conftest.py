"""A whole installation in which made-up plugins can be put and switched."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from shuixin.access import system_actor
from shuixin.app import create_app
from shuixin.cli import context
from shuixin.cli.main import cli as command
from shuixin.database import db
from shuixin.platform import circumstances_of
from shuixin.plugins import wanted
from shuixin.plugins.lifecycle import enable
from shuixin.plugins.record import PluginRecord
from shuixin.settings import Settings
from shuixin.testing.fixtures import PASSWORD, SignedIn
from shuixin.testing.services import scratch_postgresql

ROOT = Path(__file__).parents[2]
SYSTEM = system_actor("测试")


@dataclass
class Installation:
    """One database with the plugins of the moment; every look at ``app`` builds anew, like a worker that follows."""

    settings: Settings

    def build(self) -> Flask:
        want = wanted(self.settings)
        app = create_app(self.settings, want.plugins, want.generation, circumstances_of(self.settings))
        app.extensions["shuixin"].safe_reason = want.safe_reason
        app.testing = True
        app.test_client_class = SignedIn
        return app

    def record(self, name: str) -> PluginRecord:
        found: PluginRecord = self.build().extensions["shuixin"].loaded.records[name]
        return found

    def enable(self, name: str) -> list[str]:
        return enable(SYSTEM, name, circumstances=circumstances_of(self.settings, schema=False))

    def get(self, path: str) -> int:
        return self.build().test_client().get(path).status_code

    def person(self, app: Flask, username: str) -> SignedIn:
        client = app.test_client()
        assert isinstance(client, SignedIn)
        assert client.post_form("/sign-in", {"username": username, "password": PASSWORD}).status_code == 302
        return client


@pytest.fixture
def site(settings: Settings, platform_app: Flask) -> Installation:
    return Installation(settings)


@pytest.fixture
def cli(settings: Settings, platform_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command of the platform on this installation, in a thread with a connection of its own."""
    monkeypatch.setattr(context, "load", lambda: settings)
    monkeypatch.setattr(context, "connect", lambda _url: db.obj)
    monkeypatch.setattr(context, "settings", context.settings.__wrapped__)

    def run(*arguments: str, **options: Any) -> Result:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(Context().run, CliRunner().invoke, command, list(arguments), **options).result()

    return run


#: A plugin with one of everything that can be seen.
FULL = """
@hookimpl
def models(self):
    return Models((Note,), __import__("pathlib").Path(__file__).parent / "{name}_steps")

@hookimpl
def permissions(self):
    return (Permission("{name}.use", "用"),)

@hookimpl
def roles(self):
    return (Role("{name}_clerk", "员", ("{name}.use",), Scope.ALL),)

@hookimpl
def public_pages(self):
    from flask import Blueprint
    pages = Blueprint("{name}", __name__, url_prefix="/{name}")
    pages.add_url_rule("/", "index", lambda: "page of {name}")
    return PublicPages(pages)

@hookimpl
def office_views(self):
    return (OfficeView(Page("{name}", "x", domain("{name}")("页")), "其他", "{name}.use"),)

@hookimpl
def menu_items(self):
    return (MenuItem(Area.PUBLIC, domain("{name}")("入口{name}"), "{name}.index"),)

@hookimpl
def search_sources(self):
    return (SearchSource("{name}", domain("{name}")("检索"), lambda q, n: ([], 0)),)

@hookimpl
def feeds(self):
    return (Feed("{name}", domain("{name}")("订阅"), tuple),)

@hookimpl
def sitemap(self):
    return (SitemapUrls(lambda: [("/{name}/", None)]),)

@hookimpl
def jobs(self):
    return (Job("{name}.work", work, "0 3 * * *"),)

@hookimpl
def event_handlers(self):
    return (Handler("news.Nothing", print),)

@hookimpl
def commands(self):
    return (CommandGroup("{name}", "shuixin_{name}:nothing", "x"),)

@hookimpl
def settings_model(self):
    return Table
"""
HEAD = """from peewee import CharField
from pydantic import Field, SecretStr, AliasChoices
from shuixin.api import *

done = []


class Note(BaseModel):
    text = CharField(max_length=40)

    class Meta:
        table_name = "{name}_note"


class Table(SettingsModel):
    count: int = 3
    token: SecretStr = SecretStr("")
    renamed: str = Field("x", validation_alias=AliasChoices("renamed", "former"))


class Page(OfficePage):
    @expose("/")
    def index(self):
        return "office of {name}"


def work():
    done.append(1)
    return "done"


class It(Plugin):
    id = "{name}"
    label = "{name}"
"""
STEP = """from peewee import *
def up(migrator, db):
    class Note(Model):
        text = CharField(max_length=40)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "{name}_note"
    db.create_tables([Note])
    Note.create(text="{name} kept")
def down(migrator, db):
    migrator.database.execute_sql("DROP TABLE {name}_note")
"""


@pytest.fixture
def full(install: Callable[..., Any], tmp_path: Any) -> Callable[..., Any]:
    """Install a plugin with one of everything: ``full("sample")``."""

    def make(name: str = "sample", extra: str = "", **options: Any) -> Any:
        lines = "\n".join(f"    {line}" for line in (FULL.format(name=name) + extra).splitlines())
        found = install(name, module=HEAD.format(name=name) + lines + "\n\n\nplugin = It()\n", **options)
        steps = tmp_path / "site-packages" / f"{name}_steps"
        steps.mkdir(exist_ok=True)
        (steps / "0001_initial.py").write_text(STEP.format(name=name), "utf-8")
        return found

    return make


def run(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "shuixin", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    with scratch_postgresql() as url:
        yield {
            **os.environ,
            "SHUIXIN_SECRET_KEY": "toggle-" * 8,
            "DATABASE_URL": url,
            "SHUIXIN_DATA_DIR": str(tmp_path),
            "SHUIXIN_DEMO": "true",
            "SHUIXIN_CONFIG": str(ROOT / "config" / "default.toml"),
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(environment: dict[str, str]) -> Iterator[str]:
    run(environment, "init")
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "4"]
    with subprocess.Popen(
        [*command, "shuixin.wsgi:application"], env=environment, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and status(f"{address}/healthz") != 200:
            time.sleep(0.2)
        yield address
        process.terminate()


def text_of(url: str) -> str:
    """Return what *url* answers, or the error in its place."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return str(answer.read().decode("utf-8"))
    except OSError as error:
        return repr(error)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        clean = "页面不存在" in error.read().decode("utf-8")
        return error.code if error.code != 404 or clean else -404
    except OSError:
        return 0
