"""Events and jobs: told after the commit only, a failing one hurts nobody else."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from shuixin.contributions import Handler, Job
from shuixin.database import exclusive, transaction
from shuixin.errors import Refused
from shuixin.events import Delivery, announce, deliver_with
from shuixin.jobs import JobRun, run_consumer, run_job, run_once
from shuixin.jobs.runner import RESTART
from shuixin.kit import clock
from shuixin.plugins.tables import Generation


@dataclass(frozen=True)
class Happened:
    what: str


@dataclass(frozen=True)
class Special(Happened):
    pass


@pytest.fixture
def heard(platform_app: Flask) -> Iterator[list[str]]:
    """What two handlers heard; between them stands one that always fails."""
    told: list[str] = []

    def fails(_event: Happened) -> None:
        raise RuntimeError("handler")

    handlers = [("a", lambda event: told.append(f"a {event.what}")), ("b", fails), ("c", lambda e: told.append("c"))]
    with deliver_with(Delivery((plugin, Handler(Happened, function)) for plugin, function in handlers)):
        yield told


def test_an_event_is_told_after_the_outermost_commit(heard: list[str]) -> None:
    with transaction():
        with transaction():
            announce(Happened("x"))
        assert heard == []
    assert heard == ["a x", "c"]


def _undone() -> None:
    with transaction():
        announce(Happened("x"))
        raise Refused("no")


def test_what_is_rolled_back_is_never_told(heard: list[str]) -> None:
    with pytest.raises(Refused):
        _undone()
    announce(Happened("y"))
    assert heard == ["a y", "c"]


def test_a_handler_hears_its_type_and_what_is_below(heard: list[str]) -> None:
    announce(Special("s"))
    announce("no event")
    assert heard == ["a s", "c"]


def _works() -> str:
    return "三件"


def _fails() -> None:
    raise ValueError("坏数据")


def _with(app: Flask, *jobs: Job) -> Flask:
    """*app* as if its first plugin declared these jobs and no other did."""
    loaded = app.extensions["shuixin"].loaded
    for number, bundle in enumerate(loaded.bundles.values()):
        bundle.items = {**bundle.items, "jobs": jobs if number == 0 else ()}
    return app


def test_the_outcome_of_a_job_is_noted(platform_app: Flask) -> None:
    good, bad = Job("x.good", _works, "* * * * *"), Job("x.bad", _fails, "* * * * *")
    own = {"shuixin.audit": True, "shuixin.invariants": True, "shuixin.sweep": True}
    assert run_once(_with(platform_app, bad, good)) == {**own, "x.bad": False, "x.good": True}
    assert run_once(platform_app, "x.good") == {"x.good": True}
    noted = [(run.name, run.ok, run.message) for run in JobRun.select().order_by(JobRun.id) if run.name not in own]
    assert noted == [("x.bad", False, "ValueError: 坏数据"), ("x.good", True, "三件"), ("x.good", True, "三件")]
    assert not JobRun.select().where(JobRun.finished_at.is_null()).exists()


def test_runs_are_kept_for_thirty_days(platform_app: Flask) -> None:
    for age in (1, 29, 31, 400):
        JobRun.create(name="x.good", started_at=clock.now() - timedelta(days=age), message=str(age))
    JobRun.create(name="x.other", started_at=clock.now() - timedelta(days=400), message="of another job")
    run_job(platform_app, Job("x.good", _works, "* * * * *"))
    kept = {run.message for run in JobRun.select()}
    assert kept == {"三件", "1", "29", "of another job"}


def _consume(app: Flask, act: Callable[[threading.Event], None]) -> int:
    stop, codes = threading.Event(), []
    consumer = threading.Thread(target=lambda: codes.append(run_consumer(app, stop)))
    consumer.start()
    act(stop)
    consumer.join(30)
    assert not consumer.is_alive()
    return codes[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_consumer_ends_when_told_or_when_the_plugins_change(platform_app: Flask) -> None:
    platform_app.extensions["shuixin"].generation = Generation.get().number
    assert _consume(platform_app, lambda stop: stop.set()) == 0
    restarted = _consume(platform_app, lambda _stop: Generation.update(number=Generation.number + 1).execute())
    assert restarted == RESTART


def test_what_is_exclusive_needs_a_transaction(platform_app: Flask) -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        exclusive("x")
    with transaction():
        exclusive("x")
        exclusive("x")
