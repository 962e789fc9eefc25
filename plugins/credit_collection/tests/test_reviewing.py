"""The authority's side: verdicts on single items, four eyes, reach, bulk work."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from shuixin.access import Actor
from shuixin.errors import Conflict, Forbidden, NotFound, Refused
from shuixin.kit import review
from shuixin.units import Unit
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services import commitments, filings, reviewing
from shuixin_credit_collection.services.reviewing import Judgement

Make = Callable[..., Filing]
Dump = Callable[[], dict[str, list[tuple[Any, ...]]]]
REASON = "请附营业执照副本"


def _verdicts(filing: Filing) -> dict[str, str]:
    return {item.field or item.record_type: item.verdict for item in filing.items}


def _corrected(actor: Actor, filing: Filing, **changes: str) -> Filing:
    (key, row), *_rest = filing.draft["basic_information"].items()
    rows = {key: {**row, **changes}}
    filing = filings.save_draft(actor, filing.id, version=filing.row_version, code="basic_information", rows=rows)
    return filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)


def test_accepted_items_stay_accepted_after_a_return_unless_they_are_touched(
    actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    filing = judge(actor_as("reviewer"), submitted(actor_as("enterprise")), returned={"legal_rep": REASON})
    assert filing.stage == review.Stage.RETURNED
    again = _corrected(actor_as("enterprise"), filing, legal_rep="罗文彬", reg_capital="5000")
    verdicts = _verdicts(again)
    assert verdicts.pop("legal_rep") == review.Verdict.PENDING
    assert verdicts.pop("reg_capital") == review.Verdict.PENDING
    # Secrets are sealed anew with every save; equal content must still count as untouched.
    assert set(verdicts.values()) == {review.Verdict.ACCEPTED}
    assert {"mobile", "legal_rep_idno", "qualification"} <= set(verdicts)


def test_a_return_without_a_reason_is_refused_and_nothing_changes(
    actor_as: Callable[..., Actor], submitted: Make, judge: Make, dump: Dump
) -> None:
    filing, reviewer = submitted(actor_as("enterprise")), actor_as("reviewer")
    before = dump()
    for reason in ("", "不行", " " * 20):
        with pytest.raises(Refused):
            judge(reviewer, filing, returned={"name": reason})
    with pytest.raises(Refused):
        reviewing.reject(reviewer, filing.id, version=filing.row_version, reason="否")
    assert dump() == before


def test_an_item_without_a_verdict_holds_the_case(actor_as: Callable[..., Actor], submitted: Make) -> None:
    filing = submitted(actor_as("enterprise"))
    first = filing.items.first()
    with pytest.raises(Refused, match="还有"):
        reviewing.decide(
            actor_as("reviewer"),
            filing.id,
            version=filing.row_version,
            judgements={first.id: Judgement(review.Verdict.ACCEPTED)},
        )


def test_nobody_takes_two_steps_of_one_case(
    actor_as: Callable[..., Actor], submitted: Make, judge: Make, platform_app: Flask
) -> None:
    both = actor_as("reviewer", "both")
    both = Actor(**{**both.__dict__, "grants": (*both.grants, *actor_as("leader").grants)})
    filing = submitted(actor_as("enterprise"))
    Filing.update(created_by=both.id).where(Filing.id == filing.id).execute()
    with pytest.raises(Forbidden):
        judge(both, Filing.get_by_id(filing.id))
    Filing.update(created_by=0).where(Filing.id == filing.id).execute()
    filing = judge(both, Filing.get_by_id(filing.id))
    with pytest.raises(Forbidden):
        reviewing.approve(both, filing.id, version=filing.row_version)
    assert reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version).stage == review.Stage.APPROVED


def test_who_judged_an_earlier_round_does_not_approve_a_later_one(
    actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    both = actor_as("reviewer", "both")
    both = Actor(**{**both.__dict__, "grants": (*both.grants, *actor_as("leader").grants)})
    filing = judge(both, submitted(actor_as("enterprise")), returned={"legal_rep": REASON})
    filing = judge(actor_as("reviewer"), _corrected(actor_as("enterprise"), filing, legal_rep="罗文彬"))
    with pytest.raises(Forbidden):
        reviewing.approve(both, filing.id, version=filing.row_version)
    filing = reviewing.send_back(both, filing.id, version=filing.row_version, reason="请核对注册资本一项")
    filing = judge(actor_as("reviewer"), filing)
    with pytest.raises(Forbidden):
        reviewing.approve(both, filing.id, version=filing.row_version)
    assert reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version).stage == review.Stage.APPROVED


def test_a_case_changed_since_it_was_opened_is_not_decided(
    actor_as: Callable[..., Actor], submitted: Make, judge: Make, dump: Dump
) -> None:
    enterprise = actor_as("enterprise")
    opened = submitted(enterprise)
    filing = filings.withdraw(enterprise, opened.id, version=opened.row_version)
    _corrected(enterprise, filing, legal_rep="罗文彬")
    reviewer = actor_as("reviewer")
    before = dump()
    with pytest.raises(Conflict):
        judge(reviewer, opened)
    assert dump() == before


def test_an_approval_of_a_case_that_moved_writes_nothing(
    actor_as: Callable[..., Actor], submitted: Make, judge: Make, dump: Dump
) -> None:
    filing = judge(actor_as("reviewer"), submitted(actor_as("enterprise")))
    reviewing.send_back(actor_as("leader"), filing.id, version=filing.row_version, reason="请核对注册资本一项")
    before = dump()
    with pytest.raises(Conflict):
        reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert dump() == before


def test_a_rejected_case_is_closed_and_a_new_one_can_be_filed(
    actor_as: Callable[..., Actor], submitted: Make, draft: Make
) -> None:
    filing = submitted(actor_as("enterprise"))
    reviewing.reject(actor_as("reviewer"), filing.id, version=filing.row_version, reason="营业执照已注销")
    enterprise = actor_as("enterprise")
    again = filings.start(enterprise)
    assert again.id != filing.id
    assert Subject.get().register_version == 0


def test_sent_back_by_the_leader_all_items_are_open_again(
    actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    filing = judge(actor_as("reviewer"), submitted(actor_as("enterprise")))
    filing = reviewing.send_back(actor_as("leader"), filing.id, version=filing.row_version, reason="请核对注册资本")
    assert filing.stage == review.Stage.SUBMITTED
    assert set(_verdicts(filing).values()) == {review.Verdict.PENDING}


@pytest.mark.parametrize("region", ["420100", "430000", "420281"])
def test_an_officer_of_another_region_finds_nothing(
    region: str, actor_as: Callable[..., Actor], submitted: Make
) -> None:
    filing = submitted(actor_as("enterprise"))
    elsewhere = Unit.create(code=f"11{region}0000000000", name="外地", region=region, organ_word="外")
    stranger = actor_as("reviewer", "elsewhere", unit=elsewhere)
    assert list(reviewing.queue(stranger, REVIEW)) == []
    for attempt in (
        lambda: reviewing.find(stranger, REVIEW, filing.id),
        lambda: reviewing.reject(stranger, filing.id, version=filing.row_version, reason="不属于本地，退回"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_an_enterprise_holds_no_duty(actor_as: Callable[..., Actor], submitted: Make) -> None:
    enterprise = actor_as("enterprise")
    submitted(enterprise)
    assert list(reviewing.queue(enterprise, REVIEW)) == list(reviewing.queue(enterprise, APPROVE)) == []


def test_bulk_work_leaves_alone_what_a_person_must_look_at(
    actor_as: Callable[..., Actor], submitted: Make, draft: Make
) -> None:
    plain = submitted(actor_as("enterprise"))
    second = actor_as("enterprise", "second")
    other = draft(second, uscc="91420281MA1JER209B")
    rows = {"a1": {**other.draft["qualification"]["a1"], "valid_to": "2020-01-01"}}
    other = filings.save_draft(second, other.id, version=other.row_version, code="qualification", rows=rows)
    warned = filings.submit(second, other.id, version=other.row_version, commitment=commitments.wording().id)
    results = reviewing.bulk(actor_as("reviewer"), REVIEW, [(each.id, each.row_version) for each in (plain, warned)])
    assert [result.ok for result in results] == [True, False]
    assert "系统提示" in str(results[1].message)
    assert Filing.get_by_id(warned.id).stage == review.Stage.SUBMITTED
