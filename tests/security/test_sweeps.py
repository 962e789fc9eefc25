"""Every address of the whole platform as each role: rooms, nonces, garbage; attacks have files of their own."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from shuixin.contributions import DemoSize
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


def _fill(app: Flask) -> None:
    for _plugin, part in app.extensions["shuixin"].loaded.contributions("demo_data"):
        part.fill(DemoSize(enterprises=12))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_nonce_is_used_for_one_answer_only(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    person, nonces = client_as("administrator"), list[str]()
    for _rule, path in _rules(platform_app, "GET"):
        answer = person.get(path)
        nonces += sorted(set(re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])))
        answer.close()
    assert nonces
    assert len(set(nonces)) == len(nonces)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_role_reaches_only_its_own_rooms(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    basic_data = tuple(f"/office/administration/{name}" for name in ("dictionaries", "policies", "holidays"))
    people_and_units = tuple(f"/office/administration/{name}" for name in ("units", "regions", "users", "roles", "why"))
    allowed = {
        "enterprise": ("/workspace", "/account"),
        "editor": ("/office/news/articles", "/account"),
        "reviewer": (
            "/office/credit_collection/reviews",
            "/office/credit_collection/batches",
            "/office/credit_collection/clashes",
            "/office/credit_collection/flow",
            "/office/credit_collection/subjects",
            "/office/registration/requests",
            "/office/registration/accounts",
            *basic_data,
            "/account",
        ),
        "leader": (
            "/office/credit_collection/approvals",
            "/office/credit_collection/clashes",
            "/office/credit_collection/flow",
            "/office/credit_collection/subjects",
            "/office/news/publishing",
            *basic_data,
            "/account",
        ),
        "unit_administrator": (*people_and_units, "/account"),
        "administrator": (
            *people_and_units,
            "/office/plugins",
            "/office/administration/jobs",
            "/office/administration/audit",
            "/office/administration/verification",
            "/office/administration/sign_ins",
            *basic_data,
            "/account",
        ),
    }
    for role, rooms in allowed.items():
        person = client_as(role)
        for _rule, path in _rules(platform_app, "GET"):
            private = path.startswith(PRIVATE) and "/static/" not in path and path not in ("/office/", "/account/start")
            if role != "enterprise" and path.startswith(("/office/search", "/office/exports/")):
                continue  # everybody's own, like the workbench
            if private and not path.startswith(rooms):
                assert person.get(path).status_code in (302, 403, 404), (role, path)


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
