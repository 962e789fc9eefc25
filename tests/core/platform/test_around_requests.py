"""Around every request: the database only where it is asked, events and closing all the same, headers on everything."""

import re
from dataclasses import dataclass

import pytest
from flask import Blueprint, Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.test import EnvironBuilder

from shuixin.accounts import User
from shuixin.app import create_app
from shuixin.contributions import Handler
from shuixin.database import connect, db, transaction
from shuixin.events import Delivery, announce
from shuixin.pages.addresses import has_body
from shuixin.settings import Settings

NONCE = re.compile(r'nonce="([^"]+)"')


@dataclass(frozen=True)
class Asked:
    """What a page announces."""

    people: int


@pytest.fixture
def seen() -> list[tuple[str, object]]:
    return []


@pytest.fixture
def app(settings: Settings, seen: list[tuple[str, object]]) -> Flask:
    """The platform as a server runs it, nothing open between requests, with five pages more."""
    connect(settings.database_url)
    made = create_app(settings, ())
    pages = Blueprint("sample", __name__, url_prefix="/sample")

    @pages.get("/still")
    def still() -> str:
        seen.append(("still", db.is_closed()))
        return "still"

    @pages.get("/asking")
    def asking() -> str:
        with transaction():
            announce(Asked(User.select().count()))
            seen.append(("in transaction", db.in_transaction()))
        return "asking"

    @pages.get("/broken")
    def broken() -> str:
        User.select().count()
        raise RuntimeError("on purpose")

    @pages.route("/fields", methods=["GET", "DELETE"])
    def fields() -> str:
        return request.args.get("a", "") + request.form.get("a", "")

    @pages.get("/own")
    def own() -> Response:
        headers = {"Referrer-Policy": "no-referrer", "Cache-Control": "max-age=5", "Vary": "Accept"}
        return Response("own", headers={**headers, "Content-Security-Policy": "default-src *"})

    made.register_blueprint(pages)
    made.extensions["shuixin_public"].add("sample")
    delivery = Delivery([("sample", Handler(Asked, lambda event: seen.append(("event", event.people))))])
    made.extensions["shuixin"].delivery = delivery
    return made


def test_a_page_that_asks_nothing_opens_no_connection(app: Flask, seen: list[tuple[str, object]]) -> None:
    assert app.test_client().get("/sample/still").status_code == 200
    assert seen == [("still", True)]
    assert db.is_closed()


def test_a_page_that_asks_gets_its_events_delivered_and_its_connection_closed(
    app: Flask, seen: list[tuple[str, object]]
) -> None:
    assert app.test_client().get("/sample/asking").status_code == 200
    assert seen == [("in transaction", True), ("event", 0)]
    assert db.is_closed()


def test_a_page_that_breaks_closes_too(app: Flask) -> None:
    assert app.test_client().get("/sample/broken").status_code == 500
    assert db.is_closed()


def test_what_a_view_says_itself_stays_but_the_content_policy(app: Flask) -> None:
    answer = app.test_client().get("/sample/own")
    assert answer.headers.getlist("Referrer-Policy") == ["no-referrer"]
    assert answer.headers.getlist("Cache-Control") == ["max-age=5"]
    assert {part.strip() for part in ",".join(answer.headers.getlist("Vary")).split(",")} == {"Accept", "Cookie"}
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    assert policy.startswith("default-src 'self'")
    assert answer.headers.getlist("X-Frame-Options") == ["DENY"]


def test_forged_forms_are_refused_and_nothing_is_exempt(app: Flask, seen: list[tuple[str, object]]) -> None:
    app.extensions["csrf"].exempt(app.view_functions["sample.fields"])
    client = app.test_client()
    assert client.delete("/sample/fields").status_code == 400
    assert client.post("/nowhere").status_code == 404
    assert client.get("/sample/fields").status_code == 200


def test_a_page_without_scripts_of_its_own_allows_none_by_nonce(app: Flask) -> None:
    client = app.test_client()
    assert "nonce" not in client.get("/sample/own").headers["Content-Security-Policy"]
    page = client.get("/")
    nonces = {page.headers["Content-Security-Policy"].count(f"'nonce-{each}'") for each in NONCE.findall(page.text)}
    assert nonces <= {2}, "what stands in the page is what the policy allows, for scripts and for styles"


def test_visitors_without_a_cookie_get_none_and_need_no_signer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_self: object, _app: Flask) -> None:
        raise AssertionError("a signer was made")

    monkeypatch.setattr(SecureCookieSessionInterface, "get_signing_serializer", none)
    answer = app.test_client().get("/sample/still")
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)


def test_refusals_before_any_page_carry_the_headers_too(settings: Settings, seen: list[tuple[str, object]]) -> None:
    connect(settings.database_url)
    app = create_app(settings.model_copy(update={"trusted_hosts": ["here.example"], "secure_cookies": True}), ())
    answer = app.test_client().get("/", base_url="https://elsewhere.example")
    assert answer.status_code == 400
    for name in ("X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy", "Strict-Transport-Security"):
        assert len(answer.headers.getlist(name)) == 1, name


def test_who_has_the_page_already_gets_it_short(app: Flask) -> None:
    client = app.test_client()
    first = client.get("/sample/still")
    assert first.headers["ETag"]
    assert "Date" not in first.headers, "servers send it; two would be one too many"
    again = client.get("/sample/still", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/sample/still", headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get("/sample/still", headers={"If-Match": '"other"'}).status_code == 412
    assert client.get("/sample/still", headers={"Cookie": "x=1"}).headers["Cache-Control"].startswith("public")


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"query_string": {"a": "b"}}, 200),
        ({"query_string": {"a": "b\0"}}, 400),
        ({"query_string": {"b\0": "a"}}, 400),
        ({"query_string": "a=%2500"}, 200),
        ({"path": "/sample/fields\0"}, 400),
        ({"data": {"a": "b\0"}}, 400),
        ({"data": {"a": "b"}}, 200),
    ],
)
def test_zero_bytes_are_refused_wherever_they_stand(
    app: Flask, values: dict[str, object], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flask_wtf.csrf.validate_csrf", lambda _token: None)
    for method in ("GET", "DELETE"):
        answer = app.test_client().open(EnvironBuilder(**{"path": "/sample/fields", "method": method, **values}))
        assert answer.status_code == status, method


@pytest.mark.parametrize(
    ("environ", "sends"),
    [
        ({}, False),
        ({"CONTENT_LENGTH": ""}, False),
        ({"CONTENT_LENGTH": "0"}, False),
        ({"CONTENT_LENGTH": "3"}, True),
        ({"CONTENT_LENGTH": "nonsense"}, True),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, True),
    ],
)
def test_a_body_is_noticed_by_what_announces_it(environ: dict[str, str], sends: bool) -> None:
    assert has_body(environ) is sends
