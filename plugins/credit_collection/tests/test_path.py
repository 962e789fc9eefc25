"""Whatever anybody tries in whatever order: a filing moves along the drawn path, and nowhere else."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shuixin.access import Actor
from shuixin.audit import verify
from shuixin.errors import ShuixinError
from shuixin.kit import review
from shuixin.kit.identifiers import complete_uscc
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.services import commitments, filings, reviewing
from shuixin_credit_collection.services.register import state_of

Act, Stage, Verdict = review.Act, review.Stage, review.Verdict
REASON = "证书编号与扫描件不一致"
WHO = ("enterprise", "reviewer", "leader")


class Model(RuleBasedStateMachine):
    """One filing; a model that knows nothing but the path.

    ``people`` and ``draft`` are put in by the test.
    """

    people: Callable[..., Actor]
    draft: Callable[..., Filing]

    @initialize()
    def begin(self) -> None:
        """Start over with a complete draft of another enterprise."""
        number = Filing.select().count()
        self.enterprise = self.people("enterprise", str(number))
        self.filing = self.draft(self.enterprise, uscc=complete_uscc(f"91420204MA{number:04d}T41"))
        self.stage = Stage(self.filing.stage)
        self.approvals = Filing.select().where(Filing.stage == Stage.APPROVED).count()

    def _who(self, who: str) -> Actor:
        return self.people(who, self.enterprise.username.removeprefix("enterprise") if who == "enterprise" else "")

    def _try(self, act: Act, work: Callable[[int], Any]) -> None:
        """Do *work* with the present version; it must go through exactly where the path has the step."""
        before = Filing.get_by_id(self.filing.id)
        expected = review.PATH.steps.get((self.stage, act))
        try:
            work(before.row_version)
        except ShuixinError:
            after = Filing.get_by_id(self.filing.id)
            assert (after.stage, after.row_version) == (before.stage, before.row_version), "a refusal changes nothing"
            return
        after = Filing.get_by_id(self.filing.id)
        assert after.stage == expected, f"{act} at {self.stage} led to {after.stage}"
        assert after.row_version > before.row_version
        self.stage = Stage(after.stage)

    @rule()
    def submit(self) -> None:
        """The enterprise submits."""
        actor = self._who("enterprise")
        self._try(
            Act.SUBMIT,
            lambda version: filings.submit(actor, self.filing.id, version=version, commitment=commitments.wording().id),
        )

    @rule()
    def withdraw(self) -> None:
        """The enterprise takes it back."""
        actor = self._who("enterprise")
        self._try(Act.WITHDRAW, lambda version: filings.withdraw(actor, self.filing.id, version=version))

    @rule(who=st.sampled_from(WHO), returned=st.booleans())
    def judge(self, who: str, returned: bool) -> None:
        """Somebody judges all items."""
        verdict = reviewing.Judgement(Verdict.RETURNED if returned else Verdict.ACCEPTED, REASON if returned else "")

        def work(version: int) -> None:
            items = {item.id: verdict for item in Filing.get_by_id(self.filing.id).items}
            reviewing.decide(self._who(who), self.filing.id, version=version, judgements=items)

        self._try(Act.RETURN if returned else Act.PASS, work)

    @rule(who=st.sampled_from(WHO))
    def reject(self, who: str) -> None:
        """Somebody ends it without effect."""
        actor = self._who(who)
        self._try(Act.REJECT, lambda version: reviewing.reject(actor, self.filing.id, version=version, reason=REASON))

    @rule(who=st.sampled_from(WHO))
    def approve(self, who: str) -> None:
        """Somebody approves."""
        actor = self._who(who)
        self._try(Act.APPROVE, lambda version: reviewing.approve(actor, self.filing.id, version=version))

    @rule(who=st.sampled_from(WHO))
    def send_back(self, who: str) -> None:
        """Somebody gives it back to the reviewer."""
        actor = self._who(who)
        self._try(
            Act.SEND_BACK, lambda version: reviewing.send_back(actor, self.filing.id, version=version, reason=REASON)
        )

    @rule(name=st.sampled_from(("黄石甲水利有限公司", "黄石乙水利有限公司", "")))
    def type_in(self, name: str) -> None:
        """The enterprise goes on typing; only a filing in its hands takes it."""
        actor = self._who("enterprise")
        before = Filing.get_by_id(self.filing.id)
        ((key, row),) = before.draft["basic_information"].items()
        texts = {**row, "office_addr": name}
        try:
            filings.save_record(
                actor, self.filing.id, version=before.row_version, code="basic_information", key=key, texts=texts
            )
        except ShuixinError:
            assert self.stage not in review.EDITABLE
        else:
            assert self.stage in review.EDITABLE

    @invariant()
    def nothing_else_has_happened(self) -> None:
        """Stage, Register and record of the filing say the same; nobody worked on it twice."""
        filing = Filing.get_by_id(self.filing.id)
        assert filing.stage == self.stage
        approved = Filing.select().where(Filing.stage == Stage.APPROVED).count()
        subject = filing.subject
        assert approved == self.approvals + (self.stage is Stage.APPROVED)
        if subject is not None and self.stage is not Stage.APPROVED:
            assert Subject.get_by_id(subject.id).register_version == 0
            assert not any(state_of(subject).values())
        assert not filings.unreachable()
        if self.stage is Stage.APPROVED:
            assert len({filing.submitted_by, filing.reviewed_by, filing.approved_by}) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_path_but_the_drawn_one(
    platform_app: Flask, actor_as: Callable[..., Actor], draft: Callable[..., Filing]
) -> None:
    here = type("Here", (Model,), {"people": staticmethod(actor_as), "draft": staticmethod(draft)})
    run_state_machine_as_test(
        here,
        settings=settings(
            max_examples=10,
            stateful_step_count=40,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert verify()[1] is None
