"""Roles made in the page: nobody makes more than could be given; who holds one follows its changes at once."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.access.roles import DUTIES, core_roles
from shuixin.accounts import (
    MadeRole,
    RightUse,
    RoleForm,
    RoleGrant,
    User,
    actor_of,
    change_role,
    create_user,
    give_role,
    grantable,
    make_role,
    set_role_active,
    unused_rights,
)
from shuixin.accounts.rights import roles_now
from shuixin.accounts.uses import UseBook
from shuixin.audit import AuditEntry
from shuixin.errors import Conflict, Forbidden, NotFound, Refused
from shuixin.kit import clock
from shuixin.platform import Platform
from shuixin.settings import AccessSettings
from shuixin.testing.fixtures import PASSWORD, SignedIn, account_of, city_bureau
from shuixin.units import Unit

SYSTEM = system_actor("测试")
NOW = datetime(2026, 5, 10, 4, 0, tzinfo=UTC)
READ, REVIEW, WRITE = "credit_collection.read", "credit_collection.review", "news.write"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def form(*permissions: str, label: str = "档案查阅员", scope: str = "region") -> RoleForm:
    return RoleForm(label, scope, permissions)


@pytest.fixture
def platform(platform_app: Flask) -> Platform:
    found: Platform = platform_app.extensions["shuixin"]
    return found


@pytest.fixture
def security(platform: Platform) -> Actor:
    """An administrator of security whose reach has no limit."""
    return actor_of(account_of("security_administrator"), platform)


def clerk(name: str = "clerk") -> User:
    return create_user(
        SYSTEM, username=name, name=name, password=PASSWORD, roles=(), unit=city_bureau(), must_change=False
    )


def test_a_made_role_gives_what_it_says_and_follows_its_changes(platform: Platform, security: Actor) -> None:
    role = make_role(security, "reader", form(READ))
    user = clerk()
    give_role(security, "clerk", "reader", now=NOW)
    actor = actor_of(user, platform, now=NOW)
    assert [(grant.permission, grant.region) for grant in actor.grants] == [(READ, "420200")]
    assert actor.role_labels == ("档案查阅员",)
    change_role(security, "reader", form(READ, WRITE, label="编辑兼查阅"), version=role.row_version)
    assert {grant.permission for grant in actor_of(user, platform, now=NOW).grants} == {READ, WRITE}
    set_role_active(security, "reader", active=False, version=2)
    assert not actor_of(user, platform, now=NOW).grants
    with pytest.raises(Refused, match="没有岗位reader"):
        give_role(security, "clerk", "reader", now=NOW, region="420281")
    set_role_active(security, "reader", active=True, version=3)
    assert actor_of(user, platform, now=NOW).holds(WRITE)
    actions = [row.action for row in AuditEntry.select().where(AuditEntry.object_key == "reader")]
    assert actions == ["role.make", "role.change", "role.close", "role.open"]


def test_two_who_change_a_role_do_not_overwrite_each_other(security: Actor) -> None:
    make_role(security, "reader", form(READ))
    change_role(security, "reader", form(READ, WRITE), version=1)
    for late in (
        lambda: change_role(security, "reader", form(REVIEW), version=1),
        lambda: set_role_active(security, "reader", active=False, version=1),
    ):
        with pytest.raises(Conflict):
            late()
    row = MadeRole.get(MadeRole.code == "reader")
    assert (row.permissions, row.active) == ([READ, WRITE], True)
    with pytest.raises(NotFound):
        change_role(security, "nobody", form(READ), version=1)


@pytest.mark.parametrize(
    ("code", "given", "fields"),
    [
        ("reviewer", form(READ), ["code"]),
        ("of_a_plugin_that_is_off", form(READ), ["code"]),
        ("Reader!", form(READ), ["code"]),
        ("reader", form(), ["permissions"]),
        ("reader", form(READ, label=" "), ["label"]),
        ("reader", form(READ, scope="king"), ["scope"]),
        ("reader", form("shuixin.audit"), ["permissions"]),
        ("reader", form("shuixin.roles"), ["permissions"]),
        ("r", form(label="", scope=""), ["code", "label", "scope", "permissions"]),
    ],
)
@one_engine
def test_t5_a_role_that_may_not_be_is_refused_with_all_that_is_wrong(
    security: Actor, code: str, given: RoleForm, fields: Collection[str]
) -> None:
    RoleGrant.create(user=clerk(), role="of_a_plugin_that_is_off")
    with pytest.raises(Refused) as refused:
        make_role(security, code, given)
    assert [problem.field for problem in refused.value.problems] == fields
    assert all(str(problem.remedy) for problem in refused.value.problems)
    assert not MadeRole.select().exists()


def test_t5_only_who_manages_roles_everywhere_makes_them(platform: Platform, actor_as: Callable[..., Actor]) -> None:
    make_role(SYSTEM, "reader", form(READ))
    clerk("city")
    give_role(SYSTEM, "city", "security_administrator", now=NOW, region="420200")
    city = actor_of(User.get(User.username == "city"), platform, now=NOW)
    for actor in (city, actor_as("reviewer"), actor_as("system_administrator")):
        for act in (
            lambda actor=actor: make_role(actor, "other", form(READ)),
            lambda actor=actor: change_role(actor, "reader", form(REVIEW), version=1),
            lambda actor=actor: set_role_active(actor, "reader", active=False, version=1),
        ):
            with pytest.raises(Forbidden):
                act()


def test_t5_nobody_changes_a_role_of_the_own_account(platform: Platform, security: Actor) -> None:
    make_role(security, "reader", form(READ))
    give_role(SYSTEM, security.username, "reader", now=NOW)
    for act in (
        lambda: change_role(security, "reader", form(READ, REVIEW), version=1),
        lambda: set_role_active(security, "reader", active=False, version=1),
    ):
        with pytest.raises(Refused, match="您自己担任此岗位"):
            act()


def test_t5_administrative_rights_enter_a_role_only_by_who_may_appoint(
    security: Actor, actor_as: Callable[..., Actor]
) -> None:
    chief = actor_as("administrator")
    assert not grantable(security) & set().union(*DUTIES.values())
    assert grantable(chief) >= set().union(*DUTIES.values())
    with pytest.raises(Refused) as refused:
        make_role(chief, "both", form("shuixin.users", "shuixin.roles"))
    assert "三员分立" in str(refused.value.problems[0].rule)
    make_role(chief, "helpdesk", form("shuixin.security", READ))
    with pytest.raises(Refused, match="没有保存"):
        change_role(security, "helpdesk", form(READ), version=1)
    change_role(security, "helpdesk", form("shuixin.security", READ, WRITE), version=1)


def test_a_change_that_unites_separated_duties_in_somebody_is_refused(actor_as: Callable[..., Actor]) -> None:
    chief, system = actor_as("administrator"), actor_as("system_administrator")
    make_role(chief, "reader", form(READ))
    give_role(chief, system.username, "reader", now=NOW)
    with pytest.raises(Refused, match="三员分立"):
        change_role(chief, "reader", form(READ, "shuixin.audit"), version=1)
    change_role(chief, "reader", form(READ, "shuixin.users"), version=1)


def test_rights_of_a_plugin_that_is_off_are_kept_without_effect(platform: Platform, security: Actor) -> None:
    make_role(security, "reader", form(READ))
    MadeRole.update(permissions=[READ, "sleeping.do"]).execute()
    user = clerk()
    give_role(security, "clerk", "reader", now=NOW)
    assert {grant.permission for grant in actor_of(user, platform, now=NOW).grants} == {READ}
    change_role(security, "reader", form(WRITE), version=1)
    assert MadeRole.get().permissions == [WRITE, "sleeping.do"]


def test_a_role_that_a_plugin_declares_wins_over_one_made_before(platform: Platform, security: Actor) -> None:
    make_role(security, "reader", form(READ))
    declared = replace(platform, roles={**platform.roles, "reader": platform.roles["editor"]})
    user = clerk()
    give_role(security, "clerk", "reader", now=NOW)
    assert {grant.permission for grant in actor_of(user, declared, now=NOW).grants} == {WRITE}
    assert roles_now(declared)["reader"] is platform.roles["editor"]


def test_separated_duties_shrink_the_super_administrator() -> None:
    roles = {role.code: set(role.permissions) for role in core_roles(separate=True)}
    assert roles["administrator"] == {"shuixin.people", "shuixin.users", "shuixin.units", "shuixin.appoint"}
    assert not roles["province"] & set().union(*DUTIES.values())
    whole = {role.code: set(role.permissions) for role in core_roles(separate=False)}
    assert whole["administrator"] >= set().union(*DUTIES.values())
    for name, rights in DUTIES.items():
        held = whole[f"{name}_administrator"]
        assert held >= rights
        assert not any(held & others for other, others in DUTIES.items() if other != name)


def test_with_duties_separated_the_super_administrator_appoints_and_no_more(platform_app: Flask) -> None:
    platform = platform_app.extensions["shuixin"]
    platform.roles = {**platform.roles, **{role.code: role for role in core_roles(separate=True)}}
    chief = actor_of(account_of("administrator"), platform)
    clerk()
    with pytest.raises(Forbidden):
        give_role(chief, "clerk", "reviewer", now=NOW)
    give_role(chief, "clerk", "security_administrator", now=NOW)
    guard = actor_of(User.get(User.username == "clerk"), platform, now=NOW)
    clerk("other")
    give_role(guard, "other", "reviewer", now=NOW)


# --- rights that are held and not used ----------------------------------------------------------------------------


@one_engine
def test_each_use_of_a_right_is_noted_once_a_day(client_as: Callable[..., SignedIn]) -> None:
    someone = client_as("reviewer")
    someone.get("/office/plugins/")
    assert not RightUse.select().exists(), "what was refused was not used"
    for _turn in range(2):
        someone.get("/office/credit_collection/reviews/")
    rows = [(row.user.username, row.permission, row.day) for row in RightUse.select()]
    assert rows == [("reviewer", REVIEW, clock.legal_day(clock.now()))]
    RightUse.update(day=date(2026, 1, 1)).execute()
    someone.get("/office/credit_collection/reviews/")
    assert RightUse.get().day == date(2026, 1, 1), "this process has written it today"


@one_engine
def test_a_right_behind_a_button_is_noted_too(client_as: Callable[..., SignedIn]) -> None:
    chief, user = client_as("administrator"), account_of("reviewer")
    chief.get(f"/office/administration/users/details/?id={user.id}")
    assert {row.permission for row in RightUse.select()} == {"shuixin.people"}, "to see a button is not to press it"
    chief.post_form("/office/administration/users/act", {"user": str(user.id), "act": "close"})
    assert {row.permission for row in RightUse.select()} == {"shuixin.people", "shuixin.users"}


def test_the_last_day_of_use_is_kept(platform: Platform) -> None:
    user, day = account_of("reviewer"), date(2026, 5, 1)
    for book, days in ((UseBook(), 0), (UseBook(), 3)):
        book.write(user.id, frozenset({READ, REVIEW}), day + timedelta(days=days))
    assert {(row.permission, row.day.day) for row in RightUse.select()} == {(READ, 4), (REVIEW, 4)}


def test_the_report_names_what_nobody_used_for_long(platform: Platform) -> None:
    platform.settings = platform.settings.model_copy(update={"access": AccessSettings(unused_days=90)})
    user = clerk()
    given = NOW - timedelta(days=91)
    make_role(SYSTEM, "desk", form(READ, REVIEW, "credit_collection.import"))
    give_role(SYSTEM, "clerk", "desk", now=given)
    give_role(SYSTEM, "clerk", "editor", now=NOW - timedelta(days=90))
    book, day = UseBook(), clock.legal_day(NOW)
    book.write(user.id, frozenset({READ}), day - timedelta(days=91))
    book.write(user.id, frozenset({REVIEW}), day - timedelta(days=90))
    account_of("enterprise")
    found = {each.grant.permission: each.used for each in unused_rights(platform, NOW)}
    assert found == {READ: date(2026, 2, 8), "credit_collection.import": None}


def test_units_are_not_read_again_for_the_report(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    for name in "abc":
        clerk(f"clerk-{name}")
    assert Unit.select().count() == 1
    with caplog.at_level("DEBUG", logger="peewee"):
        unused_rights(platform, NOW)
    asked = [record.getMessage() for record in caplog.records if record.name == "peewee"]
    assert len([query for query in asked if "shuixin_unit" in query]) == 1, asked
