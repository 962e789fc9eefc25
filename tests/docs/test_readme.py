"""What the front pages promise: the same in both languages, and the plugin they show runs as it is printed."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from shuixin.app import create_app
from shuixin.plugins import Found
from shuixin.settings import Settings

ROOT = Path(__file__).parents[2]
README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
GUIDE, CHINESE_GUIDE = ROOT / "docs" / "plugin-author.md", ROOT / "docs" / "plugin-author.zh-CN.md"
PAIRS = [(README, CHINESE), (GUIDE, CHINESE_GUIDE)]


def _blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text("utf-8"), re.DOTALL)


def _commands(path: Path) -> list[str]:
    lines = "\n".join(_blocks(path, "console")).splitlines()
    return [line.split("#")[0].strip() for line in lines if line.startswith("$ ")]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda path: path.name)
def test_both_languages_say_the_same(one: Path, other: Path) -> None:
    for language in ("python", "toml"):
        assert _blocks(one, language) == _blocks(other, language)
    assert _commands(one) == _commands(other)
    levels = [re.findall(r"^#+ ", path.read_text("utf-8"), re.MULTILINE) for path in (one, other)]
    assert levels[0] == levels[1]


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/*.md")]))
def test_links_lead_to_files(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in (README, CHINESE, ROOT / "CONTRIBUTING.md"):
        named = set(re.findall(r"[`$ ]make ([a-z-]+)", path.read_text("utf-8")))
        assert named <= targets, path.name


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_plugin_of_the_readme_runs(install: Callable[..., Found], settings: Settings, platform_app: object) -> None:
    (project,) = (tomllib.loads(block) for block in _blocks(README, "toml") if "shuixin.plugins" in block)
    (source,) = (block for block in _blocks(README, "python") if "class WaterLevel" in block)
    ((name, target),) = project["project"]["entry-points"]["shuixin.plugins"].items()
    assert target == f"shuixin_{name}.plugin:plugin"
    install(name, module=source)
    app = create_app(settings, {name})
    app.testing = True
    client = app.test_client()
    assert "18.42" in client.get(f"/{name}/").get_data(as_text=True)
    assert "今日水位" in client.get("/").get_data(as_text=True), "it has its place in the menu"
