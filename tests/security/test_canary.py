"""The sweeps themselves: each must find the fault that is planted for it, so that a broken sweep cannot look green."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.security import scoping, sweep
from tests.security.assigning import assigned

from shuixin.testing.fixtures import SignedIn

HOLES = '''
from flask import request
from shuixin.api import *
from shuixin import contributions as c
from shuixin.accounts import User
from shuixin_credit_collection.models import Filing, Subject

LOOK = "canary.look"


class All(OfficeList):
    """Shows every region's subjects in list and details."""
    region_field = Subject.authority
    column_list = ("name", "uscc")

    def scope(self, query, actor):
        return query


class One(OfficeList):
    """Shows a list in order, and anybody's row by its number."""
    region_field = Subject.authority
    column_list = ("name",)

    def get_one(self, id):
        return Subject.get_by_id(id)


class Pages(OfficePage):
    """Writes when it is read, takes whatever comes, shows what it has as it is."""

    @expose("/")
    def index(self):
        return "<p>" + str(Filing.select().count())

    @expose("/reading")
    def reading(self):
        User.update(email="read").where(User.username == "editor").execute()
        return "ok"

    @expose("/taking", methods=("GET", "POST"))
    def taking(self):
        known = {name: text for name, text in request.form.items() if name in ("email", "name")}
        if known:
            User.update(known).where(User.username == "editor").execute()
        return \'<form method="post" action="/office/canary/pages/taking"><input name="csrf_token"></form>\'


class Open(OfficePage):
    def is_accessible(self):
        return True

    @expose("/")
    def index(self):
        return "open"


class It(Plugin):
    id = "canary"
    label = "canary"

    @hookimpl
    def permissions(self):
        return c.Permission(LOOK, "look")

    @hookimpl
    def roles(self):
        return c.Role("reviewer", "x", (LOOK,))

    @hookimpl
    def office_views(self):
        views = (All(Subject, "canary", "all", "all"), One(Subject, "canary", "one", "one"),
                 Pages("canary", "pages", "pages"), Open("canary", "open", "open"))
        return [c.OfficeView(view, "canary", LOOK) for view in views]


plugin = It()
'''


@pytest.fixture
def with_holes(install: Callable[..., Any], fresh_ground: Callable[..., Any]) -> Callable[[], Any]:
    """Open an application with a plugin full of holes."""

    def opened() -> Any:
        install("canary", module=HOLES)
        return fresh_ground("sqlite", "canary")

    return opened


def test_the_sweep_over_rows_of_others_bites(with_holes: Callable[[], Any]) -> None:
    with with_holes() as ground:
        found = " ".join(scoping.foreign_rows(ground, ("reviewer",)))
    for path in ("/office/canary/all/?", "/office/canary/one/details/?", "/office/canary/pages/"):
        assert f"reviewer {path}" in found, path


def test_the_sweeps_over_reading_rights_and_fields_bite(with_holes: Callable[[], Any]) -> None:
    with with_holes() as ground:
        found = " ".join(sweep.writing_reads(ground, ("editor", "reviewer")))
        assert 'reviewer GET /office/canary/pages/reading: UPDATE "shuixin_user"' in found
        assert "changed: shuixin_user" in found
        assert "enterprise GET /office/canary/open/: 200" in sweep.reached(ground, "enterprise", "/office")
        assert any("shuixin_user" in line for line in assigned(ground, ("reviewer", "editor", "enterprise")))


def test_the_sweep_over_tokens_bites(fresh_ground: Callable[..., Any]) -> None:
    with fresh_ground() as ground:
        kept = ground.app.before_request_funcs[None]
        kept[:] = [each for each in kept if not each.__qualname__.startswith("start.<locals>._check")]
        found = sweep.forged(ground)
    assert [line for line in found if "POST /account/sessions/end" in line]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Frame-Options": "SAMEORIGIN"},
        {"Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"},
        {"Content-Security-Policy": ""},
        {"Cache-Control": "public"},
        {"Server": "nginx/1.22"},
    ],
)
def test_the_look_at_headers_bites(headers: dict[str, str], fresh_ground: Callable[..., Any]) -> None:
    with fresh_ground() as ground:
        person: SignedIn = ground.person("reviewer")
        answer = person.get("/office/")
        assert sweep.bare("/office/", answer) == []
        for name, value in headers.items():
            answer.headers.set(name, value)
        assert sweep.bare("/office/", answer) != []
