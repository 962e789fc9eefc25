"""What administrators do with accounts: roles given and taken, accounts closed and opened again.

Nobody changes the own account's roles or closes it, and the last administrator stays one: otherwise a slip, or a
stolen session, could lock everybody out (GB/T 22239-2019, 8.1.4.2 访问控制).
"""

from collections.abc import Collection

from shuixin import audit
from shuixin.access import Actor, require
from shuixin.accounts.models import RoleGrant, User
from shuixin.accounts.services import MANAGE, end_sessions, find_user
from shuixin.database import exclusive, transaction
from shuixin.errors import Problem, Refused
from shuixin.texts import domain

_ = domain("shuixin")
ADMINISTRATOR = "administrator"


def set_roles(actor: Actor, username: str, roles: Collection[str], *, known: Collection[str]) -> None:
    """Give the account exactly *roles* of those that are *known*; grants of disabled plugins' roles stay as they are.

    The next request of a session that lives has the new rights already.

    :raises NotFound: there is no such account.
    :raises Refused: it is the own account, a role is unknown, or no administrator would be left.
    """
    require(actor, MANAGE)
    unknown = sorted(set(roles) - set(known))
    if unknown:
        rule = _("没有岗位{names}。", names="、".join(unknown))
        raise Refused(rule, [Problem("roles", "、".join(unknown), rule, _("请从列出的岗位中选择。"))])
    with transaction():
        exclusive("administrators")
        user = _somebody_else(actor, username)
        before = {grant.role for grant in RoleGrant.select().where(RoleGrant.user == user)}
        after = set(roles) | (before - set(known))
        if ADMINISTRATOR in before - after:
            _keep_one(user)
        for role in sorted(before - after):
            RoleGrant.delete().where(RoleGrant.user == user, RoleGrant.role == role).execute()
        for role in sorted(after - before):
            RoleGrant.create(user=user, role=role)
        detail = {"before": sorted(before), "after": sorted(after)}
        audit.append(actor, "account.roles", "user", username, detail)


def set_active(actor: Actor, username: str, *, active: bool) -> None:
    """Close the account, which ends its sessions, or open it again.

    :raises NotFound: there is no such account.
    :raises Refused: it is the own account, or no administrator would be left.
    """
    require(actor, MANAGE)
    with transaction():
        exclusive("administrators")
        user = _somebody_else(actor, username)
        if not active:
            _keep_one(user)
            end_sessions(user)
        User.update(active=active).where(User.id == user.id).execute()
        audit.append(actor, "account.open" if active else "account.close", "user", username)


def _somebody_else(actor: Actor, username: str) -> User:
    user = find_user(username)
    if actor.id and user.id == actor.id:
        raise Refused(_("不能更改自己的岗位或停用自己的账号，请由另一位管理员办理。"))
    return user


def _keep_one(leaving: User) -> None:
    others = (
        RoleGrant.select()
        .join(User)
        .where(RoleGrant.role == ADMINISTRATOR, User.active, User.id != leaving.id)
        .exists()
    )
    if not others and RoleGrant.select().where(RoleGrant.user == leaving, RoleGrant.role == ADMINISTRATOR).exists():
        raise Refused(_("这是最后一位可用的超级管理员，请先让另一个账号担任此岗位。"))
