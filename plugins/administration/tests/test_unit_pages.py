"""Setting a unit up in the pages, step by step, and a county's administrator who tries every page on another county."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from shuixin.accounts import User
from shuixin.api import Unit, clock, numbering, system_actor, transaction, units
from shuixin.audit import AuditEntry
from shuixin.kit.seals import specimen_seal
from shuixin.testing.fixtures import PASSWORD, SignedIn, client_of

DESK = "/office/administration/units"
REGIONS = "/office/administration/regions"
CITY, DAYE, YANGXIN = "11420200QQ0000001E", "11420281QQ0000001Q", "11420222QQ0000001A"
FACTS = {
    "name": "阳新县水利和湖泊局",
    "short_name": "阳新水利",
    "code": YANGXIN,
    "region": "420222",
    "parent": "",
    "organ_word": "阳水",
    "address": "阳新县某路1号",
    "phone": "0714-7312345",
}
DOCUMENTS = {
    "fine_bank": "某银行阳新支行",
    "fine_account_name": "阳新县财政局",
    "fine_account": "1732 0000 0001",
    "hearing_person": "5000",
    "hearing_unit": "50000",
    "hearing_basis": "待核",
}
CARD = {"card_number": "42022200001", "valid_from": "2024-01-01", "valid_to": "2099-12-31", "account": ""}
SYSTEM = system_actor("测试")
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def text_of(answer: object) -> str:
    return str(answer.get_data(as_text=True))  # type: ignore[attr-defined]


def sent(client: SignedIn, path: str, **form: str) -> tuple[int, str]:
    """Send the form that stands at *path*, with the version it shows."""
    shown = re.search(r'name="version" value="(\d+)"', text_of(client.get(path)))
    answer = client.post_form(path, {**({"version": shown[1]} if shown else {}), **form})
    return answer.status_code, text_of(answer)


def with_seal(client: SignedIn, path: str, content: bytes, **form: str) -> tuple[int, str]:
    shown = re.search(r'name="version" value="(\d+)"', text_of(client.get(path)))
    assert shown
    data = {**form, "version": shown[1], "csrf_token": client.token(), "seal": (BytesIO(content), "印章.png")}
    answer = client.post(path, data=data, content_type="multipart/form-data")
    return answer.status_code, text_of(answer)


def set_up(client: SignedIn, username: str = "zhouming", **facts: str) -> tuple[Unit, str]:
    """Go all steps but the last, as a person would; return the unit and the first password."""
    assert sent(client, f"{DESK}/new", **{**FACTS, **facts})[0] == 302
    unit: Unit = Unit.select().order_by(Unit.id.desc()).get()
    desk = f"{DESK}/{unit.id}"
    assert with_seal(client, f"{desk}/documents", specimen_seal(), **DOCUMENTS)[0] == 302
    _status, page = sent(client, f"{desk}/administrator", name="周明", username=username)
    for number in (1, 2):
        assert (
            sent(
                client,
                f"{desk}/officers",
                name=f"人员{number}",
                **{**CARD, "card_number": f"{unit.code[2:8]}0{number}"},
            )[0]
            == 302
        )
    assert sent(client, f"{desk}/numbers", 罚="36")[0] == 302
    return Unit.get_by_id(unit.id), re.findall(r'sx-secret">([^<]+)<', page)[0]


def test_a_unit_from_nothing_to_its_first_sign_in(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    unit, password = set_up(admin, parent=str(Unit.get().id))
    desk = f"{DESK}/{unit.id}"
    page = text_of(admin.get(f"{desk}/check"))
    assert "各项已齐全" in page
    assert password not in page + text_of(admin.get(f"{desk}/administrator")), "shown once"
    status, page = sent(admin, f"{desk}/check")
    assert (status, Unit.get_by_id(unit.id).state) == (302, units.ENABLED)
    first = client_of(platform_app)
    first.post_form("/sign-in", {"username": "zhouming", "password": password})
    assert first.get("/office/").headers["Location"] == "/account/password"
    acts = [entry.action for entry in AuditEntry.select().where(AuditEntry.object_key == YANGXIN)]
    assert acts == [
        "unit.register",
        "unit.seal",
        "unit.save",
        "unit.administrator",
        "officer.save",
        "officer.save",
        "unit.numbers",
        "unit.enable",
    ]


def test_what_is_missing_is_listed_with_the_way_to_mend_it(client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    assert sent(admin, f"{DESK}/new", **{**FACTS, "phone": "", "address": ""})[0] == 302
    unit = Unit.get(Unit.code == YANGXIN)
    status, page = sent(admin, f"{DESK}/{unit.id}/check")
    assert (status, "电话：未完成。请在“单位”一步填写。" in page) == (422, True)
    assert f'href="{DESK}/{unit.id}/officers"' in page
    assert Unit.get_by_id(unit.id).state == units.INITIALISING
    assert "还有" in text_of(admin.get(f"{DESK}/"))
    assert "单位初始化" in text_of(admin.get("/office/"))


def test_nothing_typed_is_lost(client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    status, page = sent(admin, f"{DESK}/new", **{**FACTS, "code": "11420222", "name": '阳新<县>水利"局'})
    assert (status, "应为18位" in page, 'value="11420222"' in page) == (422, True, True)
    assert "阳新&lt;县&gt;水利&#34;局" in page
    assert '<option value="420222" selected>' in page
    sent(admin, f"{DESK}/new", **FACTS)
    desk = f"{DESK}/{Unit.get(Unit.code == YANGXIN).id}"
    status, page = with_seal(admin, f"{desk}/documents", specimen_seal(), **{**DOCUMENTS, "hearing_unit": "五万"})
    assert (status, 'value="五万"' in page, "seal.png" in page) == (422, True, True), "the picture is kept too"
    status, page = with_seal(admin, f"{desk}/documents", b"<svg/>", **{**DOCUMENTS, "hearing_unit": "五万"})
    assert (status, "不是金额" in page, "不是有效的PNG文件" in page) == (422, True, True)
    status, page = sent(admin, f"{desk}/officers", name="张", **CARD)
    assert (status, "2至40个字" in page, 'value="42022200001"' in page) == (422, True, True)
    status, page = sent(admin, f"{desk}/numbers", 罚="x", 责改="12")
    assert (status, 'value="12"' in page, "请填写1或更大的数" in page) == (422, True, True)
    status, page = sent(admin, f"{desk}/administrator", name="周明", username="administrator")
    assert (status, "已存在" in page, 'value="周明"' in page) == (422, True, True)


def test_a_stale_form_comes_back_with_what_was_typed(client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    sent(admin, f"{DESK}/new", **FACTS)
    desk = f"{DESK}/{Unit.get(Unit.code == YANGXIN).id}"
    sent(admin, f"{desk}/unit", **FACTS)
    answer = admin.post_form(f"{desk}/unit", {**FACTS, "phone": "0714-9999999", "version": "1"})
    page = text_of(answer)
    assert (answer.status_code, "已被他人更新" in page, 'value="0714-9999999"' in page) == (409, True, True)
    assert 'name="version" value="2"' in page


def test_setting_up_anew_and_closing_say_what_they_do(client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    unit, _password = set_up(admin, parent=str(Unit.get().id))
    desk = f"{DESK}/{unit.id}"
    sent(admin, f"{desk}/check")
    series = units.document_series(unit.id, "罚")
    with transaction():
        numbering.allocate(series, clock.legal_day(clock.now()).year)
    assert "编号接着往后编" in text_of(admin.get(f"{desk}/again"))
    status, page = sent(admin, f"{desk}/again", reason="改", parts="seal")
    assert (status, "至少6个字" in page, 'value="seal" checked' in page) == (422, True, True)
    assert sent(admin, f"{desk}/again", reason="印章更换，重新核对", parts="seal")[0] == 302
    assert (Unit.get_by_id(unit.id).state, Unit.get_by_id(unit.id).seal) == (units.INITIALISING, "")
    assert admin.get(f"{desk}/seal.png").status_code == 404
    assert numbering.last_given(series, clock.legal_day(clock.now()).year) == 36
    assert "1个账号立即退出登录" in text_of(admin.get(f"{desk}/close"))
    assert sent(admin, f"{desk}/close", reason="机构撤并，不再使用")[0] == 302
    assert Unit.get_by_id(unit.id).state == units.CLOSED
    assert "已停用" in text_of(admin.get(f"{DESK}/"))


def test_an_officer_is_changed_and_an_expired_card_is_flagged(client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    sent(admin, f"{DESK}/new", **FACTS)
    desk = f"{DESK}/{Unit.get(Unit.code == YANGXIN).id}"
    sent(admin, f"{desk}/officers", name="张卫国", **{**CARD, "valid_to": "2025-12-31"})
    assert "已过期" in text_of(admin.get(f"{desk}/officers"))
    number = str(units.Officer.get().id)
    page = text_of(admin.get(f"{desk}/officers?officer={number}"))
    assert 'value="2025-12-31"' in page
    form = {"officer": number, "name": "张卫国", **CARD, "active": "1"}
    assert admin.post_form(f"{desk}/officers", {**form, "version": "1"}).status_code == 302
    assert "已过期" not in text_of(admin.get(f"{desk}/officers"))
    assert admin.post_form(f"{desk}/officers", {**form, "version": "1"}).status_code == 409
    assert admin.get(f"{desk}/officers?officer=999").status_code == 404


def test_r9_a_county_administrator_finds_no_other_county_anywhere(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    admin = client_as("administrator")
    city = Unit.get()
    yangxin, _first = set_up(admin, parent=str(city.id))
    daye, _second = set_up(admin, "dayeadmin", code=DAYE, region="420281", name="大冶市水利和湖泊局", organ_word="冶水")
    for unit in (yangxin, daye):
        assert sent(admin, f"{DESK}/{unit.id}/check")[0] in (302, 422)
    user = User.get(User.username == "zhouming")
    units.appoint(SYSTEM, yangxin.id, username="county", name="县管理员", password=PASSWORD)
    User.update(must_change_password=False).where(User.username == "county").execute()
    county = client_of(platform_app, User.get(User.username == "county"))
    page = text_of(county.get(f"{DESK}/"))
    assert ("阳新县水利和湖泊局" in page, "大冶市" in page, f"{DESK}/{city.id}/" in page) == (True, False, False)
    before = [(unit.id, unit.row_version, unit.state, unit.seal) for unit in Unit.select().order_by(Unit.id)]
    entries = AuditEntry.select().count()
    steps = ("unit", "documents", "administrator", "officers", "numbers", "check", "again", "close")
    for unit in (daye, city):
        for step in (*steps, "seal.png", f"officers?officer={units.officers_of(daye)[0].id}"):
            answer = county.get(f"{DESK}/{unit.id}/{step}")
            assert answer.status_code == 404, step
            assert unit.code not in text_of(answer)
        for step in steps:
            form = {**FACTS, **DOCUMENTS, **CARD, "version": str(unit.row_version), "username": "spy", "罚": "99"}
            form |= {"reason": "冒充上级重新办理", "parts": "seal", "officer": str(units.officers_of(daye)[0].id)}
            assert county.post_form(f"{DESK}/{unit.id}/{step}", form).status_code == 404, step
    # By the own unit's address neither: an officer of another unit, another county's region, the city as a subordinate.
    foreign = {"officer": str(units.officers_of(daye)[0].id), "name": "换人", **CARD, "version": "1"}
    assert county.post_form(f"{DESK}/{yangxin.id}/officers", foreign).status_code == 404
    assert (
        county.post_form(f"{DESK}/new", {**FACTS, "code": "11420000QQ00000014", "region": "420281"}).status_code == 403
    )
    moved = {**FACTS, "region": "420281", "parent": str(city.id), "version": str(yangxin.row_version)}
    assert county.post_form(f"{DESK}/{yangxin.id}/unit", moved).status_code in (403, 422)
    assert [(unit.id, unit.row_version, unit.state, unit.seal) for unit in Unit.select().order_by(Unit.id)] == before
    assert (AuditEntry.select().count(), User.select().where(User.username == "spy").count()) == (entries, 0)
    seal = county.get(f"{DESK}/{yangxin.id}/seal.png")
    assert (seal.status_code, seal.mimetype, "no-store" in seal.headers["Cache-Control"]) == (200, "image/png", True)
    seal.close()
    change = {"region": "420281", "name": "某市", "since": "2026-02-01", "act": "rename"}
    for code in ("420281", "420222", "420200"):
        assert county.post_form(f"{REGIONS}/change", {**change, "region": code}).status_code == 404
    zone = {"code": "4202K4", "name": "某园区", "stands_for": "420222", "since": "2026-01-01"}
    assert county.post_form(f"{REGIONS}/new", zone).status_code == 403
    assert "更改" not in text_of(county.get(f"{REGIONS}/"))
    assert user.unit == yangxin
    people = text_of(county.get("/office/administration/users/"))
    assert ("zhouming" in people, "dayeadmin" in people) == (True, False)
    for desk in ("/office/plugins/", "/office/administration/audit/"):
        assert county.get(desk).status_code == 403


def test_regions_are_added_renamed_and_ended_in_the_page(client_as: Callable[..., SignedIn]) -> None:
    admin = client_as("administrator")
    page = text_of(admin.get(f"{REGIONS}/"))
    assert ("本地代码" in page, "代表铁山区" in page, "北京市" in page) == (True, True, False)
    assert "北京市" in text_of(admin.get(f"{REGIONS}/?all=1"))
    form = {"code": "4202K2", "name": "新港园区", "stands_for": "420222", "since": "2026-01-01"}
    answer = admin.post_form(f"{REGIONS}/new", {**form, "since": "明天"})
    assert (answer.status_code, 'value="4202K2"' in text_of(answer)) == (422, True)
    assert admin.post_form(f"{REGIONS}/new", form).status_code == 302
    assert "新港园区" in text_of(admin.get(f"{REGIONS}/?region=4202K2"))
    again = admin.post_form(f"{REGIONS}/new", form)
    assert (again.status_code, "已经用过" in text_of(again)) == (422, True)
    change = {"region": "4202K2", "name": "新港新区", "since": "2026-02-01", "act": "rename"}
    assert admin.post_form(f"{REGIONS}/change", change).status_code == 302
    assert admin.post_form(f"{REGIONS}/change", {**change, "since": "2026-03-01", "act": "end"}).status_code == 302
    page = text_of(admin.get(f"{REGIONS}/"))
    assert ("新港新区" in page, "2026-03-01撤销" in page) == (True, True)
    assert admin.post_form(f"{REGIONS}/change", {**change, "since": "2026-04-01"}).status_code == 409
    assert admin.post_form(f"{REGIONS}/change", {**change, "region": "999999"}).status_code == 404
