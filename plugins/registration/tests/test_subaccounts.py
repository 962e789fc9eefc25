"""Sub-accounts: made by the main account alone, within its own subject and rights; closed, nothing of them lives on."""

from collections.abc import Callable

import pytest
from flask import Flask

from shuixin.access import Actor, Target, allowed, system_actor
from shuixin.accounts import RoleGrant, User, create_user, set_active
from shuixin.accounts.passwords import is_password
from shuixin.accounts.services import live_sessions
from shuixin.accounts.web import actor_of
from shuixin.audit import AuditEntry
from shuixin.errors import Conflict, Forbidden, NotFound, Refused
from shuixin.kit import clock
from shuixin.testing.fixtures import PASSWORD, SignedIn, client_of
from shuixin_registration.models import MainAccount, Registration
from shuixin_registration.services import confirmation as desk
from shuixin_registration.services import path as cases
from shuixin_registration.services import subaccounts as own
from shuixin_registration.services.main_accounts import note_all
from shuixin_registration.services.path import Act, Stage

USCC, OTHER = "91420281MA49TE5T8W", "91420200MA4900A14A"
SYSTEM = system_actor("测试")
REASON = "原经办人离职，凭盖章申请办理。"
VIEWER, FILER = "enterprise_viewer", "enterprise_filer"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
People = Callable[[str, str], Actor]


@pytest.fixture
def main_of(platform_app: Flask) -> People:
    """Make the main account of a subject."""

    def make(username: str, subject: str) -> Actor:
        roles = ("enterprise",)
        create_user(
            SYSTEM, username=username, name=username, password=PASSWORD, roles=roles, subject=subject, must_change=False
        )
        note_all()
        return acting(platform_app, username)

    return make


def acting(app: Flask, username: str) -> Actor:
    return actor_of(User.get(User.username == username), app.extensions["shuixin"])


def held(username: str) -> set[str]:
    return {
        grant.role
        for grant in RoleGrant.select().join(User).where(User.username == username, RoleGrant.ended_at.is_null())
    }


def made_by(main: Actor, suffix: str = "01", *roles: str) -> User:
    return own.make_subaccount(main, suffix=suffix, name="李小满", roles=roles or (FILER,))[0]


def used(user: User) -> User:
    """Let the user have chosen a password."""
    known = User.get(User.username == "qingquan").password
    User.update(password=known, must_change_password=False).where(User.id == user.id).execute()
    return User.get_by_id(user.id)


def referred(name: str = "周末") -> Registration:
    """Return a registration for a code that has a main account, left to it by the authority."""
    now = clock.now()
    return Registration.create(
        receipt=f"ZC-2026-{Registration.select().count():05d}",
        code_hash="",
        uscc=USCC,
        enterprise="大冶清泉",
        region="420281",
        contact=name,
        mobile="",
        username="zhoumo",
        password=User.get(User.username == "qingquan").password,
        notice="",
        notice_hash="",
        address="",
        created_at=now,
        submitted_at=now,
        stage=Stage.REFERRED,
        stage_at=now,
    )


def test_a_sub_account_belongs_to_the_same_subject_and_has_the_rights_chosen(
    platform_app: Flask, main_of: People
) -> None:
    main = main_of("qingquan", USCC)
    assert set(own.roles_to_give(main)) == {VIEWER, FILER}
    user, password = own.make_subaccount(main, suffix="Caiwu", name="李小满", roles=[VIEWER])
    assert (user.username, user.subject, user.must_change_password) == ("qingquan-caiwu", USCC, True)
    assert is_password(password, user.password)
    actor = acting(platform_app, "qingquan-caiwu")
    assert {grant.permission for grant in actor.grants} == {"credit_collection.look"}
    assert allowed(actor, "credit_collection.look", Target(subject=USCC)).allowed
    assert not allowed(actor, "credit_collection.look", Target(subject=OTHER)).allowed
    own.set_subaccount_roles(main, user.id, [FILER], now=clock.now())
    assert acting(platform_app, "qingquan-caiwu").holds("credit_collection.file")
    assert MainAccount.get().user.username == "qingquan", "the main account stays what it is"


def test_no_sub_account_makes_others_nor_gets_what_the_main_account_has_not(
    platform_app: Flask, main_of: People
) -> None:
    main = main_of("qingquan", USCC)
    user = made_by(main)
    for role in ("enterprise", "reviewer", "administrator", "king"):
        with pytest.raises(Refused):
            own.make_subaccount(main, suffix="02", name="某", roles=[role])
        with pytest.raises(Refused):
            own.set_subaccount_roles(main, user.id, [role], now=clock.now())
    with pytest.raises(Refused):
        own.set_subaccount_roles(main, user.id, [], now=clock.now())
    sub = acting(platform_app, user.username)
    with pytest.raises(Forbidden):
        made_by(sub)
    # Even with the role of a main account it is none.
    RoleGrant.create(user=user, role="enterprise")
    sub = acting(platform_app, user.username)
    for act in (
        lambda: made_by(sub),
        lambda: own.set_subaccount_active(sub, main.id, active=False),
        lambda: own.reset_subaccount(sub, main.id),
        lambda: own.applications(sub),
    ):
        with pytest.raises(Forbidden, match="主账号"):
            act()
    assert User.select().count() == 2


def test_a_main_account_reaches_no_other_subject_and_not_itself(platform_app: Flask, main_of: People) -> None:
    main, foreign = main_of("qingquan", USCC), main_of("other", OTHER)
    theirs = made_by(foreign)
    application = referred()
    for number in (theirs.id, foreign.id, main.id, 999_999):
        for act in (
            lambda: own.set_subaccount_active(main, number, active=False),  # noqa: B023 - called at once
            lambda: own.reset_subaccount(main, number),  # noqa: B023
            lambda: own.set_subaccount_roles(main, number, [FILER], now=clock.now()),  # noqa: B023
        ):
            with pytest.raises(NotFound):
                act()
    with pytest.raises(NotFound):
        own.answer_application(foreign, application.id, accept=True, version=1, now=clock.now(), roles=[FILER])
    assert [user.username for user, _roles in own.subaccounts(foreign)] == ["other-01"]
    assert User.get_by_id(theirs.id).active


def test_there_are_so_many_sub_accounts_in_use_and_no_more(platform_app: Flask, main_of: People) -> None:
    main = main_of("qingquan", USCC)
    users = [made_by(main, f"{number:02d}") for number in range(10)]
    with pytest.raises(Refused, match="10个的上限"):
        made_by(main, "11")
    own.set_subaccount_active(main, users[0].id, active=False)
    made_by(main, "11")
    with pytest.raises(Refused, match="上限"):
        own.set_subaccount_active(main, users[0].id, active=True)


@one_engine
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"suffix": ""}, "suffix"),
        ({"suffix": "a b"}, "suffix"),
        ({"suffix": "财务"}, "suffix"),
        ({"suffix": "x" * 16}, "suffix"),
        ({"name": " "}, "name"),
        ({"name": "水" * 41}, "name"),
        ({"roles": []}, "roles"),
    ],
)
def test_what_is_wrong_is_named(main_of: People, facts: dict[str, object], field: str) -> None:
    main = main_of("qingquan", USCC)
    with pytest.raises(Refused) as refused:
        own.make_subaccount(main, **{"suffix": "01", "name": "李小满", "roles": [FILER], **facts})  # type: ignore[arg-type]
    assert [each.field for each in refused.value.problems] == [field]


def test_t14_a_main_account_learns_no_names_of_other_accounts(platform_app: Flask, main_of: People) -> None:
    main = main_of("qingquan", USCC)
    main_of("zhang", OTHER)
    assert made_by(main, "zhang").username == "qingquan-zhang"
    with pytest.raises(Refused, match="qingquan-zhang”已存在"):
        made_by(main, "zhang")


def test_t12_a_closed_account_leaves_nothing_that_lets_anybody_in(
    platform_app: Flask, main_of: People, client: SignedIn
) -> None:
    main = main_of("qingquan", USCC)
    user = used(made_by(main))
    person = client_of(platform_app, user)
    assert person.get("/workspace/").status_code == 200
    cookie = User.get_by_id(user.id).fs_uniquifier
    own.set_subaccount_active(main, user.id, active=False)
    assert live_sessions(user) == []
    assert person.get("/workspace/").status_code == 302
    assert User.get_by_id(user.id).fs_uniquifier != cookie, "a remembered cookie names nobody any more"
    answer = client.post_form("/sign-in", {"username": user.username, "password": PASSWORD})
    assert "账号或密码不正确" in answer.get_data(as_text=True)
    own.set_subaccount_active(main, user.id, active=True)
    assert person.get("/workspace/").status_code == 302, "the old session does not come back to life"
    assert client_of(platform_app, user).get("/workspace/").status_code == 200, "the own password does"


@pytest.mark.parametrize("by", ["main", "administrator"])
def test_t12_a_first_password_dies_with_its_account(platform_app: Flask, main_of: People, by: str) -> None:
    main = main_of("qingquan", USCC)
    user, password = own.make_subaccount(main, suffix="01", name="李小满", roles=[FILER])
    for active in (False, True):
        if by == "main":
            own.set_subaccount_active(main, user.id, active=active)
        else:
            set_active(SYSTEM, user.username, active=active)
    assert User.get_by_id(user.id).active
    assert not is_password(password, User.get_by_id(user.id).password)
    user, fresh = own.reset_subaccount(main, user.id)
    assert is_password(fresh, User.get_by_id(user.id).password)
    assert User.get_by_id(user.id).must_change_password


def test_the_main_account_takes_in_or_refuses_who_registered_for_its_code(platform_app: Flask, main_of: People) -> None:
    main, now = main_of("qingquan", USCC), clock.now()
    case, other = referred(), referred("冒名")
    assert [each.id for each in own.applications(main)] == [case.id, other.id]
    with pytest.raises(Refused, match="权限"):
        own.answer_application(main, case.id, accept=True, version=1, now=now, roles=["enterprise"])
    with pytest.raises(Conflict):
        own.answer_application(main, case.id, accept=True, version=7, now=now, roles=[VIEWER])
    done = own.answer_application(main, case.id, accept=True, version=1, now=now, roles=[VIEWER])
    assert (done.stage, done.user.subject, held("zhoumo")) == (Stage.CONFIRMED, USCC, {VIEWER})
    with pytest.raises(Refused, match="理由"):
        own.answer_application(main, other.id, accept=False, version=1, now=now)
    own.answer_application(main, other.id, accept=False, version=1, now=now, reason="不是本企业人员。")
    assert (Registration.get_by_id(other.id).stage, own.applications(main)) == (Stage.REFUSED, [])
    assert MainAccount.get().user.username == "qingquan"


def test_the_authority_refers_a_second_registration_of_a_code(
    platform_app: Flask, main_of: People, actor_as: Callable[..., Actor]
) -> None:
    main, reviewer = main_of("qingquan", USCC), actor_as("reviewer")
    case = referred()
    Registration.update(stage=Stage.SUBMITTED).where(Registration.id == case.id).execute()
    assert own.applications(main) == [], "the authority looks at the evidence first"
    desk.decide(reviewer, case.id, Act.REFER, version=1, now=clock.now(), reason="该企业已有主账号，请其决定。")
    assert [each.id for each in own.applications(main)] == [case.id]
    assert cases.PATH.steps.keys() >= {(Stage.REFERRED, Act.JOIN), (Stage.REFERRED, Act.REFUSE)}
    assert (Stage.REFERRED, Act.CONFIRM) not in cases.PATH.steps


def test_only_the_authority_hands_the_main_account_over(
    platform_app: Flask, main_of: People, actor_as: Callable[..., Actor]
) -> None:
    main, reviewer, now = main_of("qingquan", USCC), actor_as("reviewer"), clock.now()
    heir, foreign = used(made_by(main)), main_of("other", OTHER)
    person = client_of(platform_app, User.get(User.username == "qingquan"))
    row = MainAccount.get(MainAccount.subject == USCC)

    def hand_over(to: str, actor: Actor = reviewer, version: int = 1, reason: str = REASON) -> None:
        desk.hand_over(actor, row.id, to, version=version, reason=reason, close_former=True, now=now)

    for to in ("qingquan", foreign.username, "nobody"):
        with pytest.raises(Refused, match="子账号"):
            hand_over(to)
    with pytest.raises(Refused, match="理由"):
        hand_over(heir.username, reason="短")
    for actor in (main, acting(platform_app, heir.username)):
        with pytest.raises(NotFound):
            hand_over(heir.username, actor)
    with pytest.raises(Conflict):
        hand_over(heir.username, version=2)
    assert held("qingquan") == {"enterprise"}, "nothing has changed so far"
    hand_over(heir.username)
    assert (held("qingquan"), held(heir.username)) == ({FILER}, {"enterprise"})
    assert not User.get(User.username == "qingquan").active
    assert person.get("/workspace/").status_code == 302
    assert own.is_main(acting(platform_app, heir.username))
    assert not own.is_main(acting(platform_app, "qingquan"))
    entry = AuditEntry.get(AuditEntry.action == "account.hand_over")
    assert (entry.detail["from"], entry.detail["to"], entry.detail["reason"]) == ("qingquan", heir.username, REASON)
    third = made_by(acting(platform_app, heir.username), "03")
    with pytest.raises(Conflict):
        hand_over(third.username, version=1)
