"""Jobs: progress, tries with back-off, dead letters, schedules, and what people do about them."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from flask import Flask
from huey import MemoryHuey
from tests.core.platform.job_samples import NOON, SYSTEM, dead, failed, offer

from shuixin.access import ANONYMOUS, Actor
from shuixin.audit import AuditEntry, verify
from shuixin.contributions import Job
from shuixin.database import db, transaction
from shuixin.database.migrations import core_history
from shuixin.errors import Conflict, Forbidden, NotFound, Refused
from shuixin.jobs import (
    JobRequest,
    JobRun,
    dead_letters,
    dismiss_request,
    parked,
    progress,
    report_progress,
    request_job,
    retry_request,
    run_consumer,
    run_job,
    run_once,
    runner,
    waiting,
)
from shuixin.jobs.requests import settle, take, wait_after
from shuixin.jobs.schedule import in_words, next_run
from shuixin.kit import clock

ActorAs = Callable[..., Actor]
T = TypeVar("T")
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
usual = pytest.mark.usefixtures("platform_app")


def elsewhere(act: Callable[[], T]) -> T:
    """Do *act* on another connection, as another process would."""

    def connected() -> T:
        with db.connection_context():
            return act()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(connected).result()


def seen() -> tuple[int, int, str]:
    """What others see of the only run."""

    def look() -> tuple[int, int, str]:
        run = JobRun.get()
        return run.done, run.total, run.note

    return elsewhere(look)


# --- progress ---------------------------------------------------------------------------------------------------


def test_others_see_the_progress_while_the_job_runs(platform_app: Flask) -> None:
    looks: list[tuple[int, int, str]] = []

    def work() -> str:
        report_progress(3, 10, "读取站点")
        looks.append(seen())
        return "完成"

    assert run_job(platform_app, Job("x.job", work))
    assert looks == [(3, 10, "读取站点")]
    assert JobRun.get().finished_at is not None


def test_a_tight_loop_writes_once_a_second_and_the_last_word_stays(platform_app: Flask, monkeypatch: Any) -> None:
    instant, looks = [100.0], []
    monkeypatch.setattr(progress, "monotonic", lambda: instant[0])

    def work() -> None:
        for number in range(1, 5):
            report_progress(number, 1000)
            looks.append(seen()[0])
            instant[0] += 0.4
        report_progress(1000, 1000, "末")
        looks.append(seen()[0])

    run_job(platform_app, Job("x.job", work))
    assert looks == [1, 1, 1, 4, 4], "0.4, 0.8 s: too early; 1.2 s: written"
    assert seen() == (1000, 1000, "末")


def test_a_failing_job_leaves_how_far_it_came(platform_app: Flask) -> None:
    def work() -> None:
        report_progress(1, 3)
        report_progress(2, 3, "第二步")
        raise ValueError("坏\0数据")

    assert not run_job(platform_app, Job("x.job", work))
    assert seen() == (2, 3, "第二步")
    assert JobRun.get().message == "ValueError: 坏数据"


@usual
def test_outside_of_a_job_a_report_does_nothing() -> None:
    report_progress(1, 2, "无")
    assert JobRun.select().count() == 0


def test_nothing_is_written_inside_a_transaction(platform_app: Flask) -> None:
    looks: list[int] = []

    def work() -> None:
        with transaction():
            report_progress(1, 2)
            looks.append(JobRun.get().done)
        report_progress(2, 2)
        looks.append(seen()[0])

    run_job(platform_app, Job("x.job", work))
    assert looks == [0, 2], "a row locked until the commit could not be finished by the consumer"


def test_any_numbers_and_words_are_stored(platform_app: Flask) -> None:
    def work() -> None:
        report_progress(-5, 10**30, "长\0" * 500)

    assert run_job(platform_app, Job("x.job", work))
    assert seen() == (0, 2**63 - 1, "长" * 200)


def test_the_run_that_a_consumer_opened_is_used(platform_app: Flask) -> None:
    opened = JobRun.create(name="x.job", started_at=NOON)
    assert run_once(offer(platform_app, Job("x.job", lambda: "好")), "x.job", opened.id) == {"x.job": True}
    run = JobRun.get()
    assert (run.id, run.ok, run.message, JobRun.select().count()) == (opened.id, True, "好", 1)


# --- processes --------------------------------------------------------------------------------------------------


def _in_place_of_the_job(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    real = subprocess.Popen
    monkeypatch.setattr(runner.subprocess, "Popen", lambda _command, **o: real([sys.executable, "-c", code], **o))


@one_engine
@pytest.mark.parametrize("code", ["import os; os._exit(3)", "import os; os.abort()", "pass"])
@usual
def test_a_process_that_notes_no_end_leaves_no_run_open(monkeypatch: Any, code: str) -> None:
    other = JobRun.create(name="x.job", started_at=clock.now())
    _in_place_of_the_job(monkeypatch, code)
    run = runner.run_apart(Job("x.job", print), threading.Event())
    assert (run.ok, "异常退出" in run.message, run.finished_at is None) == (False, True, False)
    assert JobRun.get_by_id(other.id).finished_at is None, "another run of the same job goes on"


@one_engine
@usual
def test_a_scheduled_run_that_fails_makes_no_dead_letter(monkeypatch: Any) -> None:
    _in_place_of_the_job(monkeypatch, "raise SystemExit(1)")
    assert runner._task(Job("x.job", print, "* * * * *", retries=5), threading.Event())() is False
    assert (JobRun.get().ok, JobRequest.select().count()) == (False, 0)


@one_engine
def test_what_a_killed_consumer_left_is_given_back_and_ended(platform_app: Flask) -> None:
    offer(platform_app, Job("x.bad", print, "x * * * *"))  # unreadable: the consumer goes on without it
    request_job(SYSTEM, "x.job")
    assert take({"x.job"}) is not None
    JobRun.create(name="x.job", started_at=NOON)
    stop = threading.Event()
    stop.set()
    assert elsewhere(lambda: run_consumer(platform_app, stop)) == 0
    assert (JobRun.get().ok, "中断" in JobRun.get().message) == (False, True)
    assert take({"x.job"}) is not None


# --- tries ------------------------------------------------------------------------------------------------------


@usual
def test_a_failing_request_waits_longer_each_time_and_ends_as_a_dead_letter() -> None:
    request_job(SYSTEM, "x.job")
    now = NOON
    for minutes in (1, 4):
        taken = take({"x.job"}, now)
        assert taken is not None
        settle(taken, failed(f"第{minutes}分"), retries=2, now=now)
        assert take({"x.job"}, now + timedelta(minutes=minutes, seconds=-1)) is None
        assert [each.reason for each in waiting({"x.job"})] == [f"第{minutes}分"]
        now += timedelta(minutes=minutes)
    last = take({"x.job"}, now)
    assert last is not None
    settle(last, failed("末次"), retries=2, now=now)
    (letter,) = dead_letters()
    assert (letter.tries, letter.reason, letter.dead_at, letter.not_before) == (3, "末次", now, None)
    assert take({"x.job"}, now + timedelta(days=400)) is None
    assert (waiting({"x.job"}), parked(set())) == ([], [])


def test_waits_grow_up_to_six_hours() -> None:
    assert [wait_after(tries).total_seconds() / 60 for tries in (1, 2, 3, 4, 5, 6, 10**6)] == [
        *(1, 4, 16, 64, 256, 360, 360)
    ]


@usual
def test_a_request_whose_run_went_well_is_gone() -> None:
    request_job(SYSTEM, "x.job")
    taken = take({"x.job"})
    assert taken is not None
    settle(taken, JobRun(ok=True), retries=2, now=NOON)
    assert JobRequest.select().count() == 0


@usual
def test_a_run_that_the_platform_ended_counts_as_no_try() -> None:
    request_job(SYSTEM, "x.job")
    taken = take({"x.job"})
    assert taken is not None
    settle(taken, failed("服务停止"), retries=0, now=NOON, interrupted=True)
    again = take({"x.job"})
    assert again is not None
    assert (again.id, again.tries) == (taken.id, 0)


@usual
def test_the_consumer_tries_again_as_often_as_the_job_says(monkeypatch: Any) -> None:
    monkeypatch.setattr(runner, "run_apart", lambda _job, _stop, _arguments: failed())
    jobs = {"x.once": Job("x.once", print), "x.twice": Job("x.twice", print, retries=1)}
    for name in jobs:
        request_job(SYSTEM, name)
    assert runner.serve_requests(jobs, threading.Event()) == 2
    assert [each.name for each in dead_letters()] == ["x.once"]
    assert [each.name for each in waiting(jobs)] == ["x.twice"]


@usual
def test_a_request_that_the_stopping_service_cut_short_waits_again(monkeypatch: Any) -> None:
    stop = threading.Event()

    def cut_short(_job: Job, stop: threading.Event, _arguments: object) -> JobRun:
        stop.set()
        return failed("服务停止")

    monkeypatch.setattr(runner, "run_apart", cut_short)
    request_job(SYSTEM, "x.job")
    assert runner.serve_requests({"x.job": Job("x.job", print)}, stop) == 1
    assert [each.tries for each in waiting({"x.job"})] == [0]


# --- what people do ---------------------------------------------------------------------------------------------


def test_a_person_retries_and_dismisses_and_both_are_on_record(actor_as: ActorAs) -> None:
    person, letter = actor_as("administrator"), dead()
    retry_request(person, letter.id)
    again = take({"x.job"})
    assert again is not None
    assert (again.id, again.tries, again.reason, again.requested_by) == (letter.id, 0, "", "测试")
    settle(again, failed("含个人信息"), retries=0, now=NOON)
    dismiss_request(person, letter.id, note=" 接口已停用 ")
    assert JobRequest.select().count() == 0
    entries = list(AuditEntry.select().where(AuditEntry.action.startswith("job.")).order_by(AuditEntry.number))
    assert [(each.action, each.actor_name) for each in entries] == [
        ("job.request", "测试"),
        ("job.retry", "administrator"),
        ("job.dismiss", "administrator"),
    ]
    assert {each.object_key for each in entries} == {"x.job"}
    detail = entries[-1].detail
    assert (detail["request"], detail["tries"], detail["note"]) == (letter.id, 1, "接口已停用")
    assert "含个人信息" not in str(detail), "the chain is for ever, a reason may quote anything"
    assert verify()[1] is None


def test_without_the_permission_nothing_can_be_asked_retried_or_dismissed(actor_as: ActorAs) -> None:
    letter = dead()
    for actor in (ANONYMOUS, actor_as("reviewer"), actor_as("leader"), actor_as("enterprise")):
        for act in (
            lambda who=actor: request_job(who, "x.job"),
            lambda who=actor: retry_request(who, letter.id),
            lambda who=actor: dismiss_request(who, letter.id),
        ):
            with pytest.raises(Forbidden):
                act()
    assert [each.id for each in dead_letters()] == [letter.id]
    assert AuditEntry.select().where(AuditEntry.action.startswith("job.")).count() == 1


@usual
def test_what_is_no_dead_letter_is_neither_retried_nor_dismissed() -> None:
    for act in (retry_request, dismiss_request):
        made = request_job(SYSTEM, "x.job")
        with pytest.raises(Conflict):
            act(SYSTEM, made.id)
        with pytest.raises(NotFound):
            act(SYSTEM, made.id + 1000)
    assert len(waiting({"x.job"})) == 2


@usual
def test_of_two_people_at_once_one_retries() -> None:
    letter = dead()
    start = threading.Barrier(2)

    def retry() -> str:
        with db.connection_context():
            start.wait(10)
            try:
                retry_request(SYSTEM, letter.id)
            except Conflict:
                return "conflict"
            return "done"

    with ThreadPoolExecutor(2) as threads:
        outcomes = [each.result() for each in [threads.submit(retry) for _number in range(2)]]
    assert sorted(outcomes) == ["conflict", "done"]
    assert AuditEntry.select().where(AuditEntry.action == "job.retry").count() == 1


@pytest.mark.parametrize("name", ["", "x" * 81, "x.\0job", "x.\njob"])
@usual
def test_a_name_that_no_job_can_have_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        request_job(SYSTEM, name)
    assert JobRequest.select().count() == 0


# --- schedules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "words", "following"),
    [
        ("* * * * *", "每分钟", "2026-11-23 12:01"),
        ("*/20 * * * *", "每20分钟", "2026-11-23 12:20"),
        ("*/7 * * * *", "按表达式*/7 * * * *", "2026-11-23 12:07"),
        ("05 * * * *", "每小时的第5分钟", "2026-11-23 12:05"),
        ("0 */6 * * *", "每6小时一次，在第0分钟", "2026-11-23 18:00"),
        ("0 12 * * *", "每天12:00", "2026-11-24 12:00"),
        ("30 3 * * *", "每天03:30", "2026-11-24 03:30"),
        ("0  3 * * 7", "每周日03:00", "2026-11-29 03:00"),
        ("0 3 * * 2-5", "周二至周五每天03:00", "2026-11-24 03:00"),
        ("15 2 1 * *", "每月1日02:15", "2026-12-01 02:15"),
        ("0 0 29 2 *", "按表达式0 0 29 2 *", "2028-02-29 00:00"),
        ("0 0 30 2 *", "按表达式0 0 30 2 *", None),
        ("", "按需执行", None),
        ("x * * * *", "计划“x * * * *”写法不正确，不会按时执行", None),
        ("0,x * * * *", "计划“0,x * * * *”写法不正确，不会按时执行", None),
        ("*/0 * * * *", "计划“*/0 * * * *”写法不正确，不会按时执行", None),
        ("0 3 * *", "计划“0 3 * *”写法不正确，不会按时执行", None),
    ],
)
def test_a_schedule_in_words_and_its_next_run_in_shanghai(schedule: str, words: str, following: str | None) -> None:
    assert str(in_words(schedule)) == words
    found = next_run(schedule, NOON + timedelta(seconds=30))
    assert (clock.to_minute(found) if found else None) == following


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock shows the time of New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_away")
def test_huey_is_asked_in_shanghai_time_wherever_the_machine_stands() -> None:
    huey = MemoryHuey()
    runner._schedule(huey, Job("x.job", print, "0 12 * * *"), threading.Event())
    assert [len(huey.read_periodic(each.replace(tzinfo=None))) for each in (NOON, NOON + timedelta(hours=8))] == [1, 0]


# --- schema -----------------------------------------------------------------------------------------------------


@usual
def test_the_step_keeps_what_was_there_both_ways() -> None:
    JobRun.create(name="x.job", started_at=NOON, done=5)
    request_job(SYSTEM, "x.job")
    history = core_history()
    undone: list[str] = []
    while undone[-1:] != ["0005_jobs"]:
        undone += history.rollback(db.obj)
    assert not {"done", "total", "note"} & {each.name for each in db.get_columns("shuixin_job_run")}
    assert history.apply(db.obj) == undone[::-1]
    assert (JobRun.get().name, JobRun.get().done, JobRun.get().note) == ("x.job", 0, "")
    assert (JobRequest.get().tries, JobRequest.get().dead_at) == (0, None)


def test_a_job_is_given_the_arguments_of_its_request(platform_app: Flask) -> None:
    seen: list[object] = []
    job = Job("x.job", lambda arguments: seen.append(dict(arguments)))
    offer(platform_app, job, Job("x.plain", lambda: seen.append("plain")))
    request_job(SYSTEM, "x.job", arguments={"export": 7, "words": ["黄石"]})
    taken = take({"x.job"})
    assert taken is not None
    run = JobRun.create(name="x.job", started_at=clock.now(), arguments=taken.arguments)
    assert run_job(platform_app, job, run.id)
    assert run_job(platform_app, job), "on schedule there are none"
    assert seen == [{"export": 7, "words": ["黄石"]}, {}]
    assert not AuditEntry.select().where(AuditEntry.action == "job.request").get().detail.get("arguments")


def test_running_everything_leaves_out_what_needs_arguments(platform_app: Flask) -> None:
    ran: list[str] = []
    offer(
        platform_app,
        Job("x.job", lambda arguments: ran.append("job")),
        Job("x.daily", lambda arguments: ran.append("daily"), "0 3 * * *"),
    )
    assert "x.job" not in run_once(platform_app)
    assert ran == ["daily"]
    assert run_once(platform_app, "x.job") == {"x.job": True}


def test_arguments_are_short_json(platform_app: Flask) -> None:
    with pytest.raises(Refused, match="过长"):
        request_job(SYSTEM, "x.job", arguments={"a": "x" * 10_000})
    with pytest.raises(TypeError):
        request_job(SYSTEM, "x.job", arguments={"a": object()})
    assert JobRequest.select().count() == 0
