"""Contradictions between units: found while a filing is reviewed, told to both sides once, kept, decided."""

import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.audit import AuditEntry
from shuixin.database import db, transaction
from shuixin.errors import Conflict, Forbidden, NotFound, Refused
from shuixin.kit import notices
from shuixin.kit.identifiers import complete_id_number, complete_uscc
from shuixin.kit.notices import Notice
from shuixin.kit.policies import PolicyBook
from shuixin.platform import current_platform
from shuixin.testing.fixtures import SignedIn
from shuixin.units import Unit
from shuixin_credit_collection.models import Claim, ClaimsKept, Clash, Filing, Subject
from shuixin_credit_collection.permissions import REVIEW
from shuixin_credit_collection.services import claims, clashes, commitments, crosschecks, evidence, filings, reviewing
from shuixin_credit_collection.services.findings import findings
from shuixin_credit_collection.services.rows import new_key

Make = Callable[..., Filing]
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NUMBER = complete_id_number("42020219850607021")
FIRST, SECOND = "黄石试航水利工程有限公司", "大冶先到水利有限公司"
CODES = {"": complete_uscc("91420204MAE2E9T41"), "2": complete_uscc("91420281MA5XG7P31")}
REASON = "同一工程分期施工，建设单位已书面同意"
NIGHT = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
Rows = dict[str, dict[str, str]]


def person(**facts: str) -> Rows:
    return {"person": {"name": "罗文彬", "id_no": NUMBER, **facts}}  # type: ignore[dict-item]


def work(**facts: str) -> dict[str, str]:
    return {
        "project_name": "松岩河治理",
        "role": "施工",
        "status": "在建",
        "manager": "罗文彬",
        "started_on": "2026-01-05",
        **facts,
    }


def certificate(**facts: str) -> dict[str, str]:
    return {"person": "罗文彬", "cert_kind": "建造师", "reg_no": "鄂242-2016-0815", "valid_to": "2030-01-01", **facts}


@pytest.fixture
def filed(actor_as: Callable[..., Actor], draft: Make) -> Make:
    """Submit ``filed("2", person={…}, performance={…})``: one record of each type for the unit of that suffix."""

    def make(suffix: str = "", **records: Any) -> Filing:
        actor = actor_as("enterprise", suffix)
        region = "湖北省黄石市大冶市" if suffix else "湖北省黄石市下陆区"
        name = SECOND if suffix else FIRST
        filing = draft(actor, uscc=CODES[suffix], name=name, reg_region=region)
        for code, rows in records.items():
            several = rows if isinstance(rows, list) else [rows]
            keyed = {new_key(): row for row in several}
            filing = filings.save_draft(actor, filing.id, version=filing.row_version, code=code, rows=keyed)
        return filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)

    return make


@pytest.fixture
def entered(filed: Make, judge: Make, actor_as: Callable[..., Actor]) -> Make:
    """The same, taken into the Register."""

    def make(suffix: str = "", **records: Any) -> Filing:
        filing = judge(actor_as("reviewer"), filed(suffix, **records))
        return reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)

    return make


def warnings(filing: Filing) -> list[str]:
    return [str(each.text) for each in findings(Filing.get_by_id(filing.id)) if each.is_warning]


# --- found while it is reviewed ------------------------------------------------------------------------------------


def test_a_person_at_two_units_is_pointed_out_with_both_sides(entered: Make, filed: Make) -> None:
    first = entered(**person(labor_from="2024-01-01"))
    (text,) = warnings(filed("2", **person(labor_from="2026-03-01")))
    for part in ("罗文彬", FIRST, CODES[""], "2024-01-01至今", str(first.number)):
        assert part in text
    assert NUMBER not in text


def test_who_left_before_coming_contradicts_nobody(entered: Make, filed: Make) -> None:
    entered(**person(labor_from="2024-01-01", labor_to="2026-02-28"))
    assert warnings(filed("2", **person(labor_from="2026-03-01"))) == []


def test_the_last_day_of_a_contract_counts(entered: Make, filed: Make) -> None:
    entered(**person(labor_from="2024-01-01", labor_to="2026-03-01"))
    assert len(warnings(filed("2", **person(labor_from="2026-03-01")))) == 1


def test_two_filings_in_review_see_each_other_until_one_is_withdrawn(
    filed: Make, actor_as: Callable[..., Actor]
) -> None:
    first = filed(**person())
    second = filed("2", **person())
    assert "在审申报" in warnings(first)[0]
    assert str(second.number) in warnings(first)[0]
    assert str(first.number) in warnings(second)[0]
    filings.withdraw(actor_as("enterprise"), first.id, version=first.row_version)
    assert warnings(second) == []


def test_one_certificate_at_two_units_however_its_number_is_written(entered: Make, filed: Make) -> None:
    entered(**person(labor_from="2024-01-01"), person_cert=certificate())
    other = {"name": "方予安", "id_no": complete_id_number("42020219850607023")}
    used = certificate(person="方予安", reg_no="鄂２４２ ２０１６ ０８１５", qualify_no="Q1")
    (text,) = warnings(filed("2", person=other, person_cert=used))
    assert "鄂24220160815" in text
    assert FIRST in text


def test_certificates_of_other_kinds_or_times_are_others(entered: Make, filed: Make) -> None:
    entered(**person(labor_from="2020-01-01", labor_to="2023-01-01"), person_cert=certificate())
    other = {"name": "方予安", "id_no": complete_id_number("42020219850607023"), "labor_from": "2023-01-02"}
    assert warnings(filed("2", person=other, person_cert=certificate(person="方予安"))) == []
    short = certificate(person="方予安", reg_no="0815")
    assert all(len(each.value) >= claims.LEAST_NUMBER for each in Claim.select()), short


@pytest.mark.parametrize(("left_on", "count"), [("2026-02-01", 1), ("2026-01-31", 0)])
def test_one_certificate_on_two_sites_at_once(filed: Make, left_on: str, count: int) -> None:
    works = [work(manager=""), work(project_name="金陂水库除险加固", manager="")]
    staff = [
        {"project": "松岩河治理", "name": "章鸣川", "cert_no": "C2020-7788", "from_on": "2026-02-01"},
        {"project": "金陂水库除险加固", "name": "章鸣川", "cert_no": "C20207788", "until_on": left_on},
    ]
    said = warnings(filed(performance=works, performance_staff=staff))
    assert len(said) == count
    assert all("C20207788" in text for text in said)


def test_a_work_declared_by_two_units_in_the_same_role(entered: Make, filed: Make) -> None:
    entered(performance=work(manager="", lot="一标段"))
    assert "业绩" in warnings(filed("2", performance=work(manager="", project_name="松岩河 治理", lot="（一标段）")))[0]


def test_another_role_or_lot_is_another_work_and_one_contract_is_one(entered: Make, filed: Make) -> None:
    owner = {"contract_no": "松岩〔2026〕3号", "owner_name": "黄石市松岩河管理处"}
    entered(performance=work(manager="", lot="一标段", **owner))
    works = [
        work(manager="", lot="二标段"),
        work(manager="", lot="一标段", role="监理"),
        work(manager="", project_name="松岩河综合整治工程", lot="甲", **owner),
    ]
    (text,) = warnings(filed("2", performance=works))
    assert "松岩河综合整治工程" in text


def test_what_does_not_fit_within_one_unit(filed: Make) -> None:
    away = person(social_unit="武汉某某工程有限公司")
    filing = filed(**away, person_cert=certificate(reg_unit_uscc=CODES["2"]))
    said = " ".join(warnings(filing))
    assert "社保缴纳单位为“武汉某某工程有限公司”" in said
    assert CODES["2"] in said
    infos = [str(each.text) for each in findings(filing) if each.level == "info"]
    assert "法定代表人“沈知行”不在人员信息中" in infos


def test_people_are_counted_against_what_the_qualification_needs(actor_as: Callable[..., Actor], draft: Make) -> None:
    actor = actor_as("enterprise")
    filing = draft(actor)
    third = {**filing.draft["qualification"]["a1"], "grade": "三级"}
    people = {
        new_key(): {
            "name": f"人员{number}",
            "id_no": complete_id_number(f"42020219850607{number:03d}"),
            "categories": "建造师",
            "title": "工程师",
        }
        for number in range(10, 17)
    }
    for code, rows in (("qualification", {"a1": third}), ("person", people)):
        filing = filings.save_draft(actor, filing.id, version=filing.row_version, code=code, rows=rows)
    said = warnings(filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id))
    assert any("建造师不少于8人，现有7人" in each for each in said), said
    assert any("中级以上职称人员不少于10人，现有7人" in each for each in said), said


def test_bulk_work_leaves_what_contradicts_alone(entered: Make, filed: Make, actor_as: Callable[..., Actor]) -> None:
    entered(**person())
    filing = filed("2", **person())
    (result,) = reviewing.bulk(actor_as("reviewer"), REVIEW, [(filing.id, filing.row_version)])
    assert not result.ok
    assert Filing.get_by_id(filing.id).stage == "submitted"


@one_engine
def test_what_bars_comes_first_and_the_rest_is_counted(filed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    works = [
        work(project_name=f"工程{number}", lot="一标段", contract_no="HT1", owner_name="建设处") for number in (1, 2)
    ]
    monkeypatch.setattr(crosschecks, "AT_MOST", 1)
    found = [each for each in findings(filed(**person(), performance=works)) if each.is_warning]
    assert [bool(each.exception) for each in found] == [True, False]
    assert str(found[1].text) == "另有1处与其他记录矛盾"


# --- told and kept -------------------------------------------------------------------------------------------------


def test_both_sides_are_told_once_and_enterprises_not_where(
    entered: Make, actor_as: Callable[..., Actor], client_as: Callable[..., SignedIn]
) -> None:
    unit = Unit.create(code="114202810000000000", name="大冶市水利和湖泊局", region="420281")
    county, city = actor_as("reviewer", "daye", unit=unit), actor_as("reviewer")
    entered(**person(labor_from="2024-01-01"))
    entered("2", **person(labor_from="2026-03-01"))
    clash = Clash.get()
    assert (clash.kind, clash.status, clash.from_on.isoformat()) == ("person", "open", "2026-03-01")
    for reviewer in (county, city):
        (told,) = notices.of_addressee(reviewer.id).where(Notice.kind == "clash.found")
        said = notices.words(told.text)
        assert (FIRST in said, SECOND in said) == (True, True)
        assert told.link.endswith(f"?id={clash.id}")
    secrets = {"": (SECOND, CODES["2"]), "2": (FIRST, CODES[""])}
    for suffix, others in secrets.items():
        (told,) = notices.of_addressee(actor_as("enterprise", suffix).id).where(Notice.kind == "clash.found")
        said = notices.words(told.title) + notices.words(told.text) + told.link
        assert "罗文彬" in said
        assert not any(each in said for each in (*others, NUMBER, "大冶", "2024-01-01"))
    before = Notice.select().count()
    for _night in range(2):
        assert "新发现疑似冲突0条" in str(clashes.search(NIGHT))
    assert (Notice.select().count(), Clash.select().count()) == (before, 1)
    for suffix, others in secrets.items():
        own = client_as("enterprise", suffix)
        pages = "".join(own.get(path).text for path in ("/workspace/", "/workspace/filings", "/account/notices"))
        assert not any(each in pages for each in others)


def test_the_nightly_search_finds_what_approvals_did_not_and_builds_the_index(
    entered: Make, user_as: Callable[..., Any]
) -> None:
    user_as("reviewer")
    entered(**person())
    entered("2", **person())
    Clash.delete().execute()
    Notice.delete().execute()
    wanted = sorted((row.kind, row.value, row.subject_id) for row in Claim.select().where(Claim.filing.is_null()))
    Claim.delete().execute()
    ClaimsKept.delete().execute()
    assert str(clashes.search(NIGHT)) == "补建索引2家，新发现疑似冲突1条。"
    assert wanted == sorted((row.kind, row.value, row.subject_id) for row in Claim.select())
    assert Clash.get().found_at == NIGHT
    assert Clash.get().filing is None
    assert Notice.select().count() >= 3
    assert str(clashes.search(NIGHT + timedelta(days=1))) == "补建索引0家，新发现疑似冲突0条。"


def test_the_index_follows_the_register_and_keeps_what_stays(
    entered: Make, actor_as: Callable[..., Actor], judge: Make
) -> None:
    entered(**person(labor_from="2024-01-01"), person_cert=certificate())
    before = {row.value: row.id for row in Claim.select()}
    actor = actor_as("enterprise")
    filing = filings.start(actor)
    ((key, row),) = filing.draft["person"].items()
    rows = {key: {**row, "labor_to": "2026-05-31"}}
    filing = filings.save_draft(actor, filing.id, version=filing.row_version, code="person", rows=rows)
    filing = judge(
        actor_as("reviewer"),
        filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id),
    )
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    after = list(Claim.select())
    assert {each.until_on.isoformat() for each in after} == {"2026-06-01"}, "the certificate ends with the contract"
    assert {each.filing_id for each in after} == {None}
    assert {each.value for each in after} == before.keys()
    numbers = {each.id for each in after}
    with transaction():
        claims.keep(Subject.get())
    assert {each.id for each in Claim.select()} == numbers


# --- decided -------------------------------------------------------------------------------------------------------


def test_either_side_decides_with_a_reason_that_is_audited(
    entered: Make, actor_as: Callable[..., Actor], client_as: Callable[..., SignedIn]
) -> None:
    unit = Unit.create(code="114202810000000000", name="大冶市水利和湖泊局", region="420281")
    elsewhere = Unit.create(code="114202220000000000", name="阳新县水利和湖泊局", region="420222")
    county, other = actor_as("reviewer", "daye", unit=unit), actor_as("reviewer", "yangxin", unit=elsewhere)
    entered(**person())
    entered("2", **person())
    clash = Clash.get()
    with pytest.raises(NotFound):
        clashes.decide(other, clash.id, version=1, status="closed", reason=REASON)
    with pytest.raises(Refused):
        clashes.decide(county, clash.id, version=1, status="closed", reason="否")
    with pytest.raises(Forbidden):
        clashes.decide(actor_as("leader"), clash.id, version=1, status="closed", reason=REASON)
    decided = clashes.decide(county, clash.id, version=1, status="closed", reason=REASON, now=NIGHT)
    assert (decided.status, decided.decided_at, decided.decided_name) == ("closed", NIGHT, county.name)
    with pytest.raises(Conflict):
        clashes.decide(county, clash.id, version=1, status="open", reason=REASON)
    entry = AuditEntry.get(AuditEntry.action == "clash.decide")
    assert (entry.detail["from"], entry.detail["to"], entry.detail["reason"]) == ("open", "closed", REASON)


@one_engine
def test_the_office_sees_both_sides_beside_each_other(entered: Make, client_as: Callable[..., SignedIn]) -> None:
    entered(**person(labor_from="2024-01-01"))
    entered("2", **person(labor_from="2026-03-01"))
    clash, page = Clash.get(), "/office/credit_collection/clashes"
    city = client_as("reviewer")
    listed = city.get(f"{page}/?status=open&kind=person").text
    assert (FIRST in listed, SECOND in listed, "一人两单位" in listed) == (True, True, True)
    shown = city.get(f"{page}/details/?id={clash.id}").text
    for part in (FIRST, SECOND, "2024-01-01", "2026-03-01", "档案中仍相互矛盾", "GB-"):
        assert part in shown, part
    assert NUMBER not in shown
    elsewhere = Unit.create(code="114202220000000000", name="阳新县水利和湖泊局", region="420222")
    other = client_as("reviewer", "yangxin", unit=elsewhere)
    assert FIRST not in other.get(f"{page}/").text
    assert other.get(f"{page}/details/?id={clash.id}").status_code == 404
    form = {"clash": str(clash.id), "version": "1", "status": "explained", "reason": REASON}
    assert city.post_form(f"{page}/decide", form).status_code == 302
    assert Clash.get().status == "explained"
    assert client_as("enterprise").get(f"{page}/").status_code == 403


@one_engine
def test_the_documents_of_both_sides_are_opened_from_there(entered: Make, client_as: Callable[..., SignedIn]) -> None:
    entered(**person(labor_from="2024-01-01"))
    entered("2", **person(labor_from="2026-03-01"))
    clash, page = Clash.get(), "/office/credit_collection/clashes"
    for side, key in zip(clashes.sides_of(clash), (clash.left_key, clash.right_key), strict=True):
        assert side.filing is not None
        with current_platform().store.received(io.BytesIO(b"%PDF-1.4\n%%EOF"), f"{side.subject.name}.pdf") as upload:
            evidence.keep(system_actor("测试"), side.filing, f"person-{key}", upload)
    city = client_as("reviewer")
    shown = city.get(f"{page}/details/?id={clash.id}").text
    links = re.findall(rf'href="({page}/{clash.id}/files/[^"]+)"', shown)
    assert len(links) == 2
    for link in links:
        with city.get(link) as sent:
            assert sent.get_data() == b"%PDF-1.4\n%%EOF"
    assert city.get(f"{page}/{clash.id}/files/{'0' * 32}").status_code == 404


# --- a manager's second work (R18) ---------------------------------------------------------------------------------


@pytest.fixture
def two_works(entered: Make, filed: Make, judge: Make, actor_as: Callable[..., Actor]) -> Filing:
    """A reviewed filing whose manager leads an unfinished work of another unit."""
    entered(**person(labor_from="2024-01-01", labor_to="2026-06-30"), performance=work())
    second = work(project_name="金陂水库除险加固")
    return judge(actor_as("reviewer"), filed("2", **person(labor_from="2026-07-01"), performance=second))


def test_a_second_unfinished_work_is_refused_and_the_first_is_named(
    two_works: Filing, actor_as: Callable[..., Actor], dump: Callable[[], Any]
) -> None:
    before = dump()
    with pytest.raises(Conflict, match=f"{FIRST}.*松岩河治理.*尚未完工.*金陂水库除险加固"):
        reviewing.approve(actor_as("leader"), two_works.id, version=two_works.row_version)
    assert dump() == before


def test_an_exception_with_a_reason_lets_it_pass(two_works: Filing, actor_as: Callable[..., Actor]) -> None:
    reviewer, leader = actor_as("reviewer"), actor_as("leader")
    (identity,) = [each.exception for each in findings(two_works) if each.exception]
    with pytest.raises(Refused):
        reviewing.except_manager(reviewer, two_works.id, identity, reason="否")
    with pytest.raises(NotFound):
        reviewing.except_manager(reviewer, two_works.id, "0" * 64, reason=REASON)
    with pytest.raises(NotFound):
        reviewing.except_manager(leader, two_works.id, identity, reason=REASON)
    clash = reviewing.except_manager(reviewer, two_works.id, identity, reason=REASON)
    assert (clash.kind, clash.status, clash.reason) == ("manager", "explained", REASON)
    assert AuditEntry.select().where(AuditEntry.action == "filing.except").count() == 1
    assert [each.exception for each in findings(two_works) if each.exception] == []
    reviewing.approve(leader, two_works.id, version=two_works.row_version)
    assert Clash.select().count() == 1
    assert Clash.get().status == "explained"


@one_engine
def test_the_reviewer_grants_the_exception_on_the_page_of_the_case(
    two_works: Filing, client_as: Callable[..., SignedIn]
) -> None:
    reviewer, page = client_as("reviewer"), f"/office/credit_collection/reviews/{two_works.id}"
    shown = reviewer.get(page).text
    assert "准予例外的理由" in shown
    (identity,) = [each.exception for each in findings(two_works) if each.exception]
    short = reviewer.post_form(f"{page}/except", {"identity": identity, "except": "否"})
    assert (short.status_code, ">否</textarea>" in short.text) == (422, True)
    assert reviewer.post_form(f"{page}/except", {"identity": identity, "except": REASON}).status_code == 302
    assert "准予例外的理由" not in reviewer.get(page).text
    approvals = client_as("leader").get(f"/office/credit_collection/approvals/{two_works.id}").text
    assert "准予例外的理由" not in approvals


@pytest.mark.parametrize(
    "works",
    [
        ({"status": "已竣工", "accepted_on": "2026-05-01"}, {}),
        ({"status": "终止"}, {}),
        ({}, {"project_name": "松岩河治理", "lot": "二标段"}),
        ({"role": "设计"}, {}),
    ],
    ids=["accepted", "terminated", "same project", "designer"],
)
@one_engine
def test_what_does_not_bind_a_manager(
    works: tuple[dict[str, str], dict[str, str]],
    entered: Make,
    filed: Make,
    judge: Make,
    actor_as: Callable[..., Actor],
) -> None:
    first, second = works
    entered(**person(labor_to="2026-06-30"), performance=work(**first))
    other = work(**{"project_name": "金陂水库除险加固", **second})
    filing = judge(actor_as("reviewer"), filed("2", **person(labor_from="2026-07-01"), performance=other))
    assert reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version).stage == "approved"


@one_engine
def test_two_works_in_one_filing_and_no_policy(filed: Make, judge: Make, actor_as: Callable[..., Actor]) -> None:
    works = [work(), work(project_name="金陂水库除险加固", status="停工")]
    filing = judge(actor_as("reviewer"), filed(**person(), performance=works))
    leader = actor_as("leader")
    with pytest.raises(Conflict, match="尚未完工"):
        reviewing.approve(leader, filing.id, version=filing.row_version)
    current_platform().policies = PolicyBook()
    assert reviewing.approve(leader, filing.id, version=filing.row_version).stage == "approved"


def test_of_two_works_approved_at_once_one_is_refused(
    platform_app: Flask, filed: Make, judge: Make, actor_as: Callable[..., Actor]
) -> None:
    reviewer, leader, barrier = actor_as("reviewer"), actor_as("leader"), Barrier(2)
    names = {"": "松岩河治理", "2": "金陂水库除险加固"}
    waiting = [judge(reviewer, filed(each, **person(), performance=work(project_name=names[each]))) for each in names]

    def approve(filing: Filing) -> object:
        with platform_app.app_context(), db.connection_context():
            db.execute_sql("SELECT 1")
            barrier.wait(20)
            try:
                return reviewing.approve(leader, filing.id, version=filing.row_version)
            except Conflict as conflict:
                return conflict

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(approve, waiting))
    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True], outcomes
    assert any("尚未完工" in str(each) for each in outcomes)


@one_engine
def test_a_conflict_tells_an_enterprise_nothing_on_its_own_pages(
    entered: Make, filed: Make, judge: Make, actor_as: Callable[..., Actor], client_as: Callable[..., SignedIn]
) -> None:
    entered(**person(), performance=work())
    filing = filed("2", **person(), performance=work(project_name="金陂水库除险加固"))
    assert len(warnings(filing)) == 2
    text = client_as("enterprise", "2").get(f"/workspace/filings/{filing.id}").text
    assert filing.number in text
    assert not any(each in text for each in (FIRST, CODES[""], "松岩河治理"))
