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
from shuixin.kit.identifiers import complete_uscc
from shuixin_credit_collection.items import BasicInformation
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.services import commitments, filings, reviewing
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.entry import Origin, enter

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
        return filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)

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
        lambda actor=actor, filing=filing: filings.submit(
            actor, filing.id, version=filing.row_version, commitment=commitments.wording().id
        )
        for actor, filing in zip(actors, drafts, strict=True)
    ]
    outcomes = _at_once(platform_app, *works)
    assert sorted(isinstance(each, Filing) for each in outcomes) == [False, True], outcomes
    (refusal,) = (each for each in outcomes if not isinstance(each, Filing))
    assert "已由其他账号申报或已在册" in "".join(str(problem) for problem in refusal.problems)
    assert Subject.select().count() == 1


def _entries(names: tuple[str, ...]) -> list[Work]:
    """The authority's entries of one unit, each with another 法定代表人."""
    state = draft_of(Subject.get())
    ((key, row),) = state["basic_information"].items()
    drafts = [{**state, "basic_information": {key: {**row, "legal_rep": name}}} for name in names]
    return [lambda draft=draft: enter(system_actor("录入"), draft, Origin("authority")) for draft in drafts]


def test_of_two_entries_for_one_unit_one_comes_into_review_and_is_approved_once(
    platform_app: Flask, actor_as: Callable[..., Actor], approved: Make, judge: Make
) -> None:
    approved(actor_as("enterprise"))
    outcomes = _at_once(platform_app, *_entries(("罗文彬", "何静远", "沈明")))
    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True, True], outcomes
    (filing,) = (each for each in outcomes if isinstance(each, Filing))
    waiting = judge(actor_as("reviewer"), Filing.get_by_id(filing.id))
    leader = actor_as("leader")
    works = [lambda: reviewing.approve(leader, waiting.id, version=waiting.row_version)] * 2
    outcomes = _at_once(platform_app, *works)
    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True], outcomes
    present = BasicInformation.select().where(BasicInformation.superseded_at.is_null())
    assert (present.count(), BasicInformation.select().count()) == (1, 2)
    assert Subject.get().register_version == 2
    assert verify()[1] is None


def _submission(actor: Actor, filing: Filing) -> Work:
    return lambda: filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)


def _change(actor: Actor, capital: str) -> Filing:
    filing = filings.start(actor)
    ((key, row),) = filing.draft["basic_information"].items()
    rows = {key: {**row, "paid_capital": capital}}
    return filings.save_draft(actor, filing.id, version=filing.row_version, code="basic_information", rows=rows)


def test_first_submissions_and_changes_do_not_wait_for_each_other_for_ever(
    platform_app: Flask, actor_as: Callable[..., Actor], approved: Make, draft: Make
) -> None:
    """On PostgreSQL two transactions that take the same locks in another order end in an error."""
    approved(actor_as("enterprise"))
    registered = actor_as("enterprise")
    for turn in range(6):
        works = []
        for place in range(2):
            actor = actor_as("enterprise", f"{turn}-{place}")
            works.append(_submission(actor, draft(actor, uscc=complete_uscc(f"91420204MAE{turn}{place}9T41"))))
        change = _change(registered, str(5000 + turn))
        outcomes = _at_once(platform_app, _submission(registered, change), *works)
        assert all(isinstance(each, Filing) for each in outcomes), outcomes
        Filing.update(stage="rejected").where(Filing.id == change.id).execute()
    numbers = sorted(filing.number for filing in Filing.select().where(Filing.number.is_null(False)))
    assert [int(number[-4:]) for number in numbers] == list(range(1, len(numbers) + 1))
    assert verify()[1] is None
