"""The hook reference cannot rot: every hook is described, its example runs, somebody uses it, the file is current."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, get_type_hints

import build_hooks
import pytest
from build_hooks import CORE, PARTS, TARGET, Hook, collect, example_module, problems, render, result_types
from pydantic import SecretStr

from shuixin.app import create_app
from shuixin.contributions import Permission
from shuixin.hookspecs import RESULTS, hookspec
from shuixin.plugins import Found, Loaded, State
from shuixin.settings import Settings

ROOT = Path(__file__).parents[2]
HOOKS = collect()
GUIDES = (ROOT / "docs" / "plugin-author.md", ROOT / "docs" / "plugin-author.zh-CN.md")
each_hook = pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)


def test_the_reference_is_up_to_date() -> None:
    assert TARGET.read_text("utf-8") == render(HOOKS), "run: make docs"


def test_every_hook_of_the_core_is_collected_and_none_twice() -> None:
    assert {hook.name for hook in HOOKS if hook.owner == CORE} == set(RESULTS)
    assert len({hook.name for hook in HOOKS}) == len(HOOKS), "two hooks of one name"


@each_hook
def test_it_is_described_with_an_example_and_has_a_user(hook: Hook) -> None:
    assert problems(hook) == []


@each_hook
def test_the_guides_name_it(hook: Hook) -> None:
    assert [path.name for path in GUIDES if f"`{hook.name}`" not in path.read_text("utf-8")] == []


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if hook.owner == CORE], ids=lambda hook: hook.name)
def test_the_annotation_is_what_the_loader_demands(hook: Hook) -> None:
    expected, several = RESULTS[hook.name]
    result = get_type_hints(hook.function)["return"]
    assert result_types(hook) == ([] if expected is type else [expected])
    assert (getattr(result, "__origin__", None) is Sequence) is several


# --- the examples -----------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(secret_key=SecretStr("x" * 40), database_url="sqlite:///:memory:", data_dir=tmp_path)


def _requires(hook: Hook) -> tuple[str, ...]:
    return () if hook.owner == CORE else (f"shuixin-plugin-{hook.owner.replace('_', '-')}",)


def _contributed(loaded: Loaded, hook: Hook) -> list[Any]:
    found = loaded.contributions(hook.name) if hook.owner == CORE else loaded.extension(hook.name)
    return [item for plugin, item in found if plugin == "example"]


@each_hook
def test_its_example_is_collected_with_the_promised_type(
    hook: Hook, install: Callable[..., Found], settings: Settings
) -> None:
    found = install("example", module=example_module(hook), requires=_requires(hook))
    app = create_app(settings, {"example", *({hook.owner} - {CORE})})
    loaded: Loaded = app.extensions["shuixin"].loaded
    record = loaded.records["example"]
    assert record.state is State.ENABLED, f"{record.reason}\n{record.traceback}"
    plugin = found.entry.load()
    types = tuple(result_types(hook)) or _class_in_annotation(hook, plugin)
    items = _contributed(loaded, hook)
    assert items
    for item in items:
        parts = item if isinstance(item, tuple) else (item,)
        assert all(isinstance(each, types) or (isinstance(each, type) and issubclass(each, types)) for each in parts)


def _class_in_annotation(hook: Hook, plugin: object) -> tuple[type, ...]:
    """For a hook that returns classes: what the example's own annotation names."""
    found = tuple(build_hooks._types_in(get_type_hints(getattr(plugin, hook.name))["return"]))
    assert found, "the example does not say what it returns"
    return found


def test_the_examples_pass_the_strict_type_check(tmp_path: Path) -> None:
    for hook in HOOKS:
        (tmp_path / f"shuixin_example_{hook.name}.py").write_text(example_module(hook), "utf-8")
    roots = [ROOT / "core", *ROOT.glob("plugins/*/src"), tmp_path]
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "setup.cfg"), str(tmp_path)]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, roots))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# --- the check itself -------------------------------------------------------------------------------------------


def _with_doc(hook: Hook, doc: str | None) -> Hook:
    function = hook.function
    copy = FunctionType(function.__code__, function.__globals__, function.__name__)
    copy.__annotations__, copy.__doc__ = dict(function.__annotations__), doc
    return Hook(hook.name, hook.owner, copy, hook.users)


@each_hook
def test_taking_its_description_away_goes_red(hook: Hook) -> None:
    assert f"{hook.name} has no description" in problems(_with_doc(hook, None))
    without_example = build_hooks.FENCE.sub("", hook.doc)
    assert problems(_with_doc(hook, without_example)) == [f"{hook.name} has no example that implements it"]
    for part in PARTS:
        assert problems(_with_doc(hook, hook.doc.replace(f":{part}:", ""))) != []
    assert render([_with_doc(hook, hook.doc.replace(hook.meaning, "Other words."))]) != render([hook])


class Bare:
    """Specifications as nobody may leave them."""

    @hookspec
    def undocumented(self) -> Sequence[Permission]:
        raise NotImplementedError

    @hookspec
    def half_documented(self):
        """Something.

        :when: at each build.

        ```python
        @hookimpl
        def another_name(self):
            return ()
        ```
        """

    def no_hook(self) -> None: ...


def test_a_bare_specification_is_refused() -> None:
    found = {name: Hook(name, CORE, function) for name, function in build_hooks.specified(Bare)}
    assert list(found) == ["undocumented", "half_documented"]
    assert problems(found["undocumented"]) == [
        "undocumented has no description",
        "undocumented: the description has no :when:",
        "undocumented: the description has no :returns:",
        "undocumented: the description has no :fails:",
        "undocumented has no example that implements it",
        "undocumented is used by no plugin of this repository",
    ]
    assert problems(found["half_documented"]) == [
        "half_documented: the description has no :returns:",
        "half_documented: the description has no :fails:",
        "half_documented has no example that implements it",
        "half_documented: the result is not annotated",
        "half_documented is used by no plugin of this repository",
    ]


def test_a_new_hook_class_is_found_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    import shuixin.hookspecs as package

    late = type("LateHooks", (), {"undocumented": Bare.undocumented, "__module__": package.__name__})
    monkeypatch.setattr(package, "LateHooks", late, raising=False)
    assert late in build_hooks.core_specs()
    assert "undocumented" in [hook.name for hook in collect()]


def test_the_command_says_what_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_hooks, "TARGET", tmp_path / "hooks.md")
    assert build_hooks.main(["--check"]) == 1
    assert "make docs" in capsys.readouterr().err
    assert build_hooks.main([]) == 0
    assert build_hooks.main(["--check"]) == 0
    monkeypatch.setattr(build_hooks, "own_plugins", dict)
    assert build_hooks.main(["--check"]) == 1
    assert "used by no plugin" in capsys.readouterr().err
