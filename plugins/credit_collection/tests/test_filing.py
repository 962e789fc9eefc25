"""The filer's side: nothing typed is lost, nothing wrong gets through, nothing happens twice."""

from collections.abc import Callable
from typing import Any

import pytest

from shuixin.access import Actor
from shuixin.errors import Conflict, NotFound, Refused
from shuixin.kit import review
from shuixin.kit.identifiers import complete_uscc
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.services import commitments, filings

OTHER_CODE = complete_uscc("91420281MA5XG7P31")
Dump = Callable[[], dict[str, list[tuple[Any, ...]]]]


def _basic_problems(draft: Callable[..., Filing], actor: Actor, **basic: str) -> list[Any]:
    return filings.check(draft(actor, **basic)).problems


def test_a_draft_keeps_what_is_wrong_as_it_was_typed(enterprise: Actor, draft: Callable[..., Filing]) -> None:
    typed = {"uscc": "91420204", "founded_on": "去年", "reg_capital": "四千", "name": "<script>alert(1)</script>"}
    filing = Filing.get_by_id(draft(enterprise, **typed).id)
    (row,) = filing.draft["basic_information"].values()
    assert {name: row[name] for name in typed} == typed


def test_every_problem_names_field_value_rule_and_remedy(enterprise: Actor, draft: Callable[..., Filing]) -> None:
    filing = draft(enterprise, uscc="91420204", founded_on="去年", reg_capital="四千", reg_region="火星")
    with pytest.raises(Refused) as refusal:
        filings.submit(enterprise, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    problems = {problem.field.rpartition("-")[2]: problem for problem in refusal.value.problems}
    assert set(problems) == {"uscc", "founded_on", "reg_capital", "reg_region"}
    assert all(problem.value and str(problem.rule) and str(problem.remedy) for problem in problems.values())
    assert Filing.get_by_id(filing.id).stage == review.Stage.DRAFT
    assert Subject.select().count() == 0


@pytest.mark.parametrize(
    "code",
    [
        "91420204MAE2E9T419",  # wrong check digit
        "9142O2O4MAE2E9T41A",  # O for 0
        "91420204MAEIS9T41A",
        "9142020",
        "307612345",  # an organisation code
        "420200000012345",  # a registration number
    ],
)
def test_a_code_that_breaks_a_rule_is_refused(enterprise: Actor, draft: Callable[..., Filing], code: str) -> None:
    (problem,) = _basic_problems(draft, enterprise, uscc=code)
    assert problem.field.endswith("-uscc")
    assert problem.value == code


@pytest.mark.parametrize(
    "writing",
    [
        f" {OTHER_CODE.lower()} ",
        f"{OTHER_CODE[:6]} {OTHER_CODE[6:]}",
        "".join(chr(ord(c) + 0xFEE0) for c in OTHER_CODE),
    ],
)
def test_blanks_lower_case_and_full_width_forms_of_a_code_are_tidied(
    enterprise: Actor, submitted: Callable[..., Filing], writing: str
) -> None:
    assert submitted(enterprise, uscc=writing).subject.uscc == OTHER_CODE


@pytest.mark.parametrize("body", ["N2420204MAE2E9T41", "A1420204MAE2E9T41"])
def test_codes_of_rural_collectives_and_other_organs_are_valid(
    enterprise: Actor, submitted: Callable[..., Filing], body: str
) -> None:
    assert submitted(enterprise, uscc=complete_uscc(body)).subject.uscc[0] == body[0]


def test_a_double_click_submits_once(enterprise: Actor, draft: Callable[..., Filing], dump: Dump) -> None:
    filing = draft(enterprise)
    filings.submit(enterprise, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    before = dump()
    with pytest.raises(Conflict):
        filings.submit(enterprise, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    assert dump() == before


def test_a_stale_version_is_refused_and_nothing_changes(
    enterprise: Actor, draft: Callable[..., Filing], dump: Dump
) -> None:
    filing = draft(enterprise)
    before = dump()
    for attempt in (
        lambda: filings.submit(
            enterprise, filing.id, version=filing.row_version - 1, commitment=commitments.wording().id
        ),
        lambda: filings.save_draft(enterprise, filing.id, version=1, code="qualification", rows={}),
    ):
        with pytest.raises(Conflict):
            attempt()
    assert dump() == before


def test_a_submitted_filing_cannot_be_changed_until_it_is_withdrawn(
    enterprise: Actor, submitted: Callable[..., Filing]
) -> None:
    filing = submitted(enterprise)
    with pytest.raises(Conflict):
        filings.save_draft(enterprise, filing.id, version=filing.row_version, code="qualification", rows={})
    filing = filings.withdraw(enterprise, filing.id, version=filing.row_version)
    filing = filings.save_draft(enterprise, filing.id, version=filing.row_version, code="qualification", rows={})
    again = filings.submit(enterprise, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    assert again.number == filing.number
    assert {item.record_type for item in again.items} == {"basic_information"}


def test_of_two_enterprises_with_the_same_code_the_second_is_told_what_to_do(
    actor_as: Callable[..., Actor], submitted: Callable[..., Filing], draft: Callable[..., Filing]
) -> None:
    submitted(actor_as("enterprise"))
    rival = actor_as("enterprise", "rival")
    filing = draft(rival)
    with pytest.raises(Refused, match="已由其他账号申报或已在册") as refusal:
        filings.submit(rival, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    assert "联系主管部门" in str(refusal.value.problems[0].remedy)
    assert Filing.get_by_id(filing.id).stage == review.Stage.DRAFT
    assert Subject.select().count() == 1


def test_an_enterprise_finds_no_filing_of_another(
    actor_as: Callable[..., Actor], submitted: Callable[..., Filing]
) -> None:
    filing = submitted(actor_as("enterprise"))
    stranger = actor_as("enterprise", "stranger")
    for attempt in (
        lambda: filings.find_own(stranger, filing.id),
        lambda: filings.withdraw(stranger, filing.id, version=filing.row_version),
        lambda: filings.save_draft(stranger, filing.id, version=filing.row_version, code="qualification", rows={}),
        lambda: filings.submit(stranger, filing.id, version=filing.row_version, commitment=commitments.wording().id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert filings.own_filings(stranger) == []


def test_an_account_cannot_change_to_another_code(
    actor_as: Callable[..., Actor], approved: Callable[..., Filing], draft: Callable[..., Filing]
) -> None:
    approved(actor_as("enterprise"))
    actor = actor_as("enterprise")
    filing = draft(actor, uscc=OTHER_CODE)
    with pytest.raises(Refused, match="不一致"):
        filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)


def test_the_same_content_again_is_no_declaration(
    actor_as: Callable[..., Actor], approved: Callable[..., Filing]
) -> None:
    approved(actor_as("enterprise"))
    actor = actor_as("enterprise")
    filing = filings.start(actor)
    assert filing.kind == "change"
    with pytest.raises(Refused, match="没有需要申报的变化"):
        filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    assert FilingItem.select().where(FilingItem.filing == filing).count() == 0


def test_start_gives_back_the_open_filing(enterprise: Actor) -> None:
    assert filings.start(enterprise).id == filings.start(enterprise).id
