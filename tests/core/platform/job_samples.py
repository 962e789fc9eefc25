"""Jobs and requests for the tests of jobs and of their page."""

from datetime import UTC, datetime

from flask import Flask

from shuixin.access import system_actor
from shuixin.contributions import Job
from shuixin.jobs import JobRequest, JobRun, request_job
from shuixin.jobs.requests import settle, take
from shuixin.kit import clock

SYSTEM = system_actor("测试")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def failed(reason: str = "ValueError: 坏数据") -> JobRun:
    return JobRun(name="x.job", ok=False, message=reason)


def dead(name: str = "x.job", reason: str = "ValueError: 坏数据") -> JobRequest:
    """A dead letter, as it comes about."""
    request_job(SYSTEM, name)
    taken = take({name})
    assert taken is not None
    settle(taken, failed(reason), retries=0, now=clock.now())
    return JobRequest.get_by_id(taken.id)


def offer(app: Flask, *jobs: Job) -> Flask:
    """*app* as if its first plugin declared these jobs and no other did."""
    loaded = app.extensions["shuixin"].loaded
    for number, bundle in enumerate(loaded.bundles.values()):
        bundle.items = {**bundle.items, "jobs": jobs if number == 0 else ()}
    return app
