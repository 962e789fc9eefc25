"""Roles (岗位): the core's own, merged with what the enabled plugins declare."""

from collections.abc import Iterable

from shuixin.contributions import Permission, Role, Scope
from shuixin.errors import PluginError
from shuixin.texts import domain

_ = domain("shuixin")

#: Rights that account and role services ask for.
SEE_PEOPLE, USERS, SECURITY = "shuixin.people", "shuixin.users", "shuixin.security"
GRANT, APPOINT = "shuixin.roles", "shuixin.appoint"

CORE_PERMISSIONS = (
    Permission(SEE_PEOPLE, _("查看用户和岗位")),
    Permission(USERS, _("建立和停用账号"), _("建立、停用、恢复账号，重置密码")),
    Permission(SECURITY, _("解除锁定和取消动态口令")),
    Permission(GRANT, _("管理岗位和授权"), _("授予和收回岗位；不限区域的，还可自建岗位")),
    Permission(APPOINT, _("任命管理员"), _("授予和收回管理类岗位，并办理担任这些岗位的账号")),
    Permission("shuixin.units", _("管理单位")),
    Permission("shuixin.plugins", _("启用和停用插件"), everywhere=True),
    Permission("shuixin.jobs", _("任务管理"), everywhere=True),
    Permission("shuixin.audit", _("查看操作日志"), everywhere=True),
)
#: 三员分立 (GB/T 22239-2019, 8.1.4.2): no account has rights out of two of these groups, the roles made for that apart.
DUTIES = {
    "system": frozenset({USERS, "shuixin.units", "shuixin.plugins", "shuixin.jobs"}),
    "security": frozenset({GRANT, SECURITY}),
    "audit": frozenset({"shuixin.audit"}),
}
#: A role with one of these is a role of administrators: only who may appoint gives it.
ADMINISTRATIVE = frozenset({APPOINT}).union(*DUTIES.values())

ADMINISTRATOR = "administrator"


def core_roles(*, separate: bool) -> tuple[Role, ...]:
    """Return the founding roles (DOMAIN §9); plugins add their permissions to them and declare others.

    :param separate: 三员分立: 超级管理员 only sets up units and appoints the three administrators.
    """
    everything = tuple(each.code for each in CORE_PERMISSIONS)
    setting_up = (SEE_PEOPLE, USERS, APPOINT, "shuixin.units")
    own_tree = (SEE_PEOPLE, USERS, SECURITY, GRANT, APPOINT, "shuixin.units")
    return (
        # 超级管理员 manages, and neither reviews nor publishes (DOMAIN R8).
        Role(ADMINISTRATOR, _("超级管理员"), setting_up if separate else everything, Scope.ALL),
        Role("province", _("省级部门管理员"), (SEE_PEOPLE,) if separate else own_tree),
        # The first administrator of a unit (单位初始化): the own tree, and no business.
        Role("unit_administrator", _("单位管理员"), (SEE_PEOPLE, "shuixin.units") if separate else own_tree),
        Role(
            "system_administrator",
            _("系统管理员"),
            (SEE_PEOPLE, USERS, "shuixin.units", "shuixin.plugins", "shuixin.jobs"),
            Scope.ALL,
        ),
        Role("security_administrator", _("安全管理员"), (SEE_PEOPLE, GRANT, SECURITY), Scope.ALL),
        Role("audit_administrator", _("审计管理员"), ("shuixin.audit",), Scope.ALL),
    )


def merge_roles(declared: Iterable[tuple[str, Role]], known: set[str], *, separate: bool = False) -> dict[str, Role]:
    """Return the roles by code; roles of one code become one with all their permissions.

    :param declared: (plugin id, role), dependencies first.
    :param known: codes of all declared permissions.
    :raises PluginError: a role names a permission nobody declared.
    """
    roles = {role.code: role for role in core_roles(separate=separate)}
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


def duties_of(permissions: Iterable[str]) -> frozenset[str]:
    """Return which of the separated duties *permissions* belong to."""
    held = frozenset(permissions)
    return frozenset(name for name, codes in DUTIES.items() if held & codes)


def is_administrative(permissions: Iterable[str]) -> bool:
    """Whether somebody with *permissions* administers people or the platform."""
    return not ADMINISTRATIVE.isdisjoint(permissions)


def exclude_each_other(first: Role, second: Role) -> bool:
    """Whether one account may not hold both roles at a time: together they reach over separated duties."""
    duties = duties_of(first.permissions), duties_of(second.permissions)
    return bool(duties[0] and duties[1]) and len(duties[0] | duties[1]) > 1


def reach_of(role: Role, region: str, unit_region: str) -> tuple[Scope, str]:
    """Return scope and region of *role* given for *region* to somebody of a unit in *unit_region*.

    A role without regions that is given for one reaches that far and no farther.
    """
    if role.scope is Scope.OWN or (role.scope is Scope.ALL and not region):
        return role.scope, ""
    return Scope.REGION, region or unit_region
