"""Deadlines of filings: begun, paused, due, unknown; reminders once; the filer is told what was decided."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from shuixin.access import Actor
from shuixin.accounts import User
from shuixin.audit import AuditEntry
from shuixin.database import db
from shuixin.errors import Refused
from shuixin.kit import clock, notices
from shuixin.kit.calendar import Calendar
from shuixin.kit.notices import Notice
from shuixin.kit.policies import PolicyBook
from shuixin.platform import current_platform
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services import commitments, deadlines, filings, reviewing
from shuixin_credit_collection.services.telling import remind

Make = Callable[..., Filing]
REASON = "请附营业执照副本"
MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def on() -> Iterator[Callable[[int], None]]:
    """Let so many days have passed since Monday, 16 November 2026."""
    with time_machine.travel(MONDAY, tick=False) as travelling:
        yield lambda days: travelling.move_to(MONDAY + timedelta(days=days))


def fresh(filing: Filing) -> Filing:
    found: Filing = Filing.get_by_id(filing.id)
    return found


def again(actor: Actor, filing: Filing) -> Filing:
    (key, row), *_rest = filing.draft["basic_information"].items()
    rows = {key: {**row, "legal_rep": "罗文彬"}}
    filing = filings.save_draft(actor, filing.id, version=filing.row_version, code="basic_information", rows=rows)
    return filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)


def test_each_step_has_its_own_term_by_the_policy_set(
    on: Callable[[int], None], actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    filing = fresh(submitted(actor_as("enterprise")))
    assert (filing.step_began_at, filing.due_on, filing.warn_on) == (MONDAY, date(2026, 11, 23), date(2026, 11, 19))
    assert filing.term_policy == "LOCAL"
    on(2)
    filing = fresh(judge(actor_as("reviewer"), filing))
    assert (filing.due_on, filing.warn_on) == (date(2026, 11, 23), date(2026, 11, 20))
    on(3)
    reviewing.send_back(actor_as("leader"), filing.id, version=filing.row_version, reason=REASON)
    assert fresh(filing).due_on == date(2026, 11, 26), "the reviewer begins anew"
    filing = judge(actor_as("reviewer"), fresh(filing))
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert (fresh(filing).step_began_at, fresh(filing).due_on) == (None, None)


def test_while_the_filer_has_it_the_clock_stands_still(
    on: Callable[[int], None], actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    enterprise = actor_as("enterprise")
    filing = submitted(enterprise)
    on(2)
    filing = fresh(judge(actor_as("reviewer"), filing, returned={"legal_rep": REASON}))
    assert (filing.due_on, filing.warn_on) == (None, None)
    on(9)
    filing = fresh(again(enterprise, filing))
    assert filing.step_began_at == MONDAY
    assert filing.due_on == date(2026, 11, 30), "two working days were used, three are left"
    filings.withdraw(enterprise, filing.id, version=filing.row_version)
    assert fresh(filing).step_began_at is None
    filing = fresh(again(enterprise, fresh(filing)))
    assert filing.due_on == date(2026, 12, 2), "who takes it back begins a new case"


@one_engine
def test_a_missing_year_or_rule_blocks_nothing_and_is_said(
    on: Callable[[int], None],
    actor_as: Callable[..., Actor],
    client_as: Callable[..., SignedIn],
    submitted: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "current_calendar", lambda: Calendar(()))
    filing = fresh(submitted(actor_as("enterprise")))
    assert (filing.step_began_at, filing.due_on) == (MONDAY, None)
    client = client_as("reviewer")
    page = client.get(f"/office/credit_collection/reviews/{filing.id}").text
    assert "期限未定" in page
    assert "不影响办理" in page
    assert "期限未定" in client.get("/office/").text
    monkeypatch.undo()
    current_platform().policies = PolicyBook()
    assert fresh(submitted(actor_as("enterprise", "2"), uscc="91420281MA1JER209B")).due_on is None


@one_engine
def test_the_queue_is_ordered_by_due_day_in_one_query_each(
    on: Callable[[int], None], actor_as: Callable[..., Actor], client_as: Callable[..., SignedIn], submitted: Make
) -> None:
    late = submitted(actor_as("enterprise"))
    on(1)
    early = submitted(actor_as("enterprise", "2"), uscc="91420281MA1JER209B", name="大冶先到水利有限公司")
    Filing.update(due_on=date(2026, 11, 17)).where(Filing.id == early.id).execute()
    Filing.update(due_on=None, warn_on=None).where(Filing.id == late.id).execute()
    on(3)
    reviewer, today = actor_as("reviewer"), clock.legal_day(clock.now())
    assert [each.id for each in reviewing.queue(reviewer, REVIEW)] == [early.id, late.id]
    assert reviewing.numbers(reviewer, REVIEW, today) == (2, 1)
    assert reviewing.numbers(actor_as("leader"), APPROVE, today) == (0, 0)
    client, asked = client_as("reviewer"), []
    execute = db.obj.execute_sql

    def counting(sql: str, *rest: Any, **more: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest, **more)

    db.obj.execute_sql = counting  # type: ignore[method-assign]
    try:
        text = client.get("/office/").text
    finally:
        del db.obj.execute_sql
    assert text.index("大冶先到水利有限公司") < text.index("黄石试航水利工程有限公司")
    assert "已超期2个工作日" in text
    about = [sql for sql in asked if "credit_collection" in sql]
    assert len(about) == 2, "\n".join(about)


def test_reviewers_are_reminded_once_of_each_step(
    on: Callable[[int], None],
    actor_as: Callable[..., Actor],
    user_as: Callable[..., User],
    submitted: Make,
    judge: Make,
) -> None:
    filing, reviewer, other = submitted(actor_as("enterprise")), user_as("reviewer"), user_as("reviewer", "2")
    for days, told in ((2, 0), (3, 2), (4, 0), (7, 0), (8, 2), (9, 0)):
        on(days)
        assert f"{told}条" in str(remind()), days
    mine = [(each.kind, notices.words(each.title)) for each in notices.of_addressee(reviewer.id)]
    number = fresh(filing).number
    assert mine == [
        ("filing.overdue", f"申报{number}已超期1个工作日"),
        ("filing.soon", f"申报{number}剩余2个工作日"),
    ]
    assert notices.of_addressee(other.id).first().link == f"/office/credit_collection/reviews/{filing.id}"
    judge(actor_as("reviewer"), filing)
    on(30)
    leader = user_as("leader")
    assert "1条" in str(remind()), "now it is the leader's"
    assert notices.of_addressee(leader.id).first().link == f"/office/credit_collection/approvals/{filing.id}"


def test_the_filer_is_told_every_decision_with_its_reasons(
    actor_as: Callable[..., Actor], submitted: Make, judge: Make
) -> None:
    enterprise = actor_as("enterprise")
    filing = judge(actor_as("reviewer"), submitted(enterprise), returned={"legal_rep": REASON})
    row = notices.of_addressee(enterprise.id).get()
    assert notices.words(row.title) == f"申报{filing.number}退回补正"
    assert notices.words(row.text) == f"法定代表人：{REASON}"
    assert row.link == f"/workspace/filings/{filing.id}"
    filing = judge(actor_as("reviewer"), again(enterprise, filing))
    assert notices.unread(enterprise.id) == 1, "passed on is no decision yet"
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert [each.kind for each in notices.of_addressee(enterprise.id)] == ["filing.approve", "filing.return"]
    other = actor_as("enterprise", "2")
    refused = submitted(other, uscc="91420281MA1JER209B")
    reviewing.reject(actor_as("reviewer"), refused.id, version=refused.row_version, reason="营业执照已注销")
    assert notices.words(notices.of_addressee(other.id).get().text) == "营业执照已注销"


def test_a_decision_that_fails_tells_nobody(actor_as: Callable[..., Actor], submitted: Make, judge: Make) -> None:
    filing, reviewer = submitted(actor_as("enterprise")), actor_as("reviewer")
    before = AuditEntry.select().count()
    with pytest.raises(Refused):
        judge(reviewer, filing, returned={"legal_rep": "否"})
    assert (Notice.select().count(), AuditEntry.select().count()) == (0, before)


@one_engine
def test_the_filer_sees_until_when_the_office_promises_to_decide(
    on: Callable[[int], None], client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor], submitted: Make
) -> None:
    filing = submitted(actor_as("enterprise"))
    page = client_as("enterprise").get(f"/workspace/filings/{filing.id}").text
    assert "主管部门承诺于2026-11-23前办完本环节" in page
    assert deadlines.standing_of(filing, clock.now()) is not None
