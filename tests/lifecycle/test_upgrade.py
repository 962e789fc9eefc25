"""Upgrading without a restart: the new version is tried out first, then takes over in every process."""

import gc
import json
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shuixin.accounts import User
from shuixin.audit import AuditEntry
from shuixin.database import db
from shuixin.errors import Refused
from shuixin.plugins import State, modules
from shuixin.plugins.lifecycle import disable, plan_upgrade, upgrade
from shuixin.plugins.report import report_on
from shuixin.plugins.state import accepted_versions, faults
from shuixin.plugins.trial import in_own_process
from shuixin.settings import Settings
from shuixin.wsgi import Switchboard
from tests.lifecycle.conftest import SYSTEM, Installation, run, text_of

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = """
WORDS = "words of {version}"

@hookimpl
def public_pages(self):
    from flask import Blueprint
    pages = Blueprint("{name}", __name__, url_prefix="/{name}")
    pages.add_url_rule("/", "index", lambda: "page of {version}")
    return PublicPages(pages)
"""
SECOND = "def up(migrator, db):\n    db.execute_sql('ALTER TABLE sample_note ADD COLUMN second integer')\n"


@pytest.fixture
def fresh_processes(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processes that this one starts find the installation of the test."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SHUIXIN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SHUIXIN_SECRET_KEY", settings.secret_key.get_secret_value())
    monkeypatch.setenv("SHUIXIN_CONFIG", str(Path(__file__).parents[2] / "config" / "default.toml"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site-packages"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


@pytest.fixture
def simple(install: Any) -> Callable[..., Any]:
    """Install a plugin whose page says its version."""

    def make(version: str, name: str = "sample", **options: Any) -> Any:
        return install(name, PAGE.format(name=name, version=version), version=version, **options)

    return make


def page(site: Installation, path: str = "/sample/") -> str:
    return str(site.build().test_client().get(path).get_data(as_text=True))


@one_engine
def test_what_pip_put_there_waits_until_somebody_takes_it_into_use(site: Installation, simple: Any) -> None:
    simple("1.0")
    site.enable("sample")
    assert (page(site), accepted_versions()["sample"]) == ("page of 1.0", "1.0")
    simple("2.0")
    assert page(site) == "page of 1.0"
    report = report_on(site.build().extensions["shuixin"].loaded, "sample")
    assert (report.state, report.version, report.running, report.in_use) == ("enabled", "2.0", "1.0", "1.0")
    assert "已安装2.0，正在运行的是1.0" in report.reason
    upgrade(SYSTEM, "sample", trial=lambda _plugin, _by: None)
    assert page(site) == "page of 2.0"
    assert report_on(site.build().extensions["shuixin"].loaded, "sample").reason == ""
    entry = AuditEntry.select().where(AuditEntry.action == "plugin.upgrade").get()
    assert (entry.object_key, entry.detail["before"], entry.detail["after"]) == ("sample", "1.0", "2.0")


def test_it_is_tried_out_and_its_tables_brought_up_to_date_in_a_process_of_its_own(
    site: Installation, full: Any, fresh_processes: None, tmp_path: Path, cli: Any
) -> None:
    full("sample")
    site.enable("sample")
    full("sample", version="1.1")
    (tmp_path / "site-packages" / "sample_steps" / "0002_second.py").write_text(SECOND)
    assert site.get("/sample/") == 200, "old code goes on with the tables it knows"
    listed = next(each for each in json.loads(cli("plugins", "list", "--json").output) if each["id"] == "sample")
    assert listed["state"] == "enabled"
    modules.forget({"sample"})  # as in a process that starts now
    record = site.record("sample")
    assert record.state is State.SKIPPED
    assert "plugins upgrade sample" in str(record.remedy)
    plan = upgrade(SYSTEM, "sample", trial=in_own_process)
    assert plan.versions == (("sample", "1.0", "1.1"),)
    assert "second" in {column.name for column in db.get_columns("sample_note")}
    assert site.record("sample").running == "1.1"


@one_engine
@pytest.mark.parametrize("module", ["raise RuntimeError('broken in 2.0')", "import os; os._exit(9)"])
def test_a_new_version_that_does_not_work_changes_nothing(
    module: str, site: Installation, simple: Any, install: Any, fresh_processes: None
) -> None:
    simple("1.0")
    site.enable("sample")
    assert page(site) == "page of 1.0"
    install("sample", module=module, version="2.0")
    with pytest.raises(Refused, match=r"sample不能启用|进程异常退出"):
        upgrade(SYSTEM, "sample", trial=in_own_process)
    assert (page(site), accepted_versions()["sample"]) == ("page of 1.0", "1.0")
    if "raise" in module:
        assert (faults()["sample"].stage, faults()["sample"].by) == ("imported", "测试")


BUILDER = """from shuixin.api import *
from shuixin_sample import It as Sample


class It(Plugin):
    id = "builder"
    label = "builder"

    @hookimpl
    def public_pages(self):
        from flask import Blueprint
        pages = Blueprint("builder", __name__, url_prefix="/builder")
        pages.add_url_rule("/", "index", lambda: Sample.WORDS)
        return PublicPages(pages)


plugin = It()
"""


RENAMED = """from shuixin.api import *


class Renamed(Plugin):
    id = "sample"
    label = "sample"


plugin = Renamed()
"""


@pytest.fixture
def builder(site: Installation, simple: Any, install: Any) -> None:
    """A plugin that shows words of the sample's."""
    simple("1.0")
    install("builder", module=BUILDER, requires=("shuixin-plugin-sample",))
    site.enable("builder")
    assert page(site, "/builder/") == "words of 1.0"


@one_engine
def test_who_builds_on_it_gets_the_new_code(
    builder: None, site: Installation, simple: Any, fresh_processes: None
) -> None:
    simple("2.0")
    assert plan_upgrade("sample").followers == ("builder",)
    upgrade(SYSTEM, "sample", trial=in_own_process)
    assert page(site, "/builder/") == "words of 2.0"


@one_engine
def test_a_version_that_its_followers_cannot_run_with_is_refused(
    builder: None, site: Installation, install: Any, fresh_processes: None
) -> None:
    install("sample", module=RENAMED, version="3.0")
    with pytest.raises(Refused, match="builder与新版本不能一起运行"):
        upgrade(SYSTEM, "sample", trial=in_own_process)
    assert page(site, "/builder/") == "words of 1.0"


@one_engine
def test_packages_replaced_together_are_taken_into_use_together(site: Installation, simple: Any) -> None:
    simple("1.0")
    simple("1.0", "builder", requires=("shuixin-plugin-sample",))
    simple("1.0", "apart")
    for name in ("builder", "apart"):
        site.enable(name)
    assert page(site, "/apart/") == "page of 1.0"
    simple("2.0")
    simple("0.9", "builder", requires=("shuixin-plugin-sample",))
    simple("2.0", "apart")
    plan = plan_upgrade("sample")
    assert plan.versions == (("builder", "1.0", "0.9"), ("sample", "1.0", "2.0"))
    assert (plan.steps_back, plan.followers) == (("builder",), ())
    upgrade(SYSTEM, "builder", trial=lambda _plugin, _by: None)
    assert [page(site, f"/{name}/") for name in ("sample", "builder", "apart")] == [
        "page of 2.0",
        "page of 0.9",
        "page of 1.0",
    ]


@one_engine
def test_a_plugin_that_was_off_comes_back_in_the_version_that_is_installed(site: Installation, simple: Any) -> None:
    simple("1.0")
    site.enable("sample")
    assert page(site) == "page of 1.0"
    disable(SYSTEM, "sample")
    simple("2.0")
    with pytest.raises(Refused, match=r"启用时自动采用已安装的2\.0"):
        plan_upgrade("sample")
    site.enable("sample")
    assert (page(site), accepted_versions()["sample"]) == ("page of 2.0", "2.0")
    with pytest.raises(Refused, match=r"sample已是2\.0"):
        plan_upgrade("sample")


@one_engine
def test_many_upgrades_leave_no_old_code_behind(site: Installation, full: Any) -> None:
    full("sample")
    site.enable("sample")
    old: list[weakref.ref[Any]] = []
    for number in range(1, 6):
        app = site.build()
        assert app.test_client().get("/sample/").status_code == 200
        old.append(weakref.ref(type(app.extensions["shuixin"].loaded.bundles["sample"].plugin)))
        old.append(weakref.ref(sys.modules["shuixin_sample"].Note))
        del app
        full("sample", version=f"1.{number}")
        upgrade(SYSTEM, "sample", trial=lambda _plugin, _by: None)
    assert site.get("/sample/") == 200
    gc.collect()
    assert [each() for each in old if each() is not None] == []


@one_engine
def test_row_03_of_many_toggles_one_application_is_alive(
    site: Installation, full: Any, settings: Settings, switchboard: Callable[..., Switchboard]
) -> None:
    full("sample")
    board = switchboard(settings)
    apps = [weakref.ref(board.current)]
    for number in range(8):
        if number % 2:
            disable(SYSTEM, "sample")
        else:
            site.enable("sample")
        board.look()
        apps.append(weakref.ref(board.current))
        board.current.testing = True  # leaves the test's own connection open
        assert board.current.test_client().get("/sample/").status_code == (404 if number % 2 else 200)
    gc.collect()
    assert [app() for app in apps[:-1] if app() is not None and app() is not board.current] == []


REFERRING = """from peewee import ForeignKeyField
from shuixin.accounts import User
from shuixin.api import *


class Mark(BaseModel):
    user = ForeignKeyField(User, backref="marks")

    class Meta:
        table_name = "sample_mark"


class It(Plugin):
    id = "sample"
    label = "sample"


plugin = It()
"""


@one_engine
def test_tables_of_the_core_forget_who_referred_to_them(site: Installation, install: Any) -> None:
    install("sample", module=REFERRING)
    site.enable("sample")
    site.build()
    first = User.marks.field.model
    modules.forget({"sample"})
    assert not hasattr(User, "marks")
    assert first not in User._meta.model_backrefs or not User._meta.model_backrefs[first]
    site.build()
    assert User.marks.field.model is not first


@one_engine
def test_the_page_shows_what_an_upgrade_does_before_it_is_done(
    site: Installation, simple: Any, user_as: Callable[..., User], fresh_processes: None
) -> None:
    user_as("administrator")
    simple("1.0")
    site.enable("sample")
    site.build()
    simple("2.0")
    admin = site.person(site.build(), "administrator")
    assert "升级到2.0" in admin.get("/office/plugins/").get_data(as_text=True)
    shown = admin.get("/office/plugins/?upgrade=sample").get_data(as_text=True)
    assert "1.0 → 2.0" in shown
    assert "原因" in shown
    admin.post_form("/office/plugins/upgrade", {"plugin": "sample", "note": "试"})
    assert "已升级到sample 2.0" in admin.get("/office/plugins/").get_data(as_text=True)
    assert page(site) == "page of 2.0"
    assert AuditEntry.select().where(AuditEntry.action == "plugin.upgrade").get().detail["note"] == "试"
    admin.post_form("/office/plugins/upgrade", {"plugin": "sample"})
    assert "sample已是2.0" in admin.get("/office/plugins/?upgrade=sample").get_data(as_text=True)


@pytest.fixture
def on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers find the plugins of the test; asked for before ``server``."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site-packages"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


@pytest.mark.faults
def test_two_workers_take_the_new_version_within_two_seconds_and_nobody_sees_an_error(
    on_the_path: None, simple: Any, environment: dict[str, str], server: str
) -> None:
    simple("1.0")
    run(environment, "plugins", "enable", "sample")
    time.sleep(2.0)
    assert {text_of(f"{server}/sample/") for _request in range(20)} == {"page of 1.0"}
    seen: set[str] = set()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            seen.add(text_of(f"{server}/sample/"))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        simple("2.0")
        time.sleep(2.5)
        assert {text_of(f"{server}/sample/") for _request in range(20)} == {"page of 1.0"}, "not by itself"
        run(environment, "plugins", "upgrade", "sample")
        time.sleep(2.0)
        assert {text_of(f"{server}/sample/") for _request in range(20)} == {"page of 2.0"}
    finally:
        stop.set()
        asking.join()
    assert seen == {"page of 1.0", "page of 2.0"}
