"""Delegation (委托办理): a person on leave lets a colleague use rights for some days.

The colleague acts in the own name 受…委托. A right has effect only while the delegator holds it: whatever the
delegator loses, the colleague loses with the next request. What was delegated cannot be handed on.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from peewee import ModelSelect

from shuixin import audit
from shuixin.access import Actor, Grant, Principal
from shuixin.accounts.models import Delegation, User
from shuixin.contributions import Permission, Scope
from shuixin.database import transaction
from shuixin.errors import NotFound, Problem, Refused
from shuixin.kit import clock, notices
from shuixin.texts import Text, domain

_ = domain("shuixin")
#: A longer absence is one for new roles, not for a delegation.
LONGEST_DAYS = 180
SHORTEST_REASON = 4


def delegable_rights(actor: Actor, declared: Iterable[Permission]) -> list[Permission]:
    """Return what *actor* may delegate: rights to be delegated at all that are the actor's own."""
    own = {grant.permission for grant in actor.grants if grant.behalf is None and grant.scope is not Scope.OWN}
    return [each for each in declared if each.delegable and each.code in own]


def colleagues(actor: Actor) -> list[User]:
    """Return who may be delegated to: the other people of the own unit."""
    unit = User.select(User.unit).where(User.id == actor.id)
    query = User.select().where(User.active, User.subject == "", User.id != actor.id, User.unit == unit)
    return list(query.order_by(User.name))


def delegate(
    actor: Actor,
    *,
    taker: int,
    permissions: Collection[str],
    first_day: date | None,
    last_day: date | None,
    reason: str,
    declared: Iterable[Permission],
) -> Delegation:
    """Let a colleague use *permissions* from *first_day* to *last_day*.

    :param taker: account number of the colleague.
    :param declared: the permissions of the enabled plugins.
    :raises Refused: naming every field that does not hold.
    """
    colleague = next((each for each in colleagues(actor) if each.id == taker), None)
    offered = {each.code for each in delegable_rights(actor, declared)}
    reason = reason.strip()
    checks = (
        ("taker", None if colleague else _("受托人应为本单位在用的其他账号。")),
        ("permissions", None if offered.issuperset(permissions) and permissions else _("请选择您本人持有的事项。")),
        ("last_day", _days_refused(first_day, last_day)),
        ("reason", None if SHORTEST_REASON <= len(reason) <= 200 else _("请写明委托原因，4至200个字。")),
    )
    problems = [Problem(field, "", rule, "") for field, rule in checks if rule]
    if problems or colleague is None or first_day is None or last_day is None:
        raise Refused(_("委托没有登记，请改正后再试。"), problems)
    with transaction():
        made: Delegation = Delegation.create(
            giver=actor.id,
            taker=colleague,
            permissions=sorted(permissions),
            first_day=first_day,
            last_day=last_day,
            reason=reason,
            made_at=clock.now(),
        )
        days = {"first": first_day.isoformat(), "last": last_day.isoformat()}
        detail = {"taker": colleague.username, "permissions": made.permissions, **days, "reason": reason}
        audit.append(actor, "delegation.make", "delegation", str(made.id), detail)
        notices.send(
            [colleague.id],
            kind="delegation.made",
            key=f"delegation:{made.id}",
            title=_("{name}委托您办理", name=actor.name),
            text=_("自{first}至{last}，原因：{reason}。", **days, reason=reason),
            link="/account/delegations",
        )
    return made


def _days_refused(first_day: date | None, last_day: date | None) -> Text | None:
    if first_day is None or last_day is None:
        return _("请填写起止日期，如2026-12-01。")
    if first_day < clock.legal_day(clock.now()):
        return _("委托不能从过去的日期开始。")
    if last_day < first_day or (last_day - first_day).days >= LONGEST_DAYS:
        return _("结束日期应不早于开始日期，且全程不超过{count}天。", count=LONGEST_DAYS)
    return None


def end_delegation(actor: Actor, number: int) -> None:
    """End a delegation that *actor* gave or took, before its last day.

    :raises NotFound: the actor has none of that number that goes on.
    """
    with transaction():
        mine = of_account(actor.id).where(Delegation.id == number, Delegation.ended_at.is_null())
        row: Delegation | None = mine.first()
        if row is None:
            raise NotFound(_("没有找到这项委托，它可能已经结束。"))
        Delegation.update(ended_at=clock.now()).where(Delegation.id == number).execute()
        audit.append(actor, "delegation.end", "delegation", str(number))
        notices.send(
            {row.giver.id, row.taker.id} - {actor.id},
            kind="delegation.ended",
            key=f"delegation:{number}:end",
            title=_("{name}结束了委托", name=actor.name),
            text=_("原定自{first}至{last}。", first=row.first_day.isoformat(), last=row.last_day.isoformat()),
            link="/account/delegations",
        )


def of_account(number: int) -> "ModelSelect[Delegation]":
    """Return the delegations that the account gave or took, the newest first."""
    query = Delegation.select().where((Delegation.giver == number) | (Delegation.taker == number))
    return query.order_by(Delegation.id.desc())


def goes_on(day: date) -> Any:
    """Return the condition for delegations that have effect on *day*."""
    return Delegation.ended_at.is_null() & (Delegation.first_day <= day) & (Delegation.last_day >= day)


def delegated_grants(
    user: User, own_rights: Callable[[User], Actor], declared: Iterable[Permission], day: date
) -> frozenset[Grant]:
    """Return the grants that others let *user* use on *day*.

    :param own_rights: gives the actor of a delegator with the rights of the moment, own ones only.
    """
    rows = (
        Delegation.select(Delegation, User)
        .join(User, on=Delegation.giver)
        .where(Delegation.taker == user, User.active, goes_on(day))
    )
    codes = {each.code for each in declared if each.delegable}
    return frozenset(
        replace(grant, until=row.last_day, behalf=Principal(row.giver.id, row.giver.name))
        for row in rows
        for grant in own_rights(row.giver).grants
        if grant.permission in codes.intersection(row.permissions) and grant.scope is not Scope.OWN
    )
