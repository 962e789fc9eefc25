"""Runs on record: which go on, how the latest ones ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from peewee import fn

from shuixin.jobs.models import JobRun

PAGE_SIZE = 20
#: Outcomes a list can be narrowed to.
OUTCOMES = {"ok": True, "failed": False}


@dataclass(frozen=True)
class RunPage:
    """One page of finished runs.

    :param page: number of the page, from 1 to *pages*, whatever was asked for.
    :param total: runs on all pages together.
    """

    runs: list[JobRun]
    page: int
    pages: int
    total: int


def running() -> list[JobRun]:
    """Return the runs that go on, the latest first."""
    return list(JobRun.select().where(JobRun.finished_at.is_null()).order_by(JobRun.id.desc()))


def latest_runs(names: Iterable[str]) -> dict[str, JobRun]:
    """Return for each job of *names* that ever ran its latest run."""
    last = JobRun.select(fn.MAX(JobRun.id)).where(JobRun.name.in_(sorted(names))).group_by(JobRun.name)
    return {run.name: run for run in JobRun.select().where(JobRun.id.in_(last))}


def finished_runs(name: str = "", outcome: str = "", page: int = 1) -> RunPage:
    """Return a page of the finished runs, the latest first.

    :param name: only those of this job; ``""`` for all.
    :param outcome: a key of :data:`OUTCOMES`; anything else for all.
    :param page: moved to the nearest page there is.
    """
    query = JobRun.select().where(JobRun.finished_at.is_null(False))
    if name:
        query = query.where(JobRun.name == name)
    if outcome in OUTCOMES:
        query = query.where(JobRun.ok == OUTCOMES[outcome])
    total = query.count()
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    return RunPage(list(query.order_by(JobRun.id.desc()).paginate(page, PAGE_SIZE)), page, pages, total)


def names_on_record() -> set[str]:
    """Return the names of all jobs that ran within the last thirty days, those of disabled plugins too."""
    return {run.name for run in JobRun.select(JobRun.name).distinct()}


def end_run(number: int, message: str, now: datetime) -> JobRun | None:
    """Note *message* as the end of the run *number* if it has none, and return it; ``None`` if it was removed."""
    ended = JobRun.update(finished_at=now, ok=False, message=message)
    ended.where(JobRun.id == number, JobRun.finished_at.is_null()).execute()
    found: JobRun | None = JobRun.get_or_none(JobRun.id == number)
    return found


def end_open_runs(message: str, now: datetime) -> None:
    """Note *message* as the end of every run that has none: those whose consumer was killed."""
    JobRun.update(finished_at=now, ok=False, message=message).where(JobRun.finished_at.is_null()).execute()
