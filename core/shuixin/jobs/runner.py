"""The consumer: huey keeps the schedule, the database keeps the outcome.

Exactly one consumer runs, since it owns the schedule. It ends itself when the set of enabled plugins changes, and
whoever supervises it (``shuixin serve``, systemd) starts it again with the new set.
"""

import logging
import os
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
from shuixin.kit import clock
from shuixin.platform import Platform
from shuixin.plugins.state import current_generation

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
    return {job.name: run_job(app, job) for job in _jobs(app) if name in ("", job.name)}


def _jobs(app: Flask) -> list[Job]:
    platform: Platform = app.extensions["shuixin"]
    return [job for _plugin, job in platform.loaded.contributions("jobs")]


def _huey(platform: Platform) -> Huey:
    if platform.settings.redis_url:
        return RedisHuey("shuixin", url=platform.settings.redis_url)
    return SqliteHuey("shuixin", filename=str(platform.settings.data_dir / "jobs.db"))


class _Consumer(Consumer):  # type: ignore[misc]
    """huey's consumer without its signal handlers: the command line has its own, and stops in order."""

    def _set_signal_handlers(self) -> None:
        """Leave the process's handlers as they are."""


def run_consumer(app: Flask, stop: threading.Event) -> int:
    """Run due jobs until *stop*; return 0, or :data:`RESTART` when the enabled plugins changed."""
    platform: Platform = app.extensions["shuixin"]
    huey = _huey(platform)
    for job in _jobs(app):
        huey.periodic_task(crontab(*_fields(job.schedule)), name=job.name)(_task(app, job))
    consumer = _Consumer(huey, workers=1, periodic=True, initial_delay=0.2, max_delay=2.0)
    consumer.start()
    code = _wait(platform, stop)
    consumer.stop(graceful=False)
    return code


def _fields(schedule: str) -> tuple[str, str, str, str, str]:
    minute, hour, day, month, weekday = schedule.split()
    return minute, hour, day, month, weekday


def _task(app: Flask, job: Job) -> Callable[[], bool]:
    def task() -> bool:
        return run_job(app, job)

    task.__name__ = job.name.replace(".", "_")
    return task


def _wait(platform: Platform, stop: threading.Event) -> int:
    parent = os.getppid()
    while not stop.wait(1.0):
        if os.getppid() != parent:  # the server was killed; a consumer must not outlive it
            return 0
        with db.connection_context():
            if current_generation() != platform.generation:
                return RESTART
        time.sleep(1.0)
    return 0
