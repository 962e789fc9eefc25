"""T35: the headers that guard an answer are on every one, whatever it is and whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.security import sweep
from tests.security.sweep import Ground

from shuixin.testing.fixtures import client_of

METHODS = ("GET", "HEAD", "OPTIONS", *sweep.CHANGING, "TRACE", "PROPFIND", "NONSENSE")
pytestmark = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)


def test_t35_every_answer_of_every_route_to_every_method_carries_them(ground: Ground) -> None:
    for role in ("", "administrator", "enterprise"):
        person = ground.person(role)
        paths = {*sweep.addresses(ground.app, "GET", 1), *sweep.addresses(ground.app, "POST", 1), "/nowhere", "/%00"}
        for path in sorted(paths):
            for method in METHODS if role == "" else ("GET", "POST"):
                answer = person.open(path, method=method)
                assert sweep.bare(path, answer) == [], (role, method, answer.status_code)
                answer.close()


def test_t35_files_and_pictures_carry_them(ground: Ground) -> None:
    from shuixin.kit.attachments import Attachment

    picture = Attachment.select().where(Attachment.public).first()
    paths = ("/static/css/base.css", "/workspace/template.xlsx", f"/media/{picture.id}.{picture.extension}")
    for path in (*paths, "/sitemap.xml", "/feeds/news.atom", "/healthz", "/readyz", "/audit-heads.txt"):
        person = ground.person("enterprise" if path.startswith("/workspace") else "")
        answer = person.get(path)
        assert answer.status_code == 200, path
        assert sweep.bare(path, answer) == []
        again = person.get(path, headers={"If-None-Match": answer.headers.get("ETag", "x")})
        assert sweep.bare(path, again) == [], again.status_code
        part = person.get(path, headers={"Range": "bytes=0-3"})
        assert sweep.bare(path, part) == [], part.status_code
        for each in (answer, again, part):
            each.close()


def test_t35_errors_carry_them(ground: Ground) -> None:
    person = client_of(ground.app)
    large = {"a": "x" * (ground.settings.max_upload_bytes + 1)}
    statuses = {
        person.post("/sign-in").status_code: person.post("/sign-in"),
        413: person.post("/sign-in", data=large),
        404: person.get("/nowhere"),
        405: person.delete("/sitemap.xml"),
        415: person.post("/sign-in", json={}, headers={"X-CSRFToken": person.token()}),
        308: person.get("/news"),
        302: person.get("/office/"),
    }
    assert {status for status, answer in statuses.items() if answer.status_code == status} == set(statuses)
    for answer in statuses.values():
        assert sweep.bare("/", answer) == [], answer.status_code


@pytest.fixture
def breaking(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Let the front page raise, as on a real server."""
    monkeypatch.setitem(ground.app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(ground.app.view_functions, "site.home", lambda: 1 / 0)
    return lambda: client_of(ground.app).get("/")


def test_t35_pages_that_break_carry_them(ground: Ground, breaking: Callable[[], Any]) -> None:
    answer = breaking()
    assert answer.status_code == 500
    assert sweep.bare("/", answer) == []
