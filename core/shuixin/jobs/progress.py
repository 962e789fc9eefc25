"""How far the running job is: told by the job itself, written to its run, read by every process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from peewee import PeeweeException

from shuixin.database import db
from shuixin.jobs.models import JobRun
from shuixin.kit.redaction import redacted
from shuixin.texts import Text

log = logging.getLogger(__name__)
#: Seconds between two writes.
PAUSE = 1.0
#: What both engines can store.
LARGEST = 2**63 - 1
NOTE_LENGTH = 200


class _Progress:
    """The progress of one run, written now and then."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self._next = 0.0

    def report(self, done: int, total: int, words: str) -> None:
        run = self._run
        run.done, run.total = (max(0, min(int(each), LARGEST)) for each in (done, total))
        run.note = plain(words)[:NOTE_LENGTH]
        # Inside a transaction nobody else would see it, and the row would stay locked until its end.
        if monotonic() < self._next or db.in_transaction():
            return
        self._next = monotonic() + PAUSE
        try:
            JobRun.update(done=run.done, total=run.total, note=run.note).where(JobRun.id == run.id).execute()
        except PeeweeException:
            log.exception("progress of %s was not written", run.name)


_current: ContextVar[_Progress | None] = ContextVar("shuixin_job_progress", default=None)


def report_progress(done: int, total: int, words: Text | str = "") -> None:
    """Tell how far the running job is; outside of a job's own thread nothing happens.

    At most one report a second is written, and none inside a transaction, so that a tight loop may report each of its
    pieces; the last report is written with the outcome at the latest. A report that cannot be written is logged only.

    :param done: pieces done so far.
    :param total: pieces in all, 0 where that is unknown.
    :param words: the present step, of which 200 characters are kept.
    """
    progress = _current.get()
    if progress is not None:
        progress.report(done, total, str(words))


@contextmanager
def progress_of(run: JobRun) -> Iterator[None]:
    """Let reports made inside the block be those of *run*, whose fields hold the latest one afterwards."""
    before = _current.set(_Progress(run))
    try:
        yield
    finally:
        _current.reset(before)


def plain(text: str) -> str:
    """Return *text* fit to be kept: without secrets, and without zero characters, which PostgreSQL refuses to store."""
    return redacted(text).replace("\0", "")
