"""``shuixin migrations``: the schema, owner by owner."""

import click

from shuixin.cli.context import application
from shuixin.database import db
from shuixin.database.migrations import History, drift
from shuixin.errors import Refused
from shuixin.models import core_models
from shuixin.platform import current_platform


@click.group()
def migrations() -> None:
    """查看、应用、回退数据库结构变更。"""


@migrations.command()
def plan() -> None:
    """列出尚未应用的变更。"""
    with application():
        for history in current_platform().histories():
            for step in history.pending(db.obj):
                click.echo(f"{history.owner} {step}")


@migrations.command()
def apply() -> None:
    """应用全部变更，每步一个事务。"""
    with application():
        for history in current_platform().histories():
            for step in history.apply(db.obj):
                click.echo(f"{history.owner} {step}")


@migrations.command()
@click.argument("owner")
@click.confirmation_option("--yes", prompt="回退会删除这一步建立的表和其中的数据，确定吗？", help="不再询问")
def rollback(owner: str) -> None:
    """回退OWNER（shuixin或插件编号）的最后一步。"""
    with application():
        for step in _history(owner).rollback(db.obj):
            click.echo(f"{owner} {step}")


@migrations.command()
def check() -> None:
    """比对数据库与模型，有差异时退出码为1。"""
    with application():
        contributed = current_platform().loaded.contributions("models")
        models = [*core_models(), *(model for _name, each in contributed for model in each.classes)]
        found = drift(db.obj, models)
    for line in found:
        click.echo(line)
    if found:
        raise Refused(f"数据库结构与模型有{len(found)}处不一致，请先执行 shuixin migrations apply。")


@migrations.command()
@click.argument("owner")
@click.argument("name")
def make(owner: str, name: str) -> None:
    """按模型与数据库的差异，为OWNER写出下一步变更的草稿（开发者用，须人工核对）。"""
    from playhouse.migrations import template
    from playhouse.schema_diff import diff_models

    with application():
        history = _history(owner)
        contributed = dict(current_platform().loaded.contributions("models"))
        models = core_models() if owner == "shuixin" else contributed[owner].classes
        body = template(diff_models(db.obj, list(models)))
        path = history.runner(db.obj).create(name, body)
    click.echo(path)


def _history(owner: str) -> History:
    for history in current_platform().histories():
        if history.owner == owner:
            return history
    raise Refused(f"没有名为{owner}的变更历史。")
