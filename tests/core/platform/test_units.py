"""Units: what they are asked, when they are enabled, set up anew and closed; nobody reaches past the own tree."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask

from shuixin.access import Actor, Grant, system_actor
from shuixin.accounts import LoginSession, RoleGrant, User, create_user
from shuixin.accounts.web import actor_of
from shuixin.audit import AuditEntry
from shuixin.contributions import Scope
from shuixin.database import transaction
from shuixin.errors import Conflict, Forbidden, NotFound, Refused
from shuixin.kit import numbering
from shuixin.kit.attachments import Attachment
from shuixin.kit.seals import specimen_seal
from shuixin.platform import Platform
from shuixin.testing.fixtures import PASSWORD, SignedIn, client_of
from shuixin.units import Unit, find_region, region_name
from shuixin.units import administration as units
from shuixin.units.models import SETTING_UP

NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
SYSTEM = system_actor("测试")
CITY, DAYE, YANGXIN = "11420200QQ0000001E", "11420281QQ0000001Q", "11420222QQ0000001A"
DOCUMENTS = {
    "fine_bank": "某银行黄石分行",
    "fine_account_name": "黄石市财政局",
    "fine_account": "1732 0000 0001",
    "hearing_person": "10000",
    "hearing_unit": "50000.50",
    "hearing_basis": "待核",
}
REASON = "机构改革，重新核对"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = pytest.mark.usefixtures("platform_app")


def registered(code: str = CITY, region: str = "420200", word: str = "黄水", **more: str) -> Unit:
    facts = {"short_name": "水利", "organ_word": word, "address": "某路1号", "phone": "0714-6512345", **more}
    return units.register_unit(SYSTEM, code=code, name=f"{region_name(region)}水利局", region=region, **facts)


def version(unit: Unit) -> int:
    found: int = Unit.get_by_id(unit.id).row_version
    return found


def officer(unit: Unit, number: int, **more: str) -> units.Officer:
    card = {"name": f"执法{number}", "card_number": f"{unit.region}00{number}"}
    days = {"valid_from": "2024-01-01", "valid_to": "2028-12-31"}
    return units.save_officer(SYSTEM, unit.id, 0, {**card, **days, **more}, version=0)


def complete(unit: Unit, suffix: str = "") -> Unit:
    """Take the unit through all steps but the last."""
    units.save_particulars(SYSTEM, unit.id, "documents", DOCUMENTS, version=version(unit))
    units.set_seal(SYSTEM, unit.id, BytesIO(specimen_seal()), "印章.png", version=version(unit))
    units.appoint(SYSTEM, unit.id, username=f"first{suffix}", name="周明", password=PASSWORD)
    officer(unit, 1)
    officer(unit, 2)
    units.state_starts(SYSTEM, unit.id, {"罚": "36"}, version=version(unit), reason="", now=NOW)
    return Unit.get_by_id(unit.id)


def enabled(unit: Unit, suffix: str = "") -> Unit:
    complete(unit, suffix)
    return units.enable(SYSTEM, unit.id, version=version(unit), now=NOW)


def administrator_of(region: str, number: int = 77) -> Actor:
    return Actor(number, "周明", region=region, grants=frozenset({Grant("shuixin.units", Scope.REGION, region)}))


def missing(unit: Unit, day: date = TODAY) -> set[str]:
    return {each.step for each in units.checklist(Unit.get_by_id(unit.id), day) if not each.passed}


# --- what is asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("code", "11420200", "应为18位"),
        ("code", "11420200QQ0000001F", "校验不符"),
        ("region", "999999", "没有行政区划代码“999999”"),
        ("region", "4202", "没有行政区划代码"),
        ("region", "黄石市", "没有行政区划代码"),
        ("region", "420201", "没有行政区划代码"),
        ("region", "", "行政区划没有填写"),
        ("name", "水局", "写法不对"),
        ("organ_word", "HS", "请填写2至4个汉字"),
        ("phone", "打电话", "请填写带区号的电话号码"),
        ("parent", "999", "不能作上级"),
        ("address", "路" * 201, "最多200个字"),
    ],
)
@one_engine
def test_what_is_wrong_is_said_and_nothing_is_kept(field: str, text: str, words: str) -> None:
    facts = {"code": CITY, "name": "黄石市水利和湖泊局", "region": "420200", field: text}
    with pytest.raises(Refused) as refused:
        units.register_unit(SYSTEM, **facts)
    assert {each.field for each in refused.value.problems} == {field}
    assert words in str(refused.value.problems[0])
    assert Unit.select().count() == 0


def test_codes_of_every_registering_department_are_taken_once() -> None:
    units.register_unit(SYSTEM, code="n2420281mf0000013j", name="某村集体", region="420281")
    assert Unit.get().code == "N2420281MF0000013J"
    with pytest.raises(Refused, match="已登记"):
        units.register_unit(SYSTEM, code="N2420281MF0000013J", name="又一个单位", region="420200")
    with pytest.raises(Forbidden):
        units.register_unit(Actor(5, "某人"), code=CITY, name="某某水利局", region="420200")
    assert Unit.select().count() == 1


def test_a_draft_survives_and_a_stale_save_is_refused() -> None:
    unit = registered(organ_word="")
    units.save_particulars(SYSTEM, unit.id, "documents", {"hearing_unit": "50000.5"}, version=1)
    kept = Unit.get_by_id(unit.id)
    assert (kept.hearing_unit, kept.hearing_person, units.written(kept, "hearing_unit")) == (5000050, None, "50000.50")
    with pytest.raises(Conflict):
        units.save_particulars(SYSTEM, unit.id, "documents", DOCUMENTS, version=1)
    assert Unit.get_by_id(unit.id).fine_bank == ""
    entry = AuditEntry.select().where(AuditEntry.action == "unit.save").get()
    assert entry.detail == {"changed": ["hearing_unit"]}, "which, and not what"


def test_the_unit_above_is_above_in_the_tree() -> None:
    city, county = registered(), registered(DAYE, "420281", "冶水")
    assert units.possible_parents(SYSTEM, "420281") == [city]
    assert units.possible_parents(SYSTEM, "420200") == []
    assert "unit" in missing(county), "there is a unit above, so it must be named"
    assert "unit" not in missing(city)
    units.save_particulars(SYSTEM, county.id, "unit", {"parent": str(city.id)}, version=1)
    assert "unit" not in missing(county)
    with pytest.raises(Refused, match="改正"):
        units.save_particulars(SYSTEM, city.id, "unit", {"parent": str(county.id)}, version=1)
    with pytest.raises(Refused, match="改正"):
        units.save_particulars(SYSTEM, city.id, "unit", {"region": "420300"}, version=1)


def test_only_those_above_say_to_whom_a_unit_answers() -> None:
    city = registered()
    county = registered(DAYE, "420281", "冶水", parent=str(city.id))
    own = administrator_of("420281")
    for text in ("", "5"):
        with pytest.raises(Refused) as refused:
            units.save_particulars(own, county.id, "unit", {"parent": text}, version=1)
        assert "不能由本级更改" in str(refused.value.problems[0])
    units.save_particulars(own, county.id, "unit", {"parent": str(city.id), "phone": "0714-8765432"}, version=1)
    units.save_particulars(administrator_of("420200"), county.id, "unit", {"parent": ""}, version=2)
    assert Unit.get_by_id(county.id).parent is None


# --- officers and numbers ---------------------------------------------------------------------------------------


def test_officers_cards_are_checked_and_flagged_when_expired() -> None:
    unit, other = registered(), registered(DAYE, "420281", "冶水")
    first = officer(unit, 1)
    stands = {
        day: first.standing(date.fromisoformat(day)) for day in ("2023-12-31", "2024-01-01", "2028-12-31", "2029-01-01")
    }
    assert list(stands.values()) == ["early", "valid", "valid", "expired"]
    for wrong, words in (
        ({"card_number": "12345"}, "6至20位"),
        ({"card_number": first.card_number}, "已登记在另一名在岗人员名下"),
        ({"valid_to": "2023-01-01"}, "早于有效期起"),
        ({"valid_from": "昨天"}, "不是日期"),
        ({"name": ""}, "2至40个字"),
        ({"account": "nobody"}, "没有账号"),
    ):
        with pytest.raises(Refused) as refused:
            officer(other, 2, **wrong)
        assert words in "".join(map(str, refused.value.problems))
    with pytest.raises(NotFound):
        units.save_officer(SYSTEM, other.id, first.id, {"name": "换人"}, version=1)
    left = {"name": "执法1", "card_number": first.card_number, "valid_from": "2024-01-01", "valid_to": "2028-12-31"}
    units.save_officer(SYSTEM, unit.id, first.id, {**left, "active": "0"}, version=1)
    assert units.Officer.get_by_id(first.id).standing(NOW.date()) == "left"
    officer(other, 2, card_number=str(first.card_number))
    with pytest.raises(Refused, match="改正"):
        units.save_officer(SYSTEM, unit.id, first.id, {**left, "active": "1"}, version=2)


def test_an_officers_account_is_of_the_own_unit() -> None:
    unit, other = registered(), registered(DAYE, "420281", "冶水")
    person = create_user(SYSTEM, username="li", name="李", password=PASSWORD, roles=(), unit=unit)
    assert officer(unit, 1, account="li").account == person
    with pytest.raises(Refused, match="改正"):
        officer(other, 2, account="li")


def test_r51_numbers_begin_where_it_was_stated_and_only_go_up() -> None:
    unit = registered()
    units.state_starts(SYSTEM, unit.id, {"罚": "36", "责改": ""}, version=1, reason="", now=NOW)
    series = units.document_series(unit.id, "罚")
    with transaction():
        assert [numbering.allocate(series, 2026) for _turn in range(2)] == [36, 37]
        assert numbering.allocate(units.document_series(unit.id, "责改"), 2026) == 1
    for text in ("37", "1", "0", "-1", "x", "²", "3.5", "99999999"):
        with pytest.raises(Refused) as refused:
            units.state_starts(SYSTEM, unit.id, {"罚": text}, version=2, reason=REASON, now=NOW)
        assert "38或更大" in str(refused.value.problems[0]), text
    with pytest.raises(Refused, match="请写明理由"):
        units.state_starts(SYSTEM, unit.id, {"罚": "50"}, version=2, reason="", now=NOW)
    assert numbering.last_given(series, 2026) == 37
    units.state_starts(SYSTEM, unit.id, {"罚": "50"}, version=2, reason="三十八至四十九号在纸上用过", now=NOW)
    assert units.next_numbers(unit, 2026)["罚"] == 50
    entry = AuditEntry.select().where(AuditEntry.action == "unit.numbers").order_by(AuditEntry.number.desc()).get()
    assert entry.detail["starts"] == {"罚": [38, 50]}
    with pytest.raises(Conflict):
        units.state_starts(SYSTEM, unit.id, {"罚": "60"}, version=2, reason=REASON, now=NOW)
    assert units.next_numbers(unit, 2026)["罚"] == 50, "stale: nothing was raised"


# --- enabling ---------------------------------------------------------------------------------------------------


def test_nothing_is_enabled_until_every_condition_holds() -> None:
    unit = complete(registered())
    assert missing(unit) == set()
    full = {field.name: getattr(unit, field.name) for field in Unit._meta.sorted_fields}
    for name in ("short_name", "organ_word", "address", "phone", "seal", *DOCUMENTS):
        Unit.update(**{name: None if name.startswith("hearing_") and name != "hearing_basis" else ""}).execute()
        with pytest.raises(Refused, match="还有1项") as refused:
            units.enable(SYSTEM, unit.id, version=version(unit), now=NOW)
        assert refused.value.problems[0].field in ("unit", "documents")
        Unit.update(**{name: full[name]}).execute()
    User.update(active=False).execute()
    assert missing(unit) == {"administrator"}
    User.update(active=True).execute()
    assert missing(unit, date(2029, 1, 1)) == {"officers", "numbers"}, "cards have expired, the year has no start"
    assert units.enable(SYSTEM, unit.id, version=version(unit), now=NOW).state == units.ENABLED
    with pytest.raises(Conflict, match="不在初始化中"):
        units.enable(SYSTEM, unit.id, version=version(unit), now=NOW)


def test_an_enabled_unit_keeps_what_it_needs_and_its_region() -> None:
    unit = enabled(registered())
    for step, values in (("unit", {"phone": ""}), ("documents", {"fine_bank": ""}), ("unit", {"region": "420300"})):
        with pytest.raises(Refused, match="改正"):
            units.save_particulars(SYSTEM, unit.id, step, values, version=version(unit))
    units.save_particulars(SYSTEM, unit.id, "unit", {"phone": "0714-1234567"}, version=version(unit))
    assert Unit.get_by_id(unit.id).phone == "0714-1234567"


def test_while_a_unit_is_set_up_only_its_administrator_may_act(platform_app: Flask) -> None:
    platform: Platform = platform_app.extensions["shuixin"]
    unit = complete(registered())
    create_user(SYSTEM, username="he", name="何", password=PASSWORD, roles=("reviewer",), unit=unit)

    def rights(username: str) -> set[str]:
        user = User.get(User.username == username)
        return {grant.permission for grant in actor_of(user, platform).grants}

    assert "shuixin.units" in rights("first")
    assert all(each.startswith(SETTING_UP) for username in ("first", "he") for each in rights(username))
    units.enable(SYSTEM, unit.id, version=version(unit), now=NOW)
    assert "credit_collection.review" in rights("he")
    Unit.update(state=units.CLOSED).execute()
    assert (rights("first"), rights("he")) == (set(), set())


# --- setting up anew, closing -----------------------------------------------------------------------------------


def test_r70_setting_up_anew_loses_no_record_and_no_number() -> None:
    unit = enabled(registered())
    create_user(SYSTEM, username="li", name="李", password=PASSWORD, roles=(), unit=unit)
    officer(unit, 3, account="li")
    with transaction():
        taken = [numbering.allocate(units.document_series(unit.id, "罚"), 2026) for _turn in range(3)]
    seal = unit.seal
    units.reinitialise(SYSTEM, unit.id, set(units.PARTS), version=version(unit), reason=REASON)
    again = Unit.get_by_id(unit.id)
    assert (again.state, again.seal, again.address, again.fine_account, again.hearing_unit) == (
        units.INITIALISING,
        "",
        "",
        "",
        None,
    )
    assert (again.name, again.code, again.region, again.numbering_year) == (unit.name, unit.code, unit.region, 2026)
    assert Attachment.get_or_none(Attachment.id == seal), "documents bear the former seal"
    assert {user.username: user.active for user in User.select()} == {"first": False, "li": False}
    people = units.officers_of(again)
    assert (len(people), [each.account for each in people]) == (3, [None] * 3)
    with transaction():
        following = numbering.allocate(units.document_series(unit.id, "罚"), 2026)
    assert (taken, following) == ([36, 37, 38], 39)
    with pytest.raises(Refused):
        units.state_starts(SYSTEM, unit.id, {"罚": "1"}, version=version(unit), reason=REASON, now=NOW)
    assert missing(again) == {"unit", "documents", "administrator"}
    with pytest.raises(Conflict, match="已在初始化中"):
        units.reinitialise(SYSTEM, unit.id, (), version=version(unit), reason=REASON)


def test_setting_up_anew_closes_nobody_who_reaches_further() -> None:
    unit = enabled(registered())
    create_user(SYSTEM, username="other", name="另", password=PASSWORD, roles=("administrator",))
    create_user(SYSTEM, username="root", name="陈", password=PASSWORD, roles=("administrator",), unit=unit)
    officer(unit, 3, account="root")
    with pytest.raises(Forbidden):
        units.reinitialise(administrator_of("420200"), unit.id, {"officers"}, version=version(unit), reason=REASON)
    assert User.get(User.username == "root").active
    assert Unit.get_by_id(unit.id).state == units.ENABLED
    units.reinitialise(SYSTEM, unit.id, {"officers"}, version=version(unit), reason=REASON)
    assert not User.get(User.username == "root").active


def test_a_region_administrator_appoints_below_and_a_grant_that_ended_counts_no_more() -> None:
    city, county = registered(), registered(DAYE, "420281", "冶水")
    units.appoint(administrator_of("420200"), county.id, username="daye", name="周", password=PASSWORD)
    assert [user.username for user in units.administrators_of(county)] == ["daye"]
    assert units.administrators_of(city) == []
    RoleGrant.update(ended_at=NOW).execute()
    assert units.administrators_of(county) == []


def test_setting_up_anew_wants_a_reason_and_spares_the_own_account() -> None:
    unit = enabled(registered())
    with pytest.raises(Refused, match="请写明理由"):
        units.reinitialise(SYSTEM, unit.id, (), version=version(unit), reason="改")
    own = replace(administrator_of("420200"), id=User.get(User.username == "first").id)
    with pytest.raises(Refused, match="自己"):
        units.reinitialise(own, unit.id, {"administrator", "seal"}, version=version(unit), reason=REASON)
    assert (Unit.get_by_id(unit.id).state, Unit.get_by_id(unit.id).seal) == (units.ENABLED, unit.seal)
    units.reinitialise(own, unit.id, (), version=version(unit), reason=REASON)
    assert Unit.get_by_id(unit.id).seal == unit.seal, "nothing is reset that was not asked for"


@one_engine
def test_people_of_a_closed_unit_are_out_and_stay_out(platform_app: Flask) -> None:
    unit = enabled(registered())
    user = create_user(
        SYSTEM, username="he", name="何", password=PASSWORD, roles=("reviewer",), unit=unit, must_change=False
    )
    person = client_of(platform_app, user)
    assert person.get("/office/").status_code == 200
    units.close_unit(SYSTEM, unit.id, version=version(unit), reason=REASON)
    assert not LoginSession.select().where(LoginSession.ended_at.is_null()).exists()
    assert person.get("/office/").status_code == 302
    visitor: SignedIn = client_of(platform_app)
    answer = visitor.post_form("/sign-in", {"username": "he", "password": PASSWORD})
    assert "账号或密码不正确" in answer.get_data(as_text=True)
    assert (Unit.get().state, User.get_by_id(user.id).active, Unit.get().name) == (units.CLOSED, True, unit.name)
    with pytest.raises(Conflict, match="已经停用"):
        units.close_unit(SYSTEM, unit.id, version=version(unit), reason=REASON)
    units.reinitialise(SYSTEM, unit.id, (), version=version(unit), reason=REASON)
    units.enable(SYSTEM, unit.id, version=version(unit), now=NOW)
    assert client_of(platform_app, User.get_by_id(user.id)).get("/office/").status_code == 200


def test_a_unit_is_not_closed_under_those_who_need_it() -> None:
    city = enabled(registered())
    county = registered(DAYE, "420281", "冶水", parent=str(city.id))
    with pytest.raises(Refused, match="下级单位"):
        units.close_unit(SYSTEM, city.id, version=version(city), reason=REASON)
    own = replace(administrator_of("420200"), id=User.get(User.username == "first").id)
    with pytest.raises(Refused, match="自己所在的单位"):
        units.close_unit(own, city.id, version=version(city), reason=REASON)
    create_user(SYSTEM, username="root", name="陈", password=PASSWORD, roles=("administrator",), unit=county)
    with pytest.raises(Refused, match="超级管理员"):
        units.close_unit(own, county.id, version=version(county), reason=REASON)
    assert {unit.state for unit in Unit.select()} == {units.ENABLED, units.INITIALISING}


# --- reach ------------------------------------------------------------------------------------------------------


def acts_on(actor: Actor, number: int) -> list[Callable[[], object]]:
    """Everything somebody could try on a unit."""
    return [
        lambda: units.find_unit(actor, number),
        lambda: units.save_particulars(actor, number, "unit", {"phone": "0714-1111111"}, version=1),
        lambda: units.set_seal(actor, number, BytesIO(specimen_seal()), "x.png", version=1),
        lambda: units.appoint(actor, number, username="spy", name="某人", password=PASSWORD),
        lambda: units.save_officer(actor, number, 0, {}, version=0),
        lambda: units.state_starts(actor, number, {"罚": "99"}, version=1, reason=REASON, now=NOW),
        lambda: units.enable(actor, number, version=1, now=NOW),
        lambda: units.reinitialise(actor, number, units.PARTS, version=1, reason=REASON),
        lambda: units.close_unit(actor, number, version=1, reason=REASON),
    ]


def test_r9_a_county_reaches_no_other_county_and_nothing_above() -> None:
    city, daye = registered(), complete(registered(DAYE, "420281", "冶水"))
    yangxin = registered(YANGXIN, "420222", "阳水")
    own, before = administrator_of("420222"), {unit.id: version(unit) for unit in (city, daye)}
    assert units.units_of(own) == [yangxin]
    assert units.units_of(administrator_of("420200")) == [city, yangxin, daye]
    assert units.units_of(Actor(9, "某人")) == []
    for unit in (city, daye):
        for act in acts_on(own, unit.id):
            with pytest.raises(NotFound):
                act()
    for region in ("420281", "420200", "420000"):
        with pytest.raises(Forbidden):
            units.register_unit(own, code="11420000QQ00000014", name="冒充的水利局", region=region)
    with pytest.raises(Forbidden):
        units.save_particulars(own, yangxin.id, "unit", {"region": "420281"}, version=1)
    assert {unit.id: version(unit) for unit in (city, daye)} == before
    assert not User.select().where(User.username == "spy").exists()


# --- regions ----------------------------------------------------------------------------------------------------


def test_a_city_adds_a_pseudo_code_and_every_look_up_knows_it() -> None:
    units.add_region(
        administrator_of("420200"), code="4202k2", name="新港园区", stands_for=("420222",), since=date(2020, 1, 1)
    )
    found = find_region("新港园区")
    assert found
    assert (found.code, found.local, region_name("4202K2")) == ("4202K2", True, "湖北省黄石市新港园区")
    unit = registered(DAYE, "4202K2", "港水")
    assert units.units_of(administrator_of("420200")) == [unit]
    assert units.units_of(administrator_of("420222")) == []
    for code, stands_for, field in (
        ("4202K2", ("420222",), "code"),
        ("4202K1", ("420222",), "code"),
        ("420299", ("420222",), "code"),
        ("4202O1", ("420222",), "code"),
        ("4202K3", (), "stands_for"),
        ("4202K3", ("4202K1",), "stands_for"),
        ("4202K3", ("420100",), "stands_for"),
    ):
        with pytest.raises(Refused) as refused:
            units.add_region(SYSTEM, code=code, name="某园区", stands_for=stands_for, since=date(2020, 1, 1))
        assert {each.field for each in refused.value.problems} == {field}, code
    with pytest.raises(Forbidden):
        units.add_region(administrator_of("420222"), code="4202K4", name="园区", stands_for=("420222",), since=TODAY)


def test_a_region_is_renamed_then_ended_and_never_gone() -> None:
    unit = registered(YANGXIN, "420222", "阳水")
    units.change_region(SYSTEM, "420222", name="阳新市", since=date(2021, 1, 1))
    assert region_name("420222") == "湖北省黄石市阳新市"
    with pytest.raises(Refused) as refused:
        units.change_region(SYSTEM, "420222", name="又名", since=date(2020, 1, 1))
    assert refused.value.problems[0].field == "since"
    units.change_region(SYSTEM, "420222", name="", since=date(2022, 1, 1), ended=True)
    assert (find_region("420222"), region_name("420222")) == (None, "湖北省黄石市阳新市")
    with pytest.raises(Conflict, match="已撤销"):
        units.change_region(SYSTEM, "420222", name="复名", since=date(2023, 1, 1))
    units.save_particulars(SYSTEM, unit.id, "unit", {"region": "420222", "phone": "0714-2222222"}, version=1)
    with pytest.raises(Refused):
        registered(DAYE, "420222")
    with pytest.raises(NotFound):
        units.change_region(SYSTEM, "999999", name="某地", since=date(2022, 1, 1))
    for code in ("420281", "4202K1", "420222", "420200"):
        with pytest.raises(NotFound):
            units.change_region(administrator_of("420222"), code, name="某市", since=date(2024, 1, 1))
    assert [units.may_change(administrator_of("420200"), code) for code in ("420281", "420200")] == [True, False]
    units.change_region(administrator_of("420200"), "420281", name="大冶新市", since=date(2022, 1, 1))
    assert [units.may_change(each, "420000") for each in (SYSTEM, administrator_of("420000"))] == [True, False]
