#!/usr/bin/env python3
"""Make the environment and run a target in it: ``python3 bootstrap.py run`` is all that a fresh machine needs.

Standard library only; Linux, macOS, Windows. ``make`` calls this file, and so can people without make. The first call
makes ``.venv``, installs the locked, hash-pinned set (from ``wheels/`` where that folder is filled, so without a
network) and the core with all plugins; a stamp lets later calls skip that. This file must also *parse* on old
interpreters, or they could not be told what is wrong; hence no newer syntax.
"""

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

NEEDED = (3, 11)
VERSION = "{}.{}".format(*sys.version_info)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "shuixin-stamp.json"
#: Lies in ``.venv`` while something is being installed; found at a start, it says that the last one was cut short.
UNFINISHED = VENV / "shuixin-unfinished"
WHEELS = ROOT / "wheels"
LOCAL = ROOT / "config" / "local.toml"
LEFTOVERS = shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__", "*.pyc", ".*_cache")


class Stop(Exception):
    """The work cannot go on; the text is the one line that says what to do."""


# --- running things ---------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Print a line of progress."""
    print(text, flush=True)


def environment() -> "dict[str, str]":
    """Return the environment for programs in ``.venv``: nothing that points elsewhere, and UTF-8 everywhere."""
    found = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    found.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", VIRTUAL_ENV=str(VENV))
    found.setdefault("PYTHONUTF8", "1")
    return found


def call(*command: str, **extra: str) -> int:
    """Run a program to its end and return its exit code; when we are stopped, it is stopped first."""
    process = subprocess.Popen(command, cwd=str(ROOT), env={**environment(), **extra})
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        raise


def tool(module: str, *arguments: str, **extra: str) -> int:
    """Run a module with the environment's interpreter."""
    return call(str(PYTHON), "-m", module, *arguments, **extra)


def become(module: str, *arguments: str) -> int:
    """Run a module in place of this process, so that signals reach it and nothing stands between it and make."""
    command = [str(PYTHON), "-m", module, *arguments]
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, environment())  # noqa: S606 - our own interpreter
    process = subprocess.Popen(command, env=environment())
    while True:  # Windows has no exec; Ctrl-C reaches the child as well, and the child decides how to end
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


# --- the environment --------------------------------------------------------------------------------------------


def require_python() -> None:
    """Go on with a new enough interpreter, if one can be found."""
    if sys.version_info >= NEEDED:
        return
    for name in NEWER:
        found = shutil.which(name)
        if found:
            sys.exit(subprocess.call([found, *sys.argv]))
    raise Stop(
        f"Python {VERSION} is too old, 3.11 or newer is needed: install one, then make run PYTHON=/path/to/python3 / "
        f"Python {VERSION}版本过低，请安装3.11或更新版本后重试"
    )


def plugin_folders() -> "list[Path]":
    """Return the plugins of this tree."""
    return sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


def digest(*files: Path) -> str:
    """Return one number for the contents and places of *files*."""
    total = hashlib.sha256()
    for path in files:
        total.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def wanted(kind: str) -> "dict[str, str]":
    """Return what the stamp must say for the set *kind*, ``runtime`` or ``dev``."""
    projects = [ROOT / "setup.cfg", ROOT / "pyproject.toml", ROOT / "core" / "shuixin" / "__init__.py"]
    projects += [folder / "pyproject.toml" for folder in plugin_folders()]
    return {
        "python": f"{sys.platform} {VERSION}",
        "kind": kind,
        "locked": digest(ROOT / "requirements" / f"{kind}.txt"),
        "projects": digest(*projects),
    }


def stamped() -> "dict[str, str]":
    """Return what the stamp says; nothing when it cannot be trusted."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return {}
    try:
        found = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def ensure(kind: str) -> None:
    """Make ``.venv`` hold the locked set *kind*, the core and every plugin; cheap when it already does."""
    have = stamped()
    if have.get("kind") == "dev":
        kind = "dev"  # it contains the runtime set
    want = wanted(kind)
    if have == want:
        return
    if have.get("python", want["python"]) != want["python"] or not (have or usable()):
        create()
        have = {}
    UNFINISHED.touch()
    with contextlib.suppress(FileNotFoundError):
        STAMP.unlink()
    if (have.get("kind"), have.get("locked")) != (kind, want["locked"]):
        install_locked(kind)
    install_projects()
    STAMP.write_text(json.dumps(want, indent=1) + "\n", "utf-8")
    UNFINISHED.unlink()


def usable() -> bool:
    """Whether there is a whole environment of this Python, made by someone else, that only lacks our stamp."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    check = f"import pip, sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    return subprocess.call([str(PYTHON), "-c", check], env=environment(), stderr=subprocess.DEVNULL) == 0


def create() -> None:
    """Make an empty ``.venv``, in place of whatever is there."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Stop(
            f"Python's {missing[0]} is missing: install python3-venv (Debian, Ubuntu: apt-get install python3-venv) / "
            f"缺少{missing[0]}模块，请先安装python3-venv"
        )
    say("Making .venv …")
    if VENV.is_dir():
        shutil.rmtree(str(VENV))
    VENV.mkdir()
    UNFINISHED.touch()
    base = getattr(sys, "_base_executable", None) or sys.executable  # never an interpreter inside .venv itself
    if call(base, "-m", "venv", str(VENV)) != 0:
        raise Stop(
            "python -m venv failed, see above; on Debian install python3-venv / 无法创建.venv，请安装python3-venv后重试"
        )


def install_locked(kind: str) -> None:
    """Install the locked set; from ``wheels/`` without a network where that holds the runtime set."""
    # The lock is complete: resolving anew could stumble over a release newer than it (coverage[toml] did).
    arguments = ["install", "-qq", "--no-input", "--no-deps", "--require-hashes", "-r", f"requirements/{kind}.txt"]
    offline = kind == "runtime" and any(WHEELS.glob("*.whl"))
    if offline:
        arguments += ["--no-index", "--find-links", str(WHEELS)]
    say(f"Installing the {kind} packages{' from wheels/' if offline else ''} (about a minute) …")
    if tool("pip", *arguments) == 0:
        return
    if offline:
        raise Stop(
            "wheels/ does not hold the locked set for this Python: make it anew with `make wheels`, or remove it / "
            "wheels/与锁定清单不符，请重新执行make wheels或删除该目录"
        )
    raise Stop(
        "Packages could not be installed, see above: check the network, or copy a wheels/ folder here (made by "
        "`make wheels` on a machine with one) / 依赖安装失败，请检查网络，或复制一份wheels/目录后重试"
    )


def install_projects() -> None:
    """Install the core and all plugins editable, in one call; take out plugins whose folder is gone."""
    folders = plugin_folders()
    say(f"Installing the core and {len(folders)} plugins …")
    editable = [part for folder in (ROOT, *folders) for part in ("-e", str(folder))]
    common = ("-qq", "--no-input", "--no-deps", "--no-build-isolation", "--no-index")
    if tool("pip", "install", *common, *editable) != 0:
        raise Stop("The core or a plugin could not be installed, see above / 核心或插件安装失败，原因见上")
    gone = [name for name, folder in installed_plugins() if not folder.is_dir()]
    if gone:
        tool("pip", "uninstall", "-qq", "--yes", *gone)


def installed_plugins() -> "list[tuple[str, Path]]":
    """Return distribution name and folder of the plugins that are installed editable."""
    found = []
    for record in VENV.glob("**/site-packages/shuixin_plugin_*.dist-info/direct_url.json"):
        origin = json.loads(record.read_text("utf-8"))
        if origin.get("dir_info", {}).get("editable"):
            name = record.parent.name.split("-")[0].replace("_", "-")
            found.append((name, Path(url2pathname(urlsplit(origin["url"]).path))))
    return found


# --- run --------------------------------------------------------------------------------------------------------


def check_port(host: str, port: str) -> None:
    """Say at once, before a minute of installing, that the port is taken."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Stop(f"PORT={port} is not a port number from 1 to 65535 / PORT须为1至65535的整数")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            if error.errno in (errno.EACCES, 10013):
                raise Stop(f"Port {port} needs more rights: make run PORT=8000 / 无权使用端口{port}") from error
            if error.errno == errno.EADDRINUSE:
                other = int(port) + 1 if int(port) < 65535 else 8000
                raise Stop(
                    f"Port {port} is in use: make run PORT={other} / 端口{port}已被占用，请改用make run PORT={other}"
                ) from error
            raise Stop(f"Cannot listen on HOST={host} ({error.strerror or error}) / 无法在HOST={host}上监听") from error


def check_writable(folder: Path) -> None:
    """Say at once that nothing could be stored."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=str(folder)):
            pass
    except OSError as error:
        name = folder.relative_to(ROOT) if ROOT in folder.parents else folder
        raise Stop(
            f"The folder {name} cannot be written ({error.strerror}): give this user the right to / "
            f"目录{name}不可写，请为当前用户授权"
        ) from error


def write_local_settings() -> None:
    """Write ``config/local.toml`` with a secret of its own, readable by its owner only; never touch one that exists."""
    import secrets

    with contextlib.suppress(FileExistsError):
        handle = os.open(str(LOCAL), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, for the mode
            file.write(
                "# This machine's own settings, made at the first start. Keep the secret and never publish this file:\n"
                "# sessions and stored identity numbers depend on it.\n"
                f'secret_key = "{secrets.token_urlsafe(48)}"\n'
                "# An empty database is filled with a demonstration city; remove this line for real work.\n"
                "demo = true\n"
            )


def run(arguments: "list[str]") -> int:
    """Serve, with the schema up to date and, in an empty database, the demonstration city."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    check_port(host, port)
    check_writable(Path(os.environ.get("SHUIXIN_DATA_DIR") or ROOT / "var"))
    ensure("runtime")
    write_local_settings()
    return become("shuixin", "serve", "--prepare", "--host", host, "--port", port, *arguments)


def shuixin(arguments: "list[str]") -> int:
    """Run any command of the platform: ``bootstrap.py shuixin plugins list``."""
    ensure("runtime")
    write_local_settings()
    return become("shuixin", *arguments)


# --- development ------------------------------------------------------------------------------------------------


def dev(_arguments: "list[str]") -> int:
    """Make the environment with the developer's tools."""
    ensure("dev")
    say(f"Ready: {PYTHON.relative_to(ROOT)}")
    return 0


def new_plugin(arguments: "list[str]") -> int:
    """Write a whole plugin below ``plugins/`` and install it: ``new-plugin NAME [--label 名称]``."""
    ensure("dev")
    code = tool("shuixin", "plugins", "new", "--into", "plugins", *arguments)
    if code == 0:
        install_projects()
    return code


def lint(arguments: "list[str]") -> int:
    """Check style and common mistakes."""
    ensure("dev")
    return tool("ruff", "check", "--output-format=concise", *(arguments or ["."]))


def types(arguments: "list[str]") -> int:
    """Check types in strict mode: the core, each plugin, and this file."""
    ensure("dev")
    roots = [ROOT / "core", *(folder / "src" for folder in plugin_folders())]
    packages = sorted(init.parent for root in roots for init in root.glob("*/__init__.py"))
    scripts = sorted(path for folder in ("docs", "bench/platform") for path in (ROOT / folder).glob("*.py"))
    bases = [*roots, ROOT / "docs", ROOT / "bench" / "platform"]
    targets = [str(path.relative_to(ROOT)) for path in (*packages, *scripts, Path(__file__).resolve())]
    return tool("mypy", *arguments, *targets, MYPYPATH=os.pathsep.join(map(str, bases)))


def imports(arguments: "list[str]") -> int:
    """Check the storeys and single-room rules of ``.importlinter``."""
    ensure("dev")
    return call(
        str(PYTHON), "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo", *arguments
    )


def tests(arguments: "list[str]") -> int:
    """Run all tests; the report ends with what was skipped and why."""
    ensure("dev")
    folders = [path for path in (ROOT / "tests", *(folder / "tests" for folder in plugin_folders())) if path.is_dir()]
    workers = os.environ.get("SHUIXIN_TEST_WORKERS", "2")
    named = any(not part.startswith("-") and Path(part.split("::")[0]).exists() for part in arguments)
    targets = [] if named else [str(path.relative_to(ROOT)) for path in folders]
    return tool("pytest", "-q", "-rsfE", "-n", workers, *targets, *arguments)


def check(arguments: "list[str]") -> int:
    """Do all of it, the tests last, and fail if anything did."""
    ensure("dev")
    failed = []
    for name, step in (("lint", lint), ("types", types), ("imports", imports)):
        say(f"== {name}")
        if step([]) != 0:
            failed.append(name)
    say("== tests")
    if tests(arguments) != 0:
        failed.append("tests")
    if failed:
        raise Stop(f"Failed: {', '.join(failed)} (see above) / 未通过：{'、'.join(failed)}")
    return 0


def script(path: str, arguments: "list[str]") -> int:
    """Run one of the repository's own scripts."""
    ensure("dev")
    return call(str(PYTHON), str(ROOT / path), *arguments)


def bench(arguments: "list[str]") -> int:
    """Run a bench: the platform's, or the one named first (``office``, ``tabular``)."""
    named = bool(arguments) and (ROOT / "bench" / arguments[0] / "run.py").is_file()
    name, rest = (arguments[0], arguments[1:]) if named else ("platform", arguments)
    return script(f"bench/{name}/run.py", rest)


def lock(arguments: "list[str]") -> int:
    """Turn the ``.in`` files into hash-pinned sets without registry addresses; ``--upgrade`` takes newer releases."""
    uv = shutil.which("uv", path=os.pathsep.join((str(PYTHON.parent), os.environ.get("PATH", ""))))
    if uv is None:
        raise Stop("make lock needs uv: pip install uv / make lock需要uv，请先执行pip install uv")
    options = "--quiet --universal --python-version=3.11 --generate-hashes --no-emit-index-url"
    common = ("pip", "compile", *options.split(), "--no-annotate", "--no-header", *arguments)
    # The second set is held to the first, so that what is tested is what is run.
    for source, target, held in (("runtime.in", "runtime.txt", ()), ("tools.in", "dev.txt", ("-c", "runtime.txt"))):
        parts = [part if part.startswith("-") else "requirements/" + part for part in (*held, "-o", target, source)]
        if call(uv, *common, *parts) != 0:
            return 1
    return 0


def wheels(arguments: "list[str]") -> int:
    """Fill ``wheels/`` with all that an installation without a network needs, for this system and Python.

    With ``--authors`` also what writing and testing plugins needs: ``pip install shuixin-core[test]``.
    """
    ensure("runtime")
    kind = "dev" if "--authors" in arguments else "runtime"
    pip = ("-qq", "--no-input")
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "wheels"
        say("Fetching the locked set …")
        held = ("--no-deps", "--require-hashes", "-r", f"requirements/{kind}.txt")
        if tool("pip", "download", *pip, *held, "-d", str(made)) != 0:
            return 1
        for project in (ROOT, *plugin_folders()):
            say(f"Building {'the core' if project == ROOT else project.name} …")
            source = copy_project(project, Path(scratch) / ("core" if project == ROOT else project.name))
            if tool("pip", "wheel", *pip, "--no-deps", "--no-build-isolation", "-w", str(made), str(source)) != 0:
                return 1
        if WHEELS.is_dir():
            shutil.rmtree(str(WHEELS))
        shutil.copytree(str(made), str(WHEELS))
    size = sum(path.stat().st_size for path in WHEELS.iterdir())
    say(f"wheels/: {len(list(WHEELS.iterdir()))} files, {size // 1_000_000} MB")
    return 0


def copy_project(project: Path, target: Path) -> Path:
    """Copy a project without anything left over from earlier builds, which would slip into the wheel."""
    if project != ROOT:
        shutil.copytree(str(project), str(target), ignore=LEFTOVERS)
        return target
    target.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(str(ROOT / name), str(target))
    shutil.copytree(str(ROOT / "core"), str(target / "core"), ignore=LEFTOVERS)
    return target


TARGETS = {
    "run": run,
    "demo": lambda arguments: shuixin(["demo", *arguments]),
    "shuixin": shuixin,
    "dev": dev,
    "test": check,
    "check": check,
    "lint": lint,
    "types": types,
    "imports": imports,
    "tests": tests,
    "new-plugin": new_plugin,
    "docs": lambda arguments: script("docs/build_hooks.py", arguments) or script("docs/build_paths.py", arguments),
    "api": lambda arguments: script("docs/build_api.py", arguments),
    "bench": bench,
    "wheels": wheels,
    "lock": lock,
}


def interrupted(_number: int, _frame: object) -> None:
    """Let SIGTERM end us as Ctrl-C does, children first."""
    raise KeyboardInterrupt


def main(arguments: "list[str]") -> int:
    """Run one target and return its exit code: 0 done, 1 failed (one line says why), 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # Python 3.6
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    target = TARGETS.get(arguments[0]) if arguments else None
    if target is None:
        print(f"usage: python3 bootstrap.py {'|'.join(TARGETS)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupted)
    try:
        require_python()
        os.chdir(str(ROOT))
        return target(arguments[1:])
    except Stop as reason:
        print(reason, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped / 已停止", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"{error.filename or 'bootstrap'}: {error.strerror or error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
