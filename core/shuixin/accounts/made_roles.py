"""Roles made in the page (自建岗位): made, changed, closed. They hold for the whole installation, so only whoever
manages roles without a limit of region makes them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from shuixin import audit
from shuixin.access import Actor, Target, require
from shuixin.access.roles import ADMINISTRATIVE, APPOINT, GRANT, duties_of, exclude_each_other
from shuixin.accounts.grants import LOCK, excluded
from shuixin.accounts.models import MadeRole, RoleGrant
from shuixin.accounts.rights import roles_now
from shuixin.contributions import Role, Scope
from shuixin.database import exclusive, transaction
from shuixin.errors import NotFound, Problem, Refused
from shuixin.platform import current_platform
from shuixin.texts import domain

_ = domain("shuixin")
CODE = re.compile(r"[a-z][a-z0-9_]{2,39}")
#: Of the whole installation; only grants that reach everywhere extend to it.
EVERYWHERE = Target()


@dataclass(frozen=True)
class RoleForm:
    """What somebody says about a role."""

    label: str
    scope: str
    permissions: Collection[str]
    description: str = ""


def find_made_role(code: str) -> MadeRole:
    """Return the role.

    :raises NotFound: nobody made one of that code.
    """
    found: MadeRole | None = MadeRole.get_or_none(MadeRole.code == code)
    if found is None:
        raise NotFound(_("没有自建岗位“{code}”。", code=code))
    return found


def make_role(actor: Actor, code: str, form: RoleForm) -> MadeRole:
    """Make a role.

    :raises Forbidden: the actor does not manage roles without a limit of region.
    :raises Refused: the code is taken or malformed, or the form does not hold; all problems are named.
    """
    require(actor, GRANT, EVERYWHERE)
    with transaction():
        exclusive(LOCK)
        problems = [*_code_problems(code), *_problems(actor, form)]
        if problems:
            raise Refused(_("岗位没有保存。"), problems)
        role = MadeRole.create(code=code, active=True, **_columns(form, ()))
        audit.append(actor, "role.make", "role", code, {"permissions": role.permissions, "scope": role.scope})
    return role


def change_role(actor: Actor, code: str, form: RoleForm, *, version: int) -> MadeRole:
    """Change a made role; permissions of plugins that are off are kept. Whoever holds it has the change at once.

    :raises NotFound: nobody made such a role.
    :raises Conflict: somebody changed it since the form was opened.
    :raises Refused: the form does not hold, the actor holds the role, or it would unite separated duties.
    """
    require(actor, GRANT, EVERYWHERE)
    with transaction():
        exclusive(LOCK)
        role = find_made_role(code)
        _not_own(actor, code)
        kept = [each for each in role.permissions if each not in current_platform().permissions]
        problems = _problems(actor, form, before=role.permissions)
        if problems:
            raise Refused(_("岗位没有保存。"), problems)
        before, columns = role.permissions, _columns(form, kept)
        _check_holders(Role(code, form.label, tuple(columns["permissions"]), Scope(form.scope)))
        role.save_if(version, **columns)
        detail = {"before": before, "after": role.permissions, "scope": role.scope}
        audit.append(actor, "role.change", "role", code, detail)
    return role


def set_role_active(actor: Actor, code: str, *, active: bool, version: int) -> MadeRole:
    """Close a made role, whose grants then have no effect, or open it again.

    :raises NotFound: nobody made such a role.
    :raises Conflict: somebody changed it since the page was opened.
    :raises Refused: the actor holds the role.
    """
    require(actor, GRANT, EVERYWHERE)
    with transaction():
        exclusive(LOCK)
        role = find_made_role(code)
        _not_own(actor, code)
        role.save_if(version, active=active)
        audit.append(actor, "role.open" if active else "role.close", "role", code)
    return role


def grantable(actor: Actor) -> set[str]:
    """Return the permissions that *actor* may put into a role; administrative ones ask for the right to appoint, and
    for holding them everywhere: else a role that people hold already could be raised to what they were never given."""
    own = {each.permission for each in actor.grants if each.scope is Scope.ALL}
    beyond = frozenset() if actor.is_system else ADMINISTRATIVE - (own if APPOINT in own else frozenset())
    return set(current_platform().permissions) - beyond


def holders(code: str) -> list[RoleGrant]:
    """Return the grants of a role that were not ended, by person."""
    query = RoleGrant.select().where(RoleGrant.role == code, RoleGrant.ended_at.is_null())
    return sorted(query, key=lambda each: (each.user.username, each.id))


def _columns(form: RoleForm, kept: Collection[str]) -> dict[str, Any]:
    return {
        "label": form.label.strip(),
        "description": form.description.strip(),
        "scope": form.scope,
        "permissions": sorted({*form.permissions, *kept}),
    }


def _code_problems(code: str) -> list[Problem]:
    if not CODE.fullmatch(code):
        rule = _("岗位编号须以小写字母开头，3至40位，只含小写字母、数字和下划线。")
        return [Problem("code", code[:40], rule, _("请改正，如field_clerk。"))]
    taken = code in roles_now(current_platform(), closed=True)
    if taken or RoleGrant.select().where(RoleGrant.role == code).exists():
        rule = _("岗位编号“{code}”已被使用，或属于已停用的插件。", code=code)
        return [Problem("code", code, rule, _("请换一个编号。"))]
    return []


def _problems(actor: Actor, form: RoleForm, before: Collection[str] = ()) -> list[Problem]:
    problems = []
    if not 2 <= len(form.label.strip()) <= 40:
        problems.append(Problem("label", form.label[:40], _("岗位名称须为2至40个字。"), _("请改正名称。")))
    if form.scope not in [each.value for each in Scope]:
        problems.append(Problem("scope", form.scope[:10], _("没有选择范围。"), _("请选择此岗位的权限及于多远。")))
    if not form.permissions:
        problems.append(Problem("permissions", "", _("没有选择权限。"), _("请至少选择一项。")))
    changed = (set(form.permissions) ^ set(before)) & {*form.permissions, *current_platform().permissions}
    beyond = sorted(changed - grantable(actor))
    if beyond:
        rule = _("您不能授予或取消这些权限：{names}。", names="、".join(map(_label, beyond)))
        problems.append(Problem("permissions", "、".join(beyond), rule, _("请取消选择，或由有权的管理员办理。")))
    if len(duties_of(form.permissions)) > 1:
        rule = _("按三员分立要求，系统管理、安全管理、审计管理的权限不能放在同一个岗位。")
        problems.append(Problem("permissions", "", rule, _("请分成几个岗位。")))
    return problems


def _label(code: str) -> str:
    permission = current_platform().permissions.get(code)
    return str(permission.label) if permission else code


def _not_own(actor: Actor, code: str) -> None:
    if (
        actor.id
        and RoleGrant.select()
        .where(RoleGrant.user == actor.id, RoleGrant.role == code, RoleGrant.ended_at.is_null())
        .exists()
    ):
        raise Refused(_("您自己担任此岗位，不能更改它，请由另一位管理员办理。"))


def _check_holders(changed: Role) -> None:
    """Refuse if somebody who holds the role would hold duties that exclude each other."""
    roles = roles_now(current_platform(), closed=True)
    for grant in holders(changed.code):
        others = RoleGrant.select().where(
            RoleGrant.user == grant.user, RoleGrant.ended_at.is_null(), RoleGrant.role != changed.code
        )
        for other in others:
            held = roles.get(other.role)
            if held is not None and exclude_each_other(held, changed):
                rule, problems = excluded(held, changed)
                raise Refused(_("{name}：{rule}", name=grant.user.name, rule=rule), problems)
