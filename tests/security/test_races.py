"""Races (SECURITY.md, T57, T58, T61, T62): of two at the same moment one acts, and the other is told by whom and when.

T59 and T60 (numbers) are in ``tests/core/kit/test_numbering.py``.
"""

import hashlib
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests import cases

from shuixin.access import system_actor
from shuixin.audit import AuditEntry, verify
from shuixin.database import connect
from shuixin.errors import Conflict, Refused
from shuixin.kit import clock
from shuixin.kit.identifiers import complete_uscc
from shuixin.kit.review import Verdict
from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook
from shuixin.platform import current_platform
from shuixin.testing.fixtures import Databases, SignedIn
from shuixin.testing.services import need_postgresql
from shuixin_credit_collection.items import BasicInformation
from shuixin_credit_collection.models import Filing, FilingEvent, Subject
from shuixin_credit_collection.services import commitments, filings, reviewing
from shuixin_credit_collection.workbook import apply_batch, propose
from shuixin_credit_publish.models import Edition
from shuixin_credit_publish.projection import project
from shuixin_credit_publish.services import catch_up, latest, publish

APPROVALS = "/office/credit_collection/approvals"


def _settled(outcomes: list[Any]) -> list[Conflict]:
    """The refusals, when exactly one of all did its work."""
    refusals = [each for each in outcomes if isinstance(each, Conflict)]
    assert len(refusals) == len(outcomes) - 1, outcomes
    return refusals


def test_t57_of_two_leaders_who_approve_at_once_one_does_and_the_other_is_told(platform_app: Flask) -> None:
    leaders = [cases.actor("leader"), cases.actor("leader", "二")]
    filing = cases.reviewed(cases.actor("enterprise"))
    works = [
        lambda leader=leader: reviewing.approve(leader, filing.id, version=filing.row_version)
        for leader in (*leaders, leaders[0])
    ]
    refusals = _settled(cases.at_once(platform_app, *works))
    winner = FilingEvent.get(FilingEvent.filing == filing.id, FilingEvent.act == "approve")
    for refusal in refusals:
        assert f"{clock.to_minute(winner.at)}，{winner.actor_name}，批准" in str(refusal)
    assert Subject.get().register_version == 1
    assert BasicInformation.select().count() == 1
    assert Edition.select().count() <= 1
    assert verify()[1] is None


def test_t57_of_two_reviewers_at_once_one_decides(platform_app: Flask) -> None:
    reviewers = [cases.actor("reviewer"), cases.actor("reviewer", "二")]
    filing = cases.submitted(cases.actor("enterprise"))

    def give_back(reviewer: Any) -> Filing:
        verdicts = {item.id: reviewing.Judgement(Verdict.RETURNED, "材料看不清楚") for item in filing.items}
        return reviewing.decide(reviewer, filing.id, version=filing.row_version, judgements=verdicts)

    works = [lambda: cases.decide(reviewers[0], filing), lambda: give_back(reviewers[1])]
    (refusal,) = _settled(cases.at_once(platform_app, *works))
    last = FilingEvent.select().order_by(FilingEvent.id.desc()).first()
    assert last.actor_name in str(refusal)
    # The loser's verdicts are not there either.
    stage, verdicts = Filing.get().stage, {item.verdict for item in filing.items}
    assert (stage, verdicts) in (("reviewed", {"accepted"}), ("returned", {"returned"}))


def _press(person: SignedIn, path: str, data: dict[str, str], outcomes: list[Any], start: threading.Barrier) -> None:
    start.wait(30)
    answer = person.post(path, data=data)
    outcomes.append((answer.status_code, answer.get_data(as_text=True)))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_t57_a_double_click_on_the_page_approves_once_and_answers_409(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    filing = cases.reviewed(cases.actor("enterprise"))
    people = [client_as("leader"), client_as("leader")]
    form = {"version": str(filing.row_version), "decision": "approve"}
    outcomes: list[tuple[int, str]] = []
    start = threading.Barrier(2)
    presses = [
        threading.Thread(
            target=_press,
            args=(person, f"{APPROVALS}/{filing.id}/decide", {**form, "csrf_token": person.token()}, outcomes, start),
        )
        for person in people
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert Counter(status for status, _page in outcomes) == {302: 1, 409: 1}, outcomes
    page = next(page for status, page in outcomes if status == 409)
    assert "最近一步" in page
    assert "leader" in page
    assert Subject.get().register_version == 1


def test_t58_approving_what_is_withdrawn_or_edited_meanwhile_is_a_conflict(platform_app: Flask) -> None:
    by, reviewer = cases.actor("enterprise"), cases.actor("reviewer")
    filing = cases.draft(by)
    for _turn in range(3):
        filing = filings.submit(by, filing.id, version=filing.row_version, commitment=commitments.wording().id)
        version = filing.row_version
        works = [
            lambda filing=filing: cases.decide(reviewer, filing),
            lambda filing=filing, version=version: filings.withdraw(by, filing.id, version=version),
        ]
        _settled(cases.at_once(platform_app, *works))
        filing = Filing.get_by_id(filing.id)
        assert filing.stage in ("reviewed", "withdrawn")
        if filing.stage == "reviewed":
            break
    filing = Filing.get_by_id(filing.id)
    # What the reviewer has before him is withdrawn, changed and submitted again: his page is an old one.
    if filing.stage == "reviewed":
        leader = cases.actor("leader")
        filing = reviewing.send_back(leader, filing.id, version=filing.row_version, reason="请再核对一次")
        filing = filings.withdraw(by, filing.id, version=filing.row_version)
    old = filing.row_version
    ((key, row),) = filing.draft["basic_information"].items()
    rows = {key: {**row, "reg_capital": "5000"}}
    filing = filings.save_draft(by, filing.id, version=old, code="basic_information", rows=rows)
    filing = filings.submit(by, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    judgements = {item.id: reviewing.Judgement(Verdict.ACCEPTED) for item in filing.items}
    with pytest.raises(Conflict, match="最近一步"):
        reviewing.decide(reviewer, filing.id, version=old, judgements=judgements)
    assert Filing.get_by_id(filing.id).stage == "submitted"
    assert {item.verdict for item in filing.items} == {"pending"}


def test_t58_a_draft_saved_while_it_is_submitted_is_a_conflict(platform_app: Flask) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    version = filing.row_version
    ((key, row),) = filing.draft["basic_information"].items()
    works = [
        lambda: filings.submit(by, filing.id, version=version, commitment=commitments.wording().id),
        lambda: filings.save_draft(
            by, filing.id, version=version, code="basic_information", rows={key: {**row, "reg_capital": "5000"}}
        ),
    ]
    _settled(cases.at_once(platform_app, *works))
    found = Filing.get_by_id(filing.id)
    values = {item.field: item.after for item in found.items}
    typed = found.draft["basic_information"][key]["reg_capital"]
    assert (found.stage, typed) in (("submitted", "4000"), ("draft", "5000"))
    assert bool(values) == (found.stage == "submitted")


# --- T61: two imports of one workbook --------------------------------------------------------------------------------

UNITS = 8


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "同一张.xlsx"
    columns = tuple(ColumnPlan(title) for title in ("单位名称", "统一社会信用代码", "主体类别", "所属省市"))
    rows = [
        [f"试验{number}水利工程有限公司", complete_uscc(f"91420204MAE{number:06d}"), "施工", "湖北省黄石市下陆区"]
        for number in range(UNITS)
    ]
    write_workbook(path, [SheetPlan("基本信息", columns, rows)])
    return path


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_t61_two_imports_of_one_workbook_in_two_processes_do_the_work_of_one(
    engine: str, databases: Databases, workbook: Path
) -> None:
    if engine == "postgresql":
        need_postgresql()
    url = databases.fresh(engine)
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SHUIXIN_DATA_DIR": str(workbook.parent),
        "SHUIXIN_SECRET_KEY": "race-test-secret-" * 3,
    }
    command = [sys.executable, "-m", "shuixin", "credit", "import", str(workbook)]
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root)
        for _each in range(2)
    ]
    said = [(*map(bytes.decode, process.communicate(timeout=300)), process.returncode) for process in both]
    assert min(code for _out, _error, code in said) == 0, said
    assert all(code == 0 or "正在审核" in error for _out, error, code in said), said
    database = connect(url)
    with database.connection_context():
        assert Filing.select().count() == UNITS
        assert verify()[1] is None
    again = subprocess.run(command, env=environment, capture_output=True, cwd=root, check=False)
    assert "拒绝8行" in again.stdout.decode(), again
    with database.connection_context():
        assert Filing.select().count() == UNITS
    databases.drop(engine, url)


def test_t61_the_second_is_refused_and_the_workbook_is_known_by_its_digest(platform_app: Flask, workbook: Path) -> None:
    by = system_actor("导入")
    proposals = [propose(workbook), propose(workbook), propose(workbook)]
    works = [lambda proposal=each: apply_batch(by, proposal, source="甲.xlsx") for each in proposals]
    for refusal in _settled(cases.at_once(platform_app, *works)):
        assert "正在审核" in str(refusal)
    assert Filing.select().count() == UNITS
    (entry,) = AuditEntry.select().where(AuditEntry.action == "credit.import")
    assert entry.detail["sha256"] == hashlib.sha256(workbook.read_bytes()).hexdigest()
    # Everything approved between the look and the deed: nothing is filed that would change nothing.
    for filing in Filing.select():
        waiting = cases.decide(cases.actor("reviewer"), filing)
        reviewing.approve(cases.actor("leader"), filing.id, version=waiting.row_version)
    with pytest.raises(Refused, match="与档案一致"):
        apply_batch(by, proposals[0], source="甲.xlsx")
    assert Filing.select().count() == UNITS
    assert propose(workbook).summary() == {"create": 0, "change": 0, "same": UNITS, "refused": 0}


# --- T62: what is computed names the state it was computed from -------------------------------------------------------


def _change(by: Any, capital: str) -> None:
    filing = filings.start(by)
    ((key, row),) = filing.draft["basic_information"].items()
    rows = {key: {**row, "main_business": capital}}
    filing = filings.save_draft(by, filing.id, version=filing.row_version, code="basic_information", rows=rows)
    filing = cases.decide(
        cases.actor("reviewer"),
        filings.submit(by, filing.id, version=filing.row_version, commitment=commitments.wording().id),
    )
    reviewing.approve(cases.actor("leader"), filing.id, version=filing.row_version)


def test_t62_an_edition_names_its_state_and_can_be_made_again_from_it(platform_app: Flask) -> None:
    cases.approved(cases.actor("enterprise"))
    by, uscc = cases.actor("enterprise"), cases.CODE
    stop = threading.Event()

    def project_all_the_time() -> None:
        while not stop.wait(0.01):
            publish(uscc)
            catch_up()

    def change() -> None:
        try:
            for capital in ("5000", "6000", "7000"):
                _change(by, capital)
        finally:
            stop.set()

    for outcome in cases.at_once(platform_app, project_all_the_time, change):
        assert outcome is None, (outcome, *getattr(outcome, "problems", ()))
    final = publish(uscc)
    assert final is not None
    assert final.register_version == Subject.get().register_version == 4
    book = current_platform().policies
    words = {row.version: row.main_business for row in BasicInformation.select()}
    for edition in Edition.select().order_by(Edition.number):
        values = edition.document["sections"][0]["records"][0]["values"]
        assert values.get("main_business") == words[edition.register_version], "state and content belong together"
    made = [project(Subject.get(), final.created_at, book)[0] for _each in range(2)]
    assert made == [final.document] * 2
    assert latest(uscc).number == publish(uscc, final.created_at + timedelta(hours=1)).number, "nothing new, no Edition"
