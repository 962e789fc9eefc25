"""The reviewer's desk of registrations, the enterprises' accounts, and the enterprise's own page of sub-accounts."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from shuixin.access import Actor, system_actor
from shuixin.accounts import RoleGrant, User, create_user
from shuixin.kit import clock
from shuixin.testing.fixtures import PASSWORD, SignedIn, client_of
from shuixin.units import Unit
from shuixin_credit_collection.models import Subject
from shuixin_registration.models import MainAccount, Registration
from shuixin_registration.services import main_accounts
from shuixin_registration.services import registration as cases
from shuixin_registration.services.path import Stage
from shuixin_registration.services.registration import Upload

USCC, OTHER = "91420281MA49TE5T8W", "91420200MA4900A14A"
DESK, HELD, OWN = (
    "/office/registration/requests",
    "/office/registration/accounts",
    "/workspace/accounts",
)
REASON = "营业执照看不清，请重拍。"
SYSTEM = system_actor("测试")
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def registered(username: str = "qingquan", uscc: str = USCC, name: str = "大冶清泉水利工程有限公司") -> Registration:
    image = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(image, "PNG")
    image.seek(0)
    typed = {
        "enterprise": name,
        "uscc": uscc,
        "contact": "周<b>晓晴",
        "mobile": "13812345678",
        "username": username,
        "password": PASSWORD,
        "again": PASSWORD,
        "consent": cases.notice_hash(cases.notice_at(clock.now())),
    }
    visitor = Actor(id=0, name="申请人", origin=username)
    receipt, _code = cases.submit(visitor, typed, [Upload("license", "执照.png", image)], now=clock.now())
    return Registration.get(Registration.receipt == receipt)


def main_account(username: str = "first", subject: str = USCC) -> User:
    made = create_user(
        SYSTEM,
        username=username,
        name="罗文彬",
        password=PASSWORD,
        roles=("enterprise",),
        subject=subject,
        must_change=False,
    )
    main_accounts.note_all()
    return made


def text_of(answer: Any, status: int = 200) -> str:
    text: str = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    return text


def test_the_reviewer_sees_the_evidence_and_confirms(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    reviewer, case = client_as("reviewer"), registered()
    first = text_of(reviewer.get("/office/"))
    assert re.search(r"<strong>1</strong>\s*企业注册确认", first)
    assert f'href="{DESK}/{case.id}"' in first, "the case stands among what is most urgent"
    assert case.receipt in text_of(reviewer.get(f"{DESK}/"))
    page = text_of(reviewer.get(f"{DESK}/{case.id}"))
    for word in (
        "138****5678",
        "周&lt;b&gt;晓晴",
        "该代码还没有企业账号",
        "信用档案中没有这个代码",
        "湖北省黄石市大冶市",
    ):
        assert word in page
    assert "13812345678" not in page
    file = reviewer.get(re.findall(rf'src="({DESK}/{case.id}/files/[^"]+)"', page)[0])
    assert (file.status_code, file.mimetype) == (200, "image/png")
    file.close()
    other = registered("second", OTHER)
    assert reviewer.get(f"{DESK}/{other.id}/files/{cases.files_of(case)[0].id}").status_code == 404
    form = {"version": str(case.row_version), "decision": "confirm", "reason": ""}
    assert reviewer.post_form(f"{DESK}/{case.id}/decide", form).status_code == 302
    assert client_of(platform_app, User.get(User.username == "qingquan")).get("/workspace/").status_code == 200
    assert "确认开通" in text_of(reviewer.get(f"{DESK}/{case.id}")), "the record of the case tells it"


def test_what_is_taken_or_differs_is_told_to_the_reviewer_only(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    reviewer = client_as("reviewer")
    main_account("qingquan")
    Subject.create(uscc=USCC, name="另一个名称", region="420281", authority="420281", created_at=clock.now())
    case, twin = registered(), registered("twin")
    page = text_of(reviewer.get(f"{DESK}/{case.id}"))
    for word in ("已有主账号qingquan", "名称是“另一个名称”", f"另有注册{twin.receipt}", "将为qingquan2"):
        assert word in page
    assert 'value="confirm"' not in page
    form = {"version": str(case.row_version), "reason": REASON}
    refused = text_of(reviewer.post_form(f"{DESK}/{case.id}/decide", {**form, "decision": "confirm"}), 409)
    assert "不能再开通主账号" in refused
    assert REASON in refused, "what was typed is kept"
    assert reviewer.post_form(f"{DESK}/{case.id}/decide", {**form, "decision": "refer"}).status_code == 302
    assert Registration.get_by_id(case.id).stage == Stage.REFERRED


def test_a_decision_without_choice_or_reason_comes_back_with_what_was_typed(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    reviewer, case = client_as("reviewer"), registered()
    address, version = f"{DESK}/{case.id}/decide", str(case.row_version)
    assert "没有选择决定" in text_of(reviewer.post_form(address, {"version": version, "reason": REASON}), 422)
    short = {"version": version, "decision": "refuse", "reason": "不行"}
    page = text_of(reviewer.post_form(address, short), 422)
    assert "至少6个字" in page
    assert ">不行</textarea>" in page
    assert "已被他人更新" in text_of(reviewer.post_form(address, {**short, "reason": REASON, "version": "9"}), 409)
    why = f"{DESK}/{case.id}/mobile"
    assert "13812345678" not in text_of(reviewer.post_form(why, {"why": ""}), 422)
    assert "13812345678" in text_of(reviewer.post_form(why, {"why": "电话核实"}))
    assert "查看完整手机号码" in text_of(reviewer.get(f"{DESK}/{case.id}"))


def test_another_county_sees_none_of_it(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    county = Unit.create(code="11420204000000000X", name="下陆区水利局", region="420204")
    case, _main = registered(), main_account(subject=OTHER)
    far = client_as("reviewer", "-xialu", unit=county)
    row = main_accounts.main_account(OTHER)
    assert case.receipt not in text_of(far.get(f"{DESK}/"))
    assert OTHER not in text_of(far.get(f"{HELD}/"))
    for path in (f"{DESK}/{case.id}", f"{HELD}/{row.id}", f"{DESK}/{case.id}/files/{cases.files_of(case)[0].id}"):
        assert far.get(path).status_code == 404
    for path in (f"{DESK}/{case.id}/decide", f"{DESK}/{case.id}/mobile", f"{HELD}/{row.id}/hand-over"):
        form = {"decision": "confirm", "version": "1", "why": "核实", "username": "first", "reason": REASON}
        assert far.post_form(path, form).status_code == 404
    for role in ("leader", "editor", "administrator"):
        assert client_as(role).get(f"{DESK}/{case.id}").status_code == 403


def test_lists_are_narrowed_by_number_code_and_account(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    reviewer, one, two = client_as("reviewer"), registered(), registered("second", OTHER)
    main_account("first", USCC)
    main_account("other", OTHER)
    found = text_of(reviewer.get(f"{DESK}/?q={one.receipt.lower()}"))
    assert (one.receipt in found, two.receipt in found) == (True, False)
    assert two.receipt in text_of(reviewer.get(f"{DESK}/?q={OTHER}"))
    for asked in ("other", OTHER):
        found = text_of(reviewer.get(f"{HELD}/?q={asked}"))
        assert (OTHER in found, USCC in found) == (True, False)


def test_the_main_account_is_handed_over_on_the_page(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    reviewer, main, heir = client_as("reviewer"), main_account(), main_account("heir")
    row = main_accounts.main_account(USCC)
    address = f"{HELD}/{row.id}/hand-over"
    form = {"version": "1", "username": heir.username, "reason": "短", "close": "1"}
    page = text_of(reviewer.post_form(address, form), 422)
    assert "至少6个字" in page
    assert reviewer.post_form(address, {**form, "reason": REASON}).status_code == 302
    assert MainAccount.get().user == heir
    assert not User.get_by_id(main.id).active
    assert text_of(reviewer.post_form(address, {**form, "reason": REASON}), 409)


def test_an_enterprise_makes_and_manages_sub_accounts(platform_app: Flask) -> None:
    main = client_of(platform_app, main_account())
    wrong = text_of(main.post_form(f"{OWN}/new", {"name": "李小满", "suffix": "a b"}), 422)
    assert "账号后缀须为" in wrong
    assert "没有选择权限" in wrong
    assert 'value="李小满"' in wrong
    form = {"name": "李小满", "suffix": "01", "roles": ["enterprise_viewer"]}
    username, password = re.findall(r'sx-secret">([^<]+)<', text_of(main.post_form(f"{OWN}/new", form)))
    page = text_of(main.get(f"{OWN}/"))
    assert (username, username in page, password in page) == ("first-01", True, False)
    user = User.get(User.username == username)
    act = f"{OWN}/act"
    assert main.post_form(act, {"user": user.id, "act": "roles", "roles": ["enterprise_filer"]}).status_code == 302
    assert [grant.role for grant in RoleGrant.select().where(RoleGrant.user == user, RoleGrant.ended_at.is_null())] == [
        "enterprise_filer"
    ]
    text_of(main.post_form(act, {"user": user.id, "act": "roles", "roles": ["enterprise"]}), 422)
    assert main.post_form(act, {"user": user.id, "act": "close"}).status_code == 302
    assert not User.get_by_id(user.id).active
    assert main.post_form(act, {"user": user.id, "act": "open"}).status_code == 302
    assert len(re.findall(r'sx-secret">', text_of(main.post_form(act, {"user": user.id, "act": "reset"})))) == 2
    assert main.post_form(act, {"user": user.id, "act": "explode"}).status_code == 404


def test_a_sub_account_finds_no_page_of_sub_accounts_and_a_reader_cannot_file(platform_app: Flask) -> None:
    main_account()
    sub = User.get_by_id(main_account("reader").id)
    RoleGrant.update(role="enterprise_viewer").where(RoleGrant.user == sub).execute()
    reader = client_of(platform_app, sub)
    home = text_of(reader.get("/workspace/"))
    assert "子账号" not in home
    assert "开始首次申报" not in home
    assert reader.get(f"{OWN}/").status_code == 403
    assert (
        reader.post_form(f"{OWN}/new", {"name": "x", "suffix": "1", "roles": ["enterprise_viewer"]}).status_code == 403
    )
    assert reader.post_form("/workspace/filings", {}).status_code == 403
    RoleGrant.update(role="enterprise").where(RoleGrant.user == sub).execute()
    assert "不是本企业的主账号" in text_of(reader.get(f"{OWN}/")), "the role alone makes no main account"


def test_who_registered_for_a_taken_code_is_taken_in_by_the_main_account(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    main, case = client_of(platform_app, main_account()), registered()
    form = {"version": str(case.row_version), "decision": "refer", "reason": "该企业已有主账号。"}
    client_as("reviewer").post_form(f"{DESK}/{case.id}/decide", form)
    case = Registration.get_by_id(case.id)
    assert "申请加入" in text_of(main.get(f"{OWN}/"))
    answer = {"registration": str(case.id), "version": str(case.row_version), "answer": "accept"}
    assert "没有选择权限" in text_of(main.post_form(f"{OWN}/applications", answer), 422)
    assert main.post_form(f"{OWN}/applications", {**answer, "roles": ["enterprise_filer"]}).status_code == 302
    assert User.get(User.username == "qingquan").subject == USCC
    assert text_of(main.post_form(f"{OWN}/applications", {**answer, "roles": ["enterprise_filer"]}), 404)
