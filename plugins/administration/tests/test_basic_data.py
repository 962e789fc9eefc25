"""Basic data in the back office: code lists, policy sets, days off; who may, what is refused, what is kept."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from shuixin.access import Actor
from shuixin.audit import AuditEntry
from shuixin.contributions import CodeList
from shuixin.errors import Forbidden, Misconfigured, NotFound, Refused
from shuixin.health import is_well, run_checks
from shuixin.kit import calendar, clock, policies
from shuixin.kit.dictionaries import DictionaryEntry, Entry, Wording
from shuixin.platform import code_list, current_calendar
from shuixin.testing.fixtures import SignedIn
from shuixin.texts import domain
from shuixin_administration.services import dictionaries, holidays

_ = domain("x")
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ClientAs = Callable[..., SignedIn]
ActorAs = Callable[..., Actor]
HOME = "/office/administration/"
NAME = "credit_collection.registration_type"
ENTRY = f"{HOME}dictionaries/entry"
NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
TODAY = date(2026, 11, 25)
CHANGE = {"label": "国有经济", "writings": "国有企业\n 国有企业 \n全民所有制", "order": "15", "basis": "SL 691（待核）"}
NOTICE = "国办发明电〔2026〕1号"
TEXT = "元旦：1月1日（周五）至3日（周日）放假，共3天。\n国庆节：10月1日至7日放假。10月9日（周六）上班。"


@pytest.fixture(autouse=True)
def _a_day_in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def newest() -> AuditEntry:
    entry: AuditEntry = AuditEntry.select().order_by(AuditEntry.number.desc()).get()
    return entry


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


# --- code lists -------------------------------------------------------------------------------------------------


def test_an_entry_is_renamed_from_a_day_on_and_the_log_says_from_what(platform_app: Flask, actor_as: ActorAs) -> None:
    admin = actor_as("administrator")
    typed = {**CHANGE, "renaming": "from", "since": "2026-11-25"}
    dictionaries.change_entry(admin, NAME, "state", version=0, typed=typed, now=NOW)
    known = code_list(NAME)
    assert (known.label("state", date(2026, 11, 24)), known.label("state", TODAY)) == ("国有", "国有经济")
    assert known.get("state").wordings[-1].writings == ("国有企业", "全民所有制", "国有")  # type: ignore[union-attr]
    log = newest()
    assert (log.action, log.object_key, log.actor_name) == ("dictionary.change", f"{NAME}/state", "administrator")
    assert (log.detail["before"]["label"], log.detail["after"]["label"]) == ("国有", "国有经济")
    dictionaries.change_entry(admin, NAME, "state", version=1, typed={**CHANGE, "label": "国有经 济"}, now=NOW)
    assert (len(code_list(NAME).get("state").wordings), code_list(NAME).label("state", TODAY)) == (2, "国有经 济")  # type: ignore[union-attr]


def test_an_entry_is_ended_with_a_reason_and_restored(platform_app: Flask, actor_as: ActorAs) -> None:
    admin = actor_as("administrator")
    for typed, field in (
        ({"last": "2026-11-25", "reason": "不用"}, "reason"),
        ({"last": "昨天"}, "last"),
        ({}, "last"),
    ):
        with pytest.raises(Refused) as refused:
            dictionaries.end_entry(admin, NAME, "joint", version=0, typed=typed, now=NOW)
        assert refused.value.problems[0].field == field
    typed = {"last": "2026-11-24", "reason": "新标准不再列入"}
    dictionaries.end_entry(admin, NAME, "joint", version=0, typed=typed, now=NOW)
    assert (newest().action, newest().detail["reason"]) == ("dictionary.end", "新标准不再列入")
    assert "joint" not in code_list(NAME).labels()
    dictionaries.restore_entry(admin, NAME, "joint", version=1, now=NOW)
    assert ("joint" in code_list(NAME).labels(), newest().action) == (True, "dictionary.restore")


def test_an_entry_added_by_mistake_is_deleted_unless_it_is_used(
    platform_app: Flask, actor_as: ActorAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, used = actor_as("administrator"), {"foreign": 0}
    plugin, of = dictionaries.find_list(NAME)
    counted = replace(of, usage=lambda code: used[code])
    monkeypatch.setattr(dictionaries, "find_list", lambda _name: (plugin, counted))
    typed = {"code": "foreign", "label": "外资", "order": "90", "first": "2026-11-25"}
    dictionaries.add_entry(admin, NAME, typed, NOW)
    end = {"last": "2026-11-25", "reason": "代码录错了，重新录入"}
    dictionaries.end_entry(admin, NAME, "foreign", version=1, typed=end, now=NOW)
    tomorrow = datetime(2026, 11, 26, 4, tzinfo=UTC)
    for count, words in ((1, "已在1处使用"), (None, "暂时无法统计")):
        used.clear()
        used.update({"foreign": count} if count else {})
        with pytest.raises(Refused, match=words):
            dictionaries.remove_entry(admin, NAME, "foreign", version=2, now=tomorrow)
    used["foreign"] = 0
    with pytest.raises(Refused, match="先停用"):
        dictionaries.remove_entry(admin, NAME, "foreign", version=2, now=NOW)
    dictionaries.remove_entry(admin, NAME, "foreign", version=2, now=tomorrow)
    assert (code_list(NAME).get("foreign"), newest().action) == (None, "dictionary.remove")


@one_engine
def test_the_pages_show_lists_entries_and_their_use(platform_app: Flask, client_as: ClientAs) -> None:
    person = client_as("administrator")
    assert all(words in person.get(f"{HOME}dictionaries/").text for words in ("登记注册类型", NAME, "信用信息征集"))
    page = person.get(f"{HOME}dictionaries/list?name={NAME}").text
    assert all(words in page for words in ("国有企业、全民所有制", "0处", "随软件", "新增条目", "code=state"))
    assert person.get(f"{HOME}dictionaries/list?name=nobody.nothing").status_code == 404
    assert person.get(f"{ENTRY}?name={NAME}&code=nothing").status_code == 404


@one_engine
def test_forms_keep_what_was_typed_and_say_what_is_wrong(platform_app: Flask, client_as: ClientAs) -> None:
    person, new = client_as("administrator"), f"{HOME}dictionaries/new"
    assert 'value="90"' in person.get(f"{new}?name={NAME}").text, "the next place in the order is offered"
    typed = {"name": NAME, "code": "x", "label": "集体", "order": "5", "first": "", "basis": "<b>据</b>"}
    refused = person.post_form(new, typed)
    assert (refused.status_code, "“集体”在同一时期已指代码collective" in refused.text) == (422, True)
    assert 'value="&lt;b&gt;据&lt;/b&gt;"' in refused.text
    assert person.post_form(new, {**typed, "order": "-1"}).status_code == 422
    made = person.post_form(new, {**typed, "label": "外资"}, follow_redirects=True).text
    assert all(words in made for words in ("已新增“外资”", "本地新增"))
    ending = person.post_form(ENTRY, {"name": NAME, "code": "x", "version": "1", "act": "end", "reason": "短"})
    assert (ending.status_code, 'value="外资"' in ending.text, "停用原因" in ending.text) == (422, True, False)
    assert "日期没有填写" in ending.text


@one_engine
def test_of_two_editors_the_second_sees_both_versions(platform_app: Flask, client_as: ClientAs) -> None:
    person = client_as("administrator")
    form = {"name": NAME, "code": "state", "version": "0", "act": "change", "renaming": "correct", **CHANGE}
    assert person.post_form(ENTRY, form).status_code == 302
    late = person.post_form(ENTRY, {**form, "label": "全民"})
    assert (late.status_code, "刚被他人更改" in late.text) == (409, True)
    assert all(words in late.text for words in ('value="全民"', "现为：国有经济"))
    assert hidden(late.text, "version") == "1"
    assert person.post_form(ENTRY, {**form, "label": "全民", "version": "1"}).status_code == 302
    assert code_list(NAME).label("state") == "全民"


@one_engine
def test_buttons_of_an_entry(platform_app: Flask, client_as: ClientAs) -> None:
    person, form = client_as("administrator"), {"name": NAME, "code": "joint"}
    assert 'value="end"' in person.get(f"{ENTRY}?name={NAME}&code=joint").text
    end = {"act": "end", "version": "0", "last": "2026-11-24", "reason": "新标准不再列入"}
    assert "已停用“联营”" in person.post_form(ENTRY, {**form, **end}, follow_redirects=True).text
    page = person.get(f"{ENTRY}?name={NAME}&code=joint").text
    assert ('value="restore"' in page, 'value="end"' in page, 'value="remove"' in page) == (True, False, False)
    assert "随软件提供的名称：联营" in page
    again = person.post_form(ENTRY, {**form, "act": "restore", "version": "1"}, follow_redirects=True).text
    assert "已恢复“联营”" in again
    shipped = person.post_form(ENTRY, {**form, "act": "remove", "version": "2"})
    assert (shipped.status_code, "随软件提供" in shipped.text) == (422, True)


# --- policy sets ------------------------------------------------------------------------------------------------


@one_engine
def test_policy_sets_are_shown_with_basis_days_and_numbers_in_words(platform_app: Flask, client_as: ClientAs) -> None:
    person = client_as("reviewer")
    page = person.get(f"{HOME}policies/").text
    assert all(
        words in page for words in ("MWR2019", "MWR2024", "2019-11-01至2024-10-31", "现行有效", "信用档案：良好行为")
    )
    assert page.index("已失效") > page.index("现行有效")
    one = person.get(f"{HOME}policies/set?topic=good_record&code=MWR2019").text
    assert all(
        words in one
        for words in ("公开期限（月）", "12", "credit_publish/policies/good_record_mwr2019.toml", "policy_dirs")
    )
    assert person.get(f"{HOME}policies/set?topic=good_record&code=nobody").status_code == 404


@one_engine
def test_two_days_are_compared(platform_app: Flask, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch) -> None:
    person = client_as("reviewer")
    same = person.get(f"{HOME}policies/compare?first=2020-01-01&second=2026-01-01").text
    assert "版本不同，数字相同" in same
    none = person.get(f"{HOME}policies/compare?first=2000-01-01&second=2026-01-01").text
    assert all(words in none for words in ("没有生效的版本", "数字不同", "<ins>12</ins>"))
    assert "不是有效日期" in person.get(f"{HOME}policies/compare?first=昨天").text
    sets = [
        policies.PolicySet("A", "t", "题", "据", date(2019, 1, 1), date(2019, 12, 31), {"n": 1}),
        policies.PolicySet("B", "t", "题", "据", date(2020, 1, 1), None, {"n": 2}),
    ]
    monkeypatch.setattr(platform_app.extensions["shuixin"], "policies", policies.PolicyBook(sets))
    other = person.get(f"{HOME}policies/compare?first=2019-12-31&second=2020-01-01").text
    assert all(words in other for words in ("<del>1</del>", "<ins>2</ins>"))
    assert "今天没有生效" not in person.get(f"{HOME}policies/").text
    monkeypatch.setattr(platform_app.extensions["shuixin"], "policies", policies.PolicyBook(sets[:1]))
    assert "今天没有生效" in person.get(f"{HOME}policies/").text


# --- days off ---------------------------------------------------------------------------------------------------


def year_form(**more: str) -> dict[str, str]:
    return {"year": "2027", "version": "0", "basis": NOTICE, "text": TEXT, **more}


def test_a_year_is_entered_and_corrected_with_a_reason(platform_app: Flask, actor_as: ActorAs) -> None:
    admin = actor_as("administrator")
    with pytest.raises(Refused, match="2027"):
        current_calendar().add_working_days(date(2026, 12, 31), 1)
    holidays.enter(admin, 2027, year_form(), version=0, now=NOW)
    assert current_calendar().add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert (newest().action, newest().detail["worked"]) == ("calendar.enter", ["2027-10-09"])
    other = year_form(text=f"{TEXT}\n元旦：1月4日放假。")
    with pytest.raises(Refused, match="更正的原因"):
        holidays.enter(admin, 2027, other, version=1, now=NOW)
    assert current_calendar().is_working_day(date(2027, 1, 4)), "a refused correction changes nothing"
    holidays.enter(admin, 2027, {**other, "reason": "通知另行补充了一天"}, version=1, now=NOW)
    assert (newest().action, newest().detail["off"]) == ("calendar.correct", ["2027-01-04"])
    with pytest.raises(Refused, match="正用于计算期限"):
        holidays.remove(admin, 2027, version=2, now=NOW)


@pytest.mark.parametrize(
    ("year", "typed", "field"),
    [
        (2027, {"basis": "通知"}, "basis"),
        (2027, {"text": ""}, "text"),
        (1999, {}, "year"),
        (2029, {}, "year"),
    ],
)
@one_engine
def test_a_year_that_cannot_be_right_is_refused(
    actor_as: ActorAs, year: int, typed: dict[str, str], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        holidays.enter(actor_as("administrator"), year, year_form(**typed), version=0, now=NOW)
    assert field in {problem.field for problem in refused.value.problems}
    assert calendar.CalendarYear.select().count() == 0


@one_engine
def test_a_year_is_seen_before_it_is_saved(platform_app: Flask, client_as: ClientAs) -> None:
    person, page = client_as("administrator"), f"{HOME}holidays/year"
    assert [person.get(f"{page}?year={year}").status_code for year in ("", "1999", "2029")] == [404] * 3
    assert "还没有2027年的放假安排" in person.get(f"{HOME}holidays/").text
    wrong = person.post_form(page, year_form(text=TEXT.replace("周五", "周四")))
    assert (wrong.status_code, "与日历不符" in wrong.text, "周四" in wrong.text) == (422, True, True)
    seen = person.post_form(page, year_form()).text
    assert all(words in seen for words in ("这是预览", "2026年有春节，这一年没有", "保存2027年放假安排"))
    assert seen.count('class="is-off"') == 10
    assert seen.count('class="is-worked"') == 1
    assert calendar.CalendarYear.select().count() == 0
    seal = hidden(seen, "previewed")
    changed = person.post_form(page, year_form(text=f"{TEXT}\n春节：2月5日放假。", previewed=seal))
    assert "这是预览" in changed.text, "what was changed after the preview is shown again"
    assert calendar.CalendarYear.select().count() == 0
    saved = person.post_form(page, year_form(previewed=seal), follow_redirects=True).text
    assert "已保存" in saved
    assert "还没有2027年" not in person.get(f"{HOME}holidays/").text
    late = person.post_form(page, year_form(previewed=seal))
    assert (late.status_code, "刚被他人录入" in late.text, hidden(late.text, "version")) == (409, True, "1")


@one_engine
def test_a_correction_of_a_shipped_year_is_taken_back(platform_app: Flask, client_as: ClientAs) -> None:
    person, page = client_as("administrator"), f"{HOME}holidays/year"
    shown = person.get(f"{page}?year=2026").text
    assert "国庆节 2026-10-01 至 2026-10-07" in shown
    form = year_form(year="2026", text="元旦：1月1日放假。")
    seal = hidden(person.post_form(page, form).text, "previewed")
    without = person.post_form(page, {**form, "previewed": seal})
    assert (without.status_code, "没有写明更正的原因" in without.text) == (422, True)
    assert hidden(without.text, "previewed") == seal, "the preview need not be repeated for a missing reason"
    person.post_form(page, {**form, "previewed": seal, "reason": "按新通知更正全年安排"})
    assert current_calendar().is_working_day(date(2026, 10, 1))
    answer = person.post_form(f"{HOME}holidays/remove", {"year": "2026", "version": "1"}, follow_redirects=True)
    assert "已删除2026年" in answer.text
    assert not current_calendar().is_working_day(date(2026, 10, 1))


@one_engine
def test_a_missing_year_stands_on_the_workbench_and_in_the_health_check(
    platform_app: Flask, client_as: ClientAs, actor_as: ActorAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = platform_app.extensions["shuixin"]
    person, reader = client_as("administrator"), client_as("reviewer")
    tile = 'href="/office/administration/holidays/"><strong>1</strong>'
    assert (tile in person.get("/office/").text, tile in reader.get("/office/").text) == (True, False)
    results = run_checks(platform)
    assert "没有录入2027年" in results["holidays"]
    assert is_well(platform, results), "it asks for an administrator; the server goes on serving"
    assert not is_well(platform, {**results, "database": "x"})
    assert person.get("/readyz").status_code == 200
    holidays.enter(actor_as("administrator"), 2027, year_form(), version=0, now=NOW)
    assert 'href="/office/administration/holidays/"><strong>' not in person.get("/office/").text
    assert run_checks(platform)["holidays"] == ""


# --- who may ----------------------------------------------------------------------------------------------------


@one_engine
def test_readers_read_and_change_nothing(platform_app: Flask, client_as: ClientAs, actor_as: ActorAs) -> None:
    person, actor = client_as("reviewer"), actor_as("reviewer")
    for path in (
        "dictionaries/",
        f"dictionaries/list?name={NAME}",
        "policies/",
        "holidays/",
        "holidays/year?year=2026",
    ):
        page = person.get(f"{HOME}{path}")
        assert page.status_code == 200, path
        body = page.text[page.text.index("<main") :]
        assert '<form method="post"' not in body
        assert "csrf_token" not in body
    assert person.get(f"{HOME}dictionaries/new?name={NAME}").status_code == 403
    assert "disabled" in person.get(f"{ENTRY}?name={NAME}&code=state").text
    assert person.get(f"{HOME}holidays/year?year=2027").status_code == 404
    for path, form in (
        ("dictionaries/entry", {"name": NAME, "code": "state", "version": "0", **CHANGE}),
        ("dictionaries/new", {"name": NAME, "code": "x", "label": "外资", "order": "1"}),
        ("holidays/year", year_form(year="2026", previewed="x")),
    ):
        answer = person.post_form(f"{HOME}{path}", form)
        assert answer.status_code == 403, path
    assert (DictionaryEntry.select().count(), calendar.CalendarYear.select().count()) == (0, 0)
    acts: list[Callable[[], Any]] = [
        lambda: dictionaries.add_entry(actor, NAME, {"code": "x", "label": "外资", "order": "1"}, NOW),
        lambda: dictionaries.change_entry(actor, NAME, "state", version=0, typed=CHANGE, now=NOW),
        lambda: dictionaries.restore_entry(actor, NAME, "state", version=0, now=NOW),
        lambda: dictionaries.remove_entry(actor, NAME, "state", version=0, now=NOW),
        lambda: holidays.enter(actor, 2027, year_form(), version=0, now=NOW),
        lambda: holidays.remove(actor, 2027, version=0, now=NOW),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


@one_engine
@pytest.mark.parametrize("role", ["editor", "enterprise"])
def test_others_see_nothing_of_it(client_as: ClientAs, role: str) -> None:
    person = client_as(role)
    for path in ("dictionaries/", "policies/", "holidays/"):
        assert person.get(f"{HOME}{path}").status_code == 403


@one_engine
def test_lists_of_a_plugin_that_is_off_are_gone(platform_app: Flask, actor_as: ActorAs) -> None:
    platform_app.extensions["shuixin"].loaded.bundles.pop("credit_collection")
    with pytest.raises(NotFound):
        dictionaries.rows_of(actor_as("administrator"), NAME)


def test_a_list_that_is_none_keeps_its_plugin_out() -> None:
    twice = (Entry("a", (Wording("甲"),)), Entry("b", (Wording("甲"),)))
    with pytest.raises(Misconfigured, match="同时指"):
        CodeList("x.y", _("某"), twice, lambda _code: 0)
