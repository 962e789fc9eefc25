"""What pages show of grants (授权): where each stands, and for which regions somebody may give."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shuixin.api import (
    Actor,
    Problem,
    Refused,
    Role,
    Scope,
    Text,
    User,
    access,
    accounts,
    clock,
    current_platform,
    domain,
    region_prefix,
    selectable_regions,
)

_ = domain("administration")
GIVING = ("shuixin.roles", "shuixin.appoint")


@dataclass(frozen=True)
class GrantRow:
    """One grant as a page shows it: words, icon and tone of its state, and whether the reader may end it."""

    grant: accounts.RoleGrant
    label: Text | str
    reach: Text | str
    state: tuple[Text, str, str]
    may_end: bool


def rows_of(user: User, actor: Actor) -> list[GrantRow]:
    """Return all grants *user* ever had, those in force first."""
    roles, today = accounts.roles_now(current_platform(), closed=True), clock.legal_day(clock.now())
    rows = [
        _row(grant, roles.get(grant.role), user, actor, today)
        for grant in accounts.RoleGrant.select().where(accounts.RoleGrant.user == user).order_by(accounts.RoleGrant.id)
    ]
    return sorted(rows, key=lambda each: each.grant.ended_at is not None)


def _row(grant: accounts.RoleGrant, role: Role | None, user: User, actor: Actor, today: date) -> GrantRow:
    reach: Text | str = grant.region
    if role is not None:
        scope, region = access.reach_of(role, grant.region, accounts.home_of(user).region)
        reach = accounts.scope_words(access.Grant("", scope, region))
    mine = user.id == actor.id or grant.ended_at is not None
    right = accounts.right_to_give(role) if role else GIVING[0]
    may_end = not mine and access.allowed(actor, right, accounts.home_of(user)).allowed
    return GrantRow(grant, role.label if role else grant.role, reach, _state(grant, role, today), may_end)


def _state(grant: accounts.RoleGrant, role: Role | None, today: date) -> tuple[Text, str, str]:
    if grant.ended_at is not None:
        return _("已收回"), "arrow-back", "grey"
    if grant.last_day and grant.last_day < today:
        return _("已到期"), "calendar-off", "grey"
    if role is None:
        return _("所属插件已停用，暂不生效"), "alert-triangle", "amber"
    if grant.role not in accounts.roles_now(current_platform()):
        return _("岗位已停用，暂不生效"), "alert-triangle", "amber"
    if grant.first_day and grant.first_day > today:
        return _("未开始"), "clock", "blue"
    return _("生效中"), "circle-check", "green"


def regions_within(actor: Actor, permissions: Iterable[str]) -> list[object]:
    """Return the regions over which *actor* holds one of *permissions*."""
    wanted = set(permissions)
    grants = [each for each in actor.grants if each.permission in wanted]
    if any(each.scope is Scope.ALL for each in grants):
        return list(selectable_regions())
    prefixes = tuple(region_prefix(each.region) for each in grants if each.region)
    return [each for each in selectable_regions() if prefixes and each.code.startswith(prefixes)]


def day_of(field: str, typed: str, problems: list[Problem]) -> date | None:
    """Return the day that was typed into *field*, ``None`` for nothing; what is no day goes to *problems*."""
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError:
        rule = _("“{typed}”不是日期。", typed=typed.strip()[:20])
        problems.append(Problem(field, typed.strip()[:20], rule, _("请按年-月-日填写，如2026-12-31。")))
        return None


def give(actor: Actor, user: User, form: dict[str, str]) -> None:
    """Give what the form on a person's page says.

    :raises Refused: with each problem; nothing was given.
    """
    problems: list[Problem] = []
    first, last = (day_of(name, form.get(name, ""), problems) for name in ("first_day", "last_day"))
    if not form.get("role"):
        problems.append(Problem("role", "", _("没有选择岗位。"), _("请选择要授予的岗位。")))
    if problems:
        raise Refused(_("没有授予。"), problems)
    accounts.give_role(
        actor,
        str(user.username),
        form["role"],
        now=clock.now(),
        region=form.get("region", ""),
        first_day=first,
        last_day=last,
    )
