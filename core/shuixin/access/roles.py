"""Roles (岗位): the core's own, merged with what the enabled plugins declare."""

from collections.abc import Iterable

from shuixin.contributions import Permission, Role, Scope
from shuixin.errors import PluginError
from shuixin.texts import domain

_ = domain("shuixin")

CORE_PERMISSIONS = (
    Permission("shuixin.users", _("管理用户和授权")),
    Permission("shuixin.units", _("管理单位")),
    Permission("shuixin.plugins", _("启用和停用插件")),
    Permission("shuixin.jobs", _("任务管理")),
    Permission("shuixin.audit", _("查看操作日志")),
)
#: 超级管理员 manages, and neither reviews nor publishes (DOMAIN R8).
CORE_ROLES = (Role("administrator", _("超级管理员"), tuple(each.code for each in CORE_PERMISSIONS), Scope.ALL),)


def merge_roles(declared: Iterable[tuple[str, Role]], known: set[str]) -> dict[str, Role]:
    """Return the roles by code; roles of one code become one with all their permissions.

    :param declared: (plugin id, role), dependencies first.
    :param known: codes of all declared permissions.
    :raises PluginError: a role names a permission nobody declared.
    """
    roles = {role.code: role for role in CORE_ROLES}
    for plugin, role in declared:
        unknown = set(role.permissions) - known
        if unknown:
            raise PluginError(
                plugin, _("岗位{role}引用了未声明的权限：{names}。", role=role.code, names="、".join(sorted(unknown)))
            )
        first = roles.get(role.code, Role(role.code, role.label, (), role.scope))
        merged = tuple(dict.fromkeys(first.permissions + role.permissions))
        roles[role.code] = Role(first.code, first.label, merged, first.scope)
    return roles
