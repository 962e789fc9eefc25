"""What every plugin keeps, and what the platform keeps for every set of plugins that is switched on."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import TemplateNotFound

from shuixin.app import create_app
from shuixin.contributions import DemoSize
from shuixin.kit.graph import needed_by, reached
from shuixin.platform import Platform
from shuixin.plugins import Plugin, discover
from shuixin.settings import Settings
from shuixin.testing.contract import assert_plugin_contract
from shuixin.testing.fixtures import SignedIn

ROOT = Path(__file__).parents[2]
IDS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))


def _sets() -> list[tuple[str, ...]]:
    """Return no plugin, each one alone with what it needs, and all without each one and what needs it."""
    requires = {name: each.record.requires for name, each in discover().items() if name in IDS}
    alone = {frozenset(reached(name, requires)) for name in IDS}
    without = {frozenset(set(IDS) - reached(name, needed_by(requires))) for name in IDS}
    return sorted(tuple(sorted(names)) for names in {frozenset[str](), *alone, *without})


SETS = _sets()

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
each_plugin = pytest.mark.parametrize("plugin_id", IDS)


@pytest.fixture
def platform(platform_app: Flask) -> Platform:
    found: Platform = platform_app.extensions["shuixin"]
    return found


def test_every_icon_of_the_menus_is_drawn(platform: Platform) -> None:
    drawn = set(re.findall(r'id="([a-z-]+)"', (ROOT / "core/shuixin/static/icons.svg").read_text("utf-8")))
    named = {
        part.icon: plugin
        for hook in ("menu_items", "office_views")
        for plugin, part in platform.loaded.contributions(hook)
        if part.icon
    }
    assert {icon: plugin for icon, plugin in named.items() if icon not in drawn} == {}
    assert named


@each_plugin
def test_one_name_stands_everywhere(plugin_id: str, platform: Platform) -> None:
    folder = ROOT / "plugins" / plugin_id
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    plugin: Plugin = platform.loaded.bundles[plugin_id].plugin
    package = folder / "src" / f"shuixin_{plugin_id}"
    assert (
        project["name"] == f"shuixin-plugin-{plugin_id.replace('_', '-')}" == discover()[plugin_id].record.distribution
    )
    assert list(project["entry-points"]["shuixin.plugins"]) == [plugin_id]
    assert plugin.id == plugin_id
    assert type(plugin).__module__ == f"shuixin_{plugin_id}.plugin"
    assert [path.name for path in package.glob("templates/*")] in ([], [plugin_id])
    assert (package / "translations" / "en.po").is_file()
    assert (folder / "README.md").is_file()
    assert (folder / "CHANGELOG.md").is_file()


@each_plugin
def test_it_keeps_the_contract(plugin_id: str, platform_app: Flask) -> None:
    assert_plugin_contract(platform_app, plugin_id)


def _built(settings: Settings, enabled: tuple[str, ...]) -> Flask:
    app = create_app(settings, enabled)
    app.testing = True
    app.test_client_class = SignedIn
    assert set(app.extensions["shuixin"].loaded.bundles) == set(enabled)
    return app


@pytest.mark.parametrize("enabled", SETS, ids=lambda names: "+".join(names) or "none")
def test_of_a_plugin_that_is_off_nothing_is_left(
    enabled: tuple[str, ...], settings: Settings, platform_app: Flask
) -> None:
    app = _built(settings, enabled)
    off = set(IDS) - set(enabled)
    platform: Platform = app.extensions["shuixin"]
    endpoints = {rule.endpoint.partition(".")[0] for rule in app.url_map.iter_rules()}
    assert not [name for name in endpoints if name in off or name.removesuffix("_workspace") in off]
    assert not [name for name in endpoints if name.startswith(tuple(f"{each}_" for each in off))]
    assert not [code for code in platform.permissions if code.partition(".")[0] in off]
    assert not [code for role in platform.roles.values() for code in role.permissions if code.partition(".")[0] in off]
    assert not [item.endpoint for _plugin, item in platform.menu_items if item.endpoint.partition(".")[0] in off]
    keeping = {name for name in enabled if list(ROOT.glob(f"plugins/{name}/src/*/migrations"))}
    assert {history.owner for history in platform.histories()} == {"shuixin", *keeping}
    for name in off:
        for template in ROOT.glob(f"plugins/{name}/src/*/templates/**/*.html"):
            path = f"{name}/{template.name}"
            with pytest.raises(TemplateNotFound):
                app.jinja_env.get_template(path)


CORE_PAGES = ("/", "/search?q=水利", "/sitemap.xml", "/sign-in", "/healthz", "/readyz", "/feeds/none.atom")


@pytest.mark.parametrize("enabled", SETS, ids=lambda names: "+".join(names) or "none")
def test_the_site_stands_whatever_is_off(
    enabled: tuple[str, ...], settings: Settings, platform_app: Flask, user_as: Callable[..., Any]
) -> None:
    for _plugin, part in platform_app.extensions["shuixin"].loaded.contributions("demo_data"):
        part.fill(DemoSize(enterprises=10))
    app = _built(settings, enabled)
    visitor = app.test_client()
    statuses = {path: visitor.get(path).status_code for path in CORE_PAGES}
    assert statuses.pop("/feeds/none.atom") == 404
    assert set(statuses.values()) == {200}, statuses
    links = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    for role in ("administrator", "reviewer", "leader", "editor", "enterprise"):
        person = app.test_client()
        user_as(role)
        assert isinstance(person, SignedIn)
        person.post_form("/sign-in", {"username": role, "password": "Correct-horse-9"})
        answers = {path: person.get(path).status_code for path in links}
        assert {path: status for path, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("enabled", [("news",), ("credit_collection",)], ids="+".join)
def test_what_was_written_is_there_again_when_switched_on(
    enabled: tuple[str, ...], settings: Settings, platform_app: Flask
) -> None:
    for _plugin, part in platform_app.extensions["shuixin"].loaded.contributions("demo_data"):
        part.fill(DemoSize(enterprises=10))
    paths = ("/news/", "/credit/enterprises", "/sitemap.xml")
    platform_app.test_client_class = SignedIn
    before = [platform_app.test_client().get(path).status_code for path in paths]
    _built(settings, enabled).test_client().get("/")
    again = _built(settings, tuple(IDS))
    assert [again.test_client().get(path).status_code for path in paths] == before == [200, 200, 200]
