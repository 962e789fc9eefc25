"""Who somebody is: attacks T10, T14, T16, T17 and T20 by name (T13, T15, T18, T19 stand in test_signing_in.py)."""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import argon2.low_level
import pytest
from flask.sessions import SecureCookieSessionInterface
from tests.security import sweep
from tests.security.sweep import Ground

from shuixin.access import Actor
from shuixin.accounts import RoleGrant, User
from shuixin.accounts.models import SignInAttempt
from shuixin.errors import Forbidden, NotFound
from shuixin.kit import clock
from shuixin.testing.fixtures import PASSWORD, SignedIn, account_of, city_bureau, client_of
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.services import reviewing
from shuixin_news.models import Article

ONE = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
USERS = "/office/administration/users"


@pytest.fixture(autouse=True)
def no_failures_before(ground: Ground) -> Iterator[None]:
    """Each test begins with nobody locked out."""
    yield
    SignInAttempt.delete().execute()


@contextmanager
def counted() -> Iterator[list[tuple[int, ...]]]:
    """Collect the cost (passes, memory, lanes) of each hash that is computed while the block runs."""
    found: list[tuple[int, ...]] = []
    hash_, verify = argon2.low_level.hash_secret, argon2.low_level.verify_secret

    def hashing(*values: Any, **named: Any) -> bytes:
        found.append((named["time_cost"], named["memory_cost"], named["parallelism"]))
        return hash_(*values, **named)

    def verifying(hashed: bytes, *values: Any, **named: Any) -> bool:
        cost = re.search(rb"m=(\d+),t=(\d+),p=(\d+)", hashed)
        assert cost
        found.append((int(cost[2]), int(cost[1]), int(cost[3])))
        return verify(hashed, *values, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argon2.low_level, "hash_secret", hashing)
        patch.setattr(argon2.low_level, "verify_secret", verifying)
        yield found


def _answer(ground: Ground, username: str, password: str) -> tuple[Any, list[tuple[int, ...]]]:
    client = client_of(ground.app)
    token = client.token()
    with counted() as costs:
        answer = client.post("/sign-in", data={"username": username, "password": password, "csrf_token": token})
    status, target, page = sweep.plain(answer)
    return (status, target, page.replace(username, "NAME")), costs


@pytest.mark.parametrize("password", ["wrong-horse-1", "错" * 30, "x" * 5_000, "x" * 100_000, " "])
def test_t14_known_unknown_and_closed_accounts_are_answered_alike(password: str, ground: Ground) -> None:
    city_bureau()
    account_of("reviewer")
    closed = account_of("reviewer", "-closed")
    User.update(active=False).where(User.id == closed.id).execute()
    answers = {name: _answer(ground, name, password) for name in ("reviewer", "reviewer-closed", "nobody-at-all")}
    assert answers["reviewer"][0][0] == 200
    assert answers["reviewer"] == answers["nobody-at-all"], "page, status, and what it costs to compute"
    assert answers["reviewer-closed"] == answers["nobody-at-all"]


def test_t14_the_right_password_of_a_closed_account_is_answered_like_a_wrong_one(ground: Ground) -> None:
    city_bureau()
    closed = account_of("reviewer", "-closed")
    User.update(active=False).where(User.id == closed.id).execute()
    assert _answer(ground, "reviewer-closed", PASSWORD) == _answer(ground, "nobody-at-all", PASSWORD)


def _replayed(ground: Ground, cookie: str) -> int:
    """Return what the office answers somebody who brings *cookie* only."""
    thief = client_of(ground.app)
    thief.set_cookie("sx", cookie)
    for path in ("/account/security", "/office/", "/account/start"):
        answer = thief.get(path)
        assert answer.status_code in (200, 302), path
    status: int = answer.status_code if answer.headers.get("Location", "").startswith("/sign-in") else 200
    return status


def _cookie(person: SignedIn) -> str:
    found = person.get_cookie("sx")
    assert found is not None
    return str(found.value)


def _fresh(ground: Ground, suffix: str) -> SignedIn:
    city_bureau()
    return client_of(ground.app, account_of("reviewer", suffix))


@ONE
def test_a_password_that_sign_in_does_not_take_is_not_kept(ground: Ground) -> None:
    person, long = _fresh(ground, "-long"), "Ab-9" * 33
    page = person.post_form("/account/password", {"current": PASSWORD, "new": long, "confirm": long})
    assert "不能超过128位" in page.get_data(as_text=True)
    assert client_of(ground.app, User.get(User.username == "reviewer-long"))


@ONE
@pytest.mark.parametrize("end", ["sign-out", "password", "reset", "close", "session", "new-right"])
def test_t16_a_cookie_is_worth_nothing_once_its_session_has_ended(end: str, ground: Ground) -> None:
    person, admin = _fresh(ground, f"-{end}"), ground.person("administrator")
    cookie, user = _cookie(person), User.get(User.username == f"reviewer-{end}")
    assert _replayed(ground, cookie) == 200
    if end == "sign-out":
        person.post_form("/sign-out")
    elif end == "password":
        form = {"current": PASSWORD, "new": "Another-word-42", "confirm": "Another-word-42"}
        assert person.post_form("/account/password", form).status_code == 302
    elif end == "session":
        client_of(ground.app, user).post_form("/account/sessions/end")
    elif end == "new-right":
        grant = RoleGrant.get(RoleGrant.user == user)
        admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": "end", "grant": str(grant.id)})
        assert person.get("/office/credit_collection/reviews/").status_code == 403
        return
    else:
        admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": end})
    assert _replayed(ground, cookie) == 302
    assert person.get("/account/security").status_code == 302


@ONE
def test_t16_neither_an_old_nor_a_forged_cookie_opens_anything(ground: Ground) -> None:
    person = _fresh(ground, "-old")
    signer = SecureCookieSessionInterface().get_signing_serializer(ground.app)
    assert signer is not None
    inside = signer.loads(_cookie(person))
    forged = {**inside, "sx_session": "x" * 43}
    assert _replayed(ground, signer.dumps(forged)) == 302, "even whoever knows the secret needs a live session"
    assert _replayed(ground, _cookie(person)[:-2] + "xx") == 302
    assert _replayed(ground, "") == 302
    from shuixin.accounts import LoginSession

    old = clock.now() - timedelta(minutes=ground.settings.session_idle_minutes + 1)
    LoginSession.update(seen_at=old).execute()
    ground.people.clear()
    assert _replayed(ground, _cookie(person)) == 302


@ONE
def test_t17_a_first_password_is_seen_once_and_opens_one_door(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    city_bureau()
    admin = ground.person("administrator")
    form = {"username": "he-first", "name": "何", "roles": ["reviewer"]}
    with caplog.at_level(0):
        made = admin.post_form(f"{USERS}/new", form)
    password = re.findall(r'sx-secret">([^<]+)<', made.get_data(as_text=True))[0]
    assert "no-store" in made.headers["Cache-Control"]
    assert "Location" not in made.headers
    assert made.headers["Referrer-Policy"] == "same-origin"
    assert password not in caplog.text
    assert password not in repr(sweep.dump()), "nor is it stored anywhere"
    cookie = _cookie(admin).lstrip(".").split(".")[0]
    assert password.encode() not in base64.urlsafe_b64decode(cookie + "==")
    person = client_of(ground.app)
    assert person.post_form("/sign-in", {"username": "he-first", "password": password}).status_code == 302
    for path in sweep.private(sweep.addresses(ground.app, "GET", 1)):
        if not path.startswith("/account/") or path == "/account/start":
            assert person.get(path).status_code in (302, 403, 404), path
    for new in (password, f"{password}he-first"):
        person.post_form("/account/password", {"current": password, "new": new, "confirm": new})
        assert person.get("/office/").headers["Location"] == "/account/password", "the same is not taken again"
    person.post_form("/account/password", {"current": password, "new": "Own-word-2026", "confirm": "Own-word-2026"})
    again = client_of(ground.app)
    assert again.post_form("/sign-in", {"username": "he-first", "password": password}).status_code == 200
    assert again.post_form("/sign-in", {"username": "he-first", "password": "Own-word-2026"}).status_code == 302


@ONE
def test_t20_nothing_but_the_session_signs_in(ground: Ground) -> None:
    city_bureau()
    user = account_of("administrator")
    visitor, pair = client_of(ground.app), base64.b64encode(f"administrator:{PASSWORD}".encode()).decode()
    cookie = _cookie(ground.person("administrator"))
    for headers in (
        {"Authorization": f"Basic {pair}"},
        {"Authorization": f"Bearer {cookie}"},
        {"Authentication-Token": user.get_auth_token()},
        {"X-Api-Key": user.fs_uniquifier},
        {"X-Remote-User": "administrator", "Remote-User": "administrator"},
    ):
        assert visitor.get(f"{USERS}/", headers=headers).status_code == 302, headers
    for name in ("auth_token", "token", "api_key", "sx", "session", "key", "username"):
        for value in (user.get_auth_token(), cookie, user.fs_uniquifier, "administrator"):
            assert visitor.get(f"{USERS}/", query_string={name: value}).status_code == 302, name


@ONE
def test_t20_headers_of_a_proxy_that_is_not_there_neither_hide_nor_lock_anybody(ground: Ground) -> None:
    client = client_of(ground.app)
    for turn in range(4):
        form = {"username": f"nobody-{turn}", "password": "wrong-horse-1", "csrf_token": client.token()}
        told = f"203.0.113.{turn}"
        names = ("X-Forwarded-For", "X-Real-Ip", "Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip")
        client.post("/sign-in", data=form, headers={**dict.fromkeys(names, told), "Forwarded": f"for={told}"})
    assert {row.address for row in SignInAttempt.select()} == {"127.0.0.1"}


def test_t20_behind_one_proxy_only_its_own_word_counts(fresh_ground: Callable[..., Any]) -> None:
    with fresh_ground(proxies=1) as ground:
        client = client_of(ground.app)
        form = {"username": "nobody", "password": "wrong-horse-1", "csrf_token": client.token()}
        client.post("/sign-in", data=form, headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
        assert [row.address for row in SignInAttempt.select()] == ["198.51.100.7"]
        page = client.get("/sitemap.xml", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"})
        assert "evil" not in page.get_data(as_text=True)


@ONE
def test_t10_one_account_with_two_duties_does_not_judge_its_own_work(ground: Ground) -> None:
    both = ground.person("reviewer", "-both")
    number = User.get(User.username == "reviewer-both").id
    RoleGrant.create(user=number, role="leader")
    RoleGrant.create(user=number, role="editor")
    waiting = Filing.get(Filing.stage == "reviewed")
    desk = f"/office/credit_collection/approvals/{waiting.id}"
    for column in (Filing.submitted_by, Filing.created_by):
        Filing.update({Filing.submitted_by: None, Filing.created_by: 0, column: number}).where(
            Filing.id == waiting.id
        ).execute()
        form = {"version": str(waiting.row_version), "decision": "approve", "opinion": "同意。"}
        assert both.post_form(f"{desk}/decide", form).status_code == 403
    actor: Actor = ground.actor("reviewer-both")
    with pytest.raises(Forbidden):
        reviewing.approve(actor, waiting.id, version=waiting.row_version)
    assert Filing.get_by_id(waiting.id).stage == "reviewed"
    article = Article.select().order_by(Article.id).first()
    Article.update(written_by=number, status="draft").where(Article.id == article.id).execute()
    path = f"/office/news/publishing/{article.id}/publish"
    assert both.post_form(path, {"version": str(article.row_version)}).status_code == 403
    assert Article.get_by_id(article.id).status == "draft"


@ONE
def test_t10_who_hands_out_rights_does_not_use_them_on_credit_data(ground: Ground) -> None:
    ground.person("administrator", "-too")
    number = User.get(User.username == "administrator-too").id
    for role in ("reviewer", "leader"):
        RoleGrant.create(user=number, role=role)
    actor = ground.actor("administrator-too")
    for filing in Filing.select().where(Filing.stage.in_(("submitted", "reviewed"))):
        with pytest.raises((Forbidden, NotFound)):
            reviewing.approve(actor, filing.id, version=filing.row_version)
        with pytest.raises((Forbidden, NotFound)):
            reviewing.reject(actor, filing.id, version=filing.row_version, reason="材料与事实不符。")
