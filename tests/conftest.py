"""Plugins made for one test: real distributions on the path, found like any other."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shuixin.plugins import Found, discover
from shuixin.settings import Settings
from shuixin.wsgi import Switchboard

HEAD = "from shuixin.api import *\nfrom shuixin import contributions as c\n\n\n"
Install = Callable[..., Found]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a plugin: ``install("demo_one", body, requires=["shuixin-plugin-news"])``.

    *body* is the inside of the plugin class; ``module`` replaces the whole source.
    """
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)

    def make(
        name: str, body: str = "", *, requires: tuple[str, ...] = (), module: str = "", version: str = "1.0"
    ) -> Found:
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        source = (
            module or f'{HEAD}class It(Plugin):\n    id = "{name}"\n    label = "{name}"\n{lines}\n\n\nplugin = It()\n'
        )
        (folder / f"shuixin_{name}.py").write_text(source, "utf-8")
        distribution = f"shuixin-plugin-{name.replace('_', '-')}"
        info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{needs}")
        (info / "entry_points.txt").write_text(f"[shuixin.plugins]\n{name} = shuixin_{name}:plugin\n")
        importlib.invalidate_caches()
        return discover()[name]

    yield make
    for made in set(sys.modules) - before:
        if made.startswith("shuixin_"):
            del sys.modules[made]


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
