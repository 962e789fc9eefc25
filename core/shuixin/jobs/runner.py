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
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from shuixin.contributions import Job
from shuixin.database import db
from shuixin.events import deliver_with
from shuixin.jobs.models import JobRun
from shuixin.jobs.own import own_jobs
from shuixin.jobs.requests import finish, release, take
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


def run_job(app: Flask, job: Job) -> bool:
    """Run *job* once in *app*'s context, note the outcome, and return whether it went well."""
    platform: Platform = app.extensions["shuixin"]
    with app.app_context(), db.connection_context(), deliver_with(platform.delivery):
        run = JobRun.create(name=job.name, started_at=clock.now())
        try:
            message = job.function()
            run.ok, run.message = True, str(message or "")
        except Exception as error:
            log.exception("job failed: %s", job.name)
            run.message = f"{type(error).__name__}: {error}"
        run.finished_at = clock.now()
        run.save()
        JobRun.delete().where(JobRun.name == job.name, JobRun.started_at < clock.now() - KEPT).execute()
        return bool(run.ok)


def run_once(app: Flask, name: str = "") -> dict[str, bool]:
    """Run all jobs, or the one called *name*, now; return each one's outcome."""
    jobs = offered_jobs(app.extensions["shuixin"]).values()
    return {job.name: run_job(app, job) for job in jobs if name in ("", job.name)}


def offered_jobs(platform: Platform) -> dict[str, Job]:
    """Return the core's own jobs and those of the enabled plugins, by name."""
    return {job.name: job for job in (*own_jobs(), *(job for _id, job in platform.loaded.contributions("jobs")))}


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
            huey.periodic_task(crontab(*_fields(job.schedule)), name=job.name)(_task(job, stop))
    consumer = _Consumer(huey, workers=1, periodic=True, initial_delay=0.2, max_delay=2.0)
    consumer.start()
    code = _wait(app, stop)
    # After a switch the run that goes on may end; told to stop, it ends at once.
    consumer.stop(graceful=code == RESTART)
    return code


def _fields(schedule: str) -> tuple[str, str, str, str, str]:
    minute, hour, day, month, weekday = schedule.split()
    return minute, hour, day, month, weekday


def _task(job: Job, stop: threading.Event) -> Callable[[], bool]:
    def task() -> bool:
        return run_apart(job, stop)

    task.__name__ = job.name.replace(".", "_")
    return task


def run_apart(job: Job, stop: threading.Event) -> bool:
    """Run *job* in a process of its own, which is ended after the job's timeout, and return whether it went well.

    A thread could not be ended; and what a job leaks or breaks goes away with its process.
    """
    command = [sys.executable, "-m", "shuixin", "jobs", "run", "--name", job.name]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    deadline = time.monotonic() + job.timeout
    while child.poll() is None and time.monotonic() < deadline and not stop.wait(0.1):
        pass
    if child.poll() is None:
        end_process(child)
        reason = _("服务停止，任务已中断。") if stop.is_set() else _("超过{limit}秒未完成，已终止。", limit=job.timeout)
        _note_end(job, str(reason))
        return False
    if child.returncode < 0:
        _note_end(job, str(_("任务进程异常退出（{code}）。", code=child.returncode)))
    return child.returncode == 0


def end_process(child: "subprocess.Popen[bytes]") -> None:
    """Kill *child* and, where the system knows groups, all that it started."""
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def _note_end(job: Job, message: str) -> None:
    """Finish the record that the process itself could not finish."""
    log.error("job %s: %s", job.name, message)
    with db.connection_context():
        open_run = JobRun.select().where(JobRun.name == job.name, JobRun.finished_at.is_null())
        run = open_run.order_by(JobRun.id.desc()).first() or JobRun(name=job.name, started_at=clock.now())
        run.finished_at, run.ok, run.message = clock.now(), False, message
        run.save()


def _wait(app: Flask, stop: threading.Event) -> int:
    platform: Platform = app.extensions["shuixin"]
    parent, offered = os.getppid(), offered_jobs(platform)
    with db.connection_context():
        release()
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
        run_apart(offered[request.name], stop)
        with db.connection_context():
            finish(request)
        done += 1
    return done
