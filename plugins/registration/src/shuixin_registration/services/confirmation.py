"""Registration (企业注册), the authority's side: confirm, return, refuse; and who holds a subject's main account."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain, count
from typing import TypeVar

from peewee import ModelSelect, fn

from shuixin.api import (
    Actor,
    Conflict,
    NotFound,
    Refused,
    Scope,
    Target,
    User,
    accounts,
    audit,
    current_platform,
    domain,
    exclusive,
    region_prefix,
    require,
    review,
    transaction,
)
from shuixin_registration.models import MainAccount, Registration
from shuixin_registration.permissions import CONFIRM, ENTERPRISE
from shuixin_registration.services import path
from shuixin_registration.services.main_accounts import main_account, note
from shuixin_registration.services.path import Act, Stage
from shuixin_registration.services.registration import OWNER_KIND

_ = domain("registration")
RoleGrant = accounts.RoleGrant
Row = TypeVar("Row", Registration, MainAccount)


def within_reach(actor: Actor, model: type[Row]) -> "ModelSelect[Row]":
    """Return the rows of *model* in the regions whose registrations *actor* confirms; all lists start here."""
    grants = [grant for grant in actor.grants if grant.permission == CONFIRM]
    if actor.is_system or any(grant.scope is Scope.ALL for grant in grants):
        return model.select()
    condition = model.id < 0
    for grant in grants:
        if grant.region:
            condition |= model.region.startswith(region_prefix(grant.region))
    return model.select().where(condition)


def queue(actor: Actor) -> "ModelSelect[Registration]":
    """Return what waits to be confirmed, oldest first."""
    waiting = within_reach(actor, Registration).where(Registration.stage == Stage.SUBMITTED)
    return waiting.order_by(Registration.submitted_at, Registration.id)


def find(actor: Actor, registration_id: int) -> Registration:
    """Return a registration within reach.

    :raises NotFound: there is none; one out of reach is answered alike.
    """
    found = within_reach(actor, Registration).where(Registration.id == registration_id).get_or_none()
    if found is None:
        raise NotFound(_("没有找到这件注册，或它不在您的管辖范围内。"))
    return found


def free_name(wish: str) -> str:
    """Return the account name wished for, or one like it if it is taken; capitals make no difference."""
    like = User.select(User.username).where(fn.LOWER(User.username).startswith(wish))
    taken = {user.username.lower() for user in like}
    return next(name for name in chain([wish], (f"{wish}{number}" for number in count(2))) if name not in taken)


def decide(
    actor: Actor, registration_id: int, act: Act, *, version: int, now: datetime, reason: str = ""
) -> Registration:
    """Confirm a registration, which makes the enterprise's main account; or return, refer or refuse it.

    :param reason: for the applicant to read; needed for all but confirming.
    :raises Refused: the reason is missing.
    :raises Conflict: it was decided or changed meanwhile; or the code has an account already, so that only its main
        account can make another.
    """
    with transaction():
        case = find(actor, registration_id)
        require(actor, CONFIRM, Target(region=case.region))
        if act not in (Act.CONFIRM, Act.RETURN, Act.REFER, Act.REFUSE):
            raise Refused(_("请选择一个决定。"))
        words = "" if act is Act.CONFIRM else review.check_reason(reason)
        # Before anything else, so that of two who decide at once the second hears just that.
        settle(actor, case, act, version=version, now=now, reason=words)
        exclusive(f"subject {case.uscc}")
        held = main_account(case.uscc)
        if act is Act.CONFIRM and held is not None:
            name = held.user.username
            raise Conflict(_("该代码已有主账号{username}，不能再开通主账号。可转主账号决定。", username=name))
        if act is Act.REFER and held is None:
            raise Conflict(_("该代码还没有主账号，请直接确认、退回或不予通过。"))
        if act is Act.CONFIRM:
            make_account(actor, case, (ENTERPRISE,))
    return case


def settle(actor: Actor, case: Registration, act: Act, *, version: int, now: datetime, reason: str = "") -> None:
    """Write the stage after *act*; for services that have found out whether *actor* may.

    :raises Conflict: see :func:`decide`.
    """
    stage = path.PATH.after(case.stage, act)
    case.save_if(version, stage=stage, stage_at=now, reason=reason)
    audit(actor, f"registration.{act}", OWNER_KIND, case.receipt, {"reason": reason})


def make_account(actor: Actor, case: Registration, roles: tuple[str, ...]) -> User:
    """Make the account that a settled registration asked for; its password is the one chosen there."""
    user = accounts.add_user(
        actor,
        username=free_name(case.username),
        name=case.contact,
        hashed=case.password,
        roles=roles,
        subject=case.uscc,
        must_change=False,
    )
    note(user.id, case.uscc, case.region)
    case.save_if(case.row_version, user=user, username=user.username, password="")
    return user


def mobile_of(actor: Actor, registration_id: int, reason: str) -> str:
    """Return the applicant's whole mobile number; that it was looked at, and why, is audited (SECURITY T87).

    :raises Refused: no reason is given.
    """
    case = find(actor, registration_id)
    require(actor, CONFIRM, Target(region=case.region))
    reason = reason.strip()[:200]
    if not reason:
        raise Refused(_("请写明查看完整号码的理由。"))
    with transaction():
        audit(actor, "registration.reveal", OWNER_KIND, case.receipt, {"reason": reason})
    return current_platform().sealer.open(case.mobile)


def accounts_of(subject: str) -> list[User]:
    """Return all accounts of *subject* by name."""
    return list(User.select().where(User.subject == subject).order_by(User.username)) if subject else []


def hand_over(
    actor: Actor, main_id: int, username: str, *, version: int, reason: str, close_former: bool, now: datetime
) -> MainAccount:
    """Make another account of the subject its main one; the two change their roles.

    :raises Refused: no reason, or the account is not an open one of this subject.
    :raises Conflict: it was handed over meanwhile.
    """
    main: MainAccount | None = within_reach(actor, MainAccount).where(MainAccount.id == main_id).get_or_none()
    if main is None:
        raise NotFound(_("没有找到这家企业的账号，或它不在您的管辖范围内。"))
    require(actor, CONFIRM, Target(region=main.region))
    words = review.check_reason(reason)
    with transaction():
        # First, so that who looks at an older state hears that before anything else.
        main.save_if(version, since=now)
        mine = (User.username == username, User.subject == main.subject, User.active)
        former, other = main.user, User.get_or_none(*mine)
        if other is None or other == former:
            raise Refused(_("请选择本企业一个可用的子账号接任主账号。"))
        main.save_if(version + 1, user=other)
        _exchange_roles(actor, former, other, now)
        accounts.end_sessions(former)
        if close_former:
            accounts.close_account(former)
        facts = {"from": former.username, "to": username, "reason": words, "closed": close_former}
        audit(actor, "account.hand_over", "subject", main.subject, facts)
    return main


def _exchange_roles(actor: Actor, one: User, other: User, now: datetime) -> None:
    grants = list(RoleGrant.select().where(RoleGrant.user.in_([one, other]), RoleGrant.ended_at.is_null()))
    roles = [grant.role for grant in grants]
    for grant in grants:
        if roles.count(grant.role) == 1:  # what both hold stays where it is
            end_grants(actor, [grant], now)
            accounts.note_grant(actor, other if grant.user == one else one, grant.role, now=now)


def end_grants(actor: Actor, grants: Iterable[RoleGrant], now: datetime) -> None:
    """End grants of an enterprise's accounts; for services that have found out whether *actor* may."""
    keys = [grant.id for grant in grants]
    RoleGrant.update(ended_at=now, ended_by=actor.name).where(RoleGrant.id.in_(keys)).execute()
