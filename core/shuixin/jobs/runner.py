"""The consumer: huey keeps the schedule, the database keeps the outcome.

Exactly one consumer runs, since it owns the schedule. It ends itself when the set of enabled plugins changes, and
whoever supervises it (``shuixin serve``, systemd) starts it again with the new set.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer

from shuixin.contributions import Job
from shuixin.database import db
from shuixin.events import deliver_with
from shuixin.jobs.models import JobRun
from shuixin.jobs.own import own_jobs
from shuixin.jobs.progress import plain, progress_of
from shuixin.jobs.requests import release, settle, take
from shuixin.jobs.runs import end_open_runs, end_run
from shuixin.jobs.schedule import rule
from shuixin.kit import clock
from shuixin.platform import Platform
from shuixin.plugins.state import current_generation
from shuixin.texts import domain

_ = domain("shuixin")
log = logging.getLogger(__name__)
#: Exit code that asks the supervisor for a new consumer.
RESTART = 75
#: How long the outcome of a run is kept.
KEPT = timedelta(days=30)


def run_job(app: Flask, job: Job, number: int = 0) -> bool:
    """Run *job* once in *app*'s context, note the outcome, and return whether it went well.

    :param number: the run that a consumer has opened for it; 0 for one of its own.
    """
    platform: Platform = app.extensions["shuixin"]
    with app.app_context(), db.connection_context(), deliver_with(platform.delivery):
        run = JobRun.get_or_none(JobRun.id == number) or JobRun.create(name=job.name, started_at=clock.now())
        try:
            with progress_of(run):
                message = job.function(arguments=run.arguments) if job.takes_arguments else job.function()
            run.ok, run.message = True, plain(str(message or ""))
        except Exception as error:
            log.exception("job failed: %s", job.name)
            run.message = plain(f"{type(error).__name__}: {error}")
        run.finished_at = clock.now()
        run.save()
        JobRun.delete().where(JobRun.name == job.name, JobRun.started_at < clock.now() - KEPT).execute()
        return bool(run.ok)


def run_once(app: Flask, name: str = "", number: int = 0) -> dict[str, bool]:
    """Run all jobs, or the one called *name*, now; return each one's outcome.

    Work that is only done when asked for with arguments is left out of all.

    :param number: with a name, the run that a consumer has opened for it.
    """
    jobs = offered_jobs(app.extensions["shuixin"]).values()
    chosen = [job for job in jobs if job.name == name or not (name or (job.takes_arguments and not job.schedule))]
    return {job.name: run_job(app, job, number) for job in chosen}


def offered_jobs(platform: Platform) -> dict[str, Job]:
    """Return the core's own jobs and those of the enabled plugins, by name."""
    contributed = (job for _id, job in platform.loaded.contributions("jobs"))
    return {job.name: job for job in (*own_jobs(platform.settings), *contributed)}


def _huey(platform: Platform) -> Huey:
    if platform.settings.redis_url:
        return RedisHuey("shuixin", url=platform.settings.redis_url)
    return SqliteHuey("shuixin", filename=str(platform.settings.data_dir / "jobs.db"))


class _Consumer(Consumer):  # type: ignore[misc]
    """huey's consumer without its signal handlers: the command line has its own, and stops in order."""

    def _set_signal_handlers(self) -> None:
        """Leave the process's handlers as they are."""


def run_consumer(app: Flask, stop: threading.Event) -> int:
    """Run due and requested jobs until *stop*; return 0, or :data:`RESTART` when the enabled plugins changed."""
    platform: Platform = app.extensions["shuixin"]
    huey = _huey(platform)
    for job in offered_jobs(platform).values():
        if job.schedule:
            _schedule(huey, job, stop)
    with db.connection_context():
        release()
        end_open_runs(str(_("任务进程重新启动时它还没有结束，视为中断。")), clock.now())
    consumer = _Consumer(huey, workers=1, periodic=True, initial_delay=0.2, max_delay=2.0)
    consumer.start()
    code = _wait(app, stop)
    # After a switch the run that goes on may end; told to stop, it ends at once.
    consumer.stop(graceful=code == RESTART)
    return code


def _schedule(huey: Huey, job: Job, stop: threading.Event) -> None:
    try:
        matches = rule(job.schedule)
    except ValueError:
        # The other jobs go on; the jobs page says which one does not.
        log.exception("job %s: its schedule cannot be read", job.name)
        return

    def due(utc: datetime) -> bool:
        return matches(utc.replace(tzinfo=UTC))

    huey.periodic_task(due, name=job.name)(_task(job, stop))


def _task(job: Job, stop: threading.Event) -> Callable[[], bool]:
    def task() -> bool:
        return bool(run_apart(job, stop).ok)

    task.__name__ = job.name.replace(".", "_")
    return task


def run_apart(job: Job, stop: threading.Event, arguments: Mapping[str, Any] | None = None) -> JobRun:
    """Run *job* in a process of its own, which is ended after the job's timeout, and return the finished run.

    A thread could not be ended; and what a job leaks or breaks goes away with its process.
    """
    with db.connection_context():
        run = JobRun.create(name=job.name, started_at=clock.now(), arguments=dict(arguments or {}))
    command = [sys.executable, "-m", "shuixin", "jobs", "run", "--name", job.name, "--number", str(run.id)]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    deadline = time.monotonic() + job.timeout
    while child.poll() is None and time.monotonic() < deadline and not stop.wait(0.1):
        pass
    if child.poll() is None:
        end_process(child)
        reason = _("服务停止，任务已中断。") if stop.is_set() else _("超过{limit}秒未完成，已终止。", limit=job.timeout)
    else:
        reason = _("任务进程异常退出（{code}）。", code=child.returncode)
    with db.connection_context():
        # It has an end already unless the process was ended, or died before it could note one.
        ended: JobRun = end_run(run.id, str(reason), clock.now()) or run
    if not ended.ok:
        log.error("job %s: %s", job.name, ended.message)
    return ended


def end_process(child: "subprocess.Popen[bytes]") -> None:
    """Kill *child* and, where the system knows groups, all that it started."""
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def _wait(app: Flask, stop: threading.Event) -> int:
    platform: Platform = app.extensions["shuixin"]
    parent, offered = os.getppid(), offered_jobs(platform)
    while not stop.wait(1.0):
        if os.getppid() != parent:  # the server was killed; a consumer must not outlive it
            return 0
        with db.connection_context():
            moved = current_generation() != platform.generation
        if moved:
            return RESTART
        serve_requests(offered, stop)
    return 0


def serve_requests(offered: dict[str, Job], stop: threading.Event) -> int:
    """Run what was asked for among the *offered* jobs and return how many; other requests stay parked."""
    done = 0
    while not stop.is_set():
        with db.connection_context():
            request = take(set(offered))
        if request is None:
            break
        job = offered[request.name]
        run = run_apart(job, stop, request.arguments)
        with db.connection_context():
            settle(request, run, retries=job.retries, now=clock.now(), interrupted=stop.is_set())
        done += 1
    return done
