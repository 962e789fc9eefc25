"""Exports: what the owner may see when the file is written, for the owner alone, for as long as the settings say."""

import csv
import io
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from tests.core.platform.list_samples import LIST, sample_app, thing

from shuixin.access import Actor
from shuixin.accounts import RoleGrant, User
from shuixin.audit import AuditEntry
from shuixin.database import db, paging
from shuixin.errors import NotFound
from shuixin.jobs import JobRequest, JobRun, offered_jobs, run_job
from shuixin.jobs.own import sweep
from shuixin.jobs.requests import settle, take
from shuixin.kit import clock
from shuixin.kit.tabular import read_workbook
from shuixin.office import exports
from shuixin.office.models import Export
from shuixin.settings import Settings
from shuixin.testing.fixtures import SignedIn

PAGE = "/office/exports/"
ClientAs = Callable[..., SignedIn]
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def platform_app(settings: Settings, install: Callable[..., Any]) -> Iterator[Flask]:
    yield from sample_app(settings, install)


@pytest.fixture
def reader(client_as: ClientAs) -> SignedIn:
    return client_as("sample_all")


def ask(client: SignedIn, format_: str = "csv", **asked: str) -> Export:
    answer = client.post_form(f"{LIST}export", {"format": format_, **asked})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    made: Export = Export.select().order_by(Export.id.desc()).get()
    return made


def consume(app: Flask) -> JobRun:
    """Run the oldest request as the consumer does, in this process."""
    request = take({exports.JOB})
    assert request is not None
    job = offered_jobs(app.extensions["shuixin"])[exports.JOB]
    run = JobRun.create(name=job.name, started_at=clock.now(), arguments=request.arguments)
    run_job(app, job, run.id)
    db.connect(reuse_if_open=True)
    run = JobRun.get_by_id(run.id)
    settle(request, run, retries=job.retries, now=clock.now())
    return run


def fetch(client: SignedIn, export: Export) -> list[list[str]]:
    answer = client.get(f"{PAGE}{export.id}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "no-store" in answer.headers["Cache-Control"]
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    answer.close()
    return rows


def shown(client: SignedIn) -> str:
    text: str = client.get(PAGE).get_data(as_text=True)
    return text


def test_the_file_holds_what_the_list_shows(platform_app: Flask, reader: SignedIn) -> None:
    thing("甲", phone="13812345678")
    thing("乙", kind="b")
    thing("=1+1", phone="07146543210")
    export = ask(reader, kind="a", sort="at", password="x")
    assert export.selection == {"search": "", "filters": {"kind": "a"}, "sort": "at", "descending": False}
    assert "排队中" in shown(reader)
    assert consume(platform_app).ok
    assert fetch(reader, export) == [
        ["名称", "类别", "电话", "单位", "At"],
        ["甲", "a", "138****5678", "", "2026-03-31 12:00"],
        ["'=1+1", "a", "071****3210", "", "2026-03-31 12:02"],
    ]
    page = shown(reader)
    assert "2行" in page
    assert JobRequest.select().count() == 0
    acts = [entry.action for entry in AuditEntry.select().where(AuditEntry.action.startswith("export."))]
    assert acts == ["export.request", "export.write", "export.fetch"]


@one_engine
def test_a_workbook_comes_under_the_lists_name(platform_app: Flask, reader: SignedIn, tmp_path: Any) -> None:
    thing("甲")
    export = ask(reader, "xlsx")
    consume(platform_app)
    answer = reader.get(f"{PAGE}{export.id}")
    assert "spreadsheetml" in answer.headers["Content-Type"]
    assert "filename*=UTF-8''%E7%89%A9%E4%BB%B6%E5%88%97%E8%A1%A8" in answer.headers["Content-Disposition"]
    (tmp_path / "a.xlsx").write_bytes(answer.get_data())
    answer.close()
    rows = list(read_workbook(tmp_path / "a.xlsx")[0].rows)
    assert rows[1].cells[0].value == "甲"


@one_engine
def test_nobody_else_sees_or_takes_it(platform_app: Flask, reader: SignedIn, client_as: ClientAs) -> None:
    thing("甲")
    export = ask(reader)
    consume(platform_app)
    other = client_as("sample_all", "-other")
    assert "物件列表" not in shown(other).split("<main")[1]
    assert other.get(f"{PAGE}{export.id}").status_code == 404
    other.post_form(f"{PAGE}remove", {"number": str(export.id)})
    assert len(fetch(reader, export)) == 2


@one_engine
def test_a_right_that_is_gone_when_the_file_is_written_gives_none(platform_app: Flask, reader: SignedIn) -> None:
    thing("甲")
    export = ask(reader)
    RoleGrant.update(role="leader").where(RoleGrant.role == "sample_all").execute()
    assert consume(platform_app).ok, "a refusal is no failure of the job"
    assert "没有办理此事的权限" in shown(reader)
    assert list(platform_app.extensions["shuixin"].settings.exports.glob("*")) == []
    assert reader.get(f"{PAGE}{export.id}").status_code == 404


@one_engine
def test_a_right_that_is_gone_later_locks_the_file(platform_app: Flask, reader: SignedIn) -> None:
    thing("甲")
    export = ask(reader)
    consume(platform_app)
    RoleGrant.update(role="leader").where(RoleGrant.role == "sample_all").execute()
    assert reader.get(f"{PAGE}{export.id}").status_code == 403


@one_engine
def test_a_closed_account_gets_nothing_more(platform_app: Flask, reader: SignedIn) -> None:
    export = ask(reader)
    User.update(active=False).where(User.username == "sample_all").execute()
    consume(platform_app)
    assert Export.get_by_id(export.id).reason == "账号已停用。"


@one_engine
def test_without_the_right_to_the_list_nothing_is_asked_for(platform_app: Flask, client_as: ClientAs) -> None:
    editor = client_as("editor")
    assert editor.post_form(f"{LIST}export", {"format": "csv"}).status_code == 403
    assert Export.select().count() == JobRequest.select().count() == 0


@one_engine
def test_a_list_whose_plugin_is_off_is_refused_in_words(platform_app: Flask, reader: SignedIn) -> None:
    ask(reader)
    del platform_app.extensions["shuixin_lists"]["sample_things"]
    consume(platform_app)
    assert "列表所属的插件已停用" in shown(reader)


@one_engine
def test_three_at_once_and_no_more(platform_app: Flask, reader: SignedIn, client_as: ClientAs) -> None:
    for _ in range(3):
        ask(reader)
    answer = reader.post_form(f"{LIST}export", {"format": "csv"}, follow_redirects=True)
    assert "您已有3个导出正在处理" in answer.get_data(as_text=True)
    assert Export.select().count() == 3
    ask(client_as("sample_all", "-other"))
    consume(platform_app)
    ask(reader)
    assert reader.post_form(f"{LIST}export", {"format": "pdf"}).status_code == 302
    assert Export.select().count() == 5


@one_engine
def test_progress_is_shown_while_it_is_written(platform_app: Flask, reader: SignedIn) -> None:
    export = ask(reader)
    take({exports.JOB})
    JobRun.create(name=exports.JOB, started_at=clock.now(), arguments={"export": export.id}, done=30, total=120)
    page = shown(reader)
    assert 'max="120" value="30"' in page
    assert "30/120（25%）" in page


@one_engine
def test_an_export_whose_job_is_given_up_is_shown_as_failed(platform_app: Flask, reader: SignedIn) -> None:
    ask(reader)
    request = take({exports.JOB})
    assert request is not None
    settle(request, JobRun(name=exports.JOB, ok=False, message="killed"), retries=0, now=clock.now())
    assert "导出没有完成" in shown(reader)
    for _ in range(3):
        ask(reader)  # it is no longer under way


@one_engine
def test_removed_exports_leave_no_file_even_while_they_are_written(platform_app: Flask, reader: SignedIn) -> None:
    thing("甲")
    folder = platform_app.extensions["shuixin"].settings.exports
    first = ask(reader)
    consume(platform_app)
    assert len(list(folder.glob("*"))) == 1
    reader.post_form(f"{PAGE}remove", {"number": str(first.id)})
    assert list(folder.glob("*")) == []
    second = ask(reader)
    reader.post_form(f"{PAGE}remove", {"number": str(second.id)})
    assert "无需处理" in consume(platform_app).message
    assert list(folder.glob("*")) == []


@one_engine
def test_an_export_ends_by_itself(
    platform_app: Flask, reader: SignedIn, actor_as: Callable[..., Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    thing("甲")
    export = ask(reader)
    consume(platform_app)
    settings = platform_app.extensions["shuixin"].settings
    (settings.exports / "left.csv.part").write_text("half")
    later = clock.now() + timedelta(days=settings.export_days, seconds=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(NotFound, match="已过期"):
        exports.file_of(actor_as("sample_all"), export.id, later)
    sweep()
    assert Export.select().count() == 0
    assert list(settings.exports.glob("*")) == []


def test_rows_come_in_batches_of_one_moment(platform_app: Flask) -> None:
    made = [thing(f"{number}") for number in range(25)]
    query = type(made[0]).select().order_by(type(made[0]).id)
    reading = paging.batches(query, 10)
    found = next(reading)

    def write() -> None:
        with db.connection_context():
            type(made[0]).delete().where(type(made[0]).id > 20).execute()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()
    sizes = [len(found)]
    for batch in reading:
        sizes.append(len(batch))
        found += batch
    assert sizes == [10, 10, 5]
    assert [row.id for row in found] == [row.id for row in made]
    assert list(paging.batches(query.where(False))) == []
