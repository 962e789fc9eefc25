"""Loading: a bad plugin stays out with its stage and reason; the others never notice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from shuixin.app import create_app
from shuixin.kit.graph import in_order
from shuixin.plugins import Circumstances, Found, Stage, State, discover, load_plugins
from shuixin.settings import Settings

Install = Callable[..., Found]
GOOD = "@hookimpl\ndef permissions(self):\n    return (Permission('good.use', '用'),)"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(secret_key=SecretStr("x" * 40), database_url="sqlite:///:memory:", data_dir=tmp_path)


BROKEN = [
    ("raise RuntimeError('boom at import')", None, Stage.IMPORTED, "boom at import"),
    ("import no_such_module_anywhere", None, Stage.IMPORTED, "no_such_module_anywhere"),
    ("def broken(:", None, Stage.IMPORTED, "invalid syntax"),
    ("plugin = object()", None, Stage.IMPORTED, "入口必须是编号相同的Plugin对象"),
    ("", "@hookimpl\ndef permissions(self):\n    raise KeyError('boom in hook')", Stage.REGISTERED, "boom in hook"),
    ("", "@hookimpl\ndef permissions(self):\n    return ('text',)", Stage.REGISTERED, "应返回Permission"),
    ("", "@hookimpl\ndef permissions(self):\n    return 7", Stage.REGISTERED, "应返回Permission，实际为int"),
    ("", "@hookimpl\ndef models(self):\n    return None", Stage.REGISTERED, "应返回Models"),
    ("", "@hookimpl\ndef permissions(self):\n    return (Permission('news.x', '用'),)", Stage.REGISTERED, "news.x"),
    ("", "@hookimpl\ndef jobs(self):\n    return (c.Job('other.x', print, '* * * * *'),)", Stage.REGISTERED, "other.x"),
    ("", "@hookimpl\ndef no_such_hook(self):\n    return ()", Stage.REGISTERED, "no_such_hook"),
]


@pytest.mark.parametrize(("module", "body", "stage", "reason"), BROKEN)
def test_a_broken_plugin_stays_out_with_stage_and_reason(
    module: str, body: str | None, stage: Stage, reason: str, install: Install
) -> None:
    install("bad", body or "", module=module)
    install("good", GOOD)
    loaded = load_plugins(discover(), {"bad", "good"})
    record = loaded.records["bad"]
    assert (record.state, record.stage) == (State.FAILED, stage)
    assert reason in str(record.reason)
    assert "\n" not in str(record.reason)
    assert "Traceback" in record.traceback
    assert list(loaded.bundles) == ["good"]
    assert loaded.records["good"].state is State.ENABLED


PAGES = """
from flask import Blueprint
from shuixin.api import *


class Page(OfficePage):
    @expose("/")
    def index(self):
        return "x"


class It(Plugin):
    id = "bad"

    @hookimpl
    def {hook}(self):
        pages = Blueprint("{name}", __name__, url_prefix="/bad")
        pages.add_url_rule("/", "index", lambda: "x", methods={methods})
        return {made}


plugin = It()
"""
UNBUILT = [
    ("public_pages", "bad", ["GET", "POST"], "PublicPages(pages)", "只能读取，不能接受POST"),
    ("public_pages", "other", ["GET"], "PublicPages(pages)", "蓝图应命名为bad"),
    ("public_forms", "bad", ["GET"], "PublicForms(pages)", "蓝图应命名为bad_forms"),
    ("workspace_pages", "bad_workspace", ["GET"], "WorkspacePages(pages)", "bad_workspace.index未声明权限"),
    ("api_pages", "bad_api", ["GET"], "ApiPages(pages, len)", "bad_api.index未声明权限"),
    ("api_pages", "bad_api", ["POST"], "ApiPages(pages, len, ('index',))", "bad_api.index未声明权限"),
    ("api_pages", "bad_api", ["GET"], "ApiPages(pages, len, ('index',))", "应以/api/开头"),
    ("office_views", "bad", ["GET"], "(OfficeView(object(), '其他', 'bad.use'),)", "必须继承"),
    ("office_views", "bad", ["GET"], "(OfficeView(Page('bad', 'x', 'x'), '其他', ''),)", "未声明权限"),
    ("office_views", "bad", ["GET"], "(OfficeView(Page('news', 'x', 'x'), '其他', 'b'),)", "以插件编号开头"),
]


@pytest.mark.parametrize(("hook", "name", "methods", "made", "reason"), UNBUILT)
def test_pages_that_are_not_guarded_keep_their_plugin_out(  # noqa: PLR0917 - one column each
    hook: str, name: str, methods: list[str], made: str, reason: str, install: Install, settings: Settings
) -> None:

    install("bad", module=PAGES.format(hook=hook, name=name, methods=methods, made=made))
    install("good", GOOD)
    app = create_app(settings, {"bad", "good"})
    record = app.extensions["shuixin"].loaded.records["bad"]
    assert record.state is State.FAILED
    assert reason in str(record.reason)
    assert not [rule for rule in app.url_map.iter_rules() if "bad" in rule.rule]
    assert "good.use" in app.extensions["shuixin"].permissions


def test_a_role_that_names_an_unknown_permission_keeps_its_plugin_out(install: Install, settings: Settings) -> None:
    install("bad", "@hookimpl\ndef roles(self):\n    return (Role('clerk', '文员', ('bad.no_such',)),)")
    app = create_app(settings, {"bad"})
    assert app.extensions["shuixin"].loaded.records["bad"].state is State.FAILED
    assert "clerk" not in app.extensions["shuixin"].roles


def test_nothing_is_imported_before_it_is_enabled(install: Install) -> None:
    found = install("bad", module="raise RuntimeError('imported')", version="3.2")
    assert (found.record.version, found.record.distribution) == ("3.2", "shuixin-plugin-bad")
    loaded = load_plugins(discover(), set())
    assert (loaded.records["bad"].state, loaded.records["bad"].reason) == (State.DISABLED, "")


def test_a_plugin_whose_needs_are_not_met_is_skipped_with_them(install: Install) -> None:
    install("bad", module="raise RuntimeError('boom')")
    install("needy", requires=("shuixin-plugin-bad>=1", "shuixin-plugin-absent"))
    install("future", requires=("shuixin-core>=99",))
    loaded = load_plugins(discover(), {"bad", "needy", "future"})
    assert loaded.records["needy"].state is State.SKIPPED
    assert "bad、absent" in str(loaded.records["needy"].reason)
    assert loaded.records["future"].state is State.SKIPPED
    assert ">=99" in str(loaded.records["future"].reason)


def test_an_enabled_plugin_whose_package_is_gone_is_missing() -> None:
    loaded = load_plugins({}, {"gone"})
    assert (loaded.records["gone"].state, str(loaded.records["gone"].reason)) == (State.MISSING, "插件包未安装。")


def test_each_stands_after_what_it_requires() -> None:
    assert in_order({"a": ("c",), "b": (), "c": ("b",)}) == ["b", "c", "a"]
    assert set(in_order({"a": ("b",), "b": ("a",)})) == {"a", "b"}, "a cycle ends too"


SETTINGS = """
@hookimpl
def settings_model(self):
    from pydantic import create_model
    return create_model("M", __base__=SettingsModel, count=(int, 3))
"""


@pytest.mark.parametrize(
    ("body", "table", "reason"),
    [
        (SETTINGS, {"count": "many"}, "count：应为整数"),
        ("", {"count": 1}, "没有设置项，请删除[plugins.bad]"),
    ],
)
def test_settings_that_do_not_fit_name_the_key(
    body: str, table: dict[str, object], reason: str, install: Install
) -> None:
    install("bad", body)
    record = load_plugins(discover(), {"bad"}, Circumstances({"bad": (table,)})).records["bad"]
    assert (record.state, record.stage) == (State.FAILED, Stage.CONFIGURED)
    assert reason in str(record.reason)


def test_settings_that_fit_reach_the_plugin(install: Install) -> None:
    install("bad", SETTINGS)
    assert load_plugins(discover(), {"bad"}, Circumstances({"bad": ({"count": 5},)})).bundles["bad"].settings.count == 5


OFFERS = (
    "class Specs:\n    @pluggy.HookspecMarker('shuixin')\n    def things(self): ...\n\n\n"
    "class It(Plugin):\n    id = 'host'\n    hookspecs = (Specs,)\n\n\nplugin = It()\n"
)


def test_a_hook_that_a_plugin_offers_isolates_who_answers(install: Install) -> None:
    install("host", module="import pluggy\nfrom shuixin.api import *\n\n\n" + OFFERS)
    install("fine", "@hookimpl\ndef things(self):\n    return ('a', 'b')", requires=("shuixin-plugin-host",))
    install("late", "@hookimpl\ndef things(self):\n    return 1 / 0", requires=("shuixin-plugin-host",))
    loaded = load_plugins(discover(), {"host", "fine", "late"})
    assert loaded.extension("things") == [("fine", "a"), ("fine", "b")]
    assert loaded.extension("nobody_offers_this") == []
