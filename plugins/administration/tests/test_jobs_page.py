"""The jobs page: every section, what people do on it, and who may."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from tests.core.platform.job_samples import NOON, SYSTEM, dead, offer

from shuixin.audit import AuditEntry
from shuixin.contributions import Job
from shuixin.jobs import (
    JobRequest,
    JobRun,
    dead_letters,
    request_job,
    retry_request,
    waiting,
)
from shuixin.jobs.runs import finished_runs
from shuixin.kit import clock
from shuixin.testing.fixtures import SignedIn
from shuixin_administration.job_pages import lasted

ClientAs = Callable[..., SignedIn]
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = "/office/administration/jobs/"


def page_of(client: SignedIn, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    text: str = answer.get_data(as_text=True)
    return text


def section(page: str, name: str) -> str:
    found = re.search(rf'<section[^>]*id="{name}".*?</section>', page, re.DOTALL)
    assert found, name
    return found.group()


def test_the_page_shows_each_section(platform_app: Flask, client_as: ClientAs) -> None:
    offer(platform_app, Job("x.daily", print, "0 3 * * *", retries=2), Job("x.job", print), Job("x.odd", print, "x"))
    letter = dead()
    request_job(SYSTEM, "x.daily")
    request_job(SYSTEM, "gone.job")
    JobRequest.update(not_before=clock.now() + timedelta(hours=1), tries=1, reason="无应答").where(
        JobRequest.name == "x.daily"
    ).execute()
    JobRun.create(name="x.daily", started_at=clock.now(), done=3, total=12, note="第三站")
    JobRun.create(name="x.job", started_at=NOON, finished_at=NOON + timedelta(seconds=75), ok=True, message="三件")
    page = page_of(client_as("administrator"))
    running = section(page, "running")
    assert re.search(r'<progress[^>]* max="12" value="3"', running)
    assert all(words in running for words in ("x.daily", "3/12（25%）", "第三站"))
    assert all(words in section(page, "waiting") for words in ("x.daily", "测试", "无应答", "后再试"))
    assert all(words in section(page, "dead") for words in ("坏数据", f'name="number" value="{letter.id}"', "忽略"))
    assert "gone.job" in section(page, "parked")
    planned = section(page, "planned")
    assert all(words in planned for words in ("每天03:00", "最多重试2次", "按需执行", "不会执行", "执行中"))
    assert all(words in section(page, "runs") for words in ("1分15秒", "三件", "共1条"))


@one_engine
def test_an_empty_page_says_so_and_speaks_english(platform_app: Flask, client_as: ClientAs) -> None:
    offer(platform_app)
    person = client_as("administrator")
    page = page_of(person)
    for words in ("没有正在执行", "没有等待执行", "没有死信", "没有符合条件", "shuixin.audit"):
        assert words in page
    person.get("/preferences/language/en")
    english = page_of(person)
    body = english[english.index("<h1>") :]
    assert "No job is running now." in body
    assert not re.findall(r"[\u4e00-\u9fff]+", re.sub(r"<[^>]*>", "", body[: body.index("</main>")]))


@one_engine
def test_a_consumer_that_does_not_come_is_noticed(platform_app: Flask, client_as: ClientAs) -> None:
    offer(platform_app, Job("x.job", print))
    request_job(SYSTEM, "x.job")
    person, words = client_as("administrator"), "任务进程可能没有运行"
    assert words not in page_of(person)
    JobRequest.update(requested_at=clock.now() - timedelta(minutes=3)).execute()
    assert words in page_of(person)
    JobRun.create(name="y.job", started_at=clock.now())
    assert words not in page_of(person), "a long run before it explains the wait"
    JobRun.delete().execute()
    JobRequest.update(dead_at=clock.now()).execute()
    retry_request(SYSTEM, JobRequest.get().id)
    assert words not in page_of(person), "it waits since it was retried, however old it is"


def test_markup_in_names_and_words_is_inert(platform_app: Flask, client_as: ClientAs) -> None:
    evil = "x.<script>alert(1)</script>"
    offer(platform_app, Job(evil, print, "<b>"))
    dead(evil, reason='"><img src=x onerror=alert(2)>')
    request_job(SYSTEM, evil)
    request_job(SYSTEM, "gone.<i>")
    JobRun.create(name=evil, started_at=NOON, done=1, total=2, note="<u>")
    JobRun.create(name=evil, started_at=NOON, finished_at=NOON, message="<s>")
    page = page_of(client_as("administrator"), f"?dismiss={dead_letters()[0].id}")
    assert "x.&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for raw in ("<script>alert", "<img src=x", "gone.<i>", "<u>", "<s>", "“<b>”"):
        assert raw not in page, raw


def _rows(page: str) -> int:
    return section(page, "runs").count('<th scope="row">')


@pytest.mark.parametrize(
    ("query", "rows", "current"),
    [("", 20, "1"), ("?page=3", 5, "3"), ("?page=99", 5, "3"), ("?page=0", 20, "1"), ("?page=-7", 20, "1")],
)
@one_engine
def test_pages_of_runs_are_clamped(client_as: ClientAs, query: str, rows: int, current: str) -> None:
    JobRun.insert_many([{"name": "x.job", "started_at": NOON, "finished_at": NOON} for _each in range(45)]).execute()
    page = page_of(client_as("administrator"), query)
    assert (_rows(page), f'aria-current="page">{current}<' in section(page, "runs")) == (rows, True)


def test_runs_are_narrowed_by_job_and_outcome(client_as: ClientAs) -> None:
    for number, (name, ok) in enumerate([("a.job", True), ("a.job", False), ("b.job", False)] * 15):
        JobRun.create(name=name, started_at=NOON, finished_at=NOON, ok=ok, message=str(number))
    JobRun.create(name="a.job", started_at=NOON)
    person = client_as("administrator")
    assert finished_runs("a.job", "failed").total == 15
    assert "共15条" in page_of(person, "?job=a.job&outcome=failed")
    assert "共30条" in page_of(person, "?job=a.job")
    assert "共45条" in page_of(person, "?job=nobody&outcome=x")
    assert "job=a.job" in section(page_of(person, "?job=a.job"), "runs").split("sx-pagination")[1]


def test_a_run_is_asked_for_retried_and_dismissed_on_the_page(platform_app: Flask, client_as: ClientAs) -> None:
    offer(platform_app, Job("x.job", print))
    person, letter = client_as("administrator"), dead()
    assert "已登记“x.job”" in person.post_form(f"{PAGE}request", {"job": "x.job"}, follow_redirects=True).text
    assert "已重新排队" in person.post_form(f"{PAGE}retry", {"number": letter.id}, follow_redirects=True).text
    assert "不是死信" in person.post_form(f"{PAGE}dismiss", {"number": letter.id}, follow_redirects=True).text
    assert len(waiting({"x.job"})) == 2
    other = dead("y.job")
    shown = page_of(person, f"?dismiss={other.id}")
    assert f'action="{PAGE}dismiss"' in shown
    data = {"number": other.id, "note": "不再需要"}
    assert "已忽略“y.job”" in person.post_form(f"{PAGE}dismiss", data, follow_redirects=True).text
    assert "没有编号为0的死信" in person.post_form(f"{PAGE}retry", {"number": "9" * 30}, follow_redirects=True).text
    assert [each.action for each in AuditEntry.select().where(AuditEntry.object_key == "y.job")][-1] == "job.dismiss"
    assert AuditEntry.get(AuditEntry.action == "job.retry").actor_name == "administrator"


@one_engine
@pytest.mark.parametrize("role", ["reviewer", "leader", "editor", "enterprise"])
def test_the_page_is_for_those_who_manage_jobs(role: str, platform_app: Flask, client_as: ClientAs) -> None:
    assert platform_app.extensions["shuixin_office"]["administration_jobs"] == "shuixin.jobs"
    letter, person = dead(), client_as(role)
    assert person.get(PAGE).status_code == 403
    for path, data in (
        ("request", {"job": "x.job"}),
        ("retry", {"number": letter.id}),
        ("dismiss", {"number": letter.id}),
    ):
        assert person.post_form(PAGE + path, data).status_code == 403
    assert [each.id for each in dead_letters()] == [letter.id]


@one_engine
def test_visitors_and_forged_forms_change_nothing(client: SignedIn, client_as: ClientAs) -> None:
    letter, person = dead(), client_as("administrator")
    assert client.get(PAGE).status_code == 302
    assert client.post_form(f"{PAGE}retry", {"number": letter.id}).status_code == 302
    assert person.post(f"{PAGE}dismiss", data={"number": letter.id}).status_code == 400
    assert person.get(f"{PAGE}retry?number={letter.id}").status_code in (404, 405)
    assert [each.id for each in dead_letters()] == [letter.id]


@pytest.mark.parametrize(("seconds", "words"), [(-3, "0秒"), (59, "59秒"), (61, "1分1秒"), (7260, "2小时1分")])
def test_times_are_said_in_words(seconds: int, words: str) -> None:
    assert str(lasted(timedelta(seconds=seconds))) == words
