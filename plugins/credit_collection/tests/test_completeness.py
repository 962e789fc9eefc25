"""What a unit of each kind fills in, and what it is told it has left out."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.records import code_list
from shuixin_credit_collection.records.catalogue import expected_types
from shuixin_credit_collection.services import commitments, completeness
from shuixin_credit_collection.services.registry import record_types

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KINDS = ("owner", "survey", "design", "construct", "supervise", "agent", "consult", "test", "supply", "safety")


def _filing(kinds: str, **rows: dict[str, dict[str, str]]) -> Filing:
    return Filing(draft={"basic_information": {"u": {"kinds": kinds}}, **rows})


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_is_told_what_its_kind_leaves_out(platform_app: Flask, kind: str) -> None:
    name = code_list("subject_kind").label(kind)
    filing = _filing(name)
    missing = [type_.code for type_ in completeness.missing(filing)]
    assert missing == expected_types([kind])
    advice = completeness.advice(filing)
    assert [each.field for each in advice] == missing
    for each in advice:
        assert f"{name}单位" in str(each.rule)
        assert str(each.remedy)
    filed = [type_.code for type_ in completeness.filed_types(filing)]
    assert set(missing) <= set(filed), "what is expected can be filled in"
    full = _filing(name, **{code: {"k": {"name": "有"}} for code in missing})
    assert completeness.missing(full) == []
    assert completeness.advice(full) == []


def test_blank_records_count_for_nothing(platform_app: Flask) -> None:
    filing = _filing("施工", person={"k": {"name": " ", "id_no": ""}}, qualification={})
    assert "person" in [type_.code for type_ in completeness.missing(filing)]


def test_only_units_that_found_projects_file_approvals_of_them(platform_app: Flask) -> None:
    def files(filing: Filing) -> bool:
        return "founding_approval" in [type_.code for type_ in completeness.filed_types(filing)]

    assert files(_filing("建设"))
    assert files(_filing("施工、建设单位"))
    assert not files(_filing("施工"))
    assert files(_filing("施工", founding_approval={"k": {"project_name": "某水库"}})), "what is there is shown"


@pytest.mark.parametrize("kinds", ["", "无此类", "、", "建设、无此类"])
def test_kinds_that_are_none_are_passed_over(platform_app: Flask, kinds: str) -> None:
    filing = _filing(kinds)
    assert completeness.kinds_in(filing.draft) == (["owner"] if "建设" in kinds else [])
    assert completeness.kinds_in({}) == []
    assert isinstance(completeness.advice(filing), list)


def test_nobody_fills_in_what_the_authority_keeps(platform_app: Flask) -> None:
    filed = [type_.code for type_ in completeness.filed_types(_filing("施工", bad_record={"k": {"act": "有"}}))]
    assert "bad_record" not in filed
    assert filed == sorted(filed, key=[type_.code for type_ in record_types()].index)


def test_the_last_page_tells_what_is_left_out_and_does_not_bar_it(
    client_as: Callable[..., SignedIn], actor_as: Callable[..., Any], draft: Callable[..., Filing]
) -> None:
    filing = draft(actor_as("enterprise"))
    person = client_as("enterprise")
    page = person.get(f"/workspace/filings/{filing.id}/submit").get_data(as_text=True)
    assert "施工、供货单位通常要填写“人员信息”" in page
    assert "通常要填写“资质信息”" not in page
    sent = {"version": str(filing.row_version), "commitment": commitments.wording().id}
    answer = person.post_form(f"/workspace/filings/{filing.id}/submit", sent)
    assert answer.status_code == 302
    assert Filing.get_by_id(filing.id).stage == "submitted"


def test_a_step_leads_to_what_is_missing_in_it(
    client_as: Callable[..., SignedIn], actor_as: Callable[..., Any], draft: Callable[..., Filing]
) -> None:
    filing = draft(actor_as("enterprise"), kinds="建设")
    page = client_as("enterprise").get(f"/workspace/filings/{filing.id}/submit").get_data(as_text=True)
    steps = page[page.index('class="sx-steps') : page.index("<form", page.index('class="sx-steps'))]
    assert f"/workspace/filings/{filing.id}/items/founding_approval" in steps
    assert f"/workspace/filings/{filing.id}/items/qualification" not in steps
