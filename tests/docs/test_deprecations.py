"""Deprecations: the warning names replacement and version, hooks warn too, and nothing outlives its removal."""

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pluggy
import pytest
from packaging.version import Version

import shuixin
from shuixin import deprecation
from shuixin.api import ShuixinDeprecationWarning, deprecated, hookimpl, removed_in
from shuixin.hookspecs import PROJECT
from shuixin.plugins import Found, load_plugins
from shuixin.plugins.discovery import discover

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "plugin-author.md"
SOURCES = [path for folder in (ROOT / "core", *ROOT.glob("plugins/*/src")) for path in folder.rglob("*.py")]
CALLS = {"deprecated": 2, "Deprecation": 2, "removed_in": 0}
WARNING = re.compile(r"RemovedIn(\d+)_(\d+)Warning")


# --- nothing outlives its removal -------------------------------------------------------------------------------


def removals(source: str) -> Iterator[tuple[int, str]]:
    """Line and version of every removal that *source* announces; ``"?"`` where the version is not written out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func).split(".")[-1]) in CALLS:
            named = [each.value for each in node.keywords if each.arg == "removal"]
            given = [*named, *node.args[CALLS[name] : CALLS[name] + 1]]
            literal = given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str)
            yield node.lineno, given[0].value if literal else "?"
        elif isinstance(node, ast.Name | ast.Attribute | ast.alias):
            name = {ast.Name: "id", ast.Attribute: "attr", ast.alias: "name"}[type(node)]
            if found := WARNING.fullmatch(getattr(node, name)):
                yield node.lineno, ".".join(found.groups())


def overdue(source: str, version: str) -> list[tuple[int, str]]:
    """Return what should be gone in *version*; a release candidate counts as the release."""
    now = Version(version).release[:2]
    return [(line, each) for line, each in removals(source) if each == "?" or Version(each).release[:2] <= now]


def test_what_was_to_go_by_now_is_gone() -> None:
    # The module of the deprecations itself passes versions on; it announces none.
    paths = [path for path in SOURCES if path != Path(deprecation.__file__)]
    found = {
        path.relative_to(ROOT).as_posix(): late
        for path in paths
        if (late := overdue(path.read_text("utf-8"), shuixin.__version__))
    }
    assert found == {}, "take it out, or move the removal"


@pytest.mark.parametrize(
    ("source", "version", "lines"),
    [
        ('@deprecated("a()", "b()", "0.3")\ndef a(): ...', "0.2.9", []),
        ('@deprecated("a()", "b()", "0.3")\ndef a(): ...', "0.3.0", [1]),
        ('@deprecated("a()", "b()", "0.3")\ndef a(): ...', "0.3.0rc1", [1]),
        ('@deprecated("a()", "b()", removal="0.3")\ndef a(): ...', "1.0.0", [1]),
        ('api.deprecated("a", "b", removal="0.10").warn()', "0.9.1", []),
        ('warn("x", removed_in("0.3"))', "0.4.0", [1]),
        ("from shuixin.deprecation import RemovedIn0_3Warning\nx = RemovedIn0_3Warning", "0.3.0", [1, 2]),
        ('WHEN = "9.0"\ndeprecated("a", "b", WHEN)', "0.1.0", [2]),
        ("deprecated = 1", "0.1.0", []),
    ],
)
def test_the_search_itself(source: str, version: str, lines: list[int]) -> None:
    assert [line for line, _removal in overdue(source, version)] == lines


# --- the warnings -----------------------------------------------------------------------------------------------


def test_each_version_has_a_class_of_its_own() -> None:
    one = removed_in("9.8")
    assert one.__name__ == "RemovedIn9_8Warning"
    assert one is removed_in("9.8") is deprecation.RemovedIn9_8Warning
    assert issubclass(one, ShuixinDeprecationWarning)
    assert issubclass(one, DeprecationWarning)
    assert not issubclass(removed_in("9.9"), one)
    assert (one.removal, ShuixinDeprecationWarning.removal) == ("9.8", "")
    with pytest.raises(AttributeError, match="RemovedSoonWarning"):
        _ = deprecation.RemovedSoonWarning


@pytest.mark.parametrize("removal", ["", "1", "0.3.1", "next", "0.3rc1"])
def test_a_removal_is_a_minor_version(removal: str) -> None:
    with pytest.raises(ValueError, match="minor version"):
        deprecated("a()", "b()", removal)


def test_a_function_warns_its_caller_and_works_on() -> None:
    @deprecated("double()", "twice()", removal="9.9")
    def double(number: int) -> int:
        """Say so."""
        return 2 * number

    expected = r"double\(\) is deprecated and will be removed in Shuixin 9\.9; use twice\(\)"
    with pytest.warns(removed_in("9.9"), match=expected) as caught:
        assert double(4) == 8
    assert caught[0].filename == __file__
    assert (double.__name__, double.__doc__) == ("double", "Say so.")


def test_an_argument_warns_the_caller() -> None:
    def find(name: str = "", *, login: str = "") -> str:
        if login:
            deprecated("find(login=)", "find(name)", removal="9.9").warn()
        return name or login

    with pytest.warns(ShuixinDeprecationWarning, match="find") as caught:
        assert find(login="wang") == "wang"
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find("wang") == "wang"


GUIDE_HOOK = """
from shuixin.api import *


class Hooks:
    @hookspec(warn_on_impl=deprecated("the hook stations", "the hook gauges", removal="9.9").warning())
    def stations(self):
        raise NotImplementedError


class It(Plugin):
    id = "{name}"
    hookspecs = {offers}
    {implementation}


plugin = It()
"""


def test_a_deprecated_hook_warns_whoever_implements_it(install: Callable[..., Found]) -> None:
    install("water", module=GUIDE_HOOK.format(name="water", offers="(Hooks,)", implementation=""))
    body = "stations = hookimpl(lambda self: ['黄石港'])"
    module = GUIDE_HOOK.format(name="later", offers="()", implementation=body)
    install("later", module=module, requires=("shuixin-plugin-water",))
    with pytest.warns(removed_in("9.9"), match="the hook stations is deprecated .* Shuixin 9.9; use the hook gauges"):
        loaded = load_plugins(discover(), {"water", "later"}, {})
    assert loaded.extension("stations") == [("later", "黄石港")], "it works until it goes"


def test_the_example_of_the_guide_runs() -> None:
    (block,) = [
        each for each in re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL) if "deprecated" in each
    ]
    names: dict[str, Any] = {}
    exec(compile(block, str(GUIDE), "exec"), names)
    with pytest.warns(ShuixinDeprecationWarning, match=r"level\(\) is deprecated .* use level_of\(\)"):
        assert names["level"]("黄石港") == 18.42
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(names["StationHooks"])
    user = type("User", (), {"stations": hookimpl(lambda self: [])})
    with pytest.warns(ShuixinDeprecationWarning, match="the hook stations"):
        manager.register(user())
