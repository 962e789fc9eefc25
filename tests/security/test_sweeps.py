"""Every address of the whole platform, as a visitor and as each role: headers, sign-in, forgery, garbage."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from shuixin.contributions import DemoSize
from shuixin.database import db
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing

PRIVATE = ("/office", "/workspace", "/account")
#: An address for each variable part; nothing of it exists.
SAMPLES: dict[str, Any] = {"uscc": "91420204MAE2E9T41A", "slug": "work", "name": "news", "filename": "no-such-file"}
GARBAGE = ("0", "-1", "9" * 30, "%00", "..%2f..%2fetc%2fpasswd", "水" * 300, "'\";--", "<script>")


def _rules(app: Flask, method: str) -> Iterator[tuple[Rule, str]]:
    """Each rule that takes *method*, with an address in it."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            values = {name: SAMPLES.get(name, 999_999) for name in rule.arguments}
            yield rule, adapter.build(rule.endpoint, values, method=method)


def _dump() -> str:
    return repr([sorted(map(repr, db.execute_sql(f'SELECT * FROM "{table}"').fetchall())) for table in db.get_tables()])


def _fill(app: Flask) -> None:
    for _plugin, part in app.extensions["shuixin"].loaded.contributions("demo_data"):
        part.fill(DemoSize(enterprises=12))


@pytest.mark.parametrize("role", ["", "administrator", "reviewer", "leader", "editor", "enterprise"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_carries_the_headers_that_guard_it(
    role: str, platform_app: Flask, client: SignedIn, client_as: Callable[..., SignedIn]
) -> None:
    _fill(platform_app)
    person, nonces = client_as(role) if role else client, list[str]()
    for _rule, path in _rules(platform_app, "GET"):
        answer = person.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy, path
        assert "unsafe-eval" not in policy, path
        assert ("unsafe-hashes" in policy) == path.startswith("/office/"), path
        assert "frame-ancestors" in policy, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"], path
        assert answer.headers["Permissions-Policy"], path
        assert answer.status_code < 500, path
        if path.startswith(PRIVATE) and answer.status_code == 200:
            assert "no-store" in answer.headers["Cache-Control"], path
        nonces += sorted(set(re.findall(r"'nonce-([^']+)'", policy)))
        answer.close()
    assert len(set(nonces)) == len(nonces), "a nonce is used for one answer only"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_visitor_reaches_nothing_private(platform_app: Flask, client: SignedIn) -> None:
    reached = {}
    for _rule, path in _rules(platform_app, "GET"):
        if path.startswith(PRIVATE) and "/static/" not in path:
            reached[path] = client.get(path).status_code
    assert len(reached) > 30
    assert set(reached.values()) <= {302, 401, 403, 404}, reached


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_role_reaches_only_its_own_rooms(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    allowed = {
        "enterprise": ("/workspace", "/account"),
        "editor": ("/office/news/articles", "/account"),
        "reviewer": ("/office/credit_collection/reviews", "/office/credit_collection/subjects", "/account"),
        "leader": (
            "/office/credit_collection/approvals",
            "/office/credit_collection/subjects",
            "/office/news/publishing",
            "/account",
        ),
        "administrator": (
            "/office/users",
            "/office/plugins",
            "/office/jobs",
            "/office/audit",
            "/office/sign_ins",
            "/account",
        ),
    }
    for role, rooms in allowed.items():
        person = client_as(role)
        for _rule, path in _rules(platform_app, "GET"):
            private = path.startswith(PRIVATE) and "/static/" not in path and path not in ("/office/", "/account/start")
            if private and not path.startswith(rooms):
                assert person.get(path).status_code in (302, 403, 404), (role, path)


def test_a_form_without_its_token_changes_nothing(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    _fill(platform_app)
    people = [client_as(role) for role in ("administrator", "reviewer", "leader", "editor", "enterprise")]
    before = _dump()
    for person in people:
        for _rule, path in _rules(platform_app, "POST"):
            answer = person.post(path, data={"version": "1", "plugin": "news", "on": "0", "case": "29:2"})
            assert answer.status_code in (400, 403, 404), path
    assert _dump() == before


NAMES = ("version", "case", "column", "opinion", "reason-x", "button", "plugin", "on", "title", "username")
BAD_VALUES = (
    "²",
    "²:²",
    "-1",
    "9" * 30,
    "1e9",
    "٣",
    "水" * 3000,
    "'\";--",
    "29:" + "9" * 30,
    "remove:x",
    "unfile:../..",
    "",
)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_garbage_in_a_form_is_answered_and_never_breaks(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    _fill(platform_app)
    # All sign in before the first garbage: so much of it locks the address they come from.
    people = {role: client_as(role) for role in ("administrator", "reviewer", "leader", "editor", "enterprise")}
    for role, person in people.items():
        token = person.token()
        if role == "enterprise":
            person.post("/workspace/filings", data={"csrf_token": token})
        for _rule, unknown in _rules(platform_app, "POST"):
            for path in {
                unknown,
                unknown.replace("999999", "1"),
                unknown.replace("999999", str(Filing.select().count())),
            }:
                if path.startswith("/sign-out"):
                    continue
                for bad in BAD_VALUES:
                    fields = {**dict.fromkeys(NAMES, bad), f"verdict-{bad}": "accepted"}
                    answer = person.post(path, data={**fields, "csrf_token": token})
                    assert answer.status_code < 500, (role, path, bad)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_garbage_in_an_address_is_answered_and_never_breaks(
    platform_app: Flask, client: SignedIn, client_as: Callable[..., SignedIn]
) -> None:
    people = [client, client_as("reviewer"), client_as("enterprise"), client_as("editor"), client_as("administrator")]
    for rule, _path in _rules(platform_app, "GET"):
        for garbage in GARBAGE if rule.arguments else ():
            path = re.sub(r"<[^>]+>", lambda _match, text=garbage: text, rule.rule)
            for person in people:
                answer = person.get(path)
                assert answer.status_code < 500, path
                answer.close()
    for garbage in GARBAGE:
        for page in ("/credit/enterprises", "/search", "/news/", "/credit/enterprises/91420204MAE2E9T41A"):
            query = {name: garbage.replace("%00", "\0") for name in ("q", "kind", "region", "page", "as_of", "tab")}
            assert client.get(page, query_string=query).status_code < 500, (page, garbage)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_sends_nobody_elsewhere(
    target: str, platform_app: Flask, user_as: Callable[..., Any], client: SignedIn
) -> None:
    from shuixin.testing.fixtures import PASSWORD

    user = user_as("reviewer")
    answer = client.post_form(
        f"/sign-in?next={target}", {"username": user.username, "password": PASSWORD, "next": target}
    )
    location = answer.headers.get("Location", "/")
    assert answer.status_code < 500
    assert location.startswith("/")
    assert location[1:2] not in ("/", "\\")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "pair", [("reviewer", "wrong-password"), ("nobody", "wrong-password"), ("", ""), ("x" * 5000, "y")]
)
def test_whatever_is_wrong_at_sign_in_the_answer_gives_nothing_away(
    pair: tuple[str, str], user_as: Callable[..., Any], client: SignedIn
) -> None:
    user_as("reviewer")
    answer = client.post_form("/sign-in", {"username": pair[0], "password": pair[1]})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert ("账号或密码不正确" if all(pair) else "请填写") in page
    assert client.get("/workspace/").status_code == 302


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_that_breaks_shows_a_number_and_no_trace(platform_app: Flask) -> None:
    platform_app.config["PROPAGATE_EXCEPTIONS"] = False
    platform_app.view_functions["site.home"] = lambda: 1 / 0
    answer = platform_app.test_client().get("/")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "事件编号" in page
    assert "ZeroDivisionError" not in page
    assert "Traceback" not in page
