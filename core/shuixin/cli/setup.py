"""``shuixin init`` and ``shuixin demo``."""

import click

from shuixin.cli.context import application, settings
from shuixin.contributions import DemoData, DemoSize
from shuixin.database import db
from shuixin.platform import current_platform
from shuixin.setup import core_demo, demo_accounts, is_empty, migrate_core, migrate_plugins


@click.command()
def init() -> None:
    """建立或升级数据库结构；可重复执行。"""
    for line in prepare():
        click.echo(line)


def prepare() -> list[str]:
    """Bring the schema up to date and return what was applied, one line each."""
    found = settings()
    with db.connection_context():
        applied = migrate_core(found)
        done, failed = migrate_plugins(found)
    for error in failed:
        click.echo(f"插件{error.owner}未能升级，已停在此处，其他插件不受影响：{error}", err=True)
    return [*applied, *done]


@click.command()
@click.option("--enterprises", default=30, show_default=True, type=click.IntRange(10, 100_000), help="企业数")
@click.option("--people", default=0, show_default=True, type=click.IntRange(0, 1_000_000), help="人员数")
@click.option("--seed", default=4202, show_default=True, help="随机种子，相同则数据相同")
@click.option("--if-empty", is_flag=True, help="已有数据时不做任何事")
def demo(enterprises: int, people: int, seed: int, if_empty: bool) -> None:
    """填入虚构的演示城市。"""
    if not fill_demo(DemoSize(enterprises, people, seed), if_empty=if_empty):
        return
    with application():
        for username, password, role in demo_accounts():
            click.echo(f"{role}\t{username}\t{password}")


def fill_demo(size: DemoSize, *, if_empty: bool) -> bool:
    """Fill the demonstration city and return whether anything was written."""
    with application():
        if not is_empty():
            if not if_empty:
                raise click.UsageError("数据库中已有账号，演示数据只能填入空库。")
            return False
        core_demo()
        parts: list[tuple[str, DemoData]] = current_platform().loaded.contributions("demo_data")
        for _plugin, part in sorted(parts, key=lambda each: each[1].order):
            part.fill(size)
    return True
