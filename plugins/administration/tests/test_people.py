"""People in the back office: made, given roles, closed, helped; nobody raises or locks out the wrong one."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.accounts import RoleGrant, User, create_user, end_grant, give_role, second_factor
from shuixin.accounts.administration import set_active
from shuixin.accounts.attempts import Outcome, begin, finish
from shuixin.errors import Forbidden, Refused
from shuixin.kit import clock
from shuixin.settings import SignInSettings
from shuixin.testing.fixtures import PASSWORD, SignedIn, client_of
from shuixin.units import Unit

SYSTEM = system_actor("测试")
USERS = "/office/administration/users"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def held(username: str) -> set[str]:
    current = RoleGrant.select().join(User).where(User.username == username, RoleGrant.ended_at.is_null())
    return {grant.role for grant in current}


def grant_of(username: str, role: str) -> int:
    found = RoleGrant.select().join(User).where(User.username == username, RoleGrant.role == role)
    return int(found.get().id)


def test_t5_nobody_raises_or_closes_the_own_account(platform_app: Flask, actor_as: Callable[..., Actor]) -> None:
    admin, reviewer = actor_as("administrator"), actor_as("reviewer")
    actor_as("leader")
    for act in (
        lambda: give_role(admin, "administrator", "reviewer", now=clock.now()),
        lambda: end_grant(admin, grant_of("administrator", "administrator"), now=clock.now()),
        lambda: set_active(admin, "administrator", active=False),
        lambda: second_factor.remove(admin, "administrator"),
    ):
        with pytest.raises(Refused, match="另一位管理员"):
            act()
    with pytest.raises(Forbidden):
        give_role(reviewer, "leader", "leader", now=clock.now())
    assert (held("administrator"), held("reviewer")) == ({"administrator"}, {"reviewer"})


def test_t9_the_last_administrator_stays_one(platform_app: Flask, actor_as: Callable[..., Actor]) -> None:
    actor_as("administrator")
    for act in (
        lambda: end_grant(SYSTEM, grant_of("administrator", "administrator"), now=clock.now()),
        lambda: set_active(SYSTEM, "administrator", active=False),
    ):
        with pytest.raises(Refused, match="最后一位"):
            act()
    actor_as("administrator", "-two")
    set_active(SYSTEM, "administrator", active=False)
    with pytest.raises(Refused, match="最后一位"):
        end_grant(SYSTEM, grant_of("administrator-two", "administrator"), now=clock.now())
    set_active(SYSTEM, "administrator", active=True)
    end_grant(SYSTEM, grant_of("administrator-two", "administrator"), now=clock.now())
    assert held("administrator-two") == set()


@one_engine
def test_t11_a_right_taken_is_gone_at_the_next_request(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    person = client_as("reviewer")
    desk = "/office/credit_collection/reviews/"
    assert person.get(desk).status_code == 200
    end_grant(SYSTEM, grant_of("reviewer", "reviewer"), now=clock.now())
    assert person.get(desk).status_code == 403


@one_engine
def test_t12_a_closed_account_is_out_at_once_and_cannot_come_back(
    platform_app: Flask, client_as: Callable[..., SignedIn], client: SignedIn
) -> None:
    person = client_as("reviewer")
    set_active(SYSTEM, "reviewer", active=False)
    assert person.get("/office/").status_code == 302
    answer = client.post_form("/sign-in", {"username": "reviewer", "password": PASSWORD})
    assert "账号或密码不正确" in answer.get_data(as_text=True)
    set_active(SYSTEM, "reviewer", active=True)
    assert client_of(platform_app, User.get(User.username == "reviewer")).get("/office/").status_code == 200


@one_engine
def test_an_administrator_makes_an_account_whose_password_is_shown_once(
    platform_app: Flask, client_as: Callable[..., SignedIn], city_unit: Unit
) -> None:
    admin = client_as("administrator")
    wrong = admin.post_form(f"{USERS}/new", {"username": "", "name": "何静远"})
    text = wrong.get_data(as_text=True)
    assert (wrong.status_code, "没有填写账号" in text) == (422, True)
    assert 'value="何静远"' in text, "nothing typed is lost"
    form = {"username": "he", "name": "<b>何</b>", "unit": str(city_unit.id), "roles": ["administrator"]}
    made = admin.post_form(f"{USERS}/new", form).get_data(as_text=True)
    password = re.findall(r'sx-secret">([^<]+)<', made)[0]
    assert held("he") == set(), "making an account and giving roles are two acts"
    again = admin.post_form(f"{USERS}/new", form)
    assert (again.status_code, "已存在" in again.get_data(as_text=True)) == (422, True)
    page = admin.get(f"{USERS}/details/?id={User.get(User.username == 'he').id}").get_data(as_text=True)
    assert password not in page
    assert "&lt;b&gt;何&lt;/b&gt;" in page
    person = client_of(platform_app)
    person.post_form("/sign-in", {"username": "he", "password": password})
    assert person.get("/office/").headers["Location"] == "/account/password"


@one_engine
def test_an_administrator_helps_who_is_locked_out(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    client_as("reviewer")
    user, now = User.get(User.username == "reviewer"), clock.now()
    for _turn in range(5):
        finish(begin(SignInSettings(), "reviewer", "", "", now)[1], Outcome.WRONG)
    page = admin.get(f"{USERS}/details/?id={user.id}").get_data(as_text=True)
    assert "锁定至" in page
    assert 'value="unlock"' in page
    admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": "unlock"})
    assert 'value="unlock"' not in admin.get(f"{USERS}/details/?id={user.id}").get_data(as_text=True)
    shown = admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": "reset"}).get_data(as_text=True)
    password = re.findall(r'sx-secret">([^<]+)<', shown)[0]
    client_of(platform_app).post_form("/sign-in", {"username": "reviewer", "password": password})
    admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": "close"})
    assert not User.get_by_id(user.id).active
    admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": "open"})
    assert User.get_by_id(user.id).active
    assert admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": "promote"}).status_code == 404
    assert admin.post_form(f"{USERS}/act", {"user": "999999", "act": "close"}).status_code == 404


@one_engine
def test_the_own_account_shows_no_such_buttons(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    number = User.get(User.username == "administrator").id
    page = admin.get(f"{USERS}/details/?id={number}").get_data(as_text=True)
    assert "这是您自己的账号" in page
    assert 'name="act"' not in page
    admin.post_form(f"{USERS}/act", {"user": str(number), "act": "close"})
    assert User.get_by_id(number).active
    assert "另一位管理员" in admin.get("/office/").get_data(as_text=True)


def test_an_account_of_a_role_that_is_off_is_still_an_account(platform_app: Flask) -> None:
    made = create_user(SYSTEM, username="x-off", name="x", password=PASSWORD, roles=("nowhere",))
    assert held(made.username) == {"nowhere"}
