"""From grants to rights: the actor an account acts as, on a given day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from peewee import JOIN

from shuixin.access import Actor, Grant, Target, allowed
from shuixin.access.limits import narrowed
from shuixin.access.roles import reach_of
from shuixin.accounts.delegations import delegated_grants, goes_on
from shuixin.accounts.models import Delegation, MadeRole, RoleGrant, User
from shuixin.contributions import Role, Scope
from shuixin.kit import clock
from shuixin.platform import Platform, current_platform


def made(row: MadeRole) -> Role:
    """Return the role that *row* describes."""
    return Role(row.code, row.label, tuple(row.permissions), Scope(row.scope))


def roles_now(platform: Platform, *, closed: bool = False) -> dict[str, Role]:
    """Return all roles by code: the declared ones, then those made in the page; a declared code wins.

    :param closed: include made roles that were closed.
    """
    rows = MadeRole.select().order_by(MadeRole.label)
    own = {row.code: made(row) for row in rows if closed or row.active}
    return platform.roles | {code: role for code, role in own.items() if code not in platform.roles}


def in_force(day: date) -> Any:
    """Return the condition that a grant is in force on *day*."""
    begun = RoleGrant.first_day.is_null() | (RoleGrant.first_day <= day)
    return RoleGrant.ended_at.is_null() & begun & (RoleGrant.last_day.is_null() | (RoleGrant.last_day >= day))


def grants_of(user: User, day: date) -> list[RoleGrant]:
    """Return the grants of *user* in force on *day*, each with the made role (``made``) if it names one; one query."""
    return [row for row in _grants(user, day) if _is_of(row, user)]


def _grants(user: User, day: date) -> list[RoleGrant]:
    """Return the grants in force of *user* and of all who let *user* use rights: most requests need no second query."""
    on = (RoleGrant.role == MadeRole.code) & MadeRole.active
    query = RoleGrant.select(RoleGrant, MadeRole).join(MadeRole, JOIN.LEFT_OUTER, on=on, attr="made")
    lenders = Delegation.select(Delegation.giver).where(Delegation.taker == user, goes_on(day))
    whose = (RoleGrant.user == user) | RoleGrant.user.in_(lenders)
    return list(query.where(whose, in_force(day)).order_by(RoleGrant.id))


def _is_of(row: RoleGrant, user: User) -> bool:
    return bool(row.__data__["user"] == user.id)  # ``row.user`` would be a query


def actor_of(user: User, platform: Platform, origin: str = "", now: datetime | None = None) -> Actor:
    """Return the actor for *user*: what the grants in force give under the enabled plugins, less what limits withhold;
    beside them what colleagues have delegated, under the same limits.

    A closed account has no rights, whoever asks; of a unit that is being set up, only those of administration count.
    """
    day = clock.legal_day(now or clock.now())
    rows = _grants(user, day)
    actor = _own_rights(user, rows, platform, origin)
    unit = user.unit
    if unit and user.active and not all(_is_of(row, user) for row in rows):

        def lender(giver: User) -> Actor:
            own = _own_rights(giver, grants_of(giver, day), platform)
            return narrowed(own, platform.limits, platform.calls)

        lent = delegated_grants(user, lender, platform.permissions.values(), day)
        actor = replace(actor, grants=actor.grants | {each for each in lent if unit.lets_use(each.permission)})
    return narrowed(actor, platform.limits, platform.calls)


def holders(permission: str, target: Target) -> list[int]:
    """Return the account numbers of all who may use *permission* on *target* today, delegates included."""
    platform, day = current_platform(), clock.legal_day(clock.now())
    roles = [code for code, role in roles_now(platform).items() if permission in role.permissions]
    granted = RoleGrant.select(RoleGrant, User).join(User, on=RoleGrant.user).where(RoleGrant.role.in_(roles))
    taken = Delegation.select(Delegation, User).join(User, on=Delegation.taker).where(goes_on(day))
    users = {row.user.id: row.user for row in granted} | {row.taker.id: row.taker for row in taken}
    return [number for number, user in users.items() if allowed(actor_of(user, platform), permission, target).allowed]


def _own_rights(user: User, rows: list[RoleGrant], platform: Platform, origin: str = "") -> Actor:
    own = [row for row in rows if user.active and _is_of(row, user)]
    held = [(row, role) for row in own if (role := _role_of(row, platform))]
    unit = user.unit
    unit_region = unit.region if unit else ""
    given = [each for grant, role in held for each in rights(grant, role, unit_region, platform)]
    return Actor(
        id=user.id,
        name=user.name,
        username=user.username,
        unit_name=unit.name if unit else "",
        region=unit_region,
        subject=user.subject,
        roles=tuple(dict.fromkeys(role.code for _grant, role in held)),
        role_labels=tuple(dict.fromkeys(str(role.label) for _grant, role in held)),
        grants=frozenset(each for each in given if unit is None or unit.lets_use(each.permission)),
        origin=origin,
    )


def _role_of(grant: RoleGrant, platform: Platform) -> Role | None:
    row: MadeRole | None = getattr(grant, "made", None)
    return platform.roles.get(grant.role) or (made(row) if row is not None and row.code else None)


def rights(grant: RoleGrant, role: Role, unit_region: str, platform: Platform) -> Iterable[Grant]:
    """Return what *role* gives through *grant*; a right without regions only where the grant reaches everywhere."""
    scope, region = reach_of(role, grant.region, unit_region)
    if scope is Scope.REGION and not region:  # somebody of no unit, who was given no region
        return
    since = grant.first_day or (clock.legal_day(grant.given_at) if grant.given_at else None)
    for code in role.permissions:
        permission = platform.permissions.get(code)
        if permission is not None and (scope is Scope.ALL or not permission.everywhere):
            yield Grant(code, scope, region, role.code, role.label, since, grant.last_day)
