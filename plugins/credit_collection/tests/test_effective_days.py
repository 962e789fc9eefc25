"""Who may say from which day on something holds, what trace that leaves, and where each value comes from."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from peewee import DateField, IntegerField
from PIL import Image
from playhouse.migrations import Runner

from shuixin.access import Actor, system_actor
from shuixin.audit import AuditEntry
from shuixin.database import BaseModel, UTCDateTimeField, connect, db
from shuixin.database.migrations import History, core_history
from shuixin.errors import Refused
from shuixin.kit import clock
from shuixin.testing.services import scratch_postgresql
from shuixin_credit_collection.items import MODELS
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.services import commitments, evidence, filings, reviewing
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.provenance import history, provenance
from shuixin_credit_collection.services.register import as_of, entries
from shuixin_credit_collection.services.registry import record_type

Make = Callable[..., Filing]
JUNE = datetime(2026, 6, 1, 2, tzinfo=UTC)


def _entered(day: date | None, **basic: str) -> Filing:
    """An entry by the authority that changes 基本信息 of the one unit from *day* on."""
    draft = draft_of(Subject.get())
    ((key, row),) = draft["basic_information"].items()
    changed = {**draft, "basic_information": {key: {**row, **basic}}}
    return enter(system_actor("录入员"), changed, Origin("authority", effective_on=day))


@pytest.fixture
def corrected(actor_as: Callable[..., Actor], approved: Make, judge: Make) -> Filing:
    """A declaration in June, and in September an entry that the 法定代表人 has been another one since 10 June."""
    with time_machine.travel(JUNE, tick=False) as travelling:
        approved(actor_as("enterprise"))
        travelling.move_to(JUNE + timedelta(days=50))
        later = judge(actor_as("reviewer"), _entered(None, legal_rep="何静远"))
        reviewing.approve(actor_as("leader"), later.id, version=later.row_version)
        travelling.move_to(JUNE + timedelta(days=100))
        filing = judge(actor_as("reviewer"), _entered(date(2026, 6, 10), legal_rep="罗文彬"))
        return reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)


def test_an_entry_states_its_day_and_leaves_a_trace(corrected: Filing) -> None:
    type_ = record_type("basic_information")
    assert type_ is not None
    subject = Subject.get()
    days = {date(2026, 6, 9): "沈知行", date(2026, 6, 10): "罗文彬", date(2026, 9, 9): "罗文彬"}
    for day, name in days.items():
        assert [each.values["legal_rep"] for each in as_of(subject, type_, day, clock.now())] == [name]
    before = as_of(subject, type_, date(2026, 9, 8), corrected.approved_at - timedelta(microseconds=1))
    assert [each.values["legal_rep"] for each in before] == ["何静远"]
    (entry,) = entries(subject, type_)
    assert (entry.version, entry.recorded_at, entry.holds_from) == (3, corrected.approved_at, date(2026, 7, 21))
    detail = AuditEntry.get(
        (AuditEntry.object_key == corrected.number) & (AuditEntry.action == "filing.approve")
    ).detail
    assert detail["effective_on"] == "2026-06-10"
    assert detail["corrects"] == [f"basic_information-{entry.key}"]


def test_each_field_knows_its_filing(corrected: Filing) -> None:
    type_ = record_type("basic_information")
    assert type_ is not None
    subject = Subject.get()
    (entry,) = entries(subject, type_)
    now = JUNE + timedelta(days=101)
    first, second, third = (each.provenance for each in history(subject, type_, entry.key))
    found = provenance(subject, type_, entry.key, valid=date(2026, 9, 10), known=now)
    assert (found["legal_rep"], found["name"]) == (third, first)
    assert (third.number, third.source, third.submitter) == (corrected.number, "authority", "录入员")
    assert (third.approver, third.recorded_at) == ("leader", corrected.approved_at)
    assert (first.effective_on, third.effective_on) == (date(2026, 6, 1), date(2026, 6, 10))
    assert provenance(subject, type_, entry.key)["legal_rep"] == third
    earlier = provenance(subject, type_, entry.key, valid=date(2026, 8, 1), known=second.recorded_at)
    assert earlier["legal_rep"] == second
    assert provenance(subject, type_, entry.key, valid=date(2026, 5, 31)) == {}
    assert provenance(subject, type_, "unknown") == {}


def test_the_files_of_a_record_are_named(actor_as: Callable[..., Actor], draft: Make, judge: Make) -> None:
    actor, stream = actor_as("enterprise"), io.BytesIO()
    filing = draft(actor, proven=False)
    Image.new("RGB", (40, 30), "white").save(stream, "PNG")
    stream.seek(0)
    evidence.add(actor, filing.id, code="qualification", key="a1", stream=stream, name="证书.png")
    filing = filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    filing = judge(actor_as("reviewer"), filing)
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    type_ = record_type("qualification")
    assert type_ is not None
    found = provenance(Subject.get(), type_, "a1")
    assert {file.name for each in found.values() for file in each.evidence} == {"证书.png"}


def test_a_day_to_come_is_refused_at_entry_and_at_approval(
    actor_as: Callable[..., Actor], approved: Make, judge: Make
) -> None:
    approved(actor_as("enterprise"))
    today = clock.legal_day(clock.now())
    with pytest.raises(Refused, match="晚于今天"):
        _entered(today + timedelta(days=1), legal_rep="罗文彬")
    filing = judge(actor_as("reviewer"), _entered(today, legal_rep="罗文彬"))
    Filing.update(effective_on=today + timedelta(days=2)).where(Filing.id == filing.id).execute()
    with pytest.raises(Refused, match="晚于今天"):
        reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert Filing.get_by_id(filing.id).stage == "reviewed"


def test_what_an_enterprise_submits_holds_from_its_approval_even_after_a_returned_entry(
    actor_as: Callable[..., Actor], approved: Make, judge: Make
) -> None:
    approved(actor_as("enterprise"))
    actor = actor_as("enterprise")
    entered = _entered(date(2026, 1, 5), legal_rep="罗文彬")
    returned = judge(actor_as("reviewer"), entered, returned={"legal_rep": "请附任职文件"})
    again = filings.submit(actor, returned.id, version=returned.row_version, commitment=commitments.wording().id)
    assert Filing.get_by_id(again.id).effective_on is None


class Old(BaseModel):
    """What the step of the migration looks at."""

    version = IntegerField()
    holds_from = DateField()
    holds_to = DateField(null=True)
    recorded_at = UTCDateTimeField()
    superseded_at = UTCDateTimeField(null=True)

    class Meta:
        """A table of records."""

        table_name = "credit_collection_good_record"


#: Of one record: 1 March late in the evening in Shanghai (already the 2nd), the 2nd, and 5 May.
RECORDED = ("2026-03-01 16:30:00", "2026-03-02 03:00:00", "2026-05-05 03:00:00")


def _write_old_rows() -> None:
    db.execute_sql(
        "INSERT INTO credit_collection_subject (id, uscc, name, region, authority, owner, register_version, created_at)"
        f" VALUES (1, 'x', 'x', '420200', '420200', 0, 3, '{RECORDED[0]}')"
    )
    for number, (at, until) in enumerate(zip(RECORDED, (*RECORDED[1:], None), strict=True), 1):
        db.execute_sql(
            "INSERT INTO credit_collection_filing (id, row_version, kind, source, stage, region, draft, created_by,"
            " created_at, submitter_name, term_policy)"
            f" VALUES ({number}, 1, 'x', 'x', 'approved', '420200', '{{}}', 1, '{at}', '', '')"
        )
        superseded = f"'{until}'" if until else "NULL"
        db.execute_sql(
            "INSERT INTO credit_collection_good_record (subject_id, key, version, recorded_at, superseded_at,"
            f" filing_id, removed, title) VALUES (1, 'k', {number}, '{at}', {superseded}, {number},"
            f" {'true' if number == 3 else 'false'}, 'title {number}')"
        )


def _migrated(url: str) -> None:
    database = connect(url)
    with database.connection_context():
        core_history().apply(database)
        runner: Runner = History("credit_collection", MODELS.migrations).runner(database)
        runner.up("0003_review_terms")
        _write_old_rows()
        for _turn in range(2):  # down and up again
            runner.up("0005_valid_time")
            first, second, third, fourth = Old.select().order_by(Old.recorded_at, Old.holds_from)
            assert (first.holds_from, first.holds_to, second.holds_to) == (date(2026, 3, 2), None, None)
            assert first.superseded_at == second.recorded_at
            assert second.superseded_at == third.recorded_at == fourth.recorded_at
            assert (third.version, third.holds_from, third.holds_to) == (3, date(2026, 3, 2), date(2026, 5, 5))
            assert (fourth.version, fourth.holds_from, fourth.holds_to) == (3, date(2026, 5, 5), None)
            assert third.superseded_at is fourth.superseded_at is None
            runner.down("0005_valid_time")
            assert list(Old.select(Old.version).order_by(Old.id).tuples()) == [(1,), (2,), (3,)]
    if hasattr(database, "close_all"):
        database.close_all()  # or the database could not be dropped


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_rows_of_before_hold_from_the_day_they_were_recorded(engine: str, tmp_path: object) -> None:
    if engine == "sqlite":
        _migrated(f"sqlite:///{tmp_path}/old.db")
    else:
        with scratch_postgresql() as url:
            _migrated(url)
