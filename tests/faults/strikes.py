"""Blows at a running process: killed, out of disk, locked out, each at a chosen moment of its work on the database.

A moment is a statement, or the beginning or the end of a transaction. The work runs in a forked process on a database
of its own, so that what is left behind is what a machine that failed would leave.
"""

import os
import resource
import signal
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from peewee import Database, OperationalError, SqliteDatabase

from shuixin.database import connect

#: How a struck process ended.
DONE, FAILED, STOPPED = 0, 1, 3
#: Written by each kind of work; who holds them keeps everybody else from writing.
_WRITTEN = "shuixin_audit_head, credit_collection_import_unit, credit_publish_edition"
_FULL = "DO $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$"


@dataclass(frozen=True)
class Strike:
    """A blow (``kill``, ``disk``, ``lock``) at a moment; for a full disk on SQLite, after so many bytes."""

    kind: str
    at: int


@contextmanager
def watched(database: Database, at_moment: Callable[[int], None]) -> Iterator[None]:
    """Call *at_moment* with its number before each moment of the block."""
    real, numbers = database.cursor, count(1)

    def cursor(*values: Any) -> Any:
        at_moment(next(numbers))
        return real(*values)

    database.cursor = cursor
    try:
        yield
    finally:
        del database.cursor


def moments(database: Database, work: Callable[[], object]) -> int:
    """Do *work* and return how many moments it had."""
    seen = [0]
    with watched(database, seen.append):
        work()
    return seen[-1]


def struck(url: str, work: Callable[[], object], strike: Strike) -> int:
    """Do *work* on the database of *url* in a process that suffers *strike*; return how it ended.

    :returns: ``DONE``, ``STOPPED`` by an error of the database, ``FAILED`` by any other, or the negative number of the
        signal that killed it.
    """
    child = os.fork()
    if not child:
        os._exit(_suffer(url, work, strike))
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _suffer(url: str, work: Callable[[], object], strike: Strike) -> int:
    try:
        database = connect(url)  # what the parent has open is the parent's
        with database.connection_context(), watched(database, _blow(database, url, strike)):
            work()
    except (OperationalError, psycopg.OperationalError, sqlite3.OperationalError):
        return STOPPED
    except BaseException:  # noqa: BLE001 - whatever it is: nothing of it may go on as the parent
        traceback.print_exc()
        return FAILED
    return DONE


def _blow(database: Database, url: str, strike: Strike) -> Callable[[int], None]:
    """Return what happens at each moment; what must be prepared is."""
    if strike.kind == "kill":
        return lambda number: os.kill(os.getpid(), signal.SIGKILL) if number == strike.at else None
    if isinstance(database, SqliteDatabase):
        path = Path(url.removeprefix("sqlite:///"))
        return _small_disk(database, strike.at) if strike.kind == "disk" else _locked_file(database, path, strike.at)
    return _full_server(database, strike.at) if strike.kind == "disk" else _locked_tables(database, url, strike.at)


def _small_disk(database: Database, size: int) -> Callable[[int], None]:
    """Let no file grow beyond *size* bytes: the log of the transaction breaks off there, in the middle of a page."""
    database.execute_sql("SELECT count(*) FROM sqlite_master").fetchall()  # its shared memory is there before
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    return lambda _number: None


def _locked_file(database: Database, path: Path, at: int) -> Callable[[int], None]:
    """Let somebody else begin to write, from the first moment on at which that is possible, and never end."""
    database.execute_sql("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(path, timeout=0, isolation_level=None)

    def hold(number: int) -> None:
        if number >= at and not other.in_transaction and not database.in_transaction():
            other.execute("BEGIN IMMEDIATE")

    return hold


def _full_server(database: Database, at: int) -> Callable[[int], None]:
    """Let the server run out of disk: it says so in answer to a statement, and the transaction is lost."""
    raised = [False]

    def fail(number: int) -> None:
        if number >= at and database.in_transaction() and not raised[0]:
            raised[0] = True
            database._state.conn.cursor().execute(_FULL)

    return fail


def _locked_tables(database: Database, url: str, at: int) -> Callable[[int], None]:
    """Let somebody else lock what is written, from the first moment on at which that is possible, and never end."""
    database.execute_sql("SET lock_timeout = '50ms'")
    other = psycopg.connect(url, autocommit=True)
    held = [False]

    def hold(number: int) -> None:
        if number < at or held[0]:
            return
        other.execute("BEGIN")
        try:
            other.execute(f"LOCK TABLE {_WRITTEN} IN EXCLUSIVE MODE NOWAIT")
            held[0] = True
        except psycopg.errors.LockNotAvailable:
            other.execute("ROLLBACK")

    return hold
