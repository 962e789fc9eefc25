"""Roles are given to accounts, and grants ended (授权、收回); nobody gives beyond the own reach.

An ordinary role asks for ``shuixin.roles``, a role of administrators for ``shuixin.appoint``, each over the person's
region and over the region that the grant is for. Whoever administers people is administered by those who may appoint.
"""

from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from shuixin import audit
from shuixin.access import Actor, Target, allowed, require
from shuixin.access.roles import ADMINISTRATOR, APPOINT, GRANT, exclude_each_other, is_administrative, reach_of
from shuixin.accounts.models import RoleGrant, User
from shuixin.accounts.rights import actor_of, in_force, roles_now
from shuixin.contributions import Role, Scope
from shuixin.database import exclusive, transaction
from shuixin.errors import Conflict, NotFound, Problem, Refused
from shuixin.kit import clock
from shuixin.kit.regions import region_prefix
from shuixin.platform import current_platform
from shuixin.texts import Text, domain
from shuixin.units.models import Unit
from shuixin.units.regions import find_region, region_name

_ = domain("shuixin")
#: What a lock is taken on before anybody's roles are read to be changed.
LOCK = "administrators"


def home_of(user: User) -> Target:
    """Return what acting on *user* acts on: the region of the unit; enterprises and people of no unit have none."""
    return Target(region=user.unit.region if user.unit else "")


def right_to_give(role: Role) -> str:
    """Return the permission that giving *role* asks for."""
    return APPOINT if is_administrative(role.permissions) else GRANT


def may_give(actor: Actor, role: Role, user: User) -> bool:
    """Whether *actor* may give *role* to *user* for some region at least."""
    return allowed(actor, right_to_give(role), home_of(user)).allowed


def require_over(actor: Actor, permission: str, user: User) -> None:
    """Return quietly if *actor* may use *permission* on the account of *user*.

    An account that administers asks for ``shuixin.appoint`` instead, as far as it reaches: otherwise whoever resets
    passwords could take the place of those who give the rights.

    :raises Forbidden: the account is out of reach.
    """
    for right, target in _asked(permission, user):
        require(actor, right, target)


def may_act(actor: Actor, permission: str, user: User) -> bool:
    """Whether :func:`require_over` lets *actor* pass; for pages."""
    return all(allowed(actor, right, target).allowed for right, target in _asked(permission, user))


def _asked(permission: str, user: User) -> list[tuple[str, Target]]:
    home, roles = home_of(user), roles_now(current_platform(), closed=True)
    held = RoleGrant.select().where(RoleGrant.user == user, RoleGrant.ended_at.is_null())
    administering = [
        (APPOINT, Target(region=reach_of(role, grant.region, home.region)[1]))
        for grant in held
        if (role := roles.get(grant.role)) and is_administrative(role.permissions)
    ]
    return [*administering, (APPOINT if administering else permission, home)]


def give_role(
    actor: Actor,
    username: str,
    code: str,
    *,
    now: datetime,
    region: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
) -> RoleGrant:
    """Give a role to an account.

    :param region: six-digit code; ``""``: as far as the role itself reaches, for most the region of the unit.
    :param first_day: the first legal day it holds; ``None`` for at once.
    :param last_day: the last legal day it holds; ``None`` for no end.
    :raises NotFound: there is no such account.
    :raises Forbidden: the person is out of the actor's reach.
    :raises Refused: it is the own account, role, region or days do not fit, or the account has a role that excludes it.
    """
    with transaction():
        exclusive(LOCK)
        user = somebody_else(actor, username)
        role = _known(code)
        require(actor, right_to_give(role), home_of(user))
        region = "" if role.scope is Scope.OWN else region
        _check_days(first_day, last_day, clock.legal_day(now))
        _check_region(actor, role, user, region)
        _check_others(user, role, region, first_day or clock.legal_day(now), last_day)
        return note_grant(actor, user, role.code, now=now, region=region, first_day=first_day, last_day=last_day)


def note_grant(
    actor: Actor,
    user: User,
    code: str,
    *,
    now: datetime,
    region: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
) -> RoleGrant:
    """Write the grant down, unchecked: what calls it has checked, or is the platform itself."""
    grant = RoleGrant.create(
        user=user,
        role=code,
        region=region,
        first_day=first_day,
        last_day=last_day,
        given_at=now,
        given_by=actor.name,
    )
    audit.append(actor, "grant.give", "user", user.username, _detail(grant))
    return grant


def _detail(grant: RoleGrant) -> dict[str, object]:
    days = {name: day.isoformat() for name in ("first_day", "last_day") if (day := getattr(grant, name))}
    return {"grant": grant.id, "role": grant.role, "region": grant.region, **days}


def end_grant(actor: Actor, grant_id: int, *, now: datetime) -> RoleGrant:
    """End a grant at once; the row stays, and the next request of a session that lives has the right no more.

    :raises NotFound: there is no such grant.
    :raises Forbidden: the person, or the grant's region, is out of the actor's reach.
    :raises Conflict: it was ended before.
    :raises Refused: it is the own account, or no administrator would be left.
    """
    with transaction():
        exclusive(LOCK)
        grant: RoleGrant | None = RoleGrant.get_or_none(RoleGrant.id == grant_id)
        if grant is None:
            raise NotFound(_("没有这项授权。"))
        user = somebody_else(actor, grant.user.username)
        role = roles_now(current_platform(), closed=True).get(grant.role, Role(grant.role, grant.role, ()))
        require(actor, right_to_give(role), home_of(user))
        require(actor, right_to_give(role), _reach(role, user, grant.region))
        if grant.role == ADMINISTRATOR:
            keep_one(user, clock.legal_day(now))
        ending = RoleGrant.update(ended_at=now, ended_by=actor.name)
        if not ending.where(RoleGrant.id == grant_id, RoleGrant.ended_at.is_null()).execute():
            raise Conflict(_("这项授权已经收回。"))
        audit.append(actor, "grant.end", "user", user.username, _detail(grant))
    return grant


def somebody_else(actor: Actor, username: str) -> User:
    """Return the account.

    :raises NotFound: there is none of that name.
    :raises Refused: it is the actor's own; nobody raises, closes or locks out the own account.
    """
    user: User | None = User.get_or_none(User.username == username)
    if user is None:
        raise NotFound(_("没有账号“{username}”。", username=username))
    if actor.id and user.id == actor.id:
        raise Refused(_("不能更改自己的岗位或停用自己的账号，请由另一位管理员办理。"))
    return user


def keep_one(leaving: User, day: date) -> None:
    """Refuse if *leaving* is the last whose administration knows neither region nor end."""
    lasting = (
        (RoleGrant.role == ADMINISTRATOR) & (RoleGrant.region == "") & RoleGrant.last_day.is_null() & in_force(day)
    )
    holders = RoleGrant.select().join(User).where(lasting, User.active)
    if holders.where(User.id == leaving.id).exists() and not holders.where(User.id != leaving.id).exists():
        raise Refused(_("这是最后一位可用的超级管理员，请先让另一个账号担任此岗位。"))


def in_reach(actor: Actor, permission: str) -> Any:
    """Return the condition on accounts that *actor* may use *permission* on; for lists and look-ups."""
    grants = [each for each in actor.grants if each.permission == permission]
    if actor.is_system or any(each.scope is Scope.ALL for each in grants):
        return User.id > 0
    prefixes = [region_prefix(each.region) for each in grants if each.scope is Scope.REGION and each.region]
    below = [Unit.region.startswith(prefix) for prefix in prefixes]
    unit: Any = User.unit
    return unit.in_(Unit.select(Unit.id).where(reduce(or_, below))) if below else User.id < 0


def _known(code: str) -> Role:
    role = roles_now(current_platform()).get(code)
    if role is None:
        rule = _("没有岗位{names}。", names=code)
        raise Refused(rule, [Problem("role", code, rule, _("请从列出的岗位中选择。"))])
    return role


def _reach(role: Role, user: User, region: str) -> Target:
    scope, code = reach_of(role, region, home_of(user).region)
    return home_of(user) if scope is Scope.OWN else Target(region=code)


def _check_days(first: date | None, last: date | None, today: date) -> None:
    if last and last < today:
        rule: Text = _("截止日期早于今天。")
        raise Refused(rule, [Problem("last_day", last.isoformat(), rule, _("请填今天或以后的日期，不限期的请留空。"))])
    if first and last and last < first:
        rule = _("截止日期早于开始日期。")
        raise Refused(rule, [Problem("last_day", last.isoformat(), rule, _("请核对两个日期。"))])


def _check_region(actor: Actor, role: Role, user: User, region: str) -> None:
    if region and (len(region) != 6 or find_region(region) is None):
        rule = _("没有行政区划代码“{region}”。", region=region)
        raise Refused(rule, [Problem("region", region, rule, _("请从列出的区域中选择。"))])
    scope, code = reach_of(role, region, home_of(user).region)
    if scope is Scope.REGION and not code:
        rule = _("此人没有单位，岗位“{role}”没有管辖区域。", role=role.label)
        raise Refused(rule, [Problem("region", "", rule, _("请选择区域。"))])
    if not allowed(actor, right_to_give(role), _reach(role, user, region)).allowed:
        rule = _("“{region}”超出您可以授权的范围。", region=region_name(code) if code else _("不限区域"))
        raise Refused(rule, [Problem("region", region, rule, _("请选择您管辖范围内的区域。"))])


def _check_others(user: User, role: Role, region: str, first: date, last: date | None) -> None:
    roles = roles_now(current_platform(), closed=True)
    for other in RoleGrant.select().where(RoleGrant.user == user, RoleGrant.ended_at.is_null()):
        if not _overlap(other, first, last):
            continue
        held = roles.get(other.role)
        home = home_of(user).region
        if other.role == role.code and reach_of(role, other.region, home) == reach_of(role, region, home):
            rule = _("此人在这段时间已有岗位“{role}”，范围相同。", role=role.label)
            raise Refused(rule, [Problem("role", role.code, rule, _("如需改变日期，请先收回原有授权。"))])
        if held is not None and held.code != role.code and exclude_each_other(held, role):
            raise Refused(*excluded(held, role))


def excluded(held: Role, role: Role) -> tuple[Text, list[Problem]]:
    """Return the refusal for two roles that exclude each other, as sentence and problems."""
    rule = _("按三员分立要求，同一账号不能同时担任“{held}”和“{role}”。", held=held.label, role=role.label)
    return rule, [Problem("role", role.code, rule, _("请授予另一个人，或先收回原有岗位。"))]


def _overlap(grant: RoleGrant, first: date, last: date | None) -> bool:
    begins_after = last is not None and grant.first_day is not None and grant.first_day > last
    ended_before = grant.last_day is not None and grant.last_day < first
    return not (begins_after or ended_before)


def givers(user: User, role: Role, *, now: datetime) -> list[User]:
    """Return who may give *role* to *user*, for whoever needs it and cannot help himself."""
    platform, right = current_platform(), right_to_give(role)
    codes = [code for code, each in roles_now(platform).items() if right in each.permissions]
    holding: Any = RoleGrant.select(RoleGrant.user).where(RoleGrant.role.in_(codes), in_force(clock.legal_day(now)))
    key: Any = User.id
    people = User.select().where(key.in_(holding), User.id != user.id, User.active).order_by(User.name)
    return [each for each in people if allowed(actor_of(each, platform, now=now), right, home_of(user)).allowed]
