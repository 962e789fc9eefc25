"""Integrity (SECURITY.md, T63 to T65): tampering is named, what must hold is looked at, an upgrade survives its end."""

import hashlib
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as rounds
from hypothesis import strategies as st
from peewee import Database, SqliteDatabase
from tests import cases
from tests.hostile import PDF
from tests.security.test_files import add

from shuixin import audit
from shuixin.access import system_actor
from shuixin.audit import AuditEntry, AuditHead, heads
from shuixin.audit.chain import GENESIS
from shuixin.contributions import DemoSize
from shuixin.database import connect, db
from shuixin.database.migrations import History, core_history
from shuixin.errors import MigrationFailed
from shuixin.health import run_checks
from shuixin.jobs import JobRun, offered_jobs, run_once
from shuixin.kit import clock
from shuixin.kit.attachments import Attachment
from shuixin.testing.services import need_postgresql, scratch_postgresql
from shuixin_credit_collection.items import BasicInformation
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_publish.models import Edition
from shuixin_credit_publish.services import publish

SYSTEM = system_actor("测试")
LENGTH = 8


# --- T63: the chain -------------------------------------------------------------------------------------------------


@pytest.fixture
def chain(platform_app: Flask, tmp_path: Path) -> int:
    """Some entries and a published head at the last; returns the number of the first."""
    first = audit.head()[0] + 1
    for number in range(LENGTH):
        audit.append(SYSTEM, "test.act", "thing", str(number), {"值": number, "nested": [None, {"b": True}]})
    heads.publish(tmp_path, clock.now())
    return first


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever the block does to the database."""
    with db.atomic() as transaction:
        yield
        transaction.rollback()


def _row(number: int) -> dict[str, Any]:
    found = AuditEntry.select().where(AuditEntry.number == number).dicts().first()
    return {name: value for name, value in (found or {}).items() if name not in ("id", "number")}


def _write(number: int, values: dict[str, Any]) -> None:
    AuditEntry.update(values).where(AuditEntry.number == number).execute()


def _tamper(kind: str, number: int, other: int) -> None:
    """Do one thing to the past."""
    mine, theirs = _row(number), _row(other)
    if not mine or not theirs:
        return
    if kind == "change":
        _write(number, {**mine, "actor_name": f"{mine['actor_name']}他人"})
    elif kind == "earlier":
        _write(number, theirs)
    elif kind == "swap":
        _write(number, theirs)
        _write(other, mine)
    else:
        AuditEntry.delete().where(AuditEntry.number == number).execute()


PLACES = st.integers(0, LENGTH - 1)
STEPS = st.lists(st.tuples(st.sampled_from(["change", "earlier", "swap", "delete"]), PLACES, PLACES), max_size=4)


@rounds(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_t63_whatever_is_done_to_the_past_the_first_bad_entry_is_named(
    chain: int, steps: list[tuple[str, int, int]]
) -> None:
    before = [_row(chain + each) for each in range(LENGTH)]
    with undone():
        for kind, place, other in steps:
            _tamper(kind, chain + place, chain + other)
        after = [_row(chain + each) for each in range(LENGTH)]
        bad = [chain + place for place in range(LENGTH) if before[place] != after[place]]
        sound, fault = audit.verify()
        if not bad:
            assert fault is None
            return
        assert fault is not None
        assert (fault.number, sound) == (bad[0], bad[0] - 1)
    assert audit.verify()[1] is None


@rounds(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, LENGTH - 1), forged=st.integers(0, LENGTH + 2))
def test_t63_a_past_written_anew_with_all_its_hashes_does_not_agree_with_a_published_head(
    chain: int, tmp_path: Path, cut: int, forged: int
) -> None:
    published = heads.read(tmp_path / heads.FILE)
    with undone():
        AuditEntry.delete().where(AuditEntry.number >= chain + cut).execute()
        last = AuditEntry.select().order_by(AuditEntry.number.desc()).first()
        AuditHead.update(number=last.number if last else 0, hash=last.hash if last else GENESIS).execute()
        for number in range(forged):
            audit.append(SYSTEM, "forged.act", "thing", str(number))
        assert audit.verify()[1] is None, "the chain alone looks whole"
        fault = heads.contradicted(published)
        assert fault is not None
        assert fault.number == chain + LENGTH - 1
    assert heads.contradicted(published) is None


GARBAGE = {"detail": "{not json", "at": "yesterday", "previous_hash": "x", "hash": ""}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL's columns take no such values
@pytest.mark.parametrize("column", GARBAGE)
def test_t63_what_cannot_even_be_read_is_named_like_any_other(chain: int, tmp_path: Path, column: str) -> None:
    query = f'UPDATE shuixin_audit_entry SET "{column}" = ? WHERE number = ?'
    db.execute_sql(query, (GARBAGE[column], chain + 3))
    sound, fault = audit.verify()
    assert fault is not None
    assert (fault.number, sound) == (chain + 3, chain + 2)
    assert heads.contradicted(heads.read(tmp_path / heads.FILE)) is None


# --- T64: what must hold whatever happened -------------------------------------------------------------------------


def _message(app: Flask) -> tuple[bool, str]:
    (ok,) = run_once(app, "shuixin.invariants").values()
    return ok, JobRun.select().order_by(JobRun.id.desc()).first().message


def test_t64_of_a_whole_city_everything_holds(platform_app: Flask) -> None:
    for _plugin, part in platform_app.extensions["shuixin"].loaded.contributions("demo_data"):
        part.fill(DemoSize(enterprises=6))
    by = cases.actor("enterprise")
    add(by, cases.draft(by), PDF, "x.pdf")
    assert _message(platform_app)[0], _message(platform_app)
    platform = platform_app.extensions["shuixin"]
    assert "shuixin.invariants" in {job.name for job in offered_jobs(platform).values() if job.schedule}
    quick, every = run_checks(platform), run_checks(platform, every=True)
    assert {"references", "files", "credit_collection.filings", "credit_publish.editions"} <= set(every) - set(quick)


def _lose_a_file(app: Flask) -> None:
    app.extensions["shuixin"].store.path_of(Attachment.get()).unlink()


def _change_a_file(app: Flask) -> None:
    app.extensions["shuixin"].store.path_of(Attachment.get()).write_bytes(b"%PDF-")


def _lose_a_subject(_app: Flask) -> None:
    db.execute_sql("PRAGMA foreign_keys = OFF")
    Subject.delete().execute()
    db.execute_sql("PRAGMA foreign_keys = ON")


BREAKS: dict[str, Callable[[Flask], object]] = {
    "files：1份附件": _lose_a_file,
    "files：1份": _change_a_file,
    "credit_collection_basic_information.subject有1行": _lose_a_subject,
    "credit_collection.filings：状态": lambda _app: Filing.update(stage="nowhere").execute(),
    "credit_collection.filings：状态无法": lambda _app: FilingItem.delete().execute(),
    f"credit_collection.register：信用档案中同一记录的有效期间重叠或中断：{cases.CODE}": lambda _app: (
        BasicInformation.update(holds_to=date(2020, 1, 1)).execute()
    ),
    f"由办理得到：{cases.CODE}": lambda _app: Subject.update(register_version=7).execute(),
    f"credit_publish.editions：公示版本的校验链不符：{cases.CODE}#1": lambda _app: Edition.update(
        document={"sections": []}
    ).execute(),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("words", BREAKS)
def test_t64_what_does_not_hold_is_named(words: str, platform_app: Flask) -> None:
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    add(by, filing, PDF, "x.pdf")
    filing = cases.filings.submit(
        by, filing.id, version=Filing.get().row_version, commitment=cases.commitments.wording().id
    )
    filing = cases.decide(cases.actor("reviewer"), filing)
    cases.reviewing.approve(cases.actor("leader"), filing.id, version=filing.row_version)
    publish(cases.CODE)
    assert _message(platform_app)[0], _message(platform_app)
    BREAKS[words](platform_app)
    ok, message = _message(platform_app)
    assert not ok
    assert words in message


# --- T65: an upgrade that is killed, and one that is taken back -----------------------------------------------------

APPLY = """
    import os, signal, sys
    from shuixin.database import connect
    from shuixin.database.migrations import History, core_history
    database, left = connect(sys.argv[1]), [int(sys.argv[2])]
    run = type(database).execute_sql
    def counted(self, *arguments, **options):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return run(self, *arguments, **options)
    type(database).execute_sql = counted
    with database.connection_context():
        core_history().apply(database)
    print(-left[0])
"""


def _apply(url: str, killed_at: int = 0) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", textwrap.dedent(APPLY), url, str(killed_at)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextmanager
def empty(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        for old in folder.glob("scratch.db*"):
            old.unlink()
        yield f"sqlite:///{folder / 'scratch.db'}"
        return
    need_postgresql()
    with scratch_postgresql() as url:
        yield url


def schema_hash(database: Database) -> str:
    """A digest of all tables with their columns, indexes and references."""
    tables = {
        table: (
            sorted((each.name, each.data_type, each.null, each.primary_key) for each in database.get_columns(table)),
            sorted((tuple(each.columns), each.unique) for each in database.get_indexes(table)),
            sorted((each.column, each.dest_table, each.dest_column) for each in database.get_foreign_keys(table)),
        )
        for table in database.get_tables()
    }
    return hashlib.sha256(repr(sorted(tables.items())).encode()).hexdigest()


def _schema(url: str) -> str:
    database = connect(url)
    with database.connection_context():
        found = schema_hash(database)
        assert core_history().pending(database) == []
    if not isinstance(database, SqliteDatabase):
        database.close_all()  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_t65_an_upgrade_killed_anywhere_is_finished_by_doing_it_again(engine: str, tmp_path: Path) -> None:
    with empty(engine, tmp_path) as url:
        whole = _apply(url)
        assert whole.returncode == 0, whole.stderr[-2000:]
        wanted, statements = _schema(url), int(whole.stdout)
    assert statements > 40
    for part in range(1, 6):
        with empty(engine, tmp_path) as url:
            assert _apply(url, statements * part // 6).returncode == -9
            again = _apply(url)
            assert again.returncode == 0, again.stderr[-2000:]
            assert _schema(url) == wanted, f"killed at statement {statements * part // 6}"


def test_t65_down_and_up_again_is_the_same_schema_and_loses_nothing_else(platform_app: Flask) -> None:
    cases.actor("reviewer")
    cases.approved(cases.actor("enterprise"))
    database = db.obj
    kept = ("shuixin_audit_entry", "shuixin_unit", "credit_collection_filing", "credit_collection_basic_information")

    def rows() -> list[Any]:
        return [sorted(map(repr, db.execute_sql(f'SELECT * FROM "{table}"').fetchall())) for table in kept]

    wanted, before = schema_hash(database), rows()
    history = core_history()
    taken = []
    while len(taken) < 3 and (step := history.rollback(database)):
        taken += step
    assert schema_hash(database) != wanted
    assert history.apply(database) == sorted(taken)
    assert schema_hash(database) == wanted
    assert rows() == before
    assert audit.verify()[1] is None


def test_t65_a_step_that_fails_leaves_nothing_of_itself(platform_app: Flask, tmp_path: Path) -> None:
    before = schema_hash(db.obj)
    (tmp_path / "0001_half.py").write_text(
        "def up(migrator, db):\n"
        "    db.execute_sql('CREATE TABLE half_thing (id integer)')\n"
        "    db.execute_sql('INSERT INTO nowhere VALUES (1)')\n"
    )
    history = History("half", tmp_path)
    with pytest.raises(MigrationFailed):
        history.apply(db.obj)
    db.execute_sql("DROP TABLE IF EXISTS half_migrations")
    assert schema_hash(db.obj) == before
