"""``shuixin plugins``: the same functions as the page."""

import json

import click

from shuixin.cli.context import command_actor, installation, load_enabled
from shuixin.errors import Refused
from shuixin.plugins import switch

STATE_WORDS = {"enabled": "已启用", "disabled": "已停用", "skipped": "已跳过", "failed": "异常", "missing": "缺失"}


@click.group()
def plugins() -> None:
    """查看、启用、停用插件。"""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="输出JSON")
def list_plugins(as_json: bool) -> None:
    """列出全部插件及状态。"""
    records = [record for _name, record in sorted(load_enabled().records.items())]
    if as_json:
        click.echo(json.dumps([record.as_json() for record in records], ensure_ascii=False, indent=2))
        return
    for record in records:
        word = STATE_WORDS[record.state.value]
        click.echo(f"{word}\t{record.id}\t{record.version}\t{record.reason}")


@plugins.command()
@click.argument("name")
def show(name: str) -> None:
    """显示一个插件的详细情况。"""
    record = load_enabled().records.get(name)
    if record is None:
        raise Refused(f"没有名为{name}的插件，请用 shuixin plugins list 查看。")
    for key, value in record.as_json().items():
        click.echo(f"{key}: {value}")
    if record.traceback:
        click.echo(record.traceback)


@plugins.command()
@click.argument("name")
def enable(name: str) -> None:
    """启用插件（连同它依赖的插件），无需重启。"""
    _switch(name, on=True, cascade=False)


@plugins.command()
@click.argument("name")
@click.option("--cascade", is_flag=True, help="连同依赖它的插件一并停用")
def disable(name: str, cascade: bool) -> None:
    """停用插件，数据保留，无需重启。"""
    _switch(name, on=False, cascade=cascade)


def _switch(name: str, *, on: bool, cascade: bool) -> None:
    with installation():
        changed = switch(command_actor(), name, on=on, cascade=cascade)
    verb = "启用" if on else "停用"
    click.echo(f"已{verb}：{'、'.join(changed)}" if changed else f"{name}已是{verb}状态。")
