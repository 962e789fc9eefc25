"""Delegated hands in review: both are named, four eyes hold for both, whatever is tried in whatever order."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shuixin.access import Actor, allowed
from shuixin.access.decision import Target
from shuixin.accounts import RoleGrant, User
from shuixin.accounts.models import Delegation
from shuixin.accounts.rights import actor_of
from shuixin.audit import AuditEntry, verify
from shuixin.errors import Conflict, Forbidden, NotFound, Refused
from shuixin.kit import clock, review
from shuixin.kit.identifiers import complete_uscc
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing, FilingEvent
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services import commitments, filings, presentation, reviewing
from shuixin_credit_collection.services.reviewing import Judgement

Make = Callable[..., Filing]
REASON = "请附营业执照副本"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def let(giver: User, taker: User, *rights: str) -> Delegation:
    today = clock.legal_day(clock.now())
    facts = {"permissions": list(rights), "first_day": today, "last_day": today + timedelta(days=9)}
    made: Delegation = Delegation.create(giver=giver, taker=taker, reason="年休假", made_at=clock.now(), **facts)
    return made


def actor(user: User, app: Flask) -> Actor:
    return actor_of(User.get_by_id(user.id), app.extensions["shuixin"])


def test_record_and_audit_name_both(
    platform_app: Flask, actor_as: Callable[..., Actor], user_as: Callable[..., User], submitted: Make, judge: Make
) -> None:
    reviewer, deputy = user_as("reviewer"), user_as("editor")
    let(reviewer, deputy, REVIEW)
    filing = judge(actor(deputy, platform_app), submitted(actor_as("enterprise")))
    assert presentation.timeline(filing)[0].who == "editor（受reviewer委托） 黄石市水利和湖泊局"
    entry = AuditEntry.get(AuditEntry.action == "filing.pass")
    assert (entry.actor_name, entry.detail["behalf_of"]["name"]) == ("editor", "reviewer")
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert verify()[1] is None


def test_a_delegate_does_not_approve_what_either_did(
    platform_app: Flask, actor_as: Callable[..., Actor], user_as: Callable[..., User], submitted: Make, judge: Make
) -> None:
    leader, reviewer, deputy = user_as("leader"), user_as("reviewer"), user_as("editor")
    RoleGrant.create(user=leader, role="reviewer")
    let(leader, deputy, APPROVE)
    let(reviewer, deputy, REVIEW)
    first = judge(actor(leader, platform_app), submitted(actor_as("enterprise")))
    with pytest.raises(Forbidden, match="委托您的人参与了"):
        reviewing.approve(actor(deputy, platform_app), first.id, version=first.row_version)
    second = submitted(actor_as("enterprise", "2"), uscc="91420281MA1JER209B")
    second = judge(actor(deputy, platform_app), second)
    with pytest.raises(Forbidden, match="您参与了"):
        reviewing.approve(actor(deputy, platform_app), second.id, version=second.row_version)
    RoleGrant.create(user=reviewer, role="leader")
    with pytest.raises(Forbidden, match="您参与了"):
        reviewing.approve(actor(reviewer, platform_app), second.id, version=second.row_version)
    assert reviewing.approve(actor(leader, platform_app), second.id, version=second.row_version).stage == "approved"


@one_engine
def test_the_case_says_on_whose_behalf_one_works(
    client_as: Callable[..., SignedIn], user_as: Callable[..., User], actor_as: Callable[..., Actor], submitted: Make
) -> None:
    filing = submitted(actor_as("enterprise"))
    let(user_as("reviewer"), user_as("editor"), REVIEW)
    client = client_as("editor")
    assert "黄石试航水利工程有限公司" in client.get("/office/").text
    assert "您受reviewer委托办理此件" in client.get(f"/office/credit_collection/reviews/{filing.id}").text
    own = client_as("reviewer").get(f"/office/credit_collection/reviews/{filing.id}").text
    assert "委托办理此件" not in own


#: Every step there may be, written down apart from the room's own table.
STEPS = {
    ("returned", "submit"): "submitted",
    ("withdrawn", "submit"): "submitted",
    ("submitted", "withdraw"): "withdrawn",
    ("submitted", "return"): "returned",
    ("submitted", "pass"): "reviewed",
    ("submitted", "reject"): "rejected",
    ("reviewed", "approve"): "approved",
    ("reviewed", "send_back"): "submitted",
}
OFFICERS = st.integers(0, 2)
DUTY = {"pass": REVIEW, "return": REVIEW, "reject": REVIEW, "approve": APPROVE, "send_back": APPROVE}


class ReviewMachine(RuleBasedStateMachine):
    """Three officers who hold both duties, delegate to each other and lose them again, and one case."""

    app: Flask
    people: list[User]
    submit_new: Make

    @initialize()
    def begin(self) -> None:
        Delegation.delete().execute()
        RoleGrant.delete().where(RoleGrant.user.in_(self.people)).execute()
        self.filing_id = type(self).submit_new().id
        #: Own roles of each officer, who delegates which duty to whom, and the hands in the case so far.
        self.roles: dict[int, set[str]] = {0: set(), 1: set(), 2: set()}
        self.hands: set[int] = set()
        self.versions = [self._case().row_version]

    def _case(self) -> Filing:
        found: Filing = Filing.get_by_id(self.filing_id)
        return found

    @rule(who=OFFICERS, role=st.sampled_from(["reviewer", "leader"]))
    def grant(self, who: int, role: str) -> None:
        if role not in self.roles[who]:
            RoleGrant.create(user=self.people[who], role=role)
            self.roles[who].add(role)

    @rule(who=OFFICERS, role=st.sampled_from(["reviewer", "leader"]))
    def take(self, who: int, role: str) -> None:
        RoleGrant.delete().where(RoleGrant.user == self.people[who], RoleGrant.role == role).execute()
        self.roles[who].discard(role)

    @rule(giver=OFFICERS, taker=OFFICERS, duty=st.sampled_from([REVIEW, APPROVE]))
    def delegate(self, giver: int, taker: int, duty: str) -> None:
        if giver != taker:
            let(self.people[giver], self.people[taker], duty)

    @rule()
    def end_all(self) -> None:
        Delegation.update(ended_at=clock.now()).execute()

    def _principals(self, who: int, duty: str) -> set[int] | None:
        """Who may lend *duty* to *who*: ``{}`` for the own right, ``None`` for nobody."""
        role = {REVIEW: "reviewer", APPROVE: "leader"}[duty]
        if role in self.roles[who]:
            return set()
        rows = Delegation.select().where(Delegation.taker == self.people[who], Delegation.ended_at.is_null())
        numbers = {user.id: place for place, user in enumerate(self.people)}
        lent = {numbers[row.giver.id] for row in rows if duty in row.permissions}
        return {giver for giver in lent if role in self.roles[giver]} or None

    @rule(
        who=OFFICERS,
        act=st.sampled_from(["pass", "return", "reject", "approve", "send_back"]),
        age=st.sampled_from([0, 0, 0, 1]),
    )
    def decide(self, who: int, act: str, age: int) -> None:
        case, duty = self._case(), DUTY[act]
        version = self.versions[-1 - age] if age < len(self.versions) else -1
        principals = self._principals(who, duty)
        # Submitters are enterprises here, so hands matter for the approval only; a lent duty needs one clean lender.
        clean = act != "approve" or (who not in self.hands and (not principals or bool(principals - self.hands)))
        fits = (case.stage, act) in STEPS and version == case.row_version and principals is not None and clean
        try:
            self._do(actor(self.people[who], self.app), act, case, version)
        except (Forbidden, NotFound, Conflict, Refused):
            assert not fits, (case.stage, act, who, principals, self.hands)
            assert self._case().row_version == case.row_version
            return
        assert fits, (case.stage, act, who, principals, self.hands, age)
        now, event = self._case(), FilingEvent.select().order_by(FilingEvent.id.desc()).get()
        assert now.stage == STEPS[case.stage, act]
        behalf = {user.id: place for place, user in enumerate(self.people)}.get(event.behalf_id)
        assert (behalf is None) == (principals == set())
        if act in ("pass", "return"):
            self.hands |= {who} if behalf is None else {who, behalf}
        self.versions.append(now.row_version)

    @staticmethod
    def _do(by: Actor, act: str, case: Filing, version: int) -> None:
        if act == "approve":
            reviewing.approve(by, case.id, version=version)
        elif act == "send_back":
            reviewing.send_back(by, case.id, version=version, reason=REASON)
        elif act == "reject":
            reviewing.reject(by, case.id, version=version, reason=REASON)
        else:
            word = review.Verdict.ACCEPTED if act == "pass" else review.Verdict.RETURNED
            judgements = {item.id: Judgement(word, REASON) for item in case.items}
            reviewing.decide(by, case.id, version=version, judgements=judgements)

    @rule(act=st.sampled_from(["submit", "withdraw"]))
    @precondition(lambda self: self.versions)
    def file(self, act: str) -> None:
        case = self._case()
        by = actor(User.get_by_id(case.created_by), self.app)
        try:
            if act == "submit":
                given = commitments.wording().id
                filings.submit(by, case.id, version=case.row_version, commitment=given)
            else:
                filings.withdraw(by, case.id, version=case.row_version)
        except (Conflict, Refused):
            assert (case.stage, act) not in STEPS
            return
        now = self._case()
        assert now.stage == STEPS[case.stage, act]
        self.versions.append(now.row_version)

    @invariant()
    def the_clock_runs_exactly_where_somebody_has_to_decide(self) -> None:
        if hasattr(self, "filing_id"):
            case = self._case()
            assert (case.step_began_at is not None) == (case.stage in ("submitted", "reviewed", "returned"))
            assert allowed(actor(self.people[0], self.app), REVIEW, Target(region=case.region)).allowed == (
                self._principals(0, REVIEW) is not None
            )


@one_engine
def test_no_path_no_stale_version_and_no_pair_of_hands_slips_through(
    platform_app: Flask, actor_as: Callable[..., Actor], user_as: Callable[..., User], submitted: Make
) -> None:
    numbers = count()

    def submit_new() -> Filing:
        number = next(numbers)
        return submitted(actor_as("enterprise", f"-{number}"), uscc=complete_uscc(f"91420281MA{number:07d}"))

    facts: dict[str, Any] = {
        "app": platform_app,
        "people": [user_as("editor", f"-{place}") for place in range(3)],
        "submit_new": staticmethod(submit_new),
    }
    machine = type("Machine", (ReviewMachine,), facts)
    few = settings(max_examples=20, stateful_step_count=25, deadline=None, derandomize=True)
    run_state_machine_as_test(machine, settings=settings(few, suppress_health_check=list(HealthCheck)))
