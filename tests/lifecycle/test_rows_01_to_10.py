"""The platform's promises 1 to 10: what is listed, switched, kept and removed."""

import json
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shuixin.access import Actor
from shuixin.accounts import User
from shuixin.accounts.models import LoginSession, MadeRole, RightUse, RoleGrant
from shuixin.audit import AuditEntry
from shuixin.contributions import DemoSize
from shuixin.database import db
from shuixin.errors import Refused
from shuixin.events import Delivery
from shuixin.jobs import request_job
from shuixin.jobs.models import JobRequest, JobRun
from shuixin.kit import clock
from shuixin.kit.attachments import Attachment, Store
from shuixin.kit.graph import cycles, in_order, needed_by, reached, wishes_of
from shuixin.kit.numbering import Counter, void
from shuixin.plugins import State, discover, enabled_plugins, load_plugins
from shuixin.plugins.lifecycle import disable
from shuixin.plugins.purge import plan_purge, purge
from shuixin.plugins.state import record_fault, set_switch
from shuixin.plugins.tables import PluginSettings
from shuixin.units import Unit
from tests.lifecycle.conftest import SYSTEM, Installation

Full = Callable[..., Any]
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@one_engine
def test_row_01_lists_what_raises_on_import_without_importing_it(cli: Any, install: Any) -> None:
    install("raising", module="raise RuntimeError('imported')", version="2.5", requires=("shuixin-core>=0.1",))
    answer = cli("plugins", "list", "--json")
    assert answer.exit_code == 0, answer.output
    found = {each["id"]: each for each in json.loads(answer.output)}["raising"]
    assert (found["version"], found["requires_core"], found["state"]) == ("2.5", ">=0.1", "disabled")
    assert found["distribution"] == "shuixin-plugin-raising"
    assert "shuixin_raising" not in sys.modules


@one_engine
def test_row_01_what_is_off_is_called_by_its_name_in_both_languages(
    site: Installation, install: Any, user_as: Callable[..., User]
) -> None:
    install("silent", module="raise RuntimeError('imported')", summary="静默：不装入 / Silent: never imported")
    install("plain", summary="one line")
    user_as("administrator")
    admin = site.person(site.build(), "administrator")
    chinese = admin.get("/office/plugins/").get_data(as_text=True)
    assert "<b>静默</b>" in chinese
    assert "不装入" in chinese
    assert "<b>plain</b>" in chinese
    admin.set_cookie("sx_lang", "en")
    english = admin.get("/office/plugins/").get_data(as_text=True)
    assert "<b>Silent</b>" in english
    assert "静默" not in english


def test_row_01_two_distributions_of_one_id_are_both_named(install: Any, tmp_path: Path) -> None:
    install("twice")
    info = tmp_path / "site-packages" / "another-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[shuixin.plugins]\ntwice = shuixin_twice:plugin\n")
    record = load_plugins(discover(), {"twice"}).records["twice"]
    assert record.state is State.FAILED
    assert "another" in str(record.reason)
    assert "shuixin-plugin-twice" in str(record.reason)


@one_engine
@pytest.mark.parametrize("door", ["page", "command"])
def test_row_02_both_doors_do_the_same(
    door: str, site: Installation, cli: Any, full: Full, user_as: Callable[..., User]
) -> None:
    full("sample")
    full("needy", requires=("shuixin-plugin-sample",))
    user_as("administrator")

    def switch(name: str, on: bool) -> str:
        if door == "command":
            done = cli("plugins", "enable" if on else "disable", name)
            return str(done.exception or done.output)
        admin = site.person(site.build(), "administrator")
        admin.post_form("/office/plugins/switch", {"plugin": name, "on": "1" if on else "0"})
        return str(admin.get("/office/plugins/").get_data(as_text=True))

    switch("needy", True)
    assert {"sample", "needy"} <= enabled_plugins()
    assert "needy依赖此插件" in switch("sample", False)
    assert "sample" in enabled_plugins()
    switch("needy", False)
    entries = list(AuditEntry.select().where(AuditEntry.action.startswith("plugin.")).order_by(AuditEntry.number))
    assert [(each.action, each.object_key, each.detail["changed"]) for each in entries] == [
        ("plugin.enable", "needy", ["needy", "sample"]),
        ("plugin.disable", "needy", ["needy"]),
    ]


def test_row_04_disabled_is_off_everywhere(site: Installation, full: Full, user_as: Callable[..., User]) -> None:
    full("sample")
    site.enable("sample")
    user_as("administrator")
    user_as("sample_clerk")
    app = site.build()
    clerk = site.person(app, "sample_clerk")
    assert (site.get("/sample/"), clerk.get("/office/sample/x/").status_code) == (200, 200)
    shown = {path: app.test_client().get(path).get_data(as_text=True) for path in ("/", "/sitemap.xml")}
    assert all("/sample/" in page for page in shown.values())
    assert app.test_client().get("/feeds/sample.atom").status_code == 200
    disable(SYSTEM, "sample")
    app = site.build()
    platform = app.extensions["shuixin"]
    visitor, clerk = app.test_client(), site.person(app, "sample_clerk")
    dead = ("/sample/", "/office/sample/x/", "/feeds/sample.atom")
    assert [visitor.get(path).status_code for path in dead] == [404, 404, 404]
    assert clerk.get("/office/sample/x/").status_code == 404
    assert not [
        page for page in ("/", "/sitemap.xml", "/search?q=x") if "sample" in visitor.get(page).get_data(as_text=True)
    ]
    assert not [rule for rule in app.url_map.iter_rules() if "sample" in rule.rule + rule.endpoint]
    assert not [code for code in platform.permissions if "sample" in code]
    assert "sample_clerk" not in platform.roles
    assert not [plugin for plugin, _item in platform.menu_items if plugin == "sample"]
    for hook in ("jobs", "event_handlers", "commands", "search_sources", "settings_model"):
        assert "sample" not in dict(platform.loaded.contributions(hook))
    assert isinstance(platform.delivery, Delivery)
    assert RoleGrant.select().where(RoleGrant.role == "sample_clerk").count() == 1, "the grant is kept"
    users = site.person(app, "administrator").get("/office/administration/users/").get_data(as_text=True)
    assert "sample_clerk（所属插件已停用，暂不生效）" in users


def test_row_05_data_is_the_same_after_off_and_on(site: Installation, full: Full) -> None:
    full("sample")
    site.enable("sample")
    before = list(db.execute_sql("SELECT * FROM sample_note ORDER BY id").fetchall())
    disable(SYSTEM, "sample")
    site.enable("sample")
    assert list(db.execute_sql("SELECT * FROM sample_note ORDER BY id").fetchall()) == before
    assert before[0][1] == "sample kept"


def traces(name: str) -> list[str]:
    """Return every table and value in which *name* occurs, the audit chain apart (docs/decisions/0008)."""
    found = [table for table in db.get_tables() if name in table]
    for table in db.get_tables():
        if table not in ("shuixin_audit_entry", "shuixin_audit_search"):
            rows = db.execute_sql(f'SELECT * FROM "{table}"').fetchall()
            found += [f"{table}: {row}" for row in rows if any(name in str(value) for value in row)]
    return found


def test_row_06_a_purge_leaves_nothing(
    site: Installation, full: Full, actor_as: Callable[..., Actor], tmp_path: Path
) -> None:
    full("sample")
    full("sample_two")
    site.enable("sample")
    site.enable("sample_two")
    administrator = actor_as("administrator")
    request_job(SYSTEM, "sample.work")
    JobRun.create(name="sample.work", started_at=clock.now())
    RoleGrant.create(user=administrator.id, role="sample_clerk")
    RightUse.create(user=administrator.id, permission="sample.see", day=clock.legal_day(clock.now()))
    own = MadeRole.create(code="own", label="自建", scope="region", permissions=["news.write", "sample.see"])
    Counter.create(key="sample.numbers", year=2026, value=7)
    void("sample.numbers", 2026, 3, reason="x", by="x")
    PluginSettings.create(plugin="sample", data={"count": 4})
    record_fault("sample", "jobs", "boom")
    store = Store(tmp_path / "uploads")
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    picture.seek(0)
    file = store.save(picture, "图.png", owner_kind="sample.note", owner_key="1", created_by=administrator.id)
    assert store.path_of(file).is_file()
    arguments: dict[str, Any] = {"store": store, "folder": tmp_path / "archives"}
    with pytest.raises(Refused, match="先停用"):
        purge(SYSTEM, "sample", confirm="sample", **arguments)
    disable(SYSTEM, "sample")
    with pytest.raises(Refused, match="请输入插件编号sample"):
        purge(SYSTEM, "sample", confirm="sampl", **arguments)
    plan = plan_purge("sample")
    assert ("sample_note", 1) in plan.tables
    archive = purge(SYSTEM, "sample", confirm="sample", **arguments)
    assert [each for each in traces("sample") if "sample_two" not in each] == []
    assert MadeRole.get_by_id(own.id).permissions == ["news.write"]
    assert not store.path_of(file).is_file()
    assert db.table_exists("sample_two_note"), "a plugin whose id begins alike is not touched"
    assert archive.stat().st_mode & 0o077 == 0
    import zipfile

    with zipfile.ZipFile(archive) as made:
        assert "sample kept" in made.read("sample_note.jsonl").decode()
        assert made.read(f"files/{file.id}.png").startswith(b"\x89PNG")
    assert AuditEntry.select().where(AuditEntry.action == "plugin.purge").count() == 1
    site.enable("sample")
    assert site.get("/sample/") == 200, "it can be installed again"


def test_row_07_purges_what_is_no_longer_installed(
    site: Installation, full: Full, tmp_path: Path, cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    full("sample")
    site.enable("sample")
    disable(SYSTEM, "sample")
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "site-packages" not in path or ".venv" in path])
    import importlib

    importlib.invalidate_caches()
    assert "sample" not in discover()
    listed = {each["id"]: each["state"] for each in json.loads(cli("plugins", "list", "--json").output)}
    assert listed["sample"] == "missing"
    answer = cli("plugins", "purge", "sample", "--confirm", "sample")
    assert answer.exit_code == 0, answer.output
    assert traces("sample") == []


@one_engine
def test_row_08_core_pages_stand_whatever_is_missing(site: Installation, full: Full, monkeypatch: Any) -> None:
    full("sample")
    site.enable("sample")
    set_switch("vanished", "测试", enabled=True)
    for path in ("/", "/search?q=x", "/sitemap.xml", "/sign-in", "/healthz", "/readyz"):
        assert site.get(path) == 200, path
    assert site.record("vanished").state is State.MISSING


@pytest.mark.parametrize("plugin", ["news", "credit_collection"])
def test_row_08_core_objects_can_be_deleted_while_a_plugin_is_off(
    plugin: str, site: Installation, user_as: Callable[..., User]
) -> None:
    for _name, part in site.build().extensions["shuixin"].loaded.contributions("demo_data"):
        part.fill(DemoSize(enterprises=10))
    disable(SYSTEM, plugin, cascade=True)
    user = user_as("reviewer", "-new")
    JobRun.create(name=f"{plugin}.x", started_at=clock.now())
    request_job(SYSTEM, f"{plugin}.x")
    app = site.build()
    site.person(app, user.username)
    unit = Unit.create(code="11420299MB0000000X", name="新单位", region="420299", organ_word="新")
    RoleGrant.delete().where(RoleGrant.user == user).execute()
    LoginSession.delete().where(LoginSession.user == user).execute()
    doomed = [user, unit, JobRun.get(), JobRequest.get(), Attachment.select().first(), Counter.select().first()]
    deleted = [row.delete_instance() for row in doomed if row is not None]
    assert deleted == [1] * len(deleted)
    assert len(deleted) >= 5
    assert app.test_client().get("/").status_code == 200


@pytest.mark.parametrize(
    ("requires", "wishes", "order"),
    [
        ({"a": ("c",), "b": (), "c": ("b",)}, {}, ["b", "c", "a"]),
        ({"a": (), "b": (), "c": ()}, {"a": {"c"}}, ["b", "c", "a"]),
        ({"a": (), "b": ("a",)}, {"a": {"b"}}, ["a", "b"]),
        ({"a": (), "b": ()}, {"a": {"b"}, "b": {"a"}}, ["a", "b"]),
        ({"a": ("gone",), "b": ()}, {}, ["a", "b"]),
    ],
    ids=["hard", "soft", "hard-wins", "soft-circle", "absent"],
)
def test_row_09_order(requires: Any, wishes: Any, order: list[str]) -> None:
    assert in_order(requires, wishes) == order


def test_row_09_cycles_name_all_members() -> None:
    assert cycles({"a": ("b",), "b": ("c",), "c": ("a",), "d": ("a",), "e": ()}) == [["a", "b", "c"]]
    assert cycles({"a": ("a",)}) == [["a"]]
    assert reached("d", {"d": ("a",), "a": ("b",), "b": ("a",)}) == {"a", "b", "d"}
    assert needed_by({"a": ("b",), "c": ("b",)})["b"] == ["a", "c"]
    assert wishes_of({"a": ("b",)}, {"c": ("a",)}) == {"a": {"b", "c"}}


def test_row_09_a_circle_is_refused_with_its_members(install: Any) -> None:
    install("ring_a", requires=("shuixin-plugin-ring-b",))
    install("ring_b", requires=("shuixin-plugin-ring-a",))
    loaded = load_plugins(discover(), {"ring_a", "ring_b"})
    assert loaded.bundles == {}
    assert "ring_a → ring_b → ring_a" in str(loaded.records["ring_b"].reason)


@one_engine
def test_row_09_what_is_not_installed_is_named(site: Installation, install: Any) -> None:
    install("needy", requires=("shuixin-plugin-nowhere",))
    with pytest.raises(Refused, match="nowhere尚未安装"):
        site.enable("needy")


@one_engine
def test_row_10_a_plugin_for_another_core_is_skipped_and_strict_says_so(
    site: Installation, install: Any, cli: Any
) -> None:
    install("future", module="raise RuntimeError('imported')", requires=("shuixin-core>=99",))
    set_switch("future", "测试", enabled=True)
    assert site.get("/") == 200
    record = site.record("future")
    assert record.state is State.SKIPPED
    assert ">=99" in str(record.reason)
    assert "shuixin_future" not in sys.modules
    assert cli("plugins", "check").exit_code == 0
    strict = cli("plugins", "check", "--strict")
    assert strict.exit_code != 0
