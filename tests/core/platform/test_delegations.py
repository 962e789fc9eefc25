"""Delegation: own rights only, to a colleague, for some days, never more than the delegator holds now."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from shuixin.access import Actor, Target, acting, allowed
from shuixin.accounts import RoleGrant, User
from shuixin.accounts.delegations import LONGEST_DAYS, delegate, delegated_grants, end_delegation
from shuixin.accounts.models import Delegation
from shuixin.accounts.rights import actor_of, holders
from shuixin.audit import AuditEntry
from shuixin.audit import append as audit
from shuixin.errors import Forbidden, NotFound, Refused
from shuixin.kit import clock
from shuixin.kit.notices import Notice
from shuixin.testing.fixtures import SignedIn
from shuixin.units import Unit

REVIEW, APPROVE = "credit_collection.review", "credit_collection.approve"
HERE, ELSEWHERE = Target(region="420204"), Target(region="420100")
PAGE = "/account/delegations"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def give(platform_app: Flask, user_as: Callable[..., User]) -> Callable[..., Delegation]:
    """Delegate from one account to another: ``give(giver, taker, days=3)``."""
    platform = platform_app.extensions["shuixin"]

    def make(giver: User, taker: User, days: int = 3, begins: int = 0) -> Delegation:
        today = clock.legal_day(clock.now())
        return delegate(
            actor_of(giver, platform),
            taker=taker.id,
            permissions=[REVIEW],
            first_day=today + timedelta(days=begins),
            last_day=today + timedelta(days=begins + days - 1),
            reason="年休假一周",
            declared=platform.permissions.values(),
        )

    return make


@pytest.fixture
def rights(platform_app: Flask) -> Callable[[User], Actor]:
    return lambda user: actor_of(User.get_by_id(user.id), platform_app.extensions["shuixin"])


def test_a_delegate_acts_in_the_own_name_on_behalf(
    give: Callable[..., Delegation], rights: Callable[[User], Actor], user_as: Callable[..., User]
) -> None:
    giver, taker = user_as("reviewer"), user_as("editor")
    with pytest.raises(Forbidden):
        acting(rights(taker), REVIEW, HERE)
    give(giver, taker)
    actor = acting(rights(taker), REVIEW, HERE)
    assert (actor.name, actor.behalf and actor.behalf.name) == ("editor", "reviewer")
    assert not allowed(rights(taker), REVIEW, ELSEWHERE).allowed, "no further than the delegator's reach"
    assert not rights(taker).holds("credit_collection.read"), "nothing but what was delegated"
    audit(actor, "x.y", "x", "1", {"opinion": "同意"})
    entry = AuditEntry.get(AuditEntry.action == "x.y")
    assert entry.actor_name == "editor"
    assert entry.detail == {"opinion": "同意", "behalf_of": {"id": giver.id, "name": "reviewer"}}
    assert acting(rights(giver), REVIEW, HERE).behalf is None
    assert Notice.get(Notice.addressee == taker.id).link == PAGE


def test_the_own_right_comes_first_and_a_fit_delegator_next(
    give: Callable[..., Delegation], rights: Callable[[User], Actor], user_as: Callable[..., User]
) -> None:
    first, second, own = (user_as("reviewer", suffix) for suffix in ("", "2", "3"))
    taker = user_as("editor")
    for giver in (first, second):
        give(giver, taker)
        give(giver, own)
    assert acting(rights(own), REVIEW, HERE).behalf is None
    chosen = acting(rights(taker), REVIEW, HERE, avoid=[first.id]).behalf
    assert chosen is not None
    assert chosen.id == second.id


def test_it_begins_and_ends_by_itself(
    give: Callable[..., Delegation], rights: Callable[[User], Actor], user_as: Callable[..., User]
) -> None:
    taker, now = user_as("editor"), clock.now()
    give(user_as("reviewer"), taker, begins=2, days=2)
    held = []
    for days in range(6):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            held.append(rights(taker).holds(REVIEW))
    assert held == [False, False, True, True, False, False]


def test_a_delegate_never_has_more_than_the_delegator_now(
    give: Callable[..., Delegation],
    rights: Callable[[User], Actor],
    user_as: Callable[..., User],
    platform_app: Flask,
) -> None:
    giver, taker = user_as("reviewer"), user_as("editor")
    give(giver, taker)
    assert rights(taker).holds(REVIEW)
    RoleGrant.delete().where(RoleGrant.user == giver).execute()
    assert not rights(taker).holds(REVIEW)
    RoleGrant.create(user=giver, role="reviewer")
    User.update(active=False).where(User.id == giver.id).execute()
    assert not rights(taker).holds(REVIEW)
    User.update(active=True).where(User.id == giver.id).execute()
    RoleGrant.create(user=giver, role="administrator")
    assert not rights(taker).holds(REVIEW), "a limit that binds the delegator binds the delegate"
    RoleGrant.delete().where(RoleGrant.user == giver, RoleGrant.role == "administrator").execute()
    RoleGrant.create(user=taker, role="administrator")
    assert not rights(taker).holds(REVIEW), "and one that withholds it from the delegate"


def test_what_was_delegated_is_not_handed_on(
    give: Callable[..., Delegation], rights: Callable[[User], Actor], user_as: Callable[..., User]
) -> None:
    giver, taker, third = user_as("reviewer"), user_as("editor"), user_as("leader")
    give(giver, taker)
    with pytest.raises(Refused):
        give(taker, third)
    Delegation.create(
        giver=taker, taker=third, permissions=[REVIEW], first_day=date(2000, 1, 1), last_day=date(2999, 1, 1),
        reason="绕过服务", made_at=clock.now(),
    )  # fmt: skip
    assert not rights(third).holds(REVIEW)


@one_engine
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"taker": 0}, "taker"),
        ({"taker": "self"}, "taker"),
        ({"taker": "elsewhere"}, "taker"),
        ({"taker": "enterprise"}, "taker"),
        ({"taker": "closed"}, "taker"),
        ({"permissions": ()}, "permissions"),
        ({"permissions": (REVIEW, APPROVE)}, "permissions"),
        ({"permissions": ("credit_collection.read",)}, "permissions"),
        ({"first_day": None}, "last_day"),
        ({"first_day": clock.legal_day(clock.now()) - timedelta(days=1)}, "last_day"),
        ({"last_day": clock.legal_day(clock.now()) - timedelta(days=1)}, "last_day"),
        ({"last_day": clock.legal_day(clock.now()) + timedelta(days=LONGEST_DAYS)}, "last_day"),
        ({"reason": "  休  "}, "reason"),
    ],
)
def test_what_does_not_hold_is_refused_by_name(
    change: dict[str, Any], field: str, platform_app: Flask, user_as: Callable[..., User]
) -> None:
    far = Unit.create(code="114201000000000000", name="外地", region="420100", organ_word="外")
    people = {
        "self": user_as("reviewer"),
        "elsewhere": user_as("reviewer", "-far", unit=far),
        "enterprise": user_as("enterprise"),
        "closed": user_as("reviewer", "-closed"),
    }
    User.update(active=False).where(User.username == "reviewer-closed").execute()
    platform, today = platform_app.extensions["shuixin"], clock.legal_day(clock.now())
    facts: dict[str, Any] = {
        "taker": user_as("editor").id,
        "permissions": (REVIEW,),
        "first_day": today,
        "last_day": today,
        "reason": "年休假一周",
        **change,
    }
    facts["taker"] = people[facts["taker"]].id if isinstance(facts["taker"], str) else facts["taker"]
    with pytest.raises(Refused) as caught:
        delegate(actor_of(people["self"], platform), **facts, declared=platform.permissions.values())
    assert [problem.field for problem in caught.value.problems] == [field]
    assert Delegation.select().count() == 0


def test_either_ends_it_and_nobody_else(
    give: Callable[..., Delegation], rights: Callable[[User], Actor], user_as: Callable[..., User]
) -> None:
    giver, taker, third = user_as("reviewer"), user_as("editor"), user_as("leader")
    for ender in (giver, taker):
        made = give(giver, taker)
        with pytest.raises(NotFound):
            end_delegation(rights(third), made.id)
        end_delegation(rights(ender), made.id)
        assert not rights(taker).holds(REVIEW)
        with pytest.raises(NotFound):
            end_delegation(rights(ender), made.id)
    assert AuditEntry.select().where(AuditEntry.action == "delegation.end").count() == 2
    assert Notice.select().where(Notice.kind == "delegation.ended", Notice.addressee == giver.id).count() == 1


def test_holders_are_all_who_may_delegates_included(
    give: Callable[..., Delegation], user_as: Callable[..., User], platform_app: Flask
) -> None:
    far = Unit.create(code="114201000000000000", name="外地", region="420100", organ_word="外")
    reviewer, taker = user_as("reviewer"), user_as("editor")
    user_as("reviewer", "-far", unit=far)
    user_as("reviewer", "-closed")
    User.update(active=False).where(User.username == "reviewer-closed").execute()
    assert holders(REVIEW, HERE) == [reviewer.id]
    give(reviewer, taker)
    assert sorted(holders(REVIEW, HERE)) == sorted([reviewer.id, taker.id])


@one_engine
def test_the_page_gives_and_ends(client_as: Callable[..., SignedIn], user_as: Callable[..., User]) -> None:
    taker, client, today = user_as("editor"), client_as("reviewer"), clock.legal_day(clock.now())
    form = {"taker": taker.id, "permissions": REVIEW, "first_day": today, "last_day": "31/12", "reason": "年休假一周"}
    answer = client.post_form(PAGE, form)
    assert answer.status_code == 422
    assert 'value="年休假一周"' in answer.text
    assert f'<option value="{taker.id}" selected>' in answer.text
    assert client.post_form(PAGE, {**form, "last_day": today}).status_code == 302
    assert "我委托editor" in client.get(PAGE).text
    other = client_as("editor")
    assert "您正受reviewer委托" in other.get("/office/").text
    assert other.get("/office/credit_collection/reviews/").status_code == 200
    client.post_form(f"{PAGE}/end", {"delegation": Delegation.get().id})
    assert other.get("/office/credit_collection/reviews/").status_code == 403
    assert client_as("enterprise").get(PAGE).status_code == 403


@one_engine
def test_a_right_that_may_not_be_delegated_any_more_has_no_effect(
    give: Callable[..., Delegation], user_as: Callable[..., User], rights: Callable[[User], Actor], platform_app: Flask
) -> None:
    taker = user_as("editor")
    give(user_as("reviewer"), taker)
    declared = [each for each in platform_app.extensions["shuixin"].permissions.values() if each.code != REVIEW]
    assert delegated_grants(taker, rights, declared, clock.legal_day(clock.now())) == frozenset()
