"""``shuixin users`` and ``shuixin units``."""

import tomllib
from pathlib import Path
from typing import Any

import click

from shuixin.accounts import User, create_user, find_user, reset_password, second_factor
from shuixin.accounts.attempts import unlock as unlock_account
from shuixin.accounts.passwords import random_password
from shuixin.cli.context import application, command_actor
from shuixin.errors import NotFound, Refused
from shuixin.kit import clock
from shuixin.platform import current_platform
from shuixin.units import Unit, region_name
from shuixin.units import administration as desk

STATES = {desk.INITIALISING: "初始化中", desk.ENABLED: "已启用", desk.CLOSED: "已停用"}


@click.group()
def users() -> None:
    """管理账号。"""


@users.command("list")
def list_users() -> None:
    """列出账号。"""
    with application():
        for user in User.select().order_by(User.username):
            click.echo(f"{user.username}\t{user.name}\t{user.unit.name if user.unit else user.subject}")


@users.command()
@click.argument("username")
@click.option("--name", required=True, help="姓名")
@click.option("--role", "roles", multiple=True, required=True, help="岗位，可多次给出")
@click.option("--unit", "unit_code", default="", help="单位代码；企业账号不填")
@click.option("--subject", default="", help="企业账号的统一社会信用代码")
def create(username: str, name: str, roles: tuple[str, ...], unit_code: str, subject: str) -> None:
    """建立账号并显示一次性初始密码。"""
    with application():
        unknown = set(roles) - set(current_platform().roles)
        if unknown:
            known = "、".join(sorted(current_platform().roles))
            raise Refused(f"没有岗位{'、'.join(sorted(unknown))}，可用岗位：{known}。")
        unit = Unit.get_or_none(Unit.code == unit_code) if unit_code else None
        if unit_code and unit is None:
            raise Refused(f"没有代码为{unit_code}的单位，请先执行 shuixin units init。")
        password = random_password()
        create_user(
            command_actor(), username=username, name=name, password=password, roles=roles, unit=unit, subject=subject
        )
        click.echo(f"{username}\t{password}\t首次登录须修改密码")


@users.command()
@click.argument("username")
def reset(username: str) -> None:
    """重置密码并结束该账号的全部会话。"""
    with application():
        find_user(username)
        password = random_password()
        reset_password(command_actor(), username, password)
        click.echo(f"{username}\t{password}\t首次登录须修改密码")


@users.command()
@click.argument("username")
def unlock(username: str) -> None:
    """解除账号因多次登录失败而受的锁定。"""
    with application():
        unlock_account(command_actor(), username, clock.now())
        click.echo(f"{username}已解锁。")


@users.command("reset-second-factor")
@click.argument("username")
def reset_second_factor(username: str) -> None:
    """取消丢失的动态口令，并结束该账号的全部会话；本人下次登录时重新设置。"""
    with application():
        second_factor.remove(command_actor(), username)
        click.echo(f"{username}的动态口令已取消。")


@click.group()
def units() -> None:
    """管理单位。"""


@units.command("list")
def list_units() -> None:
    """列出单位和状态。"""
    with application():
        for unit in desk.units_of(command_actor()):
            click.echo(f"{unit.code}\t{STATES[unit.state]}\t{region_name(unit.region)}\t{unit.name}")


@units.command()
@click.argument("code")
def show(code: str) -> None:
    """显示一个单位填写的内容和还缺什么；罚款账号和印章不显示。"""
    with application():
        unit = _unit(code)
        click.echo(f"状态\t{STATES[unit.state]}")
        for each in desk.PARTICULARS:
            if each.name not in ("fine_account", "parent"):
                click.echo(f"{each.label}\t{desk.written(unit, each.name)}")
        click.echo(f"上级单位\t{unit.parent.name if unit.parent else ''}")
        _tell_missing(unit)


def _unit(code: str) -> Unit:
    unit: Unit | None = Unit.get_or_none(Unit.code == code)
    if unit is None:
        raise NotFound(f"没有代码为{code}的单位，请先执行 shuixin units init。")
    return unit


def _tell_missing(unit: Unit) -> None:
    for each in desk.checklist(unit, clock.legal_day(clock.now())):
        if not each.passed:
            click.echo(f"未完成\t{each.label}\t{each.remedy}")


@units.command()
@click.argument("code", default="")
@click.option("--name", default="", help="单位名称")
@click.option("--region", default="", help="六位行政区划代码")
@click.option("--organ-word", default="", help="机关代字，如“黄水”")
@click.option(
    "--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="写好全部内容的TOML文件"
)
def init(code: str, name: str, region: str, organ_word: str, path: Path | None) -> None:
    """登记一个主管单位：按TOML文件、按选项，或都不给时逐项询问。各项齐全即启用，否则列出还缺什么。"""
    with application():
        if path is not None:
            content = _read_file(path)
        elif code:
            given = {"code": code, "name": name, "region": region, "organ_word": organ_word}
            content = {"unit": {name: text for name, text in given.items() if text}}
        else:
            content = _ask()
        seal = _seal(content, path)
        unit, password = desk.set_up(command_actor(), content, seal=seal, now=clock.now())
        click.echo(f"{unit.code}\t{unit.name}\t{STATES[unit.state]}")
        if password:
            click.echo(f"{content['administrator']['username']}\t{password}\t首次登录须修改密码")
        _tell_missing(unit)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{path.name}不是有效的TOML文件：{error}。") from error


def _seal(content: dict[str, Any], path: Path | None) -> bytes:
    """Return the picture that the file names and that lies beside it."""
    name = content.get("documents", {}).pop("seal", "")
    if not name or path is None:
        return b""
    try:
        return (path.parent / str(name)).read_bytes()
    except OSError as error:
        raise Refused(f"没有文件{name}，或无法读取。请把印章图片放在TOML文件旁边。") from error


def _ask() -> dict[str, Any]:
    """Ask for everything, one thing a line; what is left empty can be filled in on the page."""
    content: dict[str, Any] = {}
    for each in desk.PARTICULARS:
        label = f"{each.label}（{each.hint}）" if each.hint else str(each.label)
        while True:
            text = click.prompt(label, default="", show_default=False).strip()
            problem = each.problem(text, needed=each.name in ("name", "code", "region"))
            if problem is None:
                break
            click.echo(str(problem), err=True)
        content.setdefault(each.part, {})[each.name] = text
    username = click.prompt("首位管理员的账号（可不填）", default="", show_default=False).strip()
    if username:
        content["administrator"] = {"username": username, "name": click.prompt("首位管理员的姓名").strip()}
    return content
