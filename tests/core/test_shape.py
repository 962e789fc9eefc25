"""The shape of the tree, measured by reading it: sizes, names, and rules that no linter knows.

Every failure lists the worst places first. Rooms are allowed by name, with the reason beside them; a new name in one
of the lists is a decision to be reviewed, not a formality.
"""

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core" / "shuixin"
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
#: Where HTML text is made from trusted parts; everything else goes through templates or the sanitizer.
MARKUP_ROOMS = {
    "core/shuixin/kit/sanitizing": "the sanitizer itself",
    "core/shuixin/pages/site.py": "blocks of the front page, rendered by templates of plugins",
}
#: Templates that may print HTML as it is, each with its reason.
SAFE_TEMPLATES: dict[str, str] = {}
#: Rooms that may speak SQL; the last one makes and empties scratch databases.
SQL_ROOMS = ("core/shuixin/database", "core/shuixin/kit/search", "core/shuixin/testing")
#: What a plugin may import of the core.
PUBLIC_CORE = ("shuixin.api", "shuixin.testing")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def sources(*folders: Path) -> list[Path]:
    """All Python files of the core and the plugins but migration steps (``0001_…``), which a tool writes."""
    chosen = folders or (CORE, *(plugin / "src" for plugin in PLUGINS))
    found = {path for folder in chosen for path in folder.rglob("*.py")}
    return sorted(path for path in found if not re.match(r"\d{4}_", path.name))


def templates() -> list[Path]:
    return sorted(path for folder in (CORE, *PLUGINS) for path in folder.rglob("templates/**/*.html"))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Lines from ``def`` to the end, the docstring apart."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def lengths() -> list[tuple[int, str]]:
    paths = [*sources(), ROOT / "bootstrap.py"]
    return sorted(
        ((length(each), f"{name(path)}:{each.lineno} {each.name}") for path in paths for each in functions(path)),
        reverse=True,
    )


def listed(offenders: Iterable[object]) -> str:
    """The first twenty offenders, one a line."""
    return "\n".join(["", *(str(each) for each in list(offenders)[:20])])


def inside(path: Path, rooms: Iterable[str]) -> bool:
    own = name(path)
    return any(own in (room, f"{room}.py") or own.startswith(f"{room}/") for room in rooms)


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each call."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each import; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)


# --- sizes ------------------------------------------------------------------------------------------------------


def test_no_function_is_longer_than_60_lines():
    over = [each for each in lengths() if each[0] > 60]
    assert not over, listed(over)


def test_nine_functions_of_ten_have_at_most_20_lines():
    found = lengths()
    share = sum(1 for each in found if each[0] <= 20) / len(found)
    assert share >= 0.9, f"{share:.1%} of {len(found)} functions" + listed(found)


def test_no_file_is_longer_than_500_lines():
    sizes = sorted(((lines(path), name(path)) for path in (*sources(), ROOT / "bootstrap.py")), reverse=True)
    over = [each for each in sizes if each[0] > 500]
    assert not over, listed(over)


def code_lines(path: Path) -> int:
    """Lines that hold code: docstrings, comments and blank lines apart (docs/decisions/0007)."""
    documented = {
        line
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node, clean=False) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    quiet = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    with path.open("rb") as file:
        tokens = [each for each in tokenize.tokenize(file.readline) if each.type not in quiet | {tokenize.ENCODING}]
    return len({line for each in tokens for line in range(each.start[0], each.end[0] + 1)} - documented)


def test_assembly_and_platform_stay_within_8900_lines():
    ground = ("core/shuixin/kit", "core/shuixin/database", "core/shuixin/errors", "core/shuixin/scaffold")
    rooms = [path for path in CORE.rglob("*.py") if not inside(path, ground)]
    sizes = sorted(((code_lines(path), name(path)) for path in rooms), reverse=True)
    total = sum(size for size, _path in sizes)
    assert total <= 8900, f"{total} lines" + listed(sizes)


def test_each_kit_room_stays_within_600_lines():
    rooms = [path for path in (CORE / "kit").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    sizes = {room.stem: lines(room) if room.is_file() else sum(map(lines, room.rglob("*.py"))) for room in rooms}
    over = sorted(((size, room) for room, size in sizes.items() if size > 600), reverse=True)
    assert not over, listed(over)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_plugin_file_tells_everything_within_80_lines(plugin):
    file = plugin / "src" / f"shuixin_{plugin.name}" / "plugin.py"
    assert file.is_file(), f"{plugin.name} has no plugin.py"
    assert lines(file) <= 80, f"{name(file)}: {lines(file)} lines"


# --- names and annotations --------------------------------------------------------------------------------------


def test_no_room_without_a_subject():
    vague = {"utils", "util", "common", "misc", "helpers"}
    found = [name(path) for path in sources() if path.stem in vague or vague & set(path.relative_to(ROOT).parts)]
    assert not found, listed(found)


def unannotated(function: Function) -> list[str]:
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    if plain and plain[0].arg in ("self", "cls", "mcs"):
        plain = plain[1:]
    every = [*plain, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
    return [each.arg for each in every if each.annotation is None] + (["return"] if function.returns is None else [])


def test_every_function_is_annotated():
    found = [
        f"{name(path)}:{each.lineno} {each.name}: {', '.join(missing)}"
        for path in sources()
        for each in functions(path)
        if (missing := unannotated(each))
    ]
    assert not found, listed(found)


# --- one room each ----------------------------------------------------------------------------------------------


def test_time_is_asked_of_the_clock_only():
    pattern = re.compile(r"(^|\.)(datetime\.now|datetime\.today|utcnow|date\.today|time\.time)$")
    found = [
        f"{name(path)}:{line} {call}()"
        for path in sources()
        if name(path) != "core/shuixin/kit/clock.py"
        for line, call in calls(path)
        if pattern.search(call)
    ]
    assert not found, listed(found)


def test_html_is_made_in_its_rooms_only():
    found = [
        f"{name(path)}:{line} {call}()"
        for path in sources()
        if not inside(path, MARKUP_ROOMS)
        for line, call in calls(path)
        if call.split(".")[-1] == "Markup"
    ]
    assert not found, listed(found)


def test_sql_is_spoken_in_its_rooms_only():
    found = [
        f"{name(path)}:{line} {call}()"
        for path in sources()
        if not inside(path, SQL_ROOMS)
        for line, call in calls(path)
        if call.split(".")[-1] in ("execute_sql", "SQL")
    ]
    assert not found, listed(found)


def test_lists_of_the_office_stand_on_the_hardened_base():
    found = [
        f"{name(path)}:{line} {target}"
        for path in sources()
        if not inside(path, ["core/shuixin/office"])
        for line, target in imported(path)
        if target.startswith("flask_admin")
    ]
    assert not found, listed(found)


def test_the_office_itself_takes_their_list_in_one_place():
    found = [
        f"{name(path)}:{line} {target}"
        for path in sources()
        if name(path) != "core/shuixin/office/bases.py"
        for line, target in imported(path)
        if target.startswith(("flask_admin.contrib", "flask_admin.model"))
    ]
    assert not found, listed(found)


def test_rules_know_nothing_of_the_web():
    services = [path for path in sources() if path.name == "services.py" or "services" in path.relative_to(ROOT).parts]
    web = ("flask", "werkzeug", "wtforms", "jinja2", "markupsafe")
    found = [
        f"{name(path)}:{line} {target}"
        for path in services
        for line, target in imported(path)
        if target.split(".")[0].split("_")[0] in web
    ]
    assert not found, listed(found)


# --- who may import whom: plugins -------------------------------------------------------------------------------


def refused_import(own: str, target: str) -> bool:
    """Whether package *own* may not import *target*: of the core its public modules, of neighbours their ``api``."""
    package = target.split(".", maxsplit=1)[0]
    if package == "shuixin":
        return not any(target == public or target.startswith(f"{public}.") for public in PUBLIC_CORE)
    if package.startswith("shuixin_") and package != own:
        return target != f"{package}.api" and not target.startswith(f"{package}.api.")
    return False


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_plugin_imports_public_modules_only(plugin):
    found = [
        f"{name(path)}:{line} {target}"
        for path in sources(plugin / "src")
        for line, target in imported(path)
        if refused_import(f"shuixin_{plugin.name}", target)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_plugin_declares_the_neighbours_it_imports(plugin):
    declared = (plugin / "pyproject.toml").read_text("utf-8")
    wanted = {target.split(".")[0] for path in sources(plugin / "src") for _line, target in imported(path)}
    neighbours = {each.removeprefix("shuixin_") for each in wanted if each.startswith("shuixin_")} - {plugin.name}
    missing = [each for each in neighbours if f"shuixin-plugin-{each.replace('_', '-')}" not in declared]
    assert not missing, listed(missing)


def test_core_imports_no_plugin():
    found = [
        f"{name(path)}:{line} {target}"
        for path in sources(CORE)
        for line, target in imported(path)
        if target.startswith("shuixin_")
    ]
    assert not found, listed(found)


@pytest.mark.parametrize(
    ("target", "refused"),
    [
        ("shuixin.api.clock", False),
        ("shuixin.testing.people", False),
        ("shuixin.kit.clock", True),
        ("shuixin.apis.clock", True),
        ("shuixin_news.models", False),
        ("shuixin_portal.api.links", False),
        ("shuixin_portal.models.Link", True),
        ("flask.Blueprint", False),
    ],
)
def test_import_rule_itself(target, refused):
    assert refused_import("shuixin_news", target) is refused


# --- templates: the strict Content-Security-Policy --------------------------------------------------------------

COMMENT = re.compile(r"{#.*?#}|<!--.*?-->", re.DOTALL)
STATEMENT = re.compile(r"{%.*?%}", re.DOTALL)
FORBIDDEN = {
    "style attribute": re.compile(r"\bstyle\s*=\s*[\"'{]"),
    "style element": re.compile(r"<style\b"),
    "inline handler": re.compile(r"<[a-zA-Z][^<>]*\son[a-z]+\s*="),
    "javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "inline script": re.compile(r"<script\b(?![^>]*\b(?:src=|type=[\"']application/(?:ld\+)?json))"),
}


def blank(found: re.Match[str]) -> str:
    """Blank a stretch, lines kept, so that line numbers stay right."""
    return "\n" * found.group().count("\n")


def breaches(text: str) -> Iterator[tuple[int, str]]:
    """Line and kind of everything in a template that the policy would block."""
    bare = STATEMENT.sub(blank, COMMENT.sub(blank, text))
    for kind, pattern in FORBIDDEN.items():
        yield from ((bare[: match.start()].count("\n") + 1, kind) for match in pattern.finditer(bare))


def test_templates_hold_to_the_content_security_policy():
    found = [f"{name(path)}:{line} {kind}" for path in templates() for line, kind in breaches(path.read_text("utf-8"))]
    assert not found, listed(found)


def test_templates_escape_everything():
    raw = re.compile(r"\|\s*safe\b|autoescape\s+false")
    found = [
        f"{name(path)}:{number} {line.strip()[:80]}"
        for path in templates()
        if name(path) not in SAFE_TEMPLATES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if raw.search(line)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('<p class="a">\n<b style="x">', ["style attribute"]),
        ('<a href="#" onclick="go()">', ["inline handler"]),
        ('<a href="javascript:void(0)">', ["javascript: address"]),
        ("<script>go()</script>", ["inline script"]),
        ('<script src="/static/a.js" defer></script>', []),
        ('<script type="application/json">{}</script>', []),
        ('{# style="x" #}{% set once = "a" %}<p>on = off</p>', []),
        ('{{ field(style="x") }}', ["style attribute"]),
    ],
)
def test_breaches_are_seen(text, kinds):
    assert [kind for _line, kind in breaches(text)] == kinds
