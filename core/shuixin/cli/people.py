"""``shuixin users`` and ``shuixin units``."""

import click

from shuixin.accounts import User, create_user, find_user, reset_password, second_factor
from shuixin.accounts.attempts import unlock as unlock_account
from shuixin.accounts.passwords import random_password
from shuixin.cli.context import application, command_actor
from shuixin.errors import Refused
from shuixin.kit import clock
from shuixin.platform import current_platform
from shuixin.units import Unit
from shuixin.units.services import register_unit


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


@units.command()
@click.argument("code")
@click.option("--name", required=True, help="单位名称")
@click.option("--region", required=True, help="六位行政区划代码")
@click.option("--organ-word", default="", help="机关代字，如“黄水”")
def init(code: str, name: str, region: str, organ_word: str) -> None:
    """登记一个主管单位。"""
    with application():
        register_unit(command_actor(), code=code, name=name, region=region, organ_word=organ_word)
        click.echo(f"{code}\t{name}")
