"""Commitments: read before each submission, given by a tick, kept with the filing in the words that were shown."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from shuixin.access import Actor
from shuixin.errors import Refused
from shuixin.kit.policies import PolicyBook
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Commitment, Filing
from shuixin_credit_collection.services import commitments, filings

Make = Callable[..., Filing]


def _reword(app: Flask, clause: str) -> None:
    """Put another text into force."""
    platform = app.extensions["shuixin"]
    (old,) = platform.policies.sets(commitments.TOPIC)
    others = [each for topic in platform.policies.topics() for each in platform.policies.sets(topic) if each != old]
    new = replace(old, params={**old.params, "clauses": (*old.params["clauses"], clause)})
    platform.policies = PolicyBook([*others, new])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_the_tick_nothing_is_submitted_and_nothing_typed_is_lost(
    client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor], draft: Make
) -> None:
    filing, person = draft(actor_as("enterprise")), client_as("enterprise")
    answer = person.post_form(f"/workspace/filings/{filing.id}/submit", {"version": str(filing.row_version)})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "尚未作出《信用信息申报承诺书》中的承诺" in page
    assert 'href="#commitment"' in page
    assert Filing.get_by_id(filing.id).stage == "draft"
    assert Commitment.select().count() == 0


def test_it_stays_with_the_filing_word_by_word_for_both_sides(
    platform_app: Flask, client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor], submitted: Make
) -> None:
    actor = actor_as("enterprise")
    filing, shown = submitted(actor), commitments.wording()
    _reword(platform_app, "本年新增的一条承诺。")
    (kept,) = commitments.of_filing(filing)
    assert (tuple(kept.clauses), kept.given_by, kept.giver_name) == (shown.clauses, actor.id, actor.name)
    for person, address in (
        ("enterprise", f"/workspace/filings/{filing.id}"),
        ("reviewer", f"/office/credit_collection/reviews/{filing.id}"),
    ):
        page = client_as(person).get(address).get_data(as_text=True)
        assert shown.clauses[0] in page
        assert "本年新增的一条承诺" not in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_text_that_changed_meanwhile_is_read_first(
    platform_app: Flask, actor_as: Callable[..., Actor], draft: Make
) -> None:
    actor, seen = actor_as("enterprise"), commitments.wording().id
    filing = draft(actor)
    _reword(platform_app, "本年新增的一条承诺。")
    with pytest.raises(Refused) as refused:
        filings.submit(actor, filing.id, version=filing.row_version, commitment=seen)
    assert "已更新" in str(refused.value.problems[0])
    filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    assert "本年新增的一条承诺。" in commitments.of_filing(filing)[0].clauses


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_submission_is_committed_to_anew(actor_as: Callable[..., Actor], submitted: Make, judge: Make) -> None:
    actor = actor_as("enterprise")
    filing = judge(actor_as("reviewer"), submitted(actor), returned={"legal_rep": "与营业执照不一致。"})
    filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    first, second = reversed(commitments.of_filing(filing))
    assert first.given_at < second.given_at


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_replies_typed_without_the_tick_stay(
    client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    filing = judge(
        actor_as("reviewer"), submitted(actor_as("enterprise")), returned={"legal_rep": "与营业执照不一致。"}
    )
    item = filing.items.where(filing.items.model.field == "legal_rep").get()
    sent = {"version": str(filing.row_version), f"reply-{item.id}": "已照执照改正"}
    answer = client_as("enterprise").post_form(f"/workspace/filings/{filing.id}/submit", sent)
    assert answer.status_code == 422
    assert 'value="已照执照改正"' in answer.get_data(as_text=True)
