"""``shuixin audit``, ``health`` and ``jobs``."""

import json
import signal
import sys
import threading
from pathlib import Path

import click

from shuixin import audit as chain
from shuixin.audit import heads
from shuixin.cli.context import application, command_actor, installation
from shuixin.errors import Refused
from shuixin.health import run_checks
from shuixin.jobs import JobRun, offered_jobs, parked, request_job, run_consumer, run_once
from shuixin.kit import clock
from shuixin.platform import current_platform
from shuixin.wsgi import build


@click.group()
def audit() -> None:
    """操作日志。"""


@audit.command()
@click.option("--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="另存的校验值文件")
def verify(against: Path | None) -> None:
    """核对操作日志的校验链和已公布的校验值，指出第一处不符。"""
    with application():
        count, fault = chain.verify()
        number, hash_ = chain.head()
        copies = [current_platform().settings.published / heads.FILE, *([against] if against else [])]
        fault = fault or heads.contradicted(each for copy in copies for each in heads.read(copy))
    if fault:
        raise Refused(f"操作日志第{fault.number}条不符：{fault.reason}；此前{count}条完好。")
    click.echo(f"{count}条完好，末条{number} {hash_}")


@audit.command()
@click.option("--action", default="", help="只导出以此开头的操作，如 plugin.")
def export(action: str) -> None:
    """导出操作日志，每行一条JSON。"""
    with application():
        entries = chain.AuditEntry.select().where(chain.AuditEntry.action.startswith(action))
        for entry in entries.order_by(chain.AuditEntry.number).dicts().iterator():
            click.echo(json.dumps(entry, ensure_ascii=False, default=str))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出JSON")
def health(as_json: bool) -> None:
    """检查平台各部分是否正常。"""
    with application():
        results = run_checks(current_platform())
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False, indent=2))
    for name, finding in results.items() if not as_json else ():
        click.echo(f"{name}\t{finding or '正常'}")
    if any(results.values()):
        sys.exit(1)


@click.group()
def jobs() -> None:
    """后台任务。"""


@jobs.command("list")
def list_jobs() -> None:
    """列出任务、最近一次执行情况，以及因插件停用而搁置的请求。"""
    with application():
        offered = offered_jobs(current_platform())
        for name, job in offered.items():
            last = JobRun.select().where(JobRun.name == name).order_by(JobRun.id.desc()).first()
            outcome = (
                "从未执行" if last is None else f"{clock.to_minute(last.started_at)} {'成功' if last.ok else '失败'}"
            )
            click.echo(f"{name}\t{job.schedule or '-'}\t{outcome}\t{last.message if last else ''}")
        for request in parked(set(offered)):
            click.echo(f"{request.name}\t搁置\t{clock.to_minute(request.requested_at)}\t{request.requested_by}")


@jobs.command()
@click.argument("name")
def request(name: str) -> None:
    """请求执行一次任务NAME；所属插件停用时先搁置，启用后执行。"""
    with application():
        request_job(command_actor(), name)
    click.echo(f"已登记：{name}")


@jobs.command()
@click.option("--once", is_flag=True, help="立即执行一遍后退出")
@click.option("--name", default="", help="只执行这一个任务")
def run(once: bool, name: str) -> None:
    """运行后台任务（生产环境由systemd守护，同时只能有一个）。"""
    with installation() as found:
        app = build(found)
    if once or name:
        results = run_once(app, name)
        if name and not results:
            raise Refused(f"没有名为{name}的任务。")
        failed = [job for job, ok in results.items() if not ok]
        click.echo("\n".join(results) or "没有任务")
        if failed:
            raise Refused(f"任务失败：{'、'.join(failed)}。")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stop.set())
    sys.exit(run_consumer(app, stop))
