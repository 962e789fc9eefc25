"""Sub-accounts (子账号): an enterprise's main account makes, changes and closes the others of its own subject.

What a sub-account may is chosen out of what the main account may itself. Nobody else makes them, and none of them
makes others.
"""

from collections.abc import Collection
from datetime import datetime

from shuixin.api import (
    Actor,
    Forbidden,
    NotFound,
    Problem,
    Refused,
    Role,
    Scope,
    Target,
    User,
    accounts,
    audit,
    current_platform,
    domain,
    exclusive,
    require,
    review,
    transaction,
)
from shuixin_registration.models import Registration
from shuixin_registration.permissions import SUBACCOUNTS
from shuixin_registration.services.confirmation import end_grants, make_account, settle
from shuixin_registration.services.main_accounts import main_account
from shuixin_registration.services.path import Act, Stage
from shuixin_registration.settings import settings

_ = domain("registration")
RoleGrant = accounts.RoleGrant
LONGEST_SUFFIX = 15


def is_main(actor: Actor) -> bool:
    """Whether *actor* acts as the main account of its subject."""
    held = main_account(actor.subject) if actor.subject else None
    return held is not None and held.user.id == actor.id


def _require_main(actor: Actor) -> None:
    require(actor, SUBACCOUNTS, Target(subject=actor.subject))
    if not is_main(actor):
        raise Forbidden(_("只有本单位的主账号可以管理子账号。"))


def roles_to_give(actor: Actor) -> dict[str, Role]:
    """Return the roles that a main account may give: those within its own rights that make no further accounts."""
    return {
        code: role
        for code, role in accounts.roles_now(current_platform()).items()
        if role.scope is Scope.OWN
        and role.permissions
        and SUBACCOUNTS not in role.permissions
        and all(actor.holds(each) for each in role.permissions)
    }


def subaccounts(actor: Actor) -> list[tuple[User, set[str]]]:
    """Return the sub-accounts of the actor's subject, those in use first, with the roles each holds."""
    _require_main(actor)
    others = User.select().where(User.subject == actor.subject, User.id != actor.id)
    return [
        (user, {grant.role for grant in _grants(user)}) for user in others.order_by(User.active.desc(), User.username)
    ]


def _grants(user: User) -> list[RoleGrant]:
    return list(RoleGrant.select().where(RoleGrant.user == user, RoleGrant.ended_at.is_null()))


def applications(actor: Actor) -> list[Registration]:
    """Return the registrations for the actor's own code that the authority has left to the main account."""
    _require_main(actor)
    mine = (Registration.uscc == actor.subject, Registration.stage == Stage.REFERRED)
    return list(Registration.select().where(*mine).order_by(Registration.submitted_at))


def make_subaccount(actor: Actor, *, suffix: str, name: str, roles: Collection[str]) -> tuple[User, str]:
    """Make a sub-account named after the main one (``zhang-01``), and return it with its first password.

    The name begins with the main account's, so that whether it is taken tells nothing about others (SECURITY T14).

    :raises Refused: with every problem, or when there are as many as there may be.
    """
    suffix, name = suffix.strip().lower(), name.strip()
    problems = _problems(suffix, name) + _wrong_roles(actor, roles)
    if problems:
        raise Refused(_("有{count}处需要改正。", count=len(problems)), problems)
    password = accounts.random_password()
    with transaction():
        _make_room(actor)
        user = accounts.add_user(
            actor,
            username=f"{actor.username[:24]}-{suffix}",
            name=name,
            hashed=accounts.hash_password(password),
            roles=tuple(roles),
            subject=actor.subject,
        )
    return user, password


def _problems(suffix: str, name: str) -> list[Problem]:
    found = []
    if not 0 < len(suffix) <= LONGEST_SUFFIX or not (suffix.isascii() and suffix.isalnum()):
        rule = _("账号后缀须为1至{count}位字母或数字。", count=LONGEST_SUFFIX)
        found.append(Problem("suffix", suffix[:LONGEST_SUFFIX], rule, _("例如01、caiwu。")))
    if not 0 < len(name) <= 40:
        found.append(Problem("name", "", _("没有填写使用人姓名，或超过40个字。"), _("请填写实际使用人的姓名。")))
    return found


def _wrong_roles(actor: Actor, roles: Collection[str]) -> list[Problem]:
    if roles and set(roles) <= set(roles_to_give(actor)):
        return []
    return [Problem("roles", "", _("没有选择权限。"), _("请从列出的权限中选择。"))]


def _make_room(actor: Actor) -> None:
    """Refuse one more sub-account in use than there may be; holds until the transaction ends."""
    exclusive(f"subject {actor.subject}")
    _require_main(actor)
    most = settings().subaccounts
    if User.select().where(User.subject == actor.subject, User.id != actor.id, User.active).count() >= most:
        raise Refused(_("子账号已达{count}个的上限，请先停用不再使用的子账号。", count=most))


def _own(actor: Actor, user_id: int) -> User:
    """Return a sub-account of the actor's subject.

    :raises NotFound: there is none; one of another subject is answered alike.
    """
    _require_main(actor)
    found: User | None = User.get_or_none(User.id == user_id, User.subject == actor.subject, User.id != actor.id)
    if found is None:
        raise NotFound(_("没有找到这个子账号。"))
    return found


def set_subaccount_roles(actor: Actor, user_id: int, roles: Collection[str], *, now: datetime) -> User:
    """Let a sub-account have exactly *roles*; its next request has them.

    :raises Refused: none is chosen, or one that the main account cannot give.
    """
    problems = _wrong_roles(actor, roles)
    if problems:
        raise Refused(problems[0].rule, problems)
    with transaction():
        user = _own(actor, user_id)
        held = {grant.role: grant for grant in _grants(user)}
        end_grants(actor, [grant for role, grant in held.items() if role not in roles], now)
        for role in sorted(set(roles) - set(held)):
            accounts.note_grant(actor, user, role, now=now)
        audit(actor, "account.roles", "user", user.username, {"before": sorted(held), "after": sorted(set(roles))})
    return user


def set_subaccount_active(actor: Actor, user_id: int, *, active: bool) -> User:
    """Close a sub-account, which ends its sessions, cookies and first password; or open it again.

    :raises Refused: opening it would make too many.
    """
    with transaction():
        if active:
            _make_room(actor)
        user = _own(actor, user_id)
        if active:
            User.update(active=True).where(User.id == user.id).execute()
        else:
            accounts.close_account(user)
        audit(actor, "account.open" if active else "account.close", "user", user.username)
    return user


def reset_subaccount(actor: Actor, user_id: int) -> tuple[User, str]:
    """Give a sub-account a new first password and return it; its sessions end."""
    user, password = _own(actor, user_id), accounts.random_password()
    accounts.set_password(actor, user, password, must_change=True)
    return user, password


def answer_application(
    actor: Actor,
    registration_id: int,
    *,
    accept: bool,
    version: int,
    now: datetime,
    roles: Collection[str] = (),
    reason: str = "",
) -> Registration:
    """Make the sub-account that a registration for the own code asks for, or refuse it with a reason.

    :raises NotFound: there is none for the own code that waits for the main account.
    :raises Conflict: it was answered meanwhile.
    """
    with transaction():
        case = next((each for each in applications(actor) if each.id == registration_id), None)
        if case is None:
            raise NotFound(_("没有找到这件加入申请。"))
        if not accept:
            settle(actor, case, Act.REFUSE, version=version, now=now, reason=review.check_reason(reason))
            return case
        problems = _wrong_roles(actor, roles)
        if problems:
            raise Refused(problems[0].rule, problems)
        settle(actor, case, Act.JOIN, version=version, now=now)
        _make_room(actor)
        make_account(actor, case, tuple(sorted(set(roles))))
    return case
