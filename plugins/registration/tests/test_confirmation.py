"""The authority's side of registration: confirmed, returned, referred, within reach; private for a reason only."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from peewee import IntegrityError
from PIL import Image

from shuixin.access import ANONYMOUS, Actor, system_actor
from shuixin.accounts import RoleGrant, User, create_user
from shuixin.audit import AuditEntry
from shuixin.errors import Conflict, NotFound, Refused
from shuixin.kit import clock
from shuixin.testing.fixtures import PASSWORD, client_of
from shuixin.units import Unit
from shuixin_registration.models import MainAccount, Registration
from shuixin_registration.services import confirmation as desk
from shuixin_registration.services import registration as cases
from shuixin_registration.services.path import Act, Stage
from shuixin_registration.services.registration import Upload

USCC, OTHER = "91420281MA49TE5T8W", "91420200MA4900A14A"
SYSTEM = system_actor("测试")
VISITOR = Actor(id=0, name="申请人", origin="198.51.100.7")
REASON = "营业执照看不清，请重拍。"


def registered(**changes: str) -> Registration:
    image = BytesIO()
    Image.new("RGB", (40, 30), "white").save(image, "PNG")
    image.seek(0)
    typed = {
        "enterprise": "大冶清泉水利工程有限公司",
        "uscc": USCC,
        "contact": "周晓晴",
        "mobile": "13812345678",
        "username": "qingquan",
        "password": PASSWORD,
        "again": PASSWORD,
        "consent": cases.notice_hash(cases.notice_at(clock.now())),
    }
    files = [Upload("license", "执照.png", image)]
    receipt, _code = cases.submit(VISITOR, {**typed, **changes}, files, now=clock.now())
    return Registration.get(Registration.receipt == receipt)


def confirmed(actor: Actor, **changes: str) -> Registration:
    made = registered(**changes)
    return desk.decide(actor, made.id, Act.CONFIRM, version=made.row_version, now=clock.now())


def test_t14_the_status_of_a_taken_name_tells_only_the_name_given(
    platform_app: Flask, actor_as: Callable[..., Actor]
) -> None:
    for name in ("qingquan", "Qingquan2"):
        create_user(SYSTEM, username=name, name="别人", password=PASSWORD, roles=("editor",))
    made = confirmed(actor_as("reviewer"))
    assert made.username == "qingquan3"
    assert client_of(platform_app, made.user).get("/workspace/").status_code == 200


def test_confirming_makes_the_one_main_account_of_the_code(platform_app: Flask, actor_as: Callable[..., Actor]) -> None:
    reviewer = actor_as("reviewer")
    made = confirmed(reviewer)
    user = User.get(User.username == "qingquan")
    assert (user.subject, user.name, user.must_change_password) == (USCC, "周晓晴", False)
    assert {grant.role for grant in RoleGrant.select().where(RoleGrant.user == user)} == {"enterprise"}
    assert (MainAccount.get().user, MainAccount.get().region) == (user, "420281")
    assert (made.stage, made.password, made.user) == (Stage.CONFIRMED, "", user)
    assert client_of(platform_app, user).get("/workspace/").status_code == 200
    second = registered(username="another")
    with pytest.raises(Conflict, match="已有主账号qingquan"):
        desk.decide(reviewer, second.id, Act.CONFIRM, version=second.row_version, now=clock.now())
    assert (MainAccount.select().count(), Registration.get_by_id(second.id).stage) == (1, Stage.SUBMITTED)
    with pytest.raises(IntegrityError):
        MainAccount.create(subject=USCC, user=user, region="420281", since=clock.now())


def test_a_decision_on_an_older_state_or_made_twice_is_refused(
    platform_app: Flask, actor_as: Callable[..., Actor]
) -> None:
    reviewer, made, now = actor_as("reviewer"), registered(), clock.now()
    with pytest.raises(Refused, match="理由"):
        desk.decide(reviewer, made.id, Act.REFUSE, version=made.row_version, now=now, reason="短")
    with pytest.raises(Conflict, match="还没有主账号"):
        desk.decide(reviewer, made.id, Act.REFER, version=made.row_version, now=now, reason=REASON)
    with pytest.raises(Conflict, match="已被他人更新"):
        desk.decide(reviewer, made.id, Act.CONFIRM, version=made.row_version + 1, now=now)
    with pytest.raises(Refused, match="请选择"):
        desk.decide(reviewer, made.id, Act.JOIN, version=made.row_version, now=now, reason=REASON)
    desk.decide(reviewer, made.id, Act.REFUSE, version=made.row_version, now=now, reason=REASON)
    with pytest.raises(Conflict, match="不予通过"):
        desk.decide(reviewer, made.id, Act.CONFIRM, version=made.row_version + 1, now=now)
    assert not MainAccount.select().exists()


def test_registrations_are_within_reach_of_their_region_only(
    platform_app: Flask, actor_as: Callable[..., Actor]
) -> None:
    county = Unit.create(code="11420204000000000X", name="下陆区水利局", region="420204")
    near, far, other = actor_as("reviewer"), actor_as("reviewer", "-xialu", unit=county), actor_as("editor")
    made, mains = registered(), confirmed(near, uscc=OTHER, username="bureau")
    assert {each.id for each in desk.queue(near)} == {made.id}
    for actor, error in ((far, NotFound), (other, NotFound), (ANONYMOUS, NotFound)):
        assert not desk.queue(actor).exists()
        with pytest.raises(error):
            desk.decide(actor, made.id, Act.CONFIRM, version=made.row_version, now=clock.now())
        with pytest.raises(error):
            desk.mobile_of(actor, made.id, "核实")
        with pytest.raises(NotFound):
            desk.hand_over(actor, mains.id, "x", version=1, reason=REASON, close_former=False, now=clock.now())
    assert Registration.get_by_id(made.id).stage == Stage.SUBMITTED


def test_t87_the_whole_mobile_number_is_shown_for_a_reason_and_audited(
    platform_app: Flask, actor_as: Callable[..., Actor]
) -> None:
    reviewer, made = actor_as("reviewer"), registered()
    with pytest.raises(Refused, match="理由"):
        desk.mobile_of(reviewer, made.id, "  ")
    assert not AuditEntry.select().where(AuditEntry.action == "registration.reveal").exists()
    assert desk.mobile_of(reviewer, made.id, "电话核实身份") == "13812345678"
    entry = AuditEntry.get(AuditEntry.action == "registration.reveal")
    assert (entry.object_key, entry.detail) == (made.receipt, {"reason": "电话核实身份"})
