"""Write ``tests/contract/public_api.txt``, what plugin authors rely on, from the sources: ``make api``.

One line for each public name of ``shuixin.api`` and ``shuixin.testing`` and for each hook, with its signature, fields
or members. The header says under which version and news fragments this state was accepted, sealed by a digest, so that
a change cannot slip in without words for the changelog: see :func:`accept`. Everything is read from sources rather
than from objects, whose printed forms differ between versions of Python.
"""

import ast
import hashlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from build_hooks import CORE, collect, signature

import shuixin.api
import shuixin.testing

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "tests" / "contract" / "public_api.txt"
CHANGES = ROOT / "changes"
#: Kinds of news fragments that tell plugin authors of a change; see ``changes/README.md``.
TELLING = ("feature", "removal")
HEAD = "# What plugins rely on. Written by `make api`; never edit it, a digest seals it.\n"


class Refusal(Exception):
    """The change cannot be accepted yet; the text says what to do."""


# --- what is public ---------------------------------------------------------------------------------------------


def public_lines() -> list[str]:
    """Return the whole public interface."""
    names = {name: getattr(shuixin.api, name) for name in shuixin.api.__all__}
    lines = [line for name in sorted(names) for line in described(f"shuixin.api.{name}", names[name], names)]
    for path in sorted(Path(str(shuixin.testing.__file__)).parent.rglob("*.py")):
        lines += testing_lines(path)
    hooks = [signature(hook).removeprefix("def ") for hook in collect() if hook.owner == CORE]
    return [*lines, *(f"hook {hook}" for hook in hooks)]


def described(name: str, value: object, exported: Mapping[str, object]) -> list[str]:
    """Return the lines of one public name."""
    value = inspect.unwrap(value) if callable(value) else value
    home = getattr(value, "__module__", "") or ""
    if isinstance(value, ModuleType):
        return [f"module {name}", *module_lines(name, value, exported)]
    if inspect.isclass(value):
        return class_lines(name, value, exported) if home.startswith("shuixin") else [f"class {name} from {home}"]
    if isinstance(value, FunctionType):
        node = _node(value)
        return [f"{name}{_signature(node)}"] if isinstance(node, ast.FunctionDef) else [f"{name} from {home}"]
    return [f"{name}: {type(value).__name__}"]


def module_lines(name: str, module: ModuleType, exported: Mapping[str, object]) -> list[str]:
    """Return the lines of a module's own public names: those of its ``__all__``, else what it defines itself."""
    listed = getattr(module, "__all__", None)
    own = [each for each, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    names = sorted(each for each in (listed or own) if not each.startswith("_"))
    return [line for each in names for line in described(f"{name}.{each}", getattr(module, each), exported)]


def class_lines(name: str, value: type, exported: Mapping[str, object]) -> list[str]:
    """Return the lines of a class: its own members, and those of bases of ours that have no name of their own here."""
    known = [each for each in exported.values() if inspect.isclass(each)]
    hidden = [each for each in value.__mro__[1:] if each.__module__.startswith("shuixin") and each not in known]
    bases = ", ".join(each.__name__ for each in value.__bases__ if each is not object)
    own = _node(value)
    marks = "".join(f"@{ast.unparse(mark)} " for mark in own.decorator_list) if isinstance(own, ast.ClassDef) else ""
    lines = [f"{marks}class {name}({bases})" if bases else f"{marks}class {name}"]
    for each in (value, *hidden):
        node = _node(each)
        if isinstance(node, ast.ClassDef):
            lines += [line for line in _members(node, name) if line not in lines]
    return lines


def testing_lines(path: Path) -> list[str]:
    """Return the lines of a module of ``shuixin.testing``: functions, classes and fixtures."""
    tree = ast.parse(path.read_text("utf-8"))
    place = path.relative_to(ROOT / "core").with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
    lines: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            fixture = "fixture " if any("fixture" in ast.unparse(each) for each in node.decorator_list) else ""
            lines.append(f"{fixture}{place}.{node.name}{_signature(node)}")
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            lines += [f"class {place}.{node.name}", *_members(node, f"{place}.{node.name}")]
    return lines


def _node(value: Any) -> ast.stmt | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(value))).body[0]
    except (OSError, TypeError):  # made at run time, such as the warning classes
        return None


def _signature(node: ast.FunctionDef) -> str:
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({ast.unparse(node.args)}){result}"


def _members(node: ast.ClassDef, name: str) -> Iterator[str]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            default = f" = {ast.unparse(each.value)}" if each.value else ""
            yield from _shown(name, each.target.id, f": {ast.unparse(each.annotation)}{default}")
        elif isinstance(each, ast.Assign):
            value = ast.unparse(each.value)
            for target in each.targets:
                yield from _shown(name, ast.unparse(target), f" = {value if len(value) <= 60 else '…'}")
        elif isinstance(each, ast.FunctionDef):
            marks = "".join(f"@{ast.unparse(mark)} " for mark in each.decorator_list)
            yield from (f"{marks}{line}" for line in _shown(name, each.name, _signature(each)))


def _shown(owner: str, member: str, rest: str) -> Iterator[str]:
    if not member.startswith("_") or member in ("__init__", "__call__"):
        yield f"{owner}.{member}{rest}"


# --- under what it was accepted ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Snapshot:
    """The file: the interface, and the version and news fragments that stood beside it when it was accepted.

    :param fragments: file name to digest, of all fragments there were.
    """

    lines: tuple[str, ...]
    version: str
    fragments: Mapping[str, str]

    def text(self) -> str:
        """Return the file."""
        news = "".join(f"# news: {name} {digest}\n" for name, digest in sorted(self.fragments.items()))
        return f"{HEAD}# version: {self.version}\n{news}# sealed: {self.seal()}\n" + "\n".join(self.lines) + "\n"

    def seal(self) -> str:
        """Return a digest over all of it."""
        return _digest("\n".join([self.version, *(f"{k} {v}" for k, v in sorted(self.fragments.items())), *self.lines]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read(text: str) -> Snapshot:
    """Return the snapshot that *text* holds.

    :raises Refusal: it was edited by hand, or merged by a tool.
    """
    head = dict(re.findall(r"^# (version|sealed): (.*)$", text, re.MULTILINE))
    news = dict(re.findall(r"^# news: (\S+) (\S+)$", text, re.MULTILINE))
    lines = tuple(line for line in text.splitlines() if not line.startswith("#"))
    found = Snapshot(lines, head.get("version", ""), news)
    if head.get("sealed") != found.seal():
        raise Refusal("public_api.txt was edited or merged by hand: write a news fragment, then run: make api")
    return found


def present(folder: Path = CHANGES) -> dict[str, str]:
    """Return the news fragments that tell plugin authors something, with their digests."""
    kinds = "|".join(TELLING)
    paths = [path for path in folder.glob("*.md") if re.search(rf"\.({kinds})(\.\d+)?\.md$", path.name)]
    return {path.name: _digest(path.read_text("utf-8").strip()) for path in sorted(paths)}


def accept(last: Snapshot | None, lines: Sequence[str], version: str, fragments: Mapping[str, str]) -> Snapshot:
    """Return the next snapshot.

    :raises Refusal: the interface differs from the *last* one, the version is the same, and no fragment is new.
    """
    told = last is None or last.version != version or set(fragments.items()) - set(last.fragments.items())
    if last is not None and tuple(lines) != last.lines and not told:
        raise Refusal(
            "The public interface changes, and nobody is told: write a news fragment (changes/README.md; feature for "
            "additions, removal for what goes or needs work), or raise the version, then run: make api\n"
            + "\n".join(differences(last.lines, lines))
        )
    return Snapshot(tuple(lines), version, dict(fragments))


def differences(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return what went and what came, a line each."""
    gone = [f"- {line}" for line in before if line not in after]
    return [*gone, *(f"+ {line}" for line in after if line not in before)]


def shortcomings(stored: str, lines: Sequence[str], version: str, fragments: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the *stored* file, each as a sentence; nothing if it is as it should be."""
    try:
        last = read(stored)
    except Refusal as refusal:
        return [str(refusal)]
    found = []
    if changed := differences(last.lines, lines):
        found.append(
            "The public interface changed: write a news fragment or raise the version, then run: make api\n"
            + "\n".join(changed)
        )
    if last.version != version:
        found.append(f"public_api.txt is of version {last.version}, this is {version}; run: make api")
    elif lost := sorted(set(last.fragments) - set(fragments)):
        found.append(f"The fragments that told of the interface are gone: {', '.join(lost)}")
    return found


def main(_arguments: Sequence[str]) -> int:
    """Write the snapshot; exit code 1 when the change is not told to anybody."""
    stored = TARGET.read_text("utf-8") if TARGET.is_file() else ""
    try:
        last = read(stored) if stored else None
    except Refusal:
        # After a merge neither side's seal holds, and both sides have told their part: every fragment counts as new.
        last = Snapshot((), shuixin.__version__, {})
    try:
        accepted = accept(last, public_lines(), shuixin.__version__, present())
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    TARGET.write_text(accepted.text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
