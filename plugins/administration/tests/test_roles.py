"""Roles and grants in the back office: shown, given, ended, made; each administrator has the own part and no more."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask

from shuixin.access import Target, allowed, system_actor
from shuixin.accounts import MadeRole, RightUse, RoleGrant, User, actor_of, create_user, give_role
from shuixin.kit import clock
from shuixin.testing.fixtures import PASSWORD, SignedIn, account_of, client_of
from shuixin.units import Unit

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SYSTEM = system_actor("测试")
USERS, ROLES, WHY = (f"/office/administration/{name}" for name in ("users", "roles", "why"))
REVIEW = "credit_collection.review"
THREE = ("system_administrator", "security_administrator", "audit_administrator")


def person(username: str, region: str = "420200") -> User:
    unit = Unit.get_or_none(Unit.region == region) or Unit.create(
        code=f"11{region}0000000000", name=region, region=region
    )
    return create_user(
        SYSTEM, username=username, name=f"{username}某", password=PASSWORD, roles=(), unit=unit, must_change=False
    )


def page_of(client: SignedIn, user: User) -> str:
    return str(client.get(f"{USERS}/details/?id={user.id}").get_data(as_text=True))


def test_a_role_is_given_with_region_and_days_and_taken_again(client_as: Callable[..., SignedIn]) -> None:
    admin, user = client_as("administrator"), person("clerk")
    today = clock.legal_day(clock.now())
    form = {
        "user": str(user.id),
        "role": "reviewer",
        "region": "420281",
        "last_day": (today + timedelta(7)).isoformat(),
    }
    assert admin.post_form(f"{USERS}/give", form).status_code == 302
    page = page_of(admin, user)
    assert all(words in page for words in ("市级审核员", "湖北省黄石市大冶市及其下级", form["last_day"], "生效中"))
    someone = client_of(admin.application, user)
    assert someone.get("/office/credit_collection/reviews/").status_code == 200
    grant = RoleGrant.get(RoleGrant.user == user)
    admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": "end", "grant": str(grant.id)})
    assert "已收回" in page_of(admin, user)
    assert someone.get("/office/credit_collection/reviews/").status_code == 403


def test_what_was_typed_is_there_again_with_what_is_wrong(client_as: Callable[..., SignedIn]) -> None:
    admin, user = client_as("administrator"), person("clerk")
    form = {"user": str(user.id), "role": "reviewer", "region": "420281", "first_day": "明天", "last_day": "2001-01-01"}
    for changed, words in (
        ({}, "不是日期"),
        ({"first_day": ""}, "早于今天"),
        ({"first_day": "", "last_day": "", "role": ""}, "没有选择岗位"),
        ({"first_day": "", "last_day": "", "role": "audit_administrator", "region": "1"}, "没有行政区划代码"),
    ):
        answer = admin.post_form(f"{USERS}/give", {**form, **changed})
        text = answer.get_data(as_text=True)
        assert (answer.status_code, words in text) == (422, True)
        if "region" not in changed:
            assert 'value="420281" selected' in text
    assert not RoleGrant.select().where(RoleGrant.user == user).exists()


def test_a_grant_of_somebody_else_is_not_ended_through_this_page(client_as: Callable[..., SignedIn]) -> None:
    admin, user, other = client_as("administrator"), person("clerk"), account_of("reviewer")
    grant = RoleGrant.get(RoleGrant.user == other)
    admin.post_form(f"{USERS}/act", {"user": str(user.id), "act": "end", "grant": str(grant.id)})
    assert RoleGrant.get_by_id(grant.id).ended_at is None


def test_t5_a_regional_administrator_sees_and_reaches_the_own_tree_only(platform_app: Flask) -> None:
    person("chief")
    give_role(SYSTEM, "chief", "administrator", now=clock.now(), region="420200")
    inside, outside = person("inside", "420281"), person("outside", "420100")
    chief = client_of(platform_app, User.get(User.username == "chief"))
    listed = chief.get(f"{USERS}/").get_data(as_text=True)
    assert ("inside某" in listed, "outside某" in listed) == (True, False)
    assert chief.get(f"{USERS}/details/?id={outside.id}").status_code == 404
    page = page_of(chief, inside)
    assert ('value="420281"' in page, 'value="420100"' in page) == (True, False)
    for path, form in (
        ("give", {"user": outside.id, "role": "reviewer"}),
        ("act", {"user": outside.id, "act": "close"}),
        ("act", {"user": outside.id, "act": "reset"}),
    ):
        assert chief.post_form(f"{USERS}/{path}", form).status_code == 404
    assert (
        chief.post_form(f"{USERS}/give", {"user": inside.id, "role": "editor", "region": "420100"}).status_code == 422
    )
    assert chief.post_form(f"{USERS}/new", {"username": "n", "name": "n", "unit": outside.unit.id}).status_code == 403
    assert chief.get("/office/plugins/").status_code == 403
    assert not RoleGrant.select().where(RoleGrant.user.in_((inside, outside))).exists()
    assert User.get_by_id(outside.id).active


def test_t8_each_of_the_three_has_the_own_rooms(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    rooms = {
        "system_administrator": {
            f"{USERS}/",
            f"{ROLES}/",
            f"{WHY}/",
            "/office/plugins/",
            "/office/administration/jobs/",
        },
        "security_administrator": {f"{USERS}/", f"{ROLES}/", f"{WHY}/"},
        "audit_administrator": {"/office/administration/audit/", "/office/administration/sign_ins/"},
    }
    every = set().union(*rooms.values()) | {"/office/credit_collection/reviews/", "/office/news/articles/"}
    for role, own in rooms.items():
        someone = client_as(role)
        assert {path for path in every if someone.get(path).status_code == 200} == own, role


def test_t8_the_audit_log_is_not_edited_switched_off_or_left_unwatched(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    for role in (*THREE, "administrator"):
        someone = client_as(role)
        for path in ("new/", "edit/?id=1", "delete/", "action/", "ajax/update/"):
            for method in ("get", "post"):
                send = someone.get if method == "get" else someone.post_form
                answer = send(f"/office/administration/audit/{path}")
                assert answer.status_code in (302, 403, 404, 405), (role, path)
    audit = client_as("audit_administrator")
    user = account_of("reviewer")
    for path, form in (
        (f"{USERS}/act", {"user": str(user.id), "act": "close"}),
        (f"{USERS}/give", {"user": str(user.id), "role": "editor"}),
        ("/office/plugins/switch", {"plugin": "news", "on": "0"}),
    ):
        assert audit.post_form(path, form).status_code == 403
    assert User.get_by_id(user.id).active


def test_system_and_security_do_each_their_part_of_a_new_account(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    system, security = client_as("system_administrator"), client_as("security_administrator")
    unit = str(Unit.get().id)
    system.post_form(f"{USERS}/new", {"username": "he", "name": "何", "unit": unit})
    user = User.get(User.username == "he")
    assert system.post_form(f"{USERS}/give", {"user": user.id, "role": "reviewer"}).status_code == 403
    assert 'name="role"' not in page_of(system, user)
    assert security.post_form(f"{USERS}/give", {"user": user.id, "role": "reviewer"}).status_code == 302
    assert security.post_form(f"{USERS}/new", {"username": "x", "name": "x", "unit": unit}).status_code == 403
    page = page_of(security, user)
    assert ('value="reset"' in page, 'value="close"' in page, 'name="role"' in page) == (False, False, True)
    chief = account_of("administrator")
    page = page_of(security, chief)
    assert ('value="editor"' in page, 'value="province"' in page, 'value="end"' in page) == (True, False, False)
    assert security.post_form(f"{USERS}/give", {"user": user.id, "role": "province"}).status_code == 403


def test_a_role_is_made_changed_and_closed_in_the_page(client_as: Callable[..., SignedIn]) -> None:
    security = client_as("security_administrator")
    wrong = security.post_form(f"{ROLES}/new", {"code": "reviewer", "label": "查阅", "scope": "region"})
    text = wrong.get_data(as_text=True)
    assert (wrong.status_code, "已被使用" in text, "没有选择权限" in text) == (422, True, True)
    assert 'value="查阅"' in text
    form = {"code": "reader", "label": "查阅<b>", "scope": "region", "permissions": ["credit_collection.read", "king"]}
    assert security.post_form(f"{ROLES}/new", form).headers["Location"] == f"{ROLES}/role/reader"
    assert MadeRole.get().permissions == ["credit_collection.read"]
    page = security.get(f"{ROLES}/role/reader").get_data(as_text=True)
    assert "查阅&lt;b&gt;" in page
    assert "查看信用档案" in page
    changed = {**form, "version": "1", "permissions": ["news.write"], "label": "撰稿"}
    assert 'value="1"' in security.get(f"{ROLES}/role/reader/change").get_data(as_text=True)
    assert security.post_form(f"{ROLES}/role/reader/change", changed).status_code == 302
    assert (
        security.post_form(f"{ROLES}/role/reader/change", {**changed, "version": "2", "label": ""}).status_code == 422
    )
    assert security.post_form(f"{ROLES}/role/reader/change", changed).status_code == 409, "somebody was faster"
    security.post_form(f"{ROLES}/role/reader/active", {"version": "2", "on": "0"})
    assert not MadeRole.get().active
    assert "已停用" in security.get(f"{ROLES}/").get_data(as_text=True)
    assert "撰稿" not in security.get(f"{ROLES}/matrix").get_data(as_text=True)


def test_declared_roles_are_shown_and_not_changed(client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    account_of("reviewer")
    page = admin.get(f"{ROLES}/role/reviewer").get_data(as_text=True)
    assert all(words in page for words in ("审核申报和变更", "reviewer", "由系统和插件设定"))
    assert admin.get(f"{ROLES}/role/reviewer/change").status_code == 404
    assert admin.get(f"{ROLES}/role/nobody").status_code == 404
    matrix = admin.get(f"{ROLES}/matrix").get_data(as_text=True)
    assert all(words in matrix for words in ("系统管理员", "查看操作日志", "门户审核员", "发布和撤回文章"))


def test_who_only_sees_people_makes_no_role(client_as: Callable[..., SignedIn]) -> None:
    system = client_as("system_administrator")
    assert "新建岗位" not in system.get(f"{ROLES}/").get_data(as_text=True)
    form = {"code": "reader", "label": "查阅", "scope": "region", "permissions": ["news.write"]}
    assert system.post_form(f"{ROLES}/new", form).status_code == 403
    assert not MadeRole.select().exists()


def test_unused_rights_are_listed_for_people_in_reach(client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    person("idle")
    give_role(SYSTEM, "idle", "reviewer", now=clock.now() - timedelta(days=200))
    page = admin.get(f"{ROLES}/unused").get_data(as_text=True)
    assert all(words in page for words in ("idle某", "90天未使用", "审核申报和变更", "没有用过"))
    RightUse.create(user=User.get(User.username == "idle"), permission=REVIEW, day=clock.legal_day(clock.now()))
    page = admin.get(f"{ROLES}/unused").get_data(as_text=True)
    assert ("idle某" in page, "审核申报和变更" in page) == (True, False)


def test_the_page_that_explains_says_what_the_decision_is(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    platform, admin = platform_app.extensions["shuixin"], client_as("administrator")
    for role, post in product(("reviewer", "leader", "editor"), ("420200", "420281")):
        user = account_of(role, f"-{post}", unit=person(f"u-{role}-{post}", post).unit)
        for region in ("", "420200", "420281", "420100"):
            target = Target(region=region) if region else None
            said = allowed(actor_of(user, platform), REVIEW, target).allowed
            text = admin.get(f"{WHY}/?person={user.username}&permission={REVIEW}&region={region}").get_data(
                as_text=True
            )
            assert ("可以办理" in text, "不能办理" in text) == (said, not said), (role, post, region)
            assert ("需要什么" in text) != said


def test_the_page_that_explains_knows_ended_grants_limits_and_who_can_help(client_as: Callable[..., SignedIn]) -> None:
    admin, user = client_as("administrator"), person("clerk")
    past = clock.now() - timedelta(days=30)
    give_role(SYSTEM, "clerk", "reviewer", now=past, last_day=clock.legal_day(past))
    address = f"{WHY}/?person=clerk&permission={REVIEW}"
    page = admin.get(address).get_data(as_text=True)
    assert all(words in page for words in ("不能办理", "已到期", "可由administrator授予"))
    give_role(SYSTEM, "clerk", "reviewer", now=clock.now())
    give_role(SYSTEM, "clerk", "system_administrator", now=clock.now())
    assert "建立账号或授予岗位的人不办理审核和批准" in admin.get(address).get_data(as_text=True)
    User.update(active=False).where(User.id == user.id).execute()
    assert "账号已停用" in admin.get(address).get_data(as_text=True)
    assert "没有这个账号" in admin.get(f"{WHY}/?person=king&permission={REVIEW}").get_data(as_text=True)
    assert admin.get(f"{WHY}/?person=clerk&permission=king").status_code == 200
