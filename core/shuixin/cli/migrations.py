"""``shuixin migrations``: the schema, owner by owner; a plugin's failure is its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from shuixin.cli.context import command_actor, installation
from shuixin.database import BaseModel, db
from shuixin.database.drift import drift
from shuixin.database.migrations import History, core_history
from shuixin.errors import Refused
from shuixin.models import core_models
from shuixin.platform import circumstances_of
from shuixin.plugins import Loaded, discover, enabled_plugins, load_plugins
from shuixin.plugins.lifecycle import migrate_all, rebuild

OWNER = click.argument("owner", required=False)


@click.group()
def migrations() -> None:
    """查看、应用、回退、核对数据库结构变更。"""


@contextmanager
def _loaded() -> Iterator[Loaded]:
    """Load the enabled plugins whatever their schema is, and stay connected."""
    with installation() as found:
        yield load_plugins(discover(), enabled_plugins(), circumstances_of(found, schema=False))


@migrations.command()
@OWNER
def plan(owner: str | None) -> None:
    """列出尚未应用的变更。"""
    with _loaded() as loaded:
        for history in _histories(loaded, owner):
            for step in history.pending(db.obj):
                click.echo(f"{history.owner} {step}")


@migrations.command()
def apply() -> None:
    """应用全部变更；某个插件失败时，其余照常。"""
    with _loaded() as loaded:
        lines = [f"shuixin {step}" for step in core_history().apply(db.obj)]
        applied, failed = migrate_all(loaded, command_actor().name)
        if applied:
            rebuild(command_actor())
    for line in [*lines, *applied]:
        click.echo(line)
    if failed:
        raise Refused("；".join(f"{error.owner}：{error}" for error in failed))


@migrations.command()
@click.argument("owner")
@click.confirmation_option("--yes", prompt="回退会删除这一步建立的表和其中的数据，确定吗？", help="不再询问")
def rollback(owner: str) -> None:
    """回退OWNER（shuixin或插件编号）的最后一步。"""
    with _loaded() as loaded:
        for step in _histories(loaded, owner)[0].rollback(db.obj):
            click.echo(f"{owner} {step}")
        rebuild(command_actor())


@migrations.command()
@OWNER
def check(owner: str | None) -> None:
    """比对数据库与模型（表、列、类型、可否为空、索引），有差异时退出码为1。"""
    with _loaded() as loaded:
        found = [
            line for history in _histories(loaded, owner) for line in drift(db.obj, _models(loaded, history.owner))
        ]
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

    with _loaded() as loaded:
        history = _histories(loaded, owner)[0]
        body = template(diff_models(db.obj, list(_models(loaded, owner))))
        path = history.runner(db.obj).create(name, body)
    click.echo(path)


def _models(loaded: Loaded, owner: str) -> tuple[type[BaseModel], ...]:
    if owner == "shuixin":
        return core_models()
    return tuple(model for each in loaded.bundles[owner].get("models") for model in each.classes)


def _histories(loaded: Loaded, owner: str | None) -> list[History]:
    own = [bundle.history() for bundle in loaded.bundles.values()]
    histories = [core_history(), *(history for history in own if history)]
    chosen = [history for history in histories if owner in (None, history.owner)]
    if not chosen:
        raise Refused(f"没有名为{owner}的变更历史；插件须已启用。")
    return chosen
