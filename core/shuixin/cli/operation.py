"""``shuixin audit`` and ``health``."""

import json
import sys
from pathlib import Path

import click

from shuixin import audit as chain
from shuixin.audit import heads
from shuixin.cli.context import application
from shuixin.errors import Refused
from shuixin.health import is_well, run_checks
from shuixin.platform import current_platform


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
        results = run_checks(current_platform(), every=True)
        well = is_well(current_platform(), results)
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False, indent=2))
    for name, finding in results.items() if not as_json else ():
        click.echo(f"{name}\t{finding or '正常'}")
    if not well:
        sys.exit(1)
