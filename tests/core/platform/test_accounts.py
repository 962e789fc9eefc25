"""Accounts: sessions die when they should, passwords keep the rules, nothing says who exists."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from shuixin.access import ANONYMOUS, system_actor
from shuixin.accounts import LoginSession, RoleGrant, User, bind_subject, create_user, reset_password
from shuixin.accounts.rights import actor_of
from shuixin.app import create_app
from shuixin.audit import AuditEntry
from shuixin.errors import Forbidden, NotFound, Refused
from shuixin.kit import clock
from shuixin.settings import Settings
from shuixin.testing.fixtures import PASSWORD, SignedIn

OFFICE = "/office/"
NEW = "Another-horse-10"


def _signed_in(client: SignedIn) -> bool:
    return client.get(OFFICE).status_code == 200


def test_a_session_ends_with_signing_out(client_as: Callable[..., SignedIn]) -> None:
    person = client_as("reviewer")
    assert _signed_in(person)
    person.post_form("/sign-out")
    assert not _signed_in(person)


def test_a_cookie_taken_before_signing_out_is_worth_nothing_after(
    client_as: Callable[..., SignedIn], client: SignedIn
) -> None:
    person = client_as("reviewer")
    stolen = person.get_cookie("sx")
    assert stolen is not None
    client.set_cookie("sx", stolen.value)
    assert _signed_in(client)
    person.post_form("/sign-out")
    client.set_cookie("sx", stolen.value)
    assert not _signed_in(client)


@pytest.mark.parametrize(
    "body", [{"username": 5, "password": 5}, {"username": "reviewer", "password": PASSWORD}, ["x"], "x"]
)
def test_sign_in_takes_forms_only(body: object, client: SignedIn, user_as: Callable[..., User]) -> None:
    user_as("reviewer")
    headers = {"X-CSRFToken": client.token()}
    assert client.post("/sign-in?include_auth_token", json=body, headers=headers).status_code == 415
    assert not _signed_in(client)


def test_a_token_of_an_account_opens_nothing(
    client: SignedIn, user_as: Callable[..., User], platform_app: Flask
) -> None:
    """Theirs would outlive signing out, idling and a password that must be changed."""
    user = user_as("reviewer")
    with platform_app.test_request_context():
        token = user.get_auth_token()
    assert client.get(OFFICE, headers={"Authentication-Token": token}).status_code == 302
    assert client.get(f"{OFFICE}?auth_token={token}").status_code == 302


@pytest.mark.parametrize(
    "aged", [{"seen_at": timedelta(minutes=31)}, {"created_at": timedelta(hours=13)}], ids=["idle", "old"]
)
def test_a_session_ends_by_itself(aged: dict[str, timedelta], client_as: Callable[..., SignedIn]) -> None:
    person = client_as("reviewer")
    LoginSession.update({name: clock.now() - age for name, age in aged.items()}).execute()
    assert not _signed_in(person)


def test_a_reset_password_ends_all_sessions_and_must_be_changed(
    client_as: Callable[..., SignedIn], client: SignedIn
) -> None:
    person = client_as("reviewer")
    reset_password(system_actor("管理员"), "reviewer", NEW)
    assert not _signed_in(person)
    assert client.post_form("/sign-in", {"username": "reviewer", "password": PASSWORD}).status_code == 200
    assert client.post_form("/sign-in", {"username": "reviewer", "password": NEW}).status_code == 302
    assert client.get(OFFICE).location == "/account/password"
    own = {"current": NEW, "new": "My-own-horse-11", "confirm": "My-own-horse-11"}
    assert client.post_form("/account/password", own).status_code == 302
    assert not _signed_in(client), "one signs in anew"
    client.post_form("/sign-in", {"username": "reviewer", "password": "My-own-horse-11"})
    assert _signed_in(client)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"current": "wrong"}, "现用密码不正确"),
        ({"confirm": "Other-horse-12"}, "两次填写的新密码不一致"),
        ({"new": "short1", "confirm": "short1"}, "密码须至少10位"),
        ({"new": "onlyletters", "confirm": "onlyletters"}, "密码须至少10位"),
        ({"new": "Reviewer-12345", "confirm": "Reviewer-12345"}, "不含账号名"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_password_that_breaks_a_rule_changes_nothing(
    changed: dict[str, str], words: str, client_as: Callable[..., SignedIn]
) -> None:
    person = client_as("reviewer")
    before = User.get(User.username == "reviewer").password
    answer = person.post_form("/account/password", {"current": PASSWORD, "new": NEW, "confirm": NEW, **changed})
    assert words in answer.get_data(as_text=True)
    assert User.get(User.username == "reviewer").password == before
    assert _signed_in(person)


def test_an_account_switched_off_is_out_at_once(client_as: Callable[..., SignedIn]) -> None:
    person = client_as("reviewer")
    User.update(active=False).where(User.username == "reviewer").execute()
    assert not _signed_in(person)


def test_a_right_taken_away_is_gone_at_the_next_page(client_as: Callable[..., SignedIn]) -> None:
    person = client_as("reviewer")
    RoleGrant.delete().execute()
    assert person.get(OFFICE).status_code == 403


def test_a_role_that_no_plugin_declares_gives_nothing(platform_app: Flask, user_as: Callable[..., User]) -> None:
    user = user_as("reviewer")
    platform = platform_app.extensions["shuixin"]
    assert actor_of(user, platform).grants
    actor = actor_of(user, replace(platform, roles={}))
    assert (actor.grants, actor.role_labels) == (frozenset(), ())


def test_making_an_account_needs_the_right_and_a_free_name(user_as: Callable[..., User]) -> None:
    facts = {"username": "someone", "name": "某人", "password": NEW, "roles": ("reviewer",)}
    with pytest.raises(Forbidden):
        create_user(ANONYMOUS, **facts)
    user_as("reviewer")
    with pytest.raises(Refused, match="账号“reviewer”已存在"):
        create_user(system_actor("x"), **{**facts, "username": "reviewer"})
    with pytest.raises(NotFound, match="没有账号“nobody”"):
        reset_password(system_actor("x"), "nobody", NEW)
    assert not User.select().where(User.username == "someone").exists()


def test_passwords_are_neither_stored_nor_logged(user_as: Callable[..., User]) -> None:
    user = user_as("reviewer")
    assert user.password.startswith("$argon2id$")
    assert PASSWORD not in repr(list(AuditEntry.select().dicts()))


def test_an_account_is_tied_to_its_subject_once(user_as: Callable[..., User]) -> None:
    user = user_as("enterprise")
    for code in ("91420281MA1JER209B", "91420204MAE2E9T425"):
        bind_subject(system_actor("x"), user.id, code)
    assert User.get_by_id(user.id).subject == "91420281MA1JER209B"


def test_an_account_without_a_code_cannot_take_one_that_has_an_account(user_as: Callable[..., User]) -> None:
    first, late = user_as("enterprise"), user_as("enterprise", "-late")
    bind_subject(system_actor("x"), first.id, "91420281MA1JER209B")
    with pytest.raises(Refused, match="已有企业账号"):
        bind_subject(system_actor("x"), late.id, "91420281MA1JER209B")
    assert User.get_by_id(late.id).subject == ""


@pytest.mark.parametrize(("proxies", "expected"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_as_many_proxies_as_named_are_believed(
    proxies: int, expected: str, settings: Settings, platform_app: Flask, user_as: Callable[..., User]
) -> None:
    user_as("reviewer")
    app = create_app(settings.model_copy(update={"proxies": proxies}), ())
    app.testing, app.test_client_class = True, SignedIn
    person = app.test_client()
    assert isinstance(person, SignedIn)
    forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    person.post_form("/sign-in", {"username": "reviewer", "password": PASSWORD}, headers=forged)
    assert LoginSession.get().address == expected
