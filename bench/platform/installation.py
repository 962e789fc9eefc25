"""A whole installation in a folder of its own: small plugins beside those of the repository, and a database."""

import os
import re
import subprocess
import sys
from pathlib import Path

from bare import BODY

ROOT = Path(__file__).resolve().parents[2]
OWN = tuple(sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")))
#: As many as make ten with the repository's own, and at least one, whose pages are asked for.
SMALL = tuple(f"bench_{number}" for number in range(1, max(2, 11 - len(OWN))))
USER, PASSWORD = "bench", "Correct-horse-9"

SOURCE = '''"""A small plugin of the bench: one of most things."""

from flask import Blueprint, Response

from shuixin.api import *
from shuixin.api import Job

BODY = {body!r}
pages = Blueprint("{id}", __name__, url_prefix="/{id}")
desk = Blueprint("{id}_workspace", __name__, url_prefix="/workspace/{id}")


@pages.get("/")
def home():
    return Response(BODY, mimetype="text/html")


@desk.get("/")
@permission_required("{id}.file")
def work():
    return Response(BODY, mimetype="text/html")


class Happened:
    """An event that nobody announces."""


class It(Plugin):
    id = "{id}"
    label = "{id}"

    @hookimpl
    def permissions(self):
        return (Permission("{id}.file", "{id}"),)

    @hookimpl
    def roles(self):
        return (Role("enterprise", "企业", ("{id}.file",), Scope.OWN),)

    @hookimpl
    def public_pages(self):
        return PublicPages(pages)

    @hookimpl
    def workspace_pages(self):
        return WorkspacePages(desk)

    @hookimpl
    def menu_items(self):
        return (MenuItem(Area.PUBLIC, "{id}", "{id}.home"),)

    @hookimpl
    def home_panels(self):
        return (HomePanel("{id}", lambda: "<p>{id}</p>"),)

    @hookimpl
    def jobs(self):
        return (Job("{id}.nothing", print, "0 3 * * *"),)

    @hookimpl
    def health_checks(self):
        return (HealthCheck("{id}.well", lambda: ""),)

    @hookimpl
    def event_handlers(self):
        return (Handler(Happened, print),)


plugin = It()
'''


def make(folder: Path) -> None:
    """Write plugins and settings into *folder*, point the environment there, and make the database."""
    packages = folder / "packages"
    packages.mkdir()
    for name in SMALL:
        _write_plugin(packages, name)
    names = ", ".join(f'"{name}"' for name in (*OWN, *SMALL))
    (folder / "local.toml").write_text(
        f'secret_key = "{"bench-" * 8}"\ndatabase_url = "sqlite:///{folder}/bench.db"\n'
        f'data_dir = "{folder}/data"\ndefault_plugins = [{names}]\n',
        "utf-8",
    )
    (folder / "data").mkdir()
    found = os.pathsep.join([str(packages), str(Path(__file__).parent)])
    os.environ.update(SHUIXIN_CONFIG=str(folder), PYTHONPATH=found)
    os.environ.pop("DATABASE_URL", None)
    sys.path.insert(0, str(packages))
    subprocess.run([sys.executable, "-m", "shuixin", "init"], check=True, stdout=subprocess.DEVNULL)


def _write_plugin(packages: Path, name: str) -> None:
    (packages / f"shuixin_{name}.py").write_text(SOURCE.format(id=name, body=BODY), "utf-8")
    distribution = f"shuixin-plugin-{name.replace('_', '-')}"
    info = packages / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[shuixin.plugins]\n{name} = shuixin_{name}:plugin\n", "utf-8")


def sign_in() -> str:
    """Make an account and return the cookie of its session."""
    from shuixin.api import create_user, db, system_actor
    from shuixin.wsgi import make as make_site

    app = make_site().current
    with db.connection_context(), app.app_context():
        create_user(
            system_actor("bench"),
            username=USER,
            name=USER,
            password=PASSWORD,
            roles=("enterprise",),
            must_change=False,
        )
    client = app.test_client()
    form = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token is not None
    data = {"username": USER, "password": PASSWORD, "csrf_token": token.group(1)}
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    cookie = client.get_cookie("sx")
    assert cookie is not None
    return f"sx={cookie.value}"
