"""``shuixin jobs``: the same functions as the page."""

import signal
import sys
import threading
from collections.abc import Iterator

import click

from shuixin.cli.context import application, command_actor, installation
from shuixin.contributions import Job
from shuixin.errors import Refused
from shuixin.jobs import (
    dead_letters,
    dismiss_request,
    offered_jobs,
    parked,
    request_job,
    retry_request,
    run_consumer,
    run_once,
    waiting,
)
from shuixin.jobs.models import JobRequest
from shuixin.jobs.runs import latest_runs, running
from shuixin.kit import clock
from shuixin.pages.addresses import LARGEST_KEY
from shuixin.platform import current_platform
from shuixin.wsgi import build

NUMBER = click.IntRange(1, LARGEST_KEY)


@click.group()
def jobs() -> None:
    """后台任务。"""


@jobs.command("list")
def list_jobs() -> None:
    """列出任务及最近一次执行情况，正在执行、等待执行、搁置的请求，死信（含编号和原因）。"""
    with application():
        offered = offered_jobs(current_platform())
        for cells in (*_known(offered), *_moving(offered)):
            click.echo("\t".join(" ".join(str(cell).split()) for cell in cells))


def _known(offered: dict[str, Job]) -> Iterator[tuple[object, ...]]:
    """Yield a line for each job: name, schedule, outcome and words of the latest run."""
    latest = latest_runs(offered)
    for name, job in offered.items():
        last = latest.get(name)
        if last is None:
            yield (name, job.schedule or "-", "从未执行", "")
            continue
        outcome = "执行中" if last.finished_at is None else "成功" if last.ok else "失败"
        yield (name, job.schedule or "-", f"{clock.to_minute(last.started_at)} {outcome}", last.message)


def _moving(offered: dict[str, Job]) -> Iterator[tuple[object, ...]]:
    """Yield a line for each run that goes on and each request: name, state, what there is to know."""
    for run in running():
        yield (run.name, "执行中", clock.to_minute(run.started_at), f"{run.done}/{run.total or '?'}", run.note)
    for request in waiting(offered):
        yield (request.name, "等待", *_asked(request), _tries(request))
    for request in parked(offered):
        yield (request.name, "搁置", *_asked(request))
    for request in dead_letters():
        yield (request.name, "死信", *_asked(request), _tries(request), f"编号{request.id}", request.reason)


def _asked(request: JobRequest) -> tuple[str, str]:
    return clock.to_minute(request.requested_at), request.requested_by


def _tries(request: JobRequest) -> str:
    then = f"，{clock.to_minute(request.not_before)}后再试" if request.not_before else ""
    return f"已失败{request.tries}次{then}" if request.tries else ""


@jobs.command()
@click.argument("name")
def request(name: str) -> None:
    """请求执行一次任务NAME；所属插件停用时先搁置，启用后执行。"""
    with application():
        request_job(command_actor(), name)
    click.echo(f"已登记：{name}")


@jobs.command()
@click.argument("number", type=NUMBER)
def retry(number: int) -> None:
    """重新执行编号为NUMBER的死信（编号见 shuixin jobs list）。"""
    with application():
        letter = retry_request(command_actor(), number)
    click.echo(f"已重新排队：{letter.name}")


@jobs.command()
@click.argument("number", type=NUMBER)
@click.option("--note", default="", help="原因，记入操作日志")
def dismiss(number: int, note: str) -> None:
    """忽略编号为NUMBER的死信，不再执行。"""
    with application():
        letter = dismiss_request(command_actor(), number, note=note)
    click.echo(f"已忽略：{letter.name}")


@jobs.command()
@click.option("--once", is_flag=True, help="立即执行一遍后退出")
@click.option("--name", default="", help="只执行这一个任务")
@click.option("--number", default=0, hidden=True, help="由任务进程登记的执行记录")
def run(once: bool, name: str, number: int) -> None:
    """运行后台任务（生产环境由systemd守护，同时只能有一个）。"""
    with installation() as found:
        app = build(found)
    if once or name:
        results = run_once(app, name, number)
        if name and not results:
            raise Refused(f"没有名为{name}的任务。")
        failed = [job for job, ok in results.items() if not ok]
        click.echo("\n".join(results) or "没有任务")
        if failed:
            raise Refused(f"任务失败：{'、'.join(failed)}。")
        return
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_args: stop.set())
    sys.exit(run_consumer(app, stop))
