"""Two times: the Register against a naive log of events, over random histories of one unit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from peewee import PostgresqlDatabase, chunked

from shuixin.database import db, transaction
from shuixin.errors import Conflict, Refused
from shuixin.kit import clock
from shuixin_credit_collection.items import Qualification
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.records import RecordType
from shuixin_credit_collection.services.provenance import history, provenance
from shuixin_credit_collection.services.register import apply_items, as_of, entries, torn
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.segments import Segment, Statement, lay

START = datetime(2026, 3, 1, 2, tzinfo=UTC)
KEYS = ("k1", "k2", "k3")
#: Two of the fields are called like columns that other bitemporal tables have.
FIELDS = {
    "specialty": st.sampled_from(["水利", "灌溉", None]),
    "valid_from": st.sampled_from(["2020-01-01", "2021-01-01", None]),
    "valid_to": st.sampled_from(["2030-01-01", "2031-01-01", None]),
}
ACTIONS = st.sampled_from(["add", "change", "remove"])
SAID = st.tuples(ACTIONS, st.fixed_dictionaries({}, optional=FIELDS))
PLACE, SHIFT = st.integers(0, 99), st.sampled_from([-1, 0, 0, 1])
State = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Event:
    """What one approval said about one record."""

    recorded_at: datetime
    day: date
    key: str
    action: str
    values: dict[str, Any]
    filing: int


@dataclass
class Log:
    """All that was ever said, in the order in which it was recorded; every question is answered by reading it all."""

    events: list[Event] = field(default_factory=list)

    def state(self, valid: date, known: datetime) -> State:
        held: State = {}
        there: dict[str, bool] = {}
        for event in self._heard(valid, known):
            held[event.key] = {**held.get(event.key, {}), **event.values}
            if event.action != "change":
                there[event.key] = event.action == "add"
        return {key: {each: values.get(each) for each in FIELDS} for key, values in held.items() if there.get(key)}

    def sources(self, key: str, valid: date, known: datetime) -> dict[str, int]:
        if key not in self.state(valid, known):
            return {}
        return {name: each.filing for each in self._heard(valid, known) if each.key == key for name in each.values}

    def version(self, key: str) -> int:
        return sum(event.key == key for event in self.events)

    def _heard(self, valid: date, known: datetime) -> list[Event]:
        return [event for event in self.events if event.recorded_at <= known and event.day <= valid]


def a_type() -> RecordType:
    found = record_type("qualification")
    assert found is not None
    return found


def unit() -> Subject:
    facts = {"name": "黄石试航水利工程有限公司", "region": "420204", "authority": "420200", "created_at": START}
    return Subject.create(uscc="91420204MAE2E9T41A", **facts)


def filed(
    subject: Subject, at: datetime, day: date | None, said: dict[str, tuple[str, dict[str, Any]]], bases: dict[str, int]
) -> Filing:
    """A filing as the approval finds it, its items in the order of *said*."""
    facts = {"kind": "change", "source": "authority", "stage": "approved", "region": "420200", "draft": {}}
    filing = Filing.create(
        subject=subject, effective_on=day, created_by=1, created_at=START, submitted_at=START, approved_at=at, **facts
    )
    common = {"filing": filing, "record_type": "qualification", "verdict": "accepted"}
    items = [
        {
            **common,
            "position": position,
            "key": key,
            "action": action,
            "after": None if action == "remove" else values,
            "base_version": bases[key],
        }
        for position, (key, (action, values)) in enumerate(said.items())
    ]
    for some in chunked(items, 500):
        FilingItem.insert_many(some).execute()
    return filing


def written(filing: Filing) -> Filing:
    with transaction():
        apply_items(filing, filing.items.order_by(FilingItem.position))
    return filing


def answer(subject: Subject, valid: date, known: datetime) -> State:
    found = as_of(subject, a_type(), valid, known)
    assert len({each.key for each in found}) == len(found)
    return {each.key: {name: each.values[name] for name in FIELDS} for each in found}


class RegisterMachine(RuleBasedStateMachine):
    """Filings of one unit, some of them stating an earlier day, and questions about all days and instants."""

    def __init__(self) -> None:
        super().__init__()
        with transaction():
            for model in (Qualification, FilingItem, Filing, Subject):
                model.delete().execute()
            self.subject, self.log, self.now = unit(), Log(), START
        self.answers: list[tuple[date, datetime, State]] = []

    @initialize(said=st.fixed_dictionaries(dict.fromkeys(KEYS, SAID)))
    def begin(self, said: dict[str, tuple[str, dict[str, Any]]]) -> None:
        self.approve(0, None, {key: ("add", values) for key, (_action, values) in said.items()})

    @rule(
        hours=st.sampled_from([0, 0, 1, 9, 30, 24 * 40]),
        back=st.sampled_from([None, None, 0, 1, 3, 30, 50, 400]),
        said=st.dictionaries(st.sampled_from(KEYS), SAID, min_size=1),
    )
    def approve(self, hours: int, back: int | None, said: dict[str, tuple[str, dict[str, Any]]]) -> None:
        self.now += timedelta(hours=hours)
        day = None if back is None else clock.legal_day(self.now) - timedelta(days=back)
        bases = {key: self.log.version(key) for key in said}
        with transaction():
            filing = written(filed(self.subject, self.now, day, said, bases))
        assert filing.approved_at >= self.now
        self.now = filing.approved_at
        for key, (action, values) in said.items():
            named = {} if action == "remove" else values
            effective = day or clock.legal_day(self.now)
            self.log.events.append(Event(self.now, effective, key, action, named, filing.id))

    @precondition(lambda self: self.log.events)
    @rule(said=SAID, key=st.sampled_from(KEYS), late=st.integers(1, 3))
    def approve_what_is_stale(self, said: tuple[str, dict[str, Any]], key: str, late: int) -> None:
        bases = {each: self.log.version(each) for each in KEYS}
        news = {each: ("change", {"specialty": "新"}) for each in KEYS if each != key}
        before = list(Qualification.select().order_by(Qualification.id).dicts())
        with db.atomic() as attempt:
            filing = filed(self.subject, self.now, None, {**news, key: said}, {**bases, key: bases[key] + late})
            with pytest.raises(Conflict):
                apply_items(filing, filing.items)
            assert list(Qualification.select().order_by(Qualification.id).dicts()) == before
            attempt.rollback()

    def _days(self) -> list[date]:
        """Days on which something may change, and those before them."""
        days = {event.day for event in self.log.events}
        return sorted(days | {day - timedelta(days=1) for day in days})

    @precondition(lambda self: self.log.events)
    @rule(instant=PLACE, shift=SHIFT)
    def ask_about_all_days(self, instant: int, shift: int) -> None:
        instants = [event.recorded_at for event in self.log.events]
        known = min(self.now, instants[instant % len(instants)] + timedelta(microseconds=shift))
        for valid in self._days():
            found = answer(self.subject, valid, known)
            assert found == self.log.state(valid, known)
            self.answers.append((valid, known, found))

    @precondition(lambda self: self.log.events)
    @rule(day=PLACE)
    def ask_where_it_comes_from(self, day: int) -> None:
        days = self._days()
        valid = days[day % len(days)]
        for key in KEYS:
            found = provenance(self.subject, a_type(), key, valid=valid, known=self.now)
            assert {name: each.filing_id for name, each in found.items()} == self.log.sources(key, valid, self.now)

    @invariant()
    def the_present_is_today_as_it_is_known_now(self) -> None:
        present = {each.key: {name: each.values[name] for name in FIELDS} for each in entries(self.subject, a_type())}
        assert present == self.log.state(clock.legal_day(self.now), self.now)

    @invariant()
    def what_is_held_follows_day_by_day(self) -> None:
        held = Qualification.select().where(Qualification.superseded_at.is_null()).order_by(Qualification.holds_from)
        for key in KEYS:
            rows = [row for row in held if row.key == key]
            assert [row.holds_to for row in rows] == [*(row.holds_from for row in rows[1:]), None][: len(rows)]
            assert all(row.holds_to is None or row.holds_from < row.holds_to for row in rows)
        if len(self.log.events) % 4 == 0:
            assert torn() == ""

    @invariant()
    def what_was_answered_last_stays(self) -> None:
        for valid, known, found in self.answers[-2:]:
            assert answer(self.subject, valid, known) == found

    def teardown(self) -> None:
        """At the end all questions are asked again."""
        for valid, known, found in self.answers:
            assert answer(self.subject, valid, known) == found


def test_the_register_answers_like_a_log_of_all_events(platform_app: Flask) -> None:
    on_postgresql = isinstance(db.obj, PostgresqlDatabase)
    few = settings(
        max_examples=8 if on_postgresql else 25,
        stateful_step_count=16,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(RegisterMachine, settings=few)


def test_a_statement_leaves_what_ends_before_its_day_and_splits_what_it_falls_into() -> None:
    first, second, third = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    held = [Segment(first, second, True, {"a": 1}, row=1), Segment(second, None, True, {"a": 2}, row=2)]
    laid = lay(held, Statement(third, None, {"b": 3}))
    assert laid[:2] == [held[0], Segment(second, third, True, {"a": 2})]
    assert laid[2:] == [Segment(third, None, True, {"a": 2, "b": 3})]
    assert [each.exists for each in lay(laid, Statement(first, False, {}))] == [False] * 3


def _said(**values: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    return {"k1": ("change", values)}


@pytest.fixture
def subject(platform_app: Flask) -> Subject:
    """A unit whose one qualification was recorded in March, and renamed in May."""
    made = unit()
    record = {"category": "construct", "specialty": "水利", "valid_to": "2030-01-01"}
    written(filed(made, START, None, {"k1": ("add", record)}, {"k1": 0}))
    written(filed(made, START + timedelta(days=61), None, _said(specialty="灌溉"), {"k1": 1}))
    return made


def _names(subject: Subject, known: datetime) -> list[str]:
    days = (date(2026, 3, 10), date(2026, 4, 10), date(2026, 6, 10))
    return [each.values["specialty"] for day in days for each in as_of(subject, a_type(), day, known)]


def test_a_correction_changes_the_past_and_what_was_known_of_it_stays(subject: Subject) -> None:
    at = START + timedelta(days=100)
    assert _names(subject, at) == ["水利", "水利", "灌溉"]
    written(filed(subject, at, date(2026, 4, 1), _said(specialty="排涝"), {"k1": 2}))
    assert _names(subject, at) == ["水利", "排涝", "排涝"]
    assert _names(subject, at - timedelta(microseconds=1)) == ["水利", "水利", "灌溉"]
    first, second, third = history(subject, a_type(), "k1")
    assert (first.corrects, second.corrects, third.corrects) == (False, False, True)
    assert (third.provenance.effective_on, third.provenance.recorded_at) == (date(2026, 4, 1), at)
    kept = Qualification.select().where(Qualification.key == "k1").count()
    assert kept > Qualification.select().where(Qualification.superseded_at.is_null()).count() == 2 + 1


def test_what_is_removed_comes_from_nowhere_until_it_is_added_again(subject: Subject) -> None:
    at = START + timedelta(days=100)
    written(filed(subject, at, date(2026, 5, 20), {"k1": ("remove", {})}, {"k1": 2}))
    added = filed(subject, at + timedelta(hours=1), None, {"k1": ("add", {"specialty": "排涝"})}, {"k1": 3})
    last = written(added)
    days = (date(2026, 5, 19), date(2026, 5, 20), date(2026, 6, 8), date(2026, 6, 9))
    found = [provenance(subject, a_type(), "k1", valid=day, known=last.approved_at) for day in days]
    assert [bool(each) for each in found] == [True, False, False, True]
    assert found[3]["specialty"].filing_id == last.id
    assert [len(as_of(subject, a_type(), day, last.approved_at)) for day in days] == [1, 0, 0, 1]


def test_an_effective_day_to_come_is_refused_and_nothing_is_written(
    subject: Subject, dump: Callable[[], dict[str, Any]]
) -> None:
    at = datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)  # a second before 1 July in Shanghai
    filing = filed(subject, at, date(2026, 7, 1), _said(specialty="排涝"), {"k1": 2})
    before = dump()
    with pytest.raises(Refused, match="生效日期2026-07-01晚于今天"):
        written(filing)
    assert dump() == before
    Filing.update(approved_at=at + timedelta(seconds=1)).where(Filing.id == filing.id).execute()
    written(Filing.get_by_id(filing.id))


def test_what_a_slow_clock_approves_is_recorded_after_what_was_known(subject: Subject) -> None:
    known = START + timedelta(days=61)
    before = _names(subject, known)
    filing = written(filed(subject, START, date(2026, 3, 1), _said(specialty="排涝"), {"k1": 2}))
    assert _names(subject, known) == before
    assert filing.approved_at == Filing.get_by_id(filing.id).approved_at == known + timedelta(microseconds=1)


def test_a_check_finds_what_overlaps_and_what_breaks_off(subject: Subject) -> None:
    assert torn() == ""
    held = Qualification.superseded_at.is_null()
    for ends in ({"holds_to": date(2026, 6, 1)}, {"holds_to": date(2026, 4, 1)}, {"holds_to": None}):
        with db.atomic() as attempt:
            Qualification.update(**ends).where(held, Qualification.holds_to.is_null(False)).execute()
            assert subject.uscc in torn()
            attempt.rollback()
    Qualification.update(superseded_at=START).where(held, Qualification.holds_to.is_null()).execute()
    assert "资质信息" in torn()


class Counting:
    """Counts the statements that go to the database inside its block."""

    def __enter__(self) -> "Counting":
        self.number, self._run, made = 0, db.obj.execute_sql, self

        def counted(*arguments: Any, **options: Any) -> Any:
            made.number += 1
            return self._run(*arguments, **options)

        db.obj.execute_sql = counted
        return self

    def __exit__(self, *_error: object) -> None:
        del db.obj.execute_sql


@pytest.mark.parametrize("action", ["add", "change", "remove"])
def test_a_thousand_items_take_few_queries(platform_app: Flask, action: str) -> None:
    made, keys = unit(), [f"k{number}" for number in range(1000)]
    values = {"specialty": "水利", "valid_to": "2030-01-01"}
    if action != "add":
        written(filed(made, START, None, dict.fromkeys(keys, ("add", values)), dict.fromkeys(keys, 0)))
    base = 0 if action == "add" else 1
    said = {key: (action, {"specialty": "灌溉"}) for key in keys}
    filing = filed(made, START + timedelta(days=9), None, said, dict.fromkeys(keys, base))
    with Counting() as counted:
        written(filing)
    assert len(entries(made, a_type())) == (0 if action == "remove" else 1000)
    assert counted.number < 40, counted.number
