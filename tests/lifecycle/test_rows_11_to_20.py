"""The platform's promises 11 to 20: what survives faults, crashes, clashes and drift."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shuixin import wsgi
from shuixin.access import Actor
from shuixin.accounts import User
from shuixin.accounts.rights import actor_of
from shuixin.audit import AuditEntry
from shuixin.database import db
from shuixin.database.drift import drift
from shuixin.errors import MigrationFailed, Refused
from shuixin.hookspecs import RESULTS
from shuixin.kit.sealing import Sealer
from shuixin.plugins import Circumstances, Stage, State, discover, enabled_plugins, load_plugins
from shuixin.plugins.configuration import save_settings, settings_of
from shuixin.plugins.dispatch import Calls, Fault
from shuixin.plugins.lifecycle import enter_safe_mode, leave_safe_mode, migrate, suspend
from shuixin.plugins.safety import StartMark, crashed_starts
from shuixin.plugins.state import faults, record_failures, safe_since, set_switch, suspended_plugins, wanted
from shuixin.plugins.tables import PluginSettings
from shuixin.settings import Settings
from tests.lifecycle.conftest import SYSTEM, Installation

Full = Callable[..., Any]
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BROKEN = {
    "import": ({"module": "raise RuntimeError('boom')"}, Stage.IMPORTED),
    "register": ({"body": "@hookimpl\ndef jobs(self):\n    raise RuntimeError('boom')"}, Stage.REGISTERED),
    "configure": ({"body": "@hookimpl\ndef settings_model(self):\n    return dict"}, Stage.CONFIGURED),
}


@one_engine
@pytest.mark.parametrize("stage", sorted(BROKEN))
def test_row_11_a_broken_plugin_is_named_with_its_stage(
    stage: str, site: Installation, install: Any, full: Full, user_as: Callable[..., User]
) -> None:
    options, expected = BROKEN[stage]
    install("broken", **options)
    full("sample")
    site.enable("sample")
    with pytest.raises(Refused, match="broken不能启用"):
        site.enable("broken")
    assert (faults()["broken"].stage, "broken" in enabled_plugins()) == (expected.value, False)
    set_switch("broken", "测试", enabled=True)
    app = site.build()
    record_failures(app.extensions["shuixin"].loaded.records.values(), "测试")
    assert [app.test_client().get(path).status_code for path in ("/", "/sample/")] == [200, 200]
    user_as("administrator")
    page = site.person(app, "administrator").get("/office/plugins/broken/").get_data(as_text=True)
    assert expected.value in page
    assert "Traceback" in page
    assert "处理办法" in page


def test_row_11_and_14_a_failing_step_stops_its_plugin_only(site: Installation, full: Full, tmp_path: Path) -> None:
    full("sample")
    full("other")
    steps = tmp_path / "site-packages" / "sample_steps"
    (steps / "0002_second.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE sample_second (a int)')"
    )
    (steps / "0003_third.py").write_text("def up(migrator, db):\n    raise RuntimeError('third fails')")
    with pytest.raises(Refused, match="0003_third"):
        site.enable("sample")
    assert faults()["sample"].stage == Stage.MIGRATED.value
    assert db.table_exists("sample_second"), "the steps before it stay, as nothing else was declared"
    assert site.enable("other") == ["other"]
    assert (site.get("/other/"), site.get("/sample/")) == (200, 404)
    set_switch("sample", "测试", enabled=True)
    record = site.record("sample")
    assert (record.state, record.stage) == (State.FAILED, Stage.MIGRATED)
    assert "0003_third" in str(record.reason)
    (steps / "0003_third.py").write_text("def up(migrator, db):\n    pass")
    assert "sample" not in faults() or site.get("/sample/") == 404


def test_row_14_steps_declared_together_come_all_or_not_at_all(site: Installation, full: Full, tmp_path: Path) -> None:
    full("sample")
    (tmp_path / "site-packages" / "sample_steps" / "0002_bad.py").write_text(
        "def up(migrator, db):\n    raise ValueError"
    )
    loaded = load_plugins(discover(), {"sample"})
    bundle = loaded.bundles["sample"]
    bundle.items["models"] = (replace(bundle.items["models"][0], together=True),)
    with pytest.raises(MigrationFailed):
        migrate(bundle)
    assert not db.table_exists("sample_note")


RAISING = """
def boom(*_arguments):
    raise RuntimeError("boom")


class It(Plugin):
    id = "raising"
    label = "raising"

    @hookimpl
    def permissions(self):
        return (Permission("raising.use", "x"),)

    @hookimpl
    def roles(self):
        return (Role("raiser", "x", ("raising.use",), Scope.ALL),)

    @hookimpl
    def access_limits(self):
        return (AccessLimit("raising.use", boom),)

    @hookimpl
    def home_panels(self):
        return (HomePanel(domain("raising")("x"), boom),)

    @hookimpl
    def search_sources(self):
        return (SearchSource("raising", domain("raising")("x"), boom),)

    @hookimpl
    def feeds(self):
        return (Feed("raising", domain("raising")("x"), boom),)

    @hookimpl
    def sitemap(self):
        return (SitemapUrls(boom),)

    @hookimpl
    def menu_items(self):
        return (MenuItem(Area.PUBLIC, domain("raising")("x"), "site.home", count=boom),)


plugin = It()
"""
PAGES = ("/", "/search?q=x", "/sitemap.xml", "/feeds/raising.atom", "/sign-in", "/healthz")


def test_row_12_a_plugin_that_raises_everywhere_loses_only_its_part(
    site: Installation, install: Any, user_as: Callable[..., User]
) -> None:
    install("raising", module="from shuixin.api import *\n\n" + RAISING)
    site.enable("raising")
    app = site.build()
    assert {path: app.test_client().get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
    actor = actor_of(User.get_by_id(user_as("raiser").id), app.extensions["shuixin"])
    assert not actor.holds("raising.use"), "a rule that fails withholds"
    assert "raising" in suspended_plugins()
    assert "raising" not in enabled_plugins()
    assert AuditEntry.select().where(AuditEntry.action == "plugin.suspend").count() == 1
    user_as("administrator")
    page = site.person(site.build(), "administrator").get("/office/plugins/").get_data(as_text=True)
    assert "已自动停用" in page
    site.enable("raising")
    assert "raising" in enabled_plugins()


@one_engine
@pytest.mark.parametrize("hook", sorted(RESULTS))
def test_row_12_a_hook_that_raises_keeps_only_its_plugin_out(hook: str, site: Installation, install: Any) -> None:
    install("raising", f"@hookimpl\ndef {hook}(self):\n    raise RuntimeError('boom in {hook}')")
    set_switch("raising", "测试", enabled=True)
    record = site.record("raising")
    assert (record.state, record.stage) == (State.FAILED, Stage.REGISTERED)
    assert f"boom in {hook}" in str(record.reason)
    assert str(record.remedy)
    assert [site.get(path) for path in ("/", "/news/")] == [200, 200]


def test_row_12_essential_plugins_are_never_suspended(platform_app: Any) -> None:
    fault = Fault("credit_publish", "home_panels", "boom", "", 99)
    assert not suspend(fault, ["credit_publish"])
    assert not suspend(replace(fault, plugin="credit_collection"), ["credit_publish"]), "nor what they require"
    assert suspend(replace(fault, plugin="news"), ["credit_publish"])


def test_row_12_faults_are_counted_within_their_window() -> None:
    told: list[Fault] = []
    calls = Calls(limit=3, window=60, on_fault=told.append)
    for _turn in range(4):
        assert calls.call("x", "feeds", lambda: 1 / 0, default="kept") == "kept"
    assert [fault.recent for fault in told] == [1, 2, 3, 3]
    assert calls.call("x", "feeds", lambda: "fine", default="") == "fine"
    assert (calls.of("x")["feeds"].calls, calls.of("x")["feeds"].errors) == (5, 4)
    Calls(on_fault=lambda _fault: 1 / 0).call("x", "feeds", lambda: 1 / 0, default=None)


@one_engine
def test_row_13_a_crashed_start_leads_to_safe_mode(
    site: Installation,
    full: Full,
    settings: Settings,
    user_as: Callable[..., User],
    switchboard: Callable[..., wsgi.Switchboard],
) -> None:
    full("sample")
    site.enable("sample")
    mark = StartMark(settings.data_dir / "starting")
    mark.reach("sample")
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    path = next((settings.data_dir / "starting").glob("*.json"))
    path.rename(path.with_stem(dead.stdout.decode().strip()))
    board = switchboard(replace_settings(settings, essential_plugins=["credit_publish"]))
    platform = board.current.extensions["shuixin"]
    assert set(platform.loaded.bundles) == {"credit_collection", "credit_publish"}
    assert "sample" in platform.safe_reason
    assert safe_since() is not None
    board.current.testing = True
    board.current.test_client_class = type(site.build().test_client())
    user_as("administrator")
    admin = site.person(board.current, "administrator")
    assert "安全模式" in admin.get("/office/plugins/").get_data(as_text=True)
    admin.post_form("/office/plugins/switch", {"plugin": "sample", "on": "0"})
    admin.post_form("/office/plugins/leave-safe-mode")
    want = wanted(settings)
    assert (want.safe_reason, "sample" in want.plugins, "news" in want.plugins) == ("", False, True)


def replace_settings(settings: Settings, **changes: Any) -> Settings:
    return settings.model_copy(update=changes)


@one_engine
def test_row_13_a_start_that_fails_in_order_goes_on_in_safe_mode(
    settings: Settings, platform_app: Any, monkeypatch: Any, switchboard: Callable[..., wsgi.Switchboard]
) -> None:
    real, tries = wsgi.create_app, []

    def first_fails(*arguments: Any) -> Any:
        tries.append(arguments[1])
        if len(tries) == 1:
            raise RuntimeError("cannot build")
        return real(*arguments)

    monkeypatch.setattr(wsgi, "create_app", first_fails)
    board = switchboard(replace_settings(settings, essential_plugins=["credit_collection"]))
    assert set(board.current.extensions["shuixin"].loaded.bundles) == {"credit_collection"}
    assert "cannot build" in board.current.extensions["shuixin"].safe_reason
    assert list((settings.data_dir / "starting").glob("*")) == []


def test_row_13_a_start_that_goes_on_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / f"{os.getppid()}.json").write_text(json.dumps({"plugin": "x", "at": 4102444800.0}))
    assert crashed_starts(tmp_path) == []
    StartMark(tmp_path).reach("y")
    assert crashed_starts(tmp_path) == ["y"], "our own number belongs to a former life"


@one_engine
def test_row_13_safe_mode_by_switch(settings: Settings, platform_app: Any) -> None:
    assert wanted(replace_settings(settings, safe_mode=True)).plugins == frozenset()
    enter_safe_mode("试")
    assert wanted(settings).safe_reason == "试"
    leave_safe_mode(SYSTEM)
    assert wanted(settings).safe_reason == ""


def test_row_15_drift_names_table_and_column(site: Installation, full: Full, cli: Any) -> None:
    full("sample")
    site.enable("sample")
    assert cli("migrations", "check", "sample").exit_code == 0
    db.execute_sql("ALTER TABLE sample_note ADD COLUMN stray integer")
    found = cli("migrations", "check", "sample")
    assert found.exit_code != 0
    assert "sample_note.stray" in found.output
    db.execute_sql("ALTER TABLE sample_note DROP COLUMN stray")
    db.execute_sql("ALTER TABLE sample_note DROP COLUMN text")
    db.execute_sql("ALTER TABLE sample_note ADD COLUMN text integer")
    found = cli("migrations", "check", "sample")
    assert "change type sample_note.text: integer -> " in found.output
    assert "change null sample_note.text" in found.output
    assert cli("migrations", "check", "shuixin").exit_code == 0


def test_row_15_types_are_compared_as_the_engine_names_them(platform_app: Any) -> None:
    from shuixin.models import core_models

    assert drift(db.obj, core_models()) == []


@one_engine
@pytest.mark.parametrize(
    ("extra", "clash"),
    [
        ("@hookimpl\ndef feeds(self):\n    return (Feed('sample', domain('rival')('x'), tuple),)", "sample"),
        ("@hookimpl\ndef commands(self):\n    return (CommandGroup('sample', 'x:y', 'x'),)", "sample"),
        ("@hookimpl\ndef commands(self):\n    return (CommandGroup('serve', 'x:y', 'x'),)", "serve"),
        ("@hookimpl\ndef health_checks(self):\n    return (HealthCheck('h', str), HealthCheck('h2', str))", ""),
    ],
    ids=["feed", "command", "core-command", "fine"],
)
def test_row_16_a_clash_names_both_plugins(
    extra: str, clash: str, site: Installation, full: Full, install: Any
) -> None:
    full("sample")
    install("zz_rival", extra)
    loaded = load_plugins(discover(), {"sample", "zz_rival"})
    record = loaded.records["zz_rival"]
    assert "sample" in loaded.bundles
    if clash:
        assert record.state is State.FAILED
        assert clash in str(record.reason)
    else:
        assert record.state is State.ENABLED


def test_row_16_a_plugin_called_like_another_ones_pages_is_refused_by_both_names(install: Any) -> None:
    body = (
        "@hookimpl\ndef {1}(self):\n    from flask import Blueprint\n"
        "    return {2}(Blueprint('flood_workspace', __name__, url_prefix='/flood_workspace'))"
    )
    install("flood", body.format("flood", "workspace_pages", "WorkspacePages"))
    install("flood_workspace", body.format("flood_workspace", "public_pages", "PublicPages"))
    record = load_plugins(discover(), {"flood", "flood_workspace"}).records["flood_workspace"]
    assert record.state is State.FAILED
    assert "页面“flood_workspace”与插件flood重复" in str(record.reason)


@one_engine
def test_row_16_one_address_belongs_to_one_plugin(site: Installation, install: Any) -> None:
    body = (
        "@hookimpl\ndef public_pages(self):\n    from flask import Blueprint\n"
        "    pages = Blueprint('{0}', __name__)\n"
        "    pages.add_url_rule('/flood/x', 'index', lambda: 'x')\n    return PublicPages(pages)"
    )
    for name in ("flood_one", "flood_two"):
        install(name, body.format(name))
        set_switch(name, "测试", enabled=True)
    record = site.record("flood_two")
    assert record.state is State.FAILED
    assert "flood_one" in str(record.reason)
    assert "flood_two" in str(record.reason)
    assert site.get("/flood/x") == 200


def test_row_16_reserved_names_are_the_core_commands_and_pages() -> None:
    from shuixin.cli.main import COMMANDS
    from shuixin.plugins.ownership import RESERVED

    assert set(COMMANDS) <= RESERVED


@one_engine
def test_row_17_settings_report_all_errors_mask_secrets_and_know_old_names(
    site: Installation, full: Full, settings: Settings, monkeypatch: Any
) -> None:
    full("sample")
    table = {"count": "many", "unknown": 1, "token": "geheim-7"}
    record = load_plugins(discover(), {"sample"}, Circumstances({"sample": (table,)})).records["sample"]
    assert (record.state, record.stage) == (State.FAILED, Stage.CONFIGURED)
    assert "count" in str(record.reason)
    assert "unknown" in str(record.reason)
    assert "geheim-7" not in str(record.reason) + record.traceback
    layers = ({"former": "from file", "count": 5}, {"count": 6}, {"count": "7"})
    bundle = load_plugins(discover(), {"sample"}, Circumstances({"sample": layers})).bundles["sample"]
    assert (bundle.settings.renamed, bundle.settings.count) == ("from file", 7)
    shown = {each.name: each for each in settings_of("sample", type(bundle.settings), layers)}
    assert (str(shown["count"].source), shown["count"].fixed, shown["renamed"].value) == ("环境变量", True, "from file")
    sealer = Sealer(settings.secret_key.get_secret_value())
    common: dict[str, Any] = {"settings": settings, "sealer": sealer}
    with pytest.raises(Refused) as refused:
        save_settings(SYSTEM, "sample", type(bundle.settings), {"count": "x"}, version=0, **common)
    assert [problem.field for problem in refused.value.problems] == ["count"]
    save_settings(SYSTEM, "sample", type(bundle.settings), {"count": "9", "token": "geheim-8"}, version=0, **common)
    stored = PluginSettings.get_by_id("sample").data
    assert sorted(stored) == ["count", "token"], "what file or default say is not kept"
    assert stored["count"] == "9"
    assert Sealer.is_sealed(stored["token"])
    entry = AuditEntry.select().where(AuditEntry.action == "plugin.settings").get()
    assert "geheim" not in json.dumps(entry.detail)
    assert entry.detail["after"]["token"] == "******"
    site.enable("sample")
    running = site.build().extensions["shuixin"].loaded.bundles["sample"].settings
    assert (running.count, running.token.get_secret_value()) == (9, "geheim-8")
    monkeypatch.setenv("SHUIXIN_PLUGINS__SAMPLE__COUNT", "11")
    assert site.build().extensions["shuixin"].loaded.bundles["sample"].settings.count == 11


@one_engine
def test_row_17_the_form_is_made_from_the_model(site: Installation, full: Full, user_as: Callable[..., User]) -> None:
    full("sample")
    site.enable("sample")
    user_as("administrator")
    admin = site.person(site.build(), "administrator")
    page = admin.get("/office/plugins/sample/settings").get_data(as_text=True)
    assert 'name="count"' in page
    assert 'type="password"' in page
    wrong = admin.post_form(
        "/office/plugins/sample/settings", {"version": "0", "count": "many", "renamed": "typed text"}
    )
    assert wrong.status_code == 422
    assert "typed text" in wrong.get_data(as_text=True), "nothing typed is lost"
    right = admin.post_form("/office/plugins/sample/settings", {"version": "0", "count": "4", "token": "pst-secret"})
    assert right.status_code == 302
    stale = admin.post_form("/office/plugins/sample/settings", {"version": "0", "count": "5"})
    assert stale.status_code == 409
    assert "pst-secret" not in admin.get("/office/plugins/sample/settings").get_data(as_text=True)


def test_row_18_a_wrong_result_names_plugin_hook_expected_found(install: Any) -> None:
    install("wrong", "@hookimpl\ndef permissions(self):\n    return ('text',)")
    record = load_plugins(discover(), {"wrong"}).records["wrong"]
    assert "permissions应返回Permission，实际为str" in str(record.reason)


def test_row_19_a_misspelt_hook_is_suggested_and_leaves_nothing(install: Any) -> None:
    install("typo", "@hookimpl\ndef permisions(self):\n    return ()\n@hookimpl\ndef jobs(self):\n    return ()")
    loaded = load_plugins(discover(), {"typo"})
    assert "permissions" in str(loaded.records["typo"].reason)
    assert loaded.manager.get_plugins() == set()
    assert loaded.manager.hook.jobs.get_hookimpls() == []


def test_row_19_an_argument_nobody_offers_is_refused(install: Any) -> None:
    install("typo", "@hookimpl\ndef jobs(self, request):\n    return ()")
    loaded = load_plugins(discover(), {"typo"})
    assert loaded.records["typo"].stage is Stage.REGISTERED
    assert "request" in loaded.records["typo"].traceback
    assert loaded.manager.get_plugins() == set()


ORDER = """
from shuixin.plugins import discover, load_plugins
from shuixin.kit.graph import in_order
loaded = load_plugins(discover(), set(discover()))
print(list(loaded.bundles), [(n, str(i.endpoint)) for n, i in loaded.contributions("menu_items")],
      loaded.contributions("home_panels") and [n for n, _ in loaded.contributions("home_panels")],
      in_order({"c": (), "a": ("b",), "b": (), "d": ("c",)}, {"b": {"c", "d"}}))
"""


def test_row_20_the_order_is_the_same_whatever_the_hash_seed() -> None:
    def dump(seed: int) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        done = subprocess.run(
            [sys.executable, "-c", ORDER], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert len({dump(seed) for seed in range(20)}) == 1


def test_limits_of_the_collection_keep_managers_from_reviewing(platform_app: Any, user_as: Callable[..., User]) -> None:
    from shuixin.accounts.models import RoleGrant

    user = user_as("reviewer")
    platform = platform_app.extensions["shuixin"]
    assert actor_of(user, platform).holds("credit_collection.review")
    RoleGrant.create(user=user, role="administrator")
    both: Actor = actor_of(user, platform)
    assert (both.holds("shuixin.users"), both.holds("credit_collection.review")) == (True, False)
