"""The platform's promises 21 to 30: words, doors, menus, jobs, events, records, and what authors rely on."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import TypeAdapter

from shuixin.access import Actor
from shuixin.accounts import User
from shuixin.audit import AuditEntry
from shuixin.contributions import Handler, Job
from shuixin.database import transaction
from shuixin.events import Delivery, announce, deliver_with
from shuixin.i18n.catalogues import Catalogues
from shuixin.jobs import JobRun, parked, request_job, runner
from shuixin.jobs.requests import finish, release, take
from shuixin.menus import build_menu
from shuixin.plugins import State, discover, load_plugins
from shuixin.plugins.lifecycle import disable, enter_safe_mode, leave_safe_mode, rebuild
from shuixin.plugins.report import PluginReport
from tests.lifecycle.conftest import SYSTEM, Installation

Full = Callable[..., Any]
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _template(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@one_engine
def test_row_21_site_wins_over_a_declared_override_and_that_over_the_owner(
    site: Installation, install: Any, tmp_path: Path, cli: Any
) -> None:
    packages = tmp_path / "site-packages"
    install("look", "overrides = ('shuixin/footer.html',)")
    _template(
        packages, "overrides/shuixin/footer.html", "<p>of the plugin</p>{% include 'owner:shuixin/footer.html' %}"
    )
    site.enable("look")
    page = site.build().test_client().get("/").get_data(as_text=True)
    assert "of the plugin" in page
    assert "sx-footer" in page, "the owner's is reached past the override"
    _template(tmp_path / "site", "shuixin/footer.html", "<p>of the site</p>")
    site.settings = site.settings.model_copy(update={"template_dir": tmp_path / "site"})
    page = site.build().test_client().get("/").get_data(as_text=True)
    assert ("of the site" in page, "of the plugin" in page) == (True, False)
    chain = [line.split("\t")[0] for line in cli("templates", "which", "shuixin/footer.html").output.splitlines()]
    assert chain == ["look", "shuixin"]


@pytest.mark.parametrize(
    ("body", "file", "reason"),
    [
        ("", "templates/shuixin/footer.html", "不在templates/shadow/目录下"),
        ("", "overrides/shuixin/footer.html", "替换的模板未声明"),
        ("overrides = ('shuixin/none.html',)", "templates/shadow/x.html", "声明替换的模板不存在"),
    ],
)
def test_row_21_an_undeclared_override_is_refused(
    body: str, file: str, reason: str, install: Any, tmp_path: Path
) -> None:
    install("shadow", body)
    _template(tmp_path / "site-packages", file, "x")
    record = load_plugins(discover(), {"shadow"}).records["shadow"]
    assert record.state is State.FAILED
    assert reason in str(record.reason)


def test_row_22_a_catalogue_that_lacks_a_language_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "en.po").write_text('msgid "{count}条"\nmsgstr "{count} rows"\n', "utf-8")
    catalogues = Catalogues({"a": tmp_path / "a", "b": tmp_path / "b"})
    assert catalogues.look_up("a", "{count}条", "en") == "{count} rows"
    assert catalogues.look_up("b", "{count}条", "en") == "{count}条", (
        "its own words stay; it never takes another plugin's"
    )
    assert catalogues.look_up("a", "{count}条", "zh_Hans_CN") == "{count}条"


@one_engine
def test_row_22_plural_forms_of_the_libraries_stay_chinese(platform_app: Flask) -> None:
    from flask_babel import force_locale, ngettext

    with platform_app.test_request_context("/"), force_locale("zh_Hans_CN"):
        assert ngettext("%(num)d条记录", "%(num)d条记录", 3) == "3条记录"


@one_engine
def test_row_23_nobody_reaches_what_is_not_declared_public(platform_app: Flask, client: Any) -> None:
    platform = platform_app.extensions["shuixin"]
    public = platform_app.extensions["shuixin_public"] | platform_app.extensions["shuixin_forms"]
    apis = [pages for _plugin, pages in platform.loaded.contributions("api_pages")]
    named = {f"{pages.blueprint.name}.{view}" for pages in apis for view in pages.open}
    named |= {"security.login", "static"}
    for rule in platform_app.url_map.iter_rules():
        if not rule.arguments and "GET" in (rule.methods or ()):
            status = client.get(rule.rule).status_code
            declared = rule.endpoint.rpartition(".")[0] in public or rule.endpoint in named
            assert status != 200 or declared, rule.rule
    assert all(str(each.label) for each in platform.permissions.values())


ROLES = ("administrator", "reviewer", "leader", "editor", "enterprise")


@one_engine
@pytest.mark.parametrize("role", ROLES)
def test_row_24_an_entry_is_shown_exactly_when_its_page_answers(
    role: str, platform_app: Flask, client_as: Callable[..., Any], actor_as: Callable[..., Actor]
) -> None:
    from flask import url_for

    person, actor = client_as(role), actor_as(role)
    platform = platform_app.extensions["shuixin"]
    with platform_app.test_request_context("/"):
        entries = [
            (item, url_for(item.endpoint, **dict(item.values)), _shown(platform, item, actor))
            for _plugin, item in platform.menu_items
        ]
    for item, url, shown in entries:
        answers = person.get(url).status_code == 200
        if item.endpoint in ("office.index", "office.exports") and role == "enterprise":
            continue  # the back office has no menu for people without one
        assert shown == answers, (role, url)


def _shown(platform: Any, wanted: Any, actor: Actor) -> bool:
    one = [each for each in platform.menu_items if each[1] is wanted]
    return bool(build_menu(one, wanted.area, wanted.section, actor, platform.calls))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("MenuItem(Area.PUBLIC, domain('lost')('x'), 'lost.nowhere')", "指向的页面不存在"),
        ("MenuItem(Area.OFFICE, domain('lost')('x'), 'shuixin_plugins.index')", "与页面的“shuixin.plugins”不一致"),
        ("MenuItem(Area.PUBLIC, domain('lost')('x'), 'news.column')", "缺少地址参数"),
    ],
)
@one_engine
def test_row_24_a_bad_entry_is_reported_and_no_page_fails(
    item: str, reason: str, site: Installation, install: Any
) -> None:
    install("lost", f"@hookimpl\ndef menu_items(self):\n    return ({item},)")
    site.enable("lost")
    record = site.record("lost")
    assert record.state is State.FAILED
    assert reason in str(record.reason)
    assert site.get("/") == 200


@one_engine
def test_row_24_an_entry_to_a_soft_neighbour_goes_with_it(site: Installation, install: Any) -> None:
    uses = ('shuixin-plugin-news; extra == "uses"',)
    install(
        "guest",
        "@hookimpl\ndef menu_items(self):\n    return (MenuItem(Area.PUBLIC, '访客', 'news.home'),)",
        requires=uses,
    )
    site.enable("guest")
    assert any(plugin == "guest" for plugin, _item in site.build().extensions["shuixin"].menu_items)
    disable(SYSTEM, "news")
    app = site.build()
    assert app.extensions["shuixin"].loaded.records["guest"].state is State.ENABLED
    assert not any(plugin == "guest" for plugin, _item in app.extensions["shuixin"].menu_items)


def test_row_25_a_job_of_a_disabled_plugin_is_parked_and_runs_once_when_enabled(
    site: Installation, full: Full, monkeypatch: Any
) -> None:
    full("sample")
    site.enable("sample")
    request_job(SYSTEM, "sample.work")
    disable(SYSTEM, "sample")
    ran: list[str] = []

    def run_apart(job: Job, _stop: threading.Event, *_more: object) -> JobRun:
        ran.append(job.name)
        return JobRun(name=job.name, ok=True)

    monkeypatch.setattr(runner, "run_apart", run_apart)

    def serve() -> int:
        offered = {job.name: job for _plugin, job in site.build().extensions["shuixin"].loaded.contributions("jobs")}
        return runner.serve_requests(offered, threading.Event())

    assert (serve(), ran) == (0, [])
    assert [each.name for each in parked(set())] == ["sample.work"]
    site.enable("sample")
    assert (serve(), ran) == (1, ["sample.work"])
    assert (serve(), ran) == (0, ["sample.work"])
    assert parked(set()) == []


def test_row_25_two_consumers_never_take_one_request(platform_app: Flask) -> None:
    request_job(SYSTEM, "x.job")
    first = take({"x.job"})
    assert first is not None
    assert take({"x.job"}) is None
    release()
    again = take({"x.job"})
    assert again is not None
    finish(again)
    assert take({"x.job"}) is None


class _Endless:
    """A process that never ends by itself, in the place of the platform's own command."""

    command = ("-c", "import time; time.sleep(60)")


@one_engine
def test_row_25_a_run_is_ended_after_its_timeout(platform_app: Flask, monkeypatch: Any) -> None:
    import subprocess
    import sys

    real = subprocess.Popen
    started: list[Any] = []

    def endless(_command: list[str], **options: Any) -> Any:
        started.append(real([sys.executable, *_Endless.command], **options))
        return started[-1]

    monkeypatch.setattr(runner.subprocess, "Popen", endless)
    began = time.monotonic()
    assert runner.run_apart(Job("x.slow", print, timeout=1), threading.Event()).ok is False
    assert time.monotonic() - began < 30
    assert started[0].poll() is not None
    run = JobRun.get(JobRun.name == "x.slow")
    assert (run.ok, "1秒" in run.message) == (False, True)


@dataclass(frozen=True)
class Approved:
    number: int


def test_row_26_events_reach_subscribers_by_name_and_a_failing_one_undoes_nothing(platform_app: Flask) -> None:
    heard: list[int] = []
    name = f"{__name__.partition('.')[0]}.Approved"

    def fails(_event: Approved) -> None:
        raise RuntimeError("subscriber")

    handlers = [
        ("bad", Handler(Approved, fails)),
        ("good", Handler(name, lambda event: heard.append(event.number))),
        ("unknown", Handler("nobody.Nothing", lambda event: heard.append(-1))),
    ]
    with deliver_with(Delivery(handlers)), transaction():
        User.update(name="改").execute()
        announce(Approved(7))
        assert heard == [], "not before the commit"
    assert heard == [7]
    with deliver_with(Delivery()), transaction():
        announce(Approved(8))


def test_row_27_each_operation_leaves_one_entry(site: Installation, full: Full, cli: Any) -> None:
    full("sample")

    def count() -> int:
        return AuditEntry.select().where(AuditEntry.action.startswith("plugin.")).count()

    for act in (
        lambda: site.enable("sample"),
        lambda: disable(SYSTEM, "sample", note="升级"),
        lambda: enter_safe_mode("试"),
        lambda: leave_safe_mode(SYSTEM),
        lambda: rebuild(SYSTEM),
    ):
        before = count()
        act()
        assert count() == before + 1
    entry = AuditEntry.select().where(AuditEntry.action == "plugin.disable").get()
    detail = entry.detail
    assert (detail["note"], detail["origin"], detail["versions"]) == ("升级", "测试", {"sample": "1.0"})
    assert set(detail["before"]) - set(detail["after"]) == {"sample"}
    lines = cli("audit", "export", "--action", "plugin.").output.splitlines()
    assert [json.loads(line)["action"] for line in lines][:2] == ["plugin.enable", "plugin.disable"]


SLOW = """
@hookimpl
def home_panels(self):
    import time
    return (HomePanel(domain("slow")("x"), lambda: time.sleep(0.05) or "", cache=0),)
"""


@one_engine
def test_row_28_health_names_states_pending_steps_and_time_per_hook(
    site: Installation, install: Any, user_as: Callable[..., User]
) -> None:
    schema = TypeAdapter(PluginReport)
    install("slow", SLOW)
    install("gone_wrong", module="raise RuntimeError('boom')")
    site.enable("slow")
    user_as("administrator")
    app = site.build()
    app.test_client().get("/")
    answer = site.person(app, "administrator").get("/office/plugins/health.json")
    found = {each["id"]: each for each in answer.get_json()["plugins"]}
    times = {each["hook"]: each for each in found["slow"]["hooks"]}
    assert times["home_panels"]["slowest_ms"] >= 50
    for each in found.values():
        schema.validate_json(json.dumps(each), strict=True)
        assert set(each) == {field.name for field in fields(PluginReport)}
    assert found["gone_wrong"]["state"] == "disabled"
    assert app.test_client().get("/office/plugins/health.json").status_code == 302


def test_row_30_every_hook_is_described_with_an_example_and_held_by_a_snapshot() -> None:
    root = Path(__file__).parents[2]
    assert (root / "docs" / "hooks.md").is_file()
    assert (root / "tests" / "docs" / "test_hooks.py").is_file()
    snapshot = (root / "tests" / "contract" / "public_api.txt").read_text("utf-8")
    assert "hook access_limits" in snapshot
