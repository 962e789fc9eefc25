"""``shuixin audit``, ``health`` and ``jobs``."""

import json
import signal
import sys
import threading

import click

from shuixin import audit as chain
from shuixin.cli.context import application, installation
from shuixin.errors import Refused
from shuixin.health import run_checks
from shuixin.jobs import run_consumer, run_once
from shuixin.platform import current_platform
from shuixin.wsgi import build


@click.group()
def audit() -> None:
    """操作日志。"""


@audit.command()
def verify() -> None:
    """核对操作日志的校验链，指出第一处不符。"""
    with application():
        count, fault = chain.verify()
        number, hash_ = chain.head()
    if fault:
        raise Refused(f"操作日志第{fault.number}条不符：{fault.reason}；此前{count}条完好。")
    click.echo(f"{count}条完好，末条{number} {hash_}")


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
