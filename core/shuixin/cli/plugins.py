"""``shuixin plugins``: the same functions as the page."""

import json
from typing import Any

import click

from shuixin.access import system_actor
from shuixin.cli.context import application, command_actor, installation, load_enabled
from shuixin.errors import Refused
from shuixin.kit.attachments import Store
from shuixin.platform import circumstances_of, current_platform
from shuixin.plugins import discover, enabled_plugins
from shuixin.plugins.lifecycle import disable as switch_off
from shuixin.plugins.lifecycle import enable as switch_on
from shuixin.plugins.lifecycle import leave_safe_mode, plan_upgrade, try_upgrade
from shuixin.plugins.lifecycle import upgrade as take_into_use
from shuixin.plugins.purge import PurgePlan, plan_purge
from shuixin.plugins.purge import purge as remove
from shuixin.plugins.report import report_on, reports
from shuixin.plugins.trial import in_own_process

STATE_WORDS = {"enabled": "已启用", "disabled": "已停用", "skipped": "已跳过", "failed": "异常", "missing": "缺失"}
AS_JSON = click.option("--json", "as_json", is_flag=True, help="输出JSON")


class _Group(click.Group):
    """The command for authors is imported only when it is called: it needs no database."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), "new"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command."""
        if cmd_name == "new":
            from shuixin.cli.scaffolding import new

            command: click.Command = new
            return command
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Group)
def plugins() -> None:
    """查看、检查、启用、停用、升级、清除、新建插件。"""


@plugins.command("list")
@AS_JSON
def list_plugins(as_json: bool) -> None:
    """列出全部插件及状态；停用的插件不会被装入。"""
    loaded = load_enabled()
    with installation():
        found = reports(loaded)
    if as_json:
        _print([report.in_brief() for report in found])
        return
    for report in found:
        click.echo(f"{STATE_WORDS[report.state]}\t{report.id}\t{report.version}\t{report.reason}")


def _print(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


@plugins.command()
@click.argument("name")
@AS_JSON
def show(name: str, as_json: bool) -> None:
    """显示一个插件的详细情况。"""
    with application():
        report = report_on(current_platform().loaded, name)
    if as_json:
        _print(report.as_json())
        return
    for key, value in report.as_json().items():
        if value not in ("", (), [], {}, None) and key != "traceback":
            click.echo(f"{key}: {value}")
    if report.traceback:
        click.echo(report.traceback)


@plugins.command()
@click.argument("name", required=False)
@AS_JSON
@click.option("--strict", is_flag=True, help="有已启用而未能运行的插件时退出码为1")
def check(name: str | None, as_json: bool, strict: bool) -> None:
    """自检：逐个装入已启用的插件，报告状态、待执行的结构变更和最近的错误。"""
    with application():
        loaded = current_platform().loaded
        found = [report_on(loaded, name)] if name else reports(loaded)
        expected = enabled_plugins()
    if as_json:
        _print([report.as_json() for report in found])
    for report in found if not as_json else ():
        problem = report.reason or (report.fault.reason if report.fault else "")
        click.echo(f"{STATE_WORDS[report.state]}\t{report.id}\t{report.stage}\t{problem}{report.remedy}")
    bad = [report.id for report in found if report.state != "enabled" and report.id in expected]
    if bad and (strict or name):
        raise Refused(f"{'、'.join(bad)}未能运行。")


@plugins.command()
@click.argument("name")
@click.option("--note", default="", help="原因，写入操作日志")
def enable(name: str, note: str) -> None:
    """启用插件（连同它依赖的插件），无需重启。"""
    with installation() as found:
        changed = switch_on(command_actor(), name, circumstances=circumstances_of(found, schema=False), note=note)
    click.echo(f"已启用：{'、'.join(changed)}" if changed else f"{name}已是启用状态。")


@plugins.command()
@click.argument("name")
@click.option("--cascade", is_flag=True, help="连同依赖它的插件一并停用")
@click.option("--note", default="", help="原因，写入操作日志")
def disable(name: str, cascade: bool, note: str) -> None:
    """停用插件，数据保留，无需重启。"""
    with installation():
        changed = switch_off(command_actor(), name, cascade=cascade, note=note)
    click.echo(f"已停用：{'、'.join(changed)}" if changed else f"{name}已是停用状态。")


@plugins.command()
@click.argument("name")
@click.option("--plan", "only_plan", is_flag=True, help="只显示将从哪个版本升级到哪个版本")
@click.option("--note", default="", help="原因，写入操作日志")
def upgrade(name: str, only_plan: bool, note: str) -> None:
    """采用已用pip安装的新版本：先试运行并升级数据表，再让全部进程换用，无需重启。"""
    with installation():
        plan = plan_upgrade(name)
        for each, old, new in plan.versions:
            click.echo(f"{each}\t{old or '-'} → {new}" + ("\t比正在使用的版本旧" if each in plan.steps_back else ""))
        for each in plan.followers:
            click.echo(f"{each}\t随之重新装入")
        if only_plan:
            return
        take_into_use(command_actor(), name, trial=lambda plugin, by: in_own_process(plugin, by, None), note=note)
    click.echo(f"已升级：{'、'.join(each for each, _old, _new in plan.versions)}")


@plugins.command(hidden=True)
@click.argument("name")
@click.option("--by", default="命令行")
def trial(name: str, by: str) -> None:
    """试装NAME已安装的版本，并升级它的数据表（由upgrade在新进程中调用）。"""
    with installation() as found:
        try_upgrade(system_actor(by), name, circumstances_of(found, schema=False))


@plugins.command()
@click.argument("name")
@click.option("--confirm", default="", help="再次输入插件编号，确认清除")
@click.option("--plan", "only_plan", is_flag=True, help="只显示将清除什么")
def purge(name: str, confirm: str, only_plan: bool) -> None:
    """导出并彻底清除一个已停用插件的全部数据；插件包已卸载时同样可用。"""
    with installation() as found:
        plan = plan_purge(name)
        for line in plan_lines(plan):
            click.echo(line)
        if only_plan:
            return
        if plan.obstacle:
            raise Refused(plan.obstacle)
        typed = confirm or click.prompt("此操作不能撤销。请输入插件编号确认清除")
        archive = remove(command_actor(), name, confirm=typed, store=Store(found.uploads), folder=found.archives)
    click.echo(f"已清除{name}，数据已导出到{archive}。" + ("插件包仍在，可用pip卸载。" if name in discover() else ""))


def plan_lines(plan: PurgePlan) -> list[str]:
    """Return what *plan* would remove, one line each."""
    lines = [f"数据表 {table}：{rows}行" for table, rows in plan.tables]
    lines += [f"检索索引 {name}" for name in plan.indexes]
    lines += [f"{what}：{count}条" for what, count in plan.counts if count]
    lines += [f"附件：{plan.files}个"] if plan.files else []
    return lines or ["没有留下数据。"]


@plugins.command("leave-safe-mode")
def leave() -> None:
    """退出安全模式，重新装入全部已启用的插件。"""
    with installation():
        leave_safe_mode(command_actor())
    click.echo("已退出安全模式。")
