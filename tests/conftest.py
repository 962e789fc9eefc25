"""Plugins made for one test: real distributions on the path, found like any other."""

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from shuixin.plugins import Found, discover, modules
from shuixin.settings import Settings
from shuixin.testing.services import unavailable
from shuixin.wsgi import Switchboard

HEAD = "from shuixin.api import *\nfrom shuixin import contributions as c\n\n\n"
Install = Callable[..., Found]


CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        unavailable("browser", "Chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a plugin: ``install("demo_one", body, requires=["shuixin-plugin-news"])``.

    *body* is the inside of the plugin class; ``module`` replaces the whole source. Installed again with another
    ``version``, it takes the place of the one before, as with pip.
    """
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    made: set[str] = set()

    def make(
        name: str,
        body: str = "",
        *,
        requires: tuple[str, ...] = (),
        module: str = "",
        version: str = "1.0",
        summary: str = "",
    ) -> Found:
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        source = (
            module or f'{HEAD}class It(Plugin):\n    id = "{name}"\n    label = "{name}"\n{lines}\n\n\nplugin = It()\n'
        )
        (folder / f"shuixin_{name}.py").write_text(source, "utf-8")
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)  # two versions may come within one second
        distribution = f"shuixin-plugin-{name.replace('_', '-')}"
        for older in folder.glob(f"{distribution.replace('-', '_')}-*.dist-info"):
            shutil.rmtree(older)
        info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        needs = "".join(f"Requires-Dist: {each}\n" for each in requires) + f"Summary: {summary}\n"
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{needs}")
        (info / "entry_points.txt").write_text(f"[shuixin.plugins]\n{name} = shuixin_{name}:plugin\n")
        importlib.invalidate_caches()
        made.add(name)
        return discover()[name]

    yield make
    modules.forget(made)
    for module in set(sys.modules) - before:
        if module.startswith("shuixin_"):
            del sys.modules[module]


@pytest.fixture
def switchboard() -> Iterator[Callable[[Settings], Switchboard]]:
    """Make switchboards whose threads end with the test."""
    made: list[Switchboard] = []

    def make(settings: Settings) -> Switchboard:
        made.append(Switchboard(settings))
        return made[-1]

    yield make
    for board in made:
        board.close()
