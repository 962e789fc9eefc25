"""Write ``docs/hooks.md``, the reference of all extension points, from the code: ``make docs``.

Nothing in the reference is written twice. Signatures, descriptions and examples come from the specifications, fields
from the values that hooks return, users from the plugins of this repository. ``--check`` only says whether the file
is up to date. Tests use :func:`collect`, :func:`problems` and :func:`example_module`.
"""

import ast
import builtins
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import shuixin.api
import shuixin.hookspecs
from shuixin.plugins import Plugin, discover

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "hooks.md"
CORE = "shuixin"
#: Parts that every description must have, with the words of the reference.
PARTS = {"when": "Called", "returns": "Returns", "fails": "If it raises"}
FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)
#: Names that examples may use beside those of the public modules.
STANDARD = {"Callable": "collections.abc", "Sequence": "collections.abc", "Path": "pathlib"}


@dataclass(frozen=True)
class Hook:
    """One extension point.

    :param owner: ``shuixin`` or the id of the plugin that offers it.
    :param users: ids of the plugins of this repository that implement it.
    """

    name: str
    owner: str
    function: FunctionType
    users: tuple[str, ...] = ()

    @property
    def doc(self) -> str:
        """The description without its indentation."""
        return inspect.cleandoc(self.function.__doc__ or "")

    @property
    def example(self) -> str:
        """The code of the example, ``""`` if there is none."""
        found = FENCE.search(self.doc)
        return found.group(1) if found else ""

    @property
    def meaning(self) -> str:
        """What stands before the parts."""
        return re.split(r"^(?::\w+:|```)", self.doc, maxsplit=1, flags=re.MULTILINE)[0].strip()

    def part(self, name: str) -> str:
        """Return the text of a part such as ``when`` in one line, ``""`` if there is none."""
        prose = FENCE.sub("", self.doc)
        found = re.search(rf"^:{name}:(.*?)(?=^:\w+:|\Z)", prose, re.DOTALL | re.MULTILINE)
        return " ".join(found.group(1).split()) if found else ""


# --- what there is ----------------------------------------------------------------------------------------------


def own_plugins() -> dict[str, Plugin]:
    """Return the plugins of this repository by id."""
    ids = {path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")}
    return {name: found.entry.load() for name, found in discover().items() if name in ids}


def core_specs() -> list[type]:
    """Return the classes of specifications in ``shuixin.hookspecs``, whichever of its modules they stand in."""
    package = shuixin.hookspecs
    names = [package.__name__, *(each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))]
    modules = [importlib.import_module(name) for name in names]
    return [each for module in modules for each in vars(module).values() if _is_spec(each, module)]


def _is_spec(value: object, module: ModuleType) -> bool:
    return inspect.isclass(value) and value.__module__ == module.__name__ and any(specified(value))


def specified(spec: type) -> Iterator[tuple[str, FunctionType]]:
    """Yield name and function of the hooks that the class *spec* specifies, in the order of the source."""
    for name, value in vars(spec).items():
        if isinstance(value, FunctionType) and hasattr(value, f"{shuixin.hookspecs.PROJECT}_spec"):
            yield name, value


def implemented(plugin: Plugin) -> set[str]:
    """Return the names of the hooks that *plugin* implements."""
    mark = f"{shuixin.hookspecs.PROJECT}_impl"
    methods = {name: getattr(type(plugin), name, None) for name in dir(type(plugin))}
    marks = {name: getattr(method, mark, None) for name, method in methods.items()}
    return {options.get("specname") or name for name, options in marks.items() if options is not None}


def collect() -> list[Hook]:
    """Return all hooks: the core's, then those that plugins of this repository offer."""
    plugins = own_plugins()
    specs = [(CORE, spec) for spec in core_specs()]
    specs += [(name, spec) for name, plugin in plugins.items() for spec in plugin.hookspecs]
    used = {name: implemented(plugin) for name, plugin in plugins.items()}
    return [
        Hook(name, owner, function, tuple(plugin for plugin, hooks in used.items() if name in hooks))
        for owner, spec in specs
        for name, function in specified(spec)
    ]


def problems(hook: Hook) -> list[str]:
    """Return what *hook* lacks to be in the reference, each as a sentence."""
    lacking = [] if hook.meaning else [f"{hook.name} has no description"]
    lacking += [f"{hook.name}: the description has no :{part}:" for part in PARTS if not hook.part(part)]
    if not _implements(hook.example, hook.name):
        lacking.append(f"{hook.name} has no example that implements it")
    if "return" not in hook.function.__annotations__:
        lacking.append(f"{hook.name}: the result is not annotated")
    if not hook.users:
        lacking.append(f"{hook.name} is used by no plugin of this repository")
    return lacking


def _implements(example: str, name: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.parse(example).body)


# --- the example as a whole module ------------------------------------------------------------------------------


def example_module(hook: Hook) -> str:
    """Return the example as the whole ``plugin.py`` of a plugin called ``example``.

    Functions marked with ``hookimpl`` become methods, everything else stands above the class; imports are added.
    """
    tree = ast.parse(hook.example)
    lines = hook.example.splitlines()
    methods = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_hookimpl(node)]
    inner = "\n\n".join(textwrap.indent(_source(lines, node), "    ") for node in methods)
    above = lines.copy()
    for node in methods:
        above[_first(node) - 1 : node.end_lineno] = [""] * ((node.end_lineno or 0) - _first(node) + 1)
    body = "\n".join(above).strip()
    own, rest = _split_imports(body)
    parts = [
        _imports(hook, tree, own),
        '_ = domain("example")',
        rest,
        f'class Example(Plugin):\n    id = "example"\n    label = _("示例")\n\n{inner}',
        "plugin = Example()",
    ]
    return re.sub(r"\n{4,}", "\n\n\n", "\n\n\n".join(part for part in parts if part)).replace(
        '\n\n\n_ = domain("example")', '\n\n_ = domain("example")'
    )


def _is_hookimpl(node: ast.FunctionDef) -> bool:
    marks = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    return any(isinstance(each, ast.Name) and each.id == "hookimpl" for each in marks)


def _first(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _source(lines: list[str], node: ast.FunctionDef) -> str:
    return "\n".join(lines[_first(node) - 1 : node.end_lineno])


def _split_imports(body: str) -> tuple[list[str], str]:
    """Part the import lines of an example from the rest."""
    lines = body.splitlines()
    own = [line for line in lines if re.match(r"(from|import) ", line)]
    return own, "\n".join(line for line in lines if line not in own).strip()


def _imports(hook: Hook, tree: ast.Module, own: list[str]) -> str:
    wanted = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {"Plugin", "domain"}
    given = {name.strip() for line in own for name in line.partition("import ")[2].split(",")}
    wanted -= {*given, *dir(builtins)}
    standard = [f"from {module} import {name}" for name, module in STANDARD.items() if name in wanted]
    standard += [line for line in own if line.split()[1] in sys.stdlib_module_names]
    public = [("shuixin.api", shuixin.api)]
    if hook.owner != CORE:
        name = f"shuixin_{hook.owner}.api"
        public.append((name, importlib.import_module(name)))
    ours: list[str] = []
    for name, module in public:
        names = sorted(wanted & set(module.__all__), key=lambda each: (each.islower(), each))
        wanted -= set(names)
        ours += [f"from {name} import {', '.join(names)}"] if names else []
    theirs = [line for line in own if line not in standard]
    return "\n\n".join("\n".join(sorted(block)) for block in (standard, theirs, ours) if block)


# --- what it returns --------------------------------------------------------------------------------------------


def result_types(hook: Hook) -> list[type]:
    """Return the frozen values of the platform that stand in the annotation of the result."""
    hints = get_type_hints(hook.function)
    return [each for each in _types_in(hints.get("return")) if is_dataclass(each)]


def _types_in(annotation: Any) -> Iterator[type]:
    if get_origin(annotation) is Callable:
        yield Callable
        return
    if get_origin(annotation) is None and isinstance(annotation, type):
        yield annotation
    for part in get_args(annotation):
        yield from _types_in(part)


@dataclass(frozen=True)
class FieldLine:
    """One field of a value: as the source writes it, with its description."""

    name: str
    type: str
    default: str
    description: str


def field_lines(value: type) -> list[FieldLine]:
    """Return the fields of the dataclass *value* as they stand in its source, described by its docstring."""
    source = textwrap.dedent(inspect.getsource(value))
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    nodes = {
        node.target.id: node
        for node in body.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    described = _described(value, source.splitlines(), nodes)
    found = []
    for each in fields(value):
        node = nodes[each.name]
        optional = each.default is not MISSING or each.default_factory is not MISSING
        default = "empty" if node.value is not None and each.default is MISSING else ""
        if optional and each.default is not MISSING and node.value is not None:
            default = ast.unparse(node.value)
        found.append(FieldLine(each.name, ast.unparse(node.annotation), default, described.get(each.name, "")))
    return found


def _described(value: type, lines: list[str], nodes: dict[str, ast.AnnAssign]) -> dict[str, str]:
    doc = inspect.cleandoc(value.__doc__ or "")
    found = re.findall(r"^:param (\w+):(.*?)(?=^:param|\Z)", doc, re.DOTALL | re.MULTILINE)
    described = {name: " ".join(text.split()) for name, text in found}
    for name, node in nodes.items():
        before = node.lineno - 2
        if lines[before].strip().startswith("#:"):
            described[name] = lines[before].strip().removeprefix("#:").strip()
    return described


# --- the reference ----------------------------------------------------------------------------------------------


def words(text: str) -> str:
    """Turn the marks of a docstring into those of Markdown."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")


def signature(hook: Hook) -> str:
    """Return the hook's first line as the source writes it."""
    source = textwrap.dedent(inspect.getsource(hook.function))
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"def {node.name}({ast.unparse(node.args)}){result}"


def render(hooks: Sequence[Hook]) -> str:
    """Return the whole reference."""
    head = (
        "# Hooks\n\n"
        "<!-- Written by `make docs` from the specifications. Do not edit. -->\n\n"
        "A plugin implements a hook as a method of its plugin object, marked with `hookimpl`; see "
        "[Writing a plugin](plugin-author.md). Hooks return frozen values, which are collected once for each built "
        "application, plugin by plugin, dependencies first, and checked for type and ownership. Every example below "
        "is a whole `plugin.py` for a plugin with the id `example`; tests install and load each of them.\n"
    )
    return "\n".join([head, *_contents(hooks), *(_section(hook) for hook in hooks)]).rstrip() + "\n"


def _contents(hooks: Iterable[Hook]) -> list[str]:
    rows = ["| hook | offered by | for | used by |", "| --- | --- | --- | --- |"]
    for hook in hooks:
        first = words(hook.meaning.split("\n\n")[0].replace("\n", " "))
        users = ", ".join(f"`{name}`" for name in hook.users)
        rows.append(f"| [`{hook.name}`](#{hook.name}) | `{hook.owner}` | {first.replace('|', '/')} | {users} |")
    return [*rows, ""]


def _section(hook: Hook) -> str:
    parts = [f"- **{label}**: {words(hook.part(part))}" for part, label in PARTS.items()]
    parts.append(f"- **Offered by**: `{hook.owner}`")
    parts.append(f"- **Used by**: {', '.join(f'`{name}`' for name in hook.users)}")
    blocks = [
        f"## {hook.name}",
        f"```python\n{signature(hook)}\n```",
        words(hook.meaning),
        "\n".join(parts),
        *(_value(each) for each in result_types(hook)),
        f"```python\n{example_module(hook)}\n```",
    ]
    return "\n\n".join(blocks) + "\n"


def _value(value: type) -> str:
    meaning = re.split(r"^:param", inspect.cleandoc(value.__doc__ or ""), maxsplit=1, flags=re.MULTILINE)[0].strip()
    rows = ["| field | type | default | meaning |", "| --- | --- | --- | --- |"]
    for line in field_lines(value):
        default = f"`{line.default}`" if line.default and line.default != "empty" else line.default
        kind = line.type.replace("|", "\\|")
        rows.append(f"| `{line.name}` | `{kind}` | {default} | {words(line.description)} |")
    return f"`{value.__name__}`: {words(' '.join(meaning.split()))}\n\n" + "\n".join(rows)


def main(arguments: Sequence[str]) -> int:
    """Write the reference, or with ``--check`` only compare; exit code 1 when a hook lacks something."""
    hooks = collect()
    lacking = [problem for hook in hooks for problem in problems(hook)]
    for problem in lacking:
        print(problem, file=sys.stderr)
    if lacking:
        return 1
    text = render(hooks)
    if "--check" not in arguments:
        TARGET.write_text(text, "utf-8")
    elif not TARGET.is_file() or TARGET.read_text("utf-8") != text:
        print("docs/hooks.md is out of date: make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
