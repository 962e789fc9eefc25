"""A plugin written by the scaffold: clean as written, tested, built, installed into a running site, and gone again."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from shuixin.errors import Refused
from shuixin.scaffold import create
from shuixin.scaffold.create import core_range
from tests.packaging.test_wheels import ROOT, build

NAMES = [("fog", ""), ("a_name_of_thirty_characters_ab", "一二三四五六七八九十一二三四五六七八九十")]


@pytest.mark.parametrize(("name", "label"), NAMES, ids=["short", "long"])
def test_it_is_clean_as_written(name: str, label: str, tmp_path: Path) -> None:
    create(name, tmp_path, label=label)
    for command in (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "src"]):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path / name, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["News", "9lives", "a", "plugins", "class", "with-dash", "x" * 31, "tail_"])
def test_names_that_cannot_be_used_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        create(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    create("fog", tmp_path)
    with pytest.raises(Refused, match="已存在"):
        create("fog", tmp_path)


def test_the_range_of_cores_ends_before_the_next_major() -> None:
    assert core_range("0.4.2") == ">=0.4,<1"
    assert core_range("3.1") == ">=3.1,<4"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds third-party packages and, from its wheel alone, the core; return its interpreter."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder / "env", symlinks=True, with_pip=False)
    python = folder / "env" / "bin" / "python"
    target = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not re.match(r"(__editable__|shuixin|_editable|distutils-precedence)", path.name):
            (target / path.name).symlink_to(path)
    (folder / "core").mkdir()
    wheel = build(ROOT, folder / "core")
    pip(python, "install", "--no-index", "--no-deps", str(wheel))
    return python


def pip(python: Path, *arguments: str) -> None:
    done = subprocess.run([python, "-m", "pip", "-q", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Site:
    """The running demonstration, and a person at its door."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.python, self.folder = python, folder
        self.port = _free_port()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("SHUIXIN_")},
            "SHUIXIN_SECRET_KEY": "scaffold-" * 5,
            "SHUIXIN_DATA_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/site.db",
            "SHUIXIN_DEMO": "true",
            "SHUIXIN_CONFIG": str(folder / "none.toml"),
        }
        command = [python, "-m", "shuixin", "serve", "--prepare", "--no-jobs", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, cwd=folder, stdout=subprocess.DEVNULL)
        self.admin = build_opener(HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, form: dict[str, str] | None = None, who: OpenerDirector | None = None) -> tuple[int, str]:
        data = urlencode(form).encode() if form is not None else None
        try:
            with (who or build_opener()).open(f"http://127.0.0.1:{self.port}{path}", data, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def send(self, path: str, form: dict[str, str], page: str) -> tuple[int, str]:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask(page, who=self.admin)[1])
        assert token
        return self.ask(path, {**form, "csrf_token": token[1]}, self.admin)

    def until(self, path: str, status: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.ask(path)[0] == status:
                return
            time.sleep(0.1)
        pytest.fail(f"{path} did not come to {status}: {self.ask(path)}")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(empty: Path, tmp_path: Path) -> Iterator[Callable[[], Site]]:
    sites: list[Site] = []

    def make() -> Site:
        sites.append(Site(empty, tmp_path))
        return sites[-1]

    yield make
    for site in sites:
        site.process.terminate()
        site.process.wait(20)


@pytest.mark.faults
def test_row_29_a_scaffolded_plugin_goes_its_whole_way(
    empty: Path, start: Callable[[], Site], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    work = tmp_path_factory.mktemp("author")
    new = [empty, "-m", "shuixin", "plugins", "new", "flood_notes", "--label", "汛情公告", "--into", str(work)]
    subprocess.run(new, cwd=tmp_path, check=True, capture_output=True)
    project = work / "flood_notes"
    # Its tests run in the empty environment, against the wheel of the core.
    pip(empty, "install", "--no-index", "--no-deps", "--no-build-isolation", str(project))
    pytest_ = [empty, "-m", "pytest", "-q", "tests", "-p", "no:cacheprovider"]
    done = subprocess.run(pytest_, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)
    pip(empty, "uninstall", "-y", "shuixin-plugin-flood-notes")
    shutil.rmtree(project / "build", ignore_errors=True)
    # Its wheel holds everything.
    wheel = [empty, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(work / "dist"), str(project)]
    subprocess.run(wheel, check=True, capture_output=True)
    package = next((work / "dist").glob("*.whl"))
    with zipfile.ZipFile(package) as archive:
        inside = set(archive.namelist())
    for file in ("templates/flood_notes/index.html", "translations/en.po", "migrations/0001_initial.py", "py.typed"):
        assert f"shuixin_flood_notes/{file}" in inside
    # Into the running site, on, seen, off, purged.
    site = start()
    site.until("/healthz", 200)
    assert site.ask("/flood_notes/")[0] == 404
    pip(empty, "install", "--no-index", "--no-deps", str(package))
    account = {"username": "admin", "password": "Shuixin-demo-2026"}
    site.send("/sign-in", account, "/sign-in")
    assert "flood_notes" in site.ask("/office/plugins/", who=site.admin)[1], "seen as soon as it is installed"
    status, page = site.send("/office/plugins/switch", {"plugin": "flood_notes", "on": "1"}, "/office/plugins/")
    assert "已启用flood_notes" in page, page[:2000]
    site.until("/flood_notes/", 200)
    assert "汛情公告" in site.ask("/")[1]
    # The package is pulled away under the running server: the site stays up and says so.
    pip(empty, "uninstall", "-y", "shuixin-plugin-flood-notes")
    site.until("/flood_notes/", 404)
    assert site.ask("/")[0] == 200
    assert "插件包未安装" in site.ask("/office/plugins/", who=site.admin)[1]
    site.send("/office/plugins/switch", {"plugin": "flood_notes", "on": "0"}, "/office/plugins/")
    form = {"confirm": "flood_notes"}
    status, page = site.send("/office/plugins/flood_notes/purge", form, "/office/plugins/flood_notes/purge")
    assert (status, "已清除flood_notes" in page) == (200, True), page[:2000]
    assert _traces(tmp_path / "site.db", "flood_notes") == []
    assert site.ask("/")[0] == 200


def _traces(database: Path, name: str) -> list[str]:
    with sqlite3.connect(database) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = [table for table in tables if name in table]
        for table in tables:
            if table != "shuixin_audit_entry":  # nothing is ever taken out of the chain
                rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
                found += [table for row in rows if any(name in str(value) for value in row)]
    return found
