"""Wheels hold what the source tree holds. An editable install hides a missing declaration; a wheel does not."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECTS = [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]
CORE_FILES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")
#: Left by builds and interpreters; wheels are made from a tree without them.
LEFTOVERS = ("build", "dist", "__pycache__")


def is_source(path: Path) -> bool:
    parts = path.parts
    return not any(part in LEFTOVERS or part.endswith((".egg-info", ".pyc")) for part in parts)


def package_of(project: Path) -> Path:
    return ROOT / "core" / "shuixin" if project == ROOT else project / "src" / f"shuixin_{project.name}"


def build(project: Path, scratch: Path) -> Path:
    """Build the wheel of *project* from a clean copy and return it."""
    copy, made = scratch / "source", scratch / "made"
    ignore = shutil.ignore_patterns(*LEFTOVERS, "*.egg-info", "*.pyc")
    if project == ROOT:
        copy.mkdir()
        for file in CORE_FILES:
            shutil.copy2(ROOT / file, copy)
        shutil.copytree(ROOT / "core", copy / "core", ignore=ignore)
    else:
        shutil.copytree(project, copy, ignore=ignore)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(made), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "would be ignored" not in done.stdout + done.stderr, "setuptools would leave a data folder out"
    return next(made.glob("*.whl"))


@pytest.fixture(scope="module", params=PROJECTS, ids=lambda path: "core" if path == ROOT else path.name)
def project(request):
    return request.param


@pytest.fixture(scope="module")
def wheel(project, tmp_path_factory):
    with zipfile.ZipFile(build(project, tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def contents(wheel):
    return set(wheel.namelist())


def test_wheel_holds_every_file_of_the_package(project, contents):
    package = package_of(project)
    assert package.is_dir(), f"{package} is missing"
    wanted = {
        f"{package.name}/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and is_source(path.relative_to(package))
    }
    missing = sorted(wanted - contents)
    assert not missing, "not in the wheel:\n" + "\n".join(missing[:40])


def test_wheel_holds_nothing_else(project, contents):
    package = package_of(project).name
    foreign = sorted(each for each in contents if not each.startswith(f"{package}/") and ".dist-info/" not in each)
    assert not foreign, "\n".join(foreign[:40])


def test_wheel_is_typed_and_licensed(project, contents):
    assert f"{package_of(project).name}/py.typed" in contents
    if project == ROOT:
        assert any(each.endswith("LICENSE") for each in contents)


def test_wheel_offers_its_plugin(project, wheel, contents):
    if project == ROOT:
        return
    declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert declared["name"] == f"shuixin-plugin-{project.name.replace('_', '-')}"
    entries = ConfigParser()
    entries.read_string(wheel.read(next(each for each in contents if each.endswith("entry_points.txt"))).decode())
    module, _colon, _name = entries["shuixin.plugins"][project.name].partition(":")
    assert f"{module.replace('.', '/')}.py" in contents


def test_core_declares_what_is_locked():
    """``requirements/runtime.in`` and ``install_requires`` are one list; builders apart."""
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg", "utf-8")
    declared = set(settings["options"]["install_requires"].split("\n")) - {""}
    written = (ROOT / "requirements" / "runtime.in").read_text("utf-8").splitlines()
    locked = {line.strip() for line in written if line.strip() and not line.startswith("#")}
    assert declared == {line for line in locked if not line.startswith(("setuptools", "wheel"))}


@pytest.mark.parametrize("lock", ["runtime.txt", "dev.txt"])
def test_locks_are_pinned_and_name_no_registry(lock):
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    pins = [block for block in text.replace("\\\n", " ").splitlines() if block and not block.startswith("#")]
    assert pins
    assert [pin[:60] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "://" not in text
    assert "index-url" not in text


def test_tools_test_what_is_run():
    """Every pin of the runtime set stands in the developers' set unchanged."""

    def pins(lock: str) -> set[str]:
        lines = (ROOT / "requirements" / lock).read_text("utf-8").splitlines()
        return {line.rstrip(" \\") for line in lines if "==" in line}

    assert pins("runtime.txt") - pins("dev.txt") == set()
