"""Grants: who gives what to whom, how far and how long; nobody raises himself, and what is taken is gone at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from shuixin.access import Actor, Target, allowed, system_actor
from shuixin.access.roles import APPOINT, GRANT, SECURITY, USERS
from shuixin.accounts import (
    RoleGrant,
    User,
    actor_of,
    create_user,
    end_grant,
    give_role,
    givers,
    reset_password,
    second_factor,
    unlock,
)
from shuixin.accounts.administration import set_active
from shuixin.accounts.grants import in_reach
from shuixin.audit import AuditEntry
from shuixin.contributions import Scope
from shuixin.errors import Conflict, Forbidden, NotFound, Refused
from shuixin.kit import clock
from shuixin.platform import Platform
from shuixin.testing.fixtures import PASSWORD, SignedIn, account_of, client_of
from shuixin.units import Unit

SYSTEM = system_actor("测试")
NOON = datetime(2026, 5, 10, 4, 0, tzinfo=UTC)
REVIEW = "credit_collection.review"
CITY, COUNTY, OTHER = "420200", "420281", "420100"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def platform(platform_app: Flask) -> Platform:
    found: Platform = platform_app.extensions["shuixin"]
    return found


def unit_of(region: str) -> Unit:
    made: Unit = Unit.get_or_none(Unit.region == region) or Unit.create(
        code=f"11{region}0000000000", name=region, region=region
    )
    return made


def person(username: str, region: str = CITY) -> User:
    """An account of the unit in *region*, without roles."""
    unit = unit_of(region) if region else None
    facts = {"username": username, "name": username, "password": PASSWORD, "unit": unit}
    return create_user(SYSTEM, roles=(), must_change=False, **facts)  # type: ignore[arg-type]


def limited(platform: Platform, role: str, region: str, name: str = "") -> Actor:
    """An actor who holds *role* for *region* only."""
    user = person(name or f"{role}-{region}", region)
    give_role(SYSTEM, user.username, role, now=NOON, region=region)
    return actor_of(user, platform, now=NOON)


def test_a_grant_holds_on_its_days_both_included_and_no_other(platform: Platform) -> None:
    user = person("clerk")
    give_role(SYSTEM, "clerk", "reviewer", now=NOON, first_day=date(2026, 5, 11), last_day=date(2026, 5, 12))

    def holds(at: datetime) -> bool:
        return actor_of(user, platform, now=at).holds(REVIEW)

    # 16:00 UTC is midnight in Shanghai.
    begin, end = datetime(2026, 5, 10, 16, 0, tzinfo=UTC), datetime(2026, 5, 12, 16, 0, tzinfo=UTC)
    moments = (begin - timedelta(seconds=1), begin, end - timedelta(seconds=1), end)
    assert [holds(at) for at in moments] == [False, True, True, False]
    until = {grant.until for grant in actor_of(user, platform, now=begin).grants}
    assert until == {date(2026, 5, 12)}


def test_one_role_may_be_held_for_two_regions(platform: Platform) -> None:
    user = person("clerk", COUNTY)
    give_role(SYSTEM, "clerk", "reviewer", now=NOON)
    give_role(SYSTEM, "clerk", "reviewer", now=NOON, region="420222")
    actor = actor_of(user, platform, now=NOON)
    reached = [allowed(actor, REVIEW, Target(region=code)).allowed for code in (COUNTY, "420222", "420204", CITY)]
    assert reached == [True, True, False, False]
    assert actor.roles == ("reviewer",)
    for same in ("420222", COUNTY):
        with pytest.raises(Refused, match="范围相同"):
            give_role(SYSTEM, "clerk", "reviewer", now=NOON, region=same)


def test_a_grant_that_has_run_out_does_not_stand_in_the_way(platform: Platform) -> None:
    user = person("clerk")
    give_role(SYSTEM, "clerk", "system_administrator", now=NOON, last_day=date(2026, 5, 10))
    later = NOON + timedelta(days=1)
    give_role(SYSTEM, "clerk", "security_administrator", now=later)
    assert actor_of(user, platform, now=later).roles == ("security_administrator",)


def test_a_grant_that_ended_stays_as_history(platform: Platform, actor_as: Callable[..., Actor]) -> None:
    admin = actor_as("administrator")
    user = person("clerk")
    grant = give_role(admin, "clerk", "reviewer", now=NOON)
    assert actor_of(user, platform, now=NOON).holds(REVIEW)
    end_grant(admin, grant.id, now=NOON)
    assert not actor_of(user, platform, now=NOON).holds(REVIEW)
    row = RoleGrant.get_by_id(grant.id)
    assert (row.given_by, row.given_at, row.ended_by, row.ended_at) == (admin.name, NOON, admin.name, NOON)
    with pytest.raises(Conflict, match="已经收回"):
        end_grant(admin, grant.id, now=NOON)
    with pytest.raises(NotFound):
        end_grant(admin, 999_999, now=NOON)
    actions = [row.action for row in AuditEntry.select().where(AuditEntry.object_key == "clerk")]
    assert actions[-2:] == ["grant.give", "grant.end"]
    give_role(admin, "clerk", "reviewer", now=NOON)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"last_day": date(2026, 5, 9)}, "last_day"),
        ({"first_day": date(2026, 6, 2), "last_day": date(2026, 6, 1)}, "last_day"),
        ({"region": "999999"}, "region"),
        ({"region": "黄石市"}, "region"),
        ({"code": "king"}, "role"),
        ({"username": "adrift"}, "region"),
    ],
)
@one_engine
def test_a_grant_that_makes_no_sense_is_refused_at_its_place(
    platform: Platform, facts: dict[str, object], field: str
) -> None:
    person("clerk")
    person("adrift", region="")
    given: dict[str, object] = {"username": "clerk", "code": "reviewer", **facts}
    with pytest.raises(Refused) as refused:
        give_role(SYSTEM, now=NOON, **given)  # type: ignore[arg-type]
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not RoleGrant.select().exists()


def test_t5_nobody_gives_beyond_the_own_reach(platform: Platform) -> None:
    city = limited(platform, "administrator", CITY)
    person("inside", COUNTY), person("outside", OTHER), person("adrift", region="")
    assert give_role(city, "inside", "reviewer", now=NOON).region == ""
    give_role(city, "inside", "leader", now=NOON, region=CITY)
    for region in (OTHER, "420000"):
        with pytest.raises(Refused, match="超出"):
            give_role(city, "inside", "editor", now=NOON, region=region)
    for username in ("outside", "adrift"):
        with pytest.raises(Forbidden):
            give_role(city, username, "reviewer", now=NOON, region=COUNTY)
    with pytest.raises(Refused, match="不限区域"):
        give_role(city, "inside", "administrator", now=NOON)
    person("deputy", COUNTY)
    give_role(city, "deputy", "administrator", now=NOON, region=COUNTY)
    deputy = actor_of(User.get(User.username == "deputy"), platform, now=NOON)
    assert {grant.scope for grant in deputy.grants} == {Scope.REGION}
    with pytest.raises(Refused, match="超出"):
        give_role(deputy, "inside", "editor", now=NOON, region=CITY)


def test_t5_who_is_limited_to_a_region_has_no_right_that_knows_none(platform: Platform) -> None:
    city = limited(platform, "administrator", CITY)
    held = {grant.permission for grant in city.grants}
    assert {USERS, GRANT, APPOINT} <= held
    assert not held & {"shuixin.plugins", "shuixin.jobs", "shuixin.audit"}


def test_t5_who_may_not_appoint_gives_no_role_of_administrators(platform: Platform) -> None:
    security = limited(platform, "security_administrator", "420000")
    person("clerk")
    give_role(security, "clerk", "reviewer", now=NOON)
    for role in ("administrator", "province", "system_administrator", "security_administrator"):
        with pytest.raises(Forbidden):
            give_role(security, "clerk", role, now=NOON, region=CITY)
    reviewer = actor_of(User.get(User.username == "clerk"), platform, now=NOON)
    person("friend")
    with pytest.raises(Forbidden):
        give_role(reviewer, "friend", "reviewer", now=NOON)
    with pytest.raises(Forbidden):
        end_grant(reviewer, RoleGrant.get(RoleGrant.role == "security_administrator").id, now=NOON)


def test_t5_an_account_that_administers_is_out_of_reach_of_who_may_not_appoint(platform: Platform) -> None:
    chief = account_of("administrator")
    system = actor_of(account_of("system_administrator"), platform)
    security = actor_of(account_of("security_administrator"), platform)
    city = limited(platform, "administrator", CITY)
    clerk = account_of("reviewer")
    for act in (
        lambda name: reset_password(system, name, "Another-horse-8"),
        lambda name: set_active(system, name, active=True),
        lambda name: second_factor.remove(security, name),
        lambda name: unlock(security, name, NOON),
    ):
        act(clerk.username)
        for target in (chief.username, "administrator-420200"):
            with pytest.raises(Forbidden):
                act(target)
    with pytest.raises(Forbidden):  # the same region, but the other's reach has no limit
        reset_password(city, chief.username, "Another-horse-8")
    reset_password(actor_of(chief, platform), "administrator-420200", "Another-horse-8")


def test_t5_accounts_are_made_within_the_own_reach(platform: Platform) -> None:
    city = limited(platform, "administrator", CITY)
    facts = {"name": "某人", "password": PASSWORD}
    made = create_user(city, username="below", unit=unit_of(COUNTY), roles=("reviewer",), **facts)  # type: ignore[arg-type]
    assert [(grant.role, grant.region) for grant in made.grants] == [("reviewer", COUNTY)]
    for unit in (unit_of(OTHER), None):
        with pytest.raises(Forbidden):
            create_user(city, username="beyond", unit=unit, roles=(), **facts)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="king"):
        create_user(city, username="nobody", unit=unit_of(COUNTY), roles=("king",), **facts)  # type: ignore[arg-type]
    assert not User.select().where(User.username.in_(("beyond", "nobody"))).exists()


def test_the_three_administrators_are_three_accounts(platform: Platform) -> None:
    three = ("system_administrator", "security_administrator", "audit_administrator")
    for held in three:
        person(held)
        give_role(SYSTEM, held, held, now=NOON, last_day=date(2026, 6, 30))
        for other in {*three, "administrator"} - {held}:
            with pytest.raises(Refused, match="三员分立") as refused:
                give_role(SYSTEM, held, other, now=NOON, region=CITY)
            assert str(platform.roles[held].label) in str(refused.value)
            assert refused.value.problems[0].remedy
        give_role(SYSTEM, held, "editor", now=NOON)
    person("later")
    give_role(SYSTEM, "later", three[0], now=NOON, last_day=date(2026, 6, 30))
    give_role(SYSTEM, "later", three[1], now=NOON, first_day=date(2026, 7, 1))


def test_t9_an_administrator_for_a_region_or_a_time_is_not_the_last(platform: Platform) -> None:
    chief = account_of("administrator")
    limited(platform, "administrator", CITY)
    person("interim")
    give_role(SYSTEM, "interim", "administrator", now=NOON, last_day=date(2099, 1, 1))
    grant = RoleGrant.get(RoleGrant.user == chief)
    for act in (
        lambda: end_grant(SYSTEM, grant.id, now=NOON),
        lambda: set_active(SYSTEM, "administrator", active=False),
    ):
        with pytest.raises(Refused, match="最后一位"):
            act()
    person("second")
    give_role(SYSTEM, "second", "administrator", now=NOON)
    end_grant(SYSTEM, grant.id, now=NOON)


@one_engine
def test_t11_a_grant_that_ends_is_gone_at_the_next_request_and_so_is_a_closed_role(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    someone = client_as("reviewer")
    desk = "/office/credit_collection/reviews/"
    assert someone.get(desk).status_code == 200
    RoleGrant.update(last_day=clock.legal_day(clock.now()) - timedelta(days=1)).execute()
    assert someone.get(desk).status_code == 403
    RoleGrant.update(last_day=None).execute()
    assert someone.get(desk).status_code == 200


def test_a_closed_account_has_no_rights_whoever_asks(platform: Platform) -> None:
    account_of("administrator")
    user = account_of("reviewer")
    set_active(SYSTEM, "reviewer", active=False)
    assert actor_of(User.get_by_id(user.id), platform).grants == frozenset()


def test_who_can_help_is_named(platform: Platform) -> None:
    clerk = person("clerk", COUNTY)
    chief = account_of("administrator")
    limited(platform, "administrator", CITY)
    limited(platform, "administrator", OTHER)
    security = account_of("security_administrator")
    named = {each.username for each in givers(clerk, platform.roles["reviewer"], now=NOON)}
    assert named == {chief.username, "administrator-420200", security.username}
    named = {each.username for each in givers(clerk, platform.roles["province"], now=NOON)}
    assert named == {chief.username, "administrator-420200"}


def test_lists_reach_as_far_as_the_right(platform: Platform) -> None:
    city, none = limited(platform, "administrator", CITY), Actor(9, "某人")
    person("inside", COUNTY), person("outside", OTHER), person("adrift", region="")
    reached = {user.username for user in User.select().where(in_reach(city, SECURITY))}
    assert reached == {"administrator-420200", "inside"}
    assert not User.select().where(in_reach(none, SECURITY)).exists()
    every = actor_of(account_of("administrator"), platform)
    assert User.select().where(in_reach(every, SECURITY)).count() == User.select().count()


@one_engine
def test_a_signed_in_page_reads_its_rights_in_two_queries(
    platform_app: Flask, client_as: Callable[..., SignedIn], caplog: pytest.LogCaptureFixture
) -> None:
    someone = client_as("reviewer")
    someone.get("/account/rights")
    with caplog.at_level("DEBUG", logger="peewee"):
        page = someone.get("/account/rights")
    asked = [record.getMessage() for record in caplog.records if record.name == "peewee"]
    assert page.status_code == 200
    tables = ("shuixin_login_session", "shuixin_role_grant")
    assert [table in query for table, query in zip(tables, asked, strict=True)] == [True] * 2, asked


@one_engine
def test_everybody_sees_the_own_rights(
    platform_app: Flask, client_as: Callable[..., SignedIn], client: SignedIn
) -> None:
    text = client_as("reviewer").get("/account/rights").get_data(as_text=True)
    assert all(words in text for words in ("市级审核员", "审核申报和变更", "湖北省黄石市及其下级"))
    assert "批准申报和变更" not in text
    assert "仅限本企业" in client_as("enterprise").get("/account/rights").get_data(as_text=True)
    assert client.get("/account/rights").status_code == 302
    both = account_of("reviewer", "-both")
    give_role(SYSTEM, both.username, "administrator", now=clock.now())
    text = client_of(platform_app, both).get("/account/rights").get_data(as_text=True)
    assert "建立账号或授予岗位的人不办理审核和批准" in text
