"""Two at the same time: whatever the engine, one wins and the other is told; nothing is there twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.audit import verify
from shuixin.database import db
from shuixin.errors import Conflict, ShuixinError
from shuixin_credit_collection.kinds import BasicInformation
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.services import filings, reviewing
from shuixin_credit_collection.services.entry import enter

Make = Callable[..., Filing]
Work = Callable[[], Any]


def _at_once(app: Flask, *works: Work) -> list[Any]:
    """Run all *works* at the same moment, each with a connection of its own; return results or refusals."""
    barrier = Barrier(len(works))

    def run(work: Work) -> Any:
        with app.app_context(), db.connection_context():
            db.execute_sql("SELECT 1")
            barrier.wait(20)
            try:
                return work()
            except ShuixinError as refusal:
                return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_a_double_click_begins_one_filing(platform_app: Flask, actor_as: Callable[..., Actor]) -> None:
    for number in range(4):
        actor = actor_as("enterprise", str(number))
        begun = _at_once(platform_app, *[lambda actor=actor: filings.start(actor).id] * 4)
        assert len(set(begun)) == 1, begun
        assert Filing.select().where(Filing.created_by == actor.id).count() == 1


def test_a_double_click_submits_once(platform_app: Flask, actor_as: Callable[..., Actor], draft: Make) -> None:
    actor = actor_as("enterprise")
    filing = draft(actor)

    def submit() -> Filing:
        return filings.submit(actor, filing.id, version=filing.row_version)

    outcomes = _at_once(platform_app, submit, submit, submit)
    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True, True], outcomes
    assert Subject.select().count() == 1
    items = [(item.record_type, item.key, item.field) for item in Filing.get().items]
    assert len(items) == len(set(items))


def test_of_two_who_file_one_code_the_first_holds_it(
    platform_app: Flask, actor_as: Callable[..., Actor], draft: Make
) -> None:
    actors = [actor_as("enterprise", str(number)) for number in range(2)]
    drafts = [draft(actor) for actor in actors]
    works = [
        lambda actor=actor, filing=filing: filings.submit(actor, filing.id, version=filing.row_version)
        for actor, filing in zip(actors, drafts, strict=True)
    ]
    outcomes = _at_once(platform_app, *works)
    assert sorted(isinstance(each, Filing) for each in outcomes) == [False, True], outcomes
    (refusal,) = (each for each in outcomes if not isinstance(each, Filing))
    assert "已由其他账号申报或已在册" in "".join(str(problem) for problem in refusal.problems)
    assert Subject.select().count() == 1


def test_two_approvals_for_one_subject_make_one_new_version(
    platform_app: Flask, actor_as: Callable[..., Actor], approved: Make, judge: Make
) -> None:
    approved(actor_as("enterprise"))
    state = filings.draft_of(Subject.get())
    ((key, row),) = state["basic_information"].items()
    waiting = []
    for name in ("罗文彬", "何静远"):
        draft = {**state, "basic_information": {key: {**row, "legal_rep": name}}}
        waiting.append(judge(actor_as("reviewer"), enter(system_actor("录入"), draft, source="authority")))
    leader = actor_as("leader")
    works = [
        lambda filing=filing: reviewing.approve(leader, filing.id, version=filing.row_version) for filing in waiting
    ]
    outcomes = _at_once(platform_app, *works)
    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True], outcomes
    present = BasicInformation.select().where(BasicInformation.superseded_at.is_null())
    assert (present.count(), BasicInformation.select().count()) == (1, 2)
    assert Subject.get().register_version == 2
    assert verify()[1] is None
