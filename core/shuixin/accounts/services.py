"""Accounts are made, changed and ended here."""

import uuid

from peewee import IntegrityError

from shuixin import audit
from shuixin.access import Actor, Target, require
from shuixin.access.roles import USERS
from shuixin.accounts.grants import give_role, note_grant, require_over
from shuixin.accounts.models import LoginSession, PasswordUse, User
from shuixin.accounts.passwords import check_rules, hash_password, is_password, random_password
from shuixin.database import db, exclusive, transaction
from shuixin.errors import NotFound, Problem, Refused
from shuixin.kit import clock
from shuixin.kit.search import Index
from shuixin.texts import domain
from shuixin.units.models import Unit

_ = domain("shuixin")
user_index = Index("shuixin_user_search")


def create_user(
    actor: Actor,
    *,
    username: str,
    name: str,
    password: str,
    roles: tuple[str, ...],
    unit: Unit | None = None,
    subject: str = "",
    must_change: bool = True,
) -> User:
    """Make an account with *roles*, each as far as the unit's region; the platform itself gives them without limit.

    :raises Forbidden: the unit is out of the actor's reach.
    :raises Refused: the name is taken, the password breaks the rules, or the actor may not give one of the roles.
    """
    require(actor, USERS, Target(region=unit.region if unit else ""))
    check_rules(password, username)
    with transaction():
        user = add_user(
            actor,
            username=username,
            name=name,
            hashed=hash_password(password),
            roles=roles if actor.is_system else (),  # which may name a role whose plugin is off
            unit=unit,
            subject=subject,
            must_change=must_change,
        )
        for role in () if actor.is_system else roles:
            give_role(actor, username, role, now=clock.now(), region=unit.region if unit else "")
    return user


def add_user(
    actor: Actor,
    *,
    username: str,
    name: str,
    hashed: str,
    roles: tuple[str, ...],
    unit: Unit | None = None,
    subject: str = "",
    must_change: bool = True,
) -> User:
    """Make an account; for services that have found out themselves whether *actor* may.

    :param hashed: of the password, see ``passwords.hash_password``.
    :raises Refused: the name is taken.
    """
    try:
        with transaction():
            user = User.create(
                username=username,
                name=name,
                password=hashed,
                fs_uniquifier=uuid.uuid4().hex,
                unit=unit,
                subject=subject,
                must_change_password=must_change,
                password_changed_at=clock.now(),
                created_at=clock.now(),
            )
            index_user(user)
            PasswordUse.create(user=user, password=user.password, at=clock.now())
            audit.append(actor, "account.create", "user", username, {"subject": subject})
            for role in roles:
                note_grant(actor, user, role, now=clock.now())
    except IntegrityError as error:
        rule = _("账号“{username}”已存在。", username=username)
        raise Refused(rule, [Problem("username", username, rule, _("请换一个账号名。"))]) from error
    return user


def index_user(user: User) -> None:
    """Let the account be found by what it says now."""
    user_index.put(db.obj, user.id, [user.username, user.name, user.subject])


def find_user(username: str) -> User:
    """Return the account.

    :raises NotFound: there is none of that name.
    """
    user = User.get_or_none(User.username == username)
    if user is None:
        raise NotFound(_("没有账号“{username}”。", username=username))
    return user


def reset_password(actor: Actor, username: str, password: str) -> None:
    """Set a new first password and end all sessions of the account.

    :raises Forbidden: the account is out of the actor's reach.
    """
    user = find_user(username)
    require_over(actor, USERS, user)
    set_password(actor, user, password, must_change=True)


def change_password(actor: Actor, user: User, password: str, *, former: int = 0) -> None:
    """Let a person change the own password; all sessions end.

    :param former: how many of the newest passwords, the present one included, are not taken again.
    :raises Refused: the password breaks the rules, or was used before.
    """
    used = PasswordUse.select().where(PasswordUse.user == user).order_by(PasswordUse.id.desc()).limit(former)
    if any(is_password(password, each.password) for each in used):
        rule = _("最近{count}次用过的密码不能再用。", count=former)
        raise Refused(rule, [Problem("password", "", rule, _("请换一个密码。"))])
    set_password(actor, user, password, must_change=False)


def set_password(actor: Actor, user: User, password: str, *, must_change: bool) -> None:
    """Set the password and end all sessions; for services that have found out whether *actor* may."""
    check_rules(password, user.username)
    with transaction():
        user.password = hash_password(password)
        user.must_change_password = must_change
        user.password_changed_at = clock.now()
        user.fs_uniquifier = uuid.uuid4().hex
        user.save()
        PasswordUse.create(user=user, password=user.password, at=clock.now())
        end_sessions(user)
        audit.append(actor, "account.password", "user", user.username)


def live_sessions(user: User) -> list[LoginSession]:
    """Return the sessions of *user* that have not ended, the newest first."""
    query = LoginSession.select().where(LoginSession.user == user, LoginSession.ended_at.is_null())
    return list(query.order_by(LoginSession.seen_at.desc()))


def end_sessions(user: User, *, only: int = 0, besides: int = 0) -> int:
    """End the live sessions of *user* and return how many: all, *only* one, or all *besides* one (keys of rows)."""
    query = LoginSession.update(ended_at=clock.now()).where(LoginSession.user == user, LoginSession.ended_at.is_null())
    if only or besides:
        query = query.where(LoginSession.id == only if only else LoginSession.id != besides)
    return int(query.execute())


def end_own_sessions(actor: Actor, user: User, *, only: int = 0, besides: int = 0) -> int:
    """Let a person end own sessions elsewhere; a key that is not of an own session ends nothing."""
    with transaction():
        ended = end_sessions(user, only=only, besides=besides)
        if ended:
            audit.append(actor, "account.sessions_ended", "user", user.username, {"count": ended})
    return ended


def close_account(user: User) -> None:
    """Let nobody in as *user*: sessions, cookies and a first password end, even if the account is opened again."""
    end_sessions(user)
    changes = {"active": False, "fs_uniquifier": uuid.uuid4().hex}
    if user.must_change_password:
        changes["password"] = hash_password(random_password())
    User.update(changes).where(User.id == user.id).execute()


def bind_subject(actor: Actor, user_id: int, subject: str) -> None:
    """Tie an enterprise account to the market subject it has declared; once tied, it stays.

    Called by the service that made sure nobody else holds the code.

    :raises Refused: the subject has an account already, whose holder can have others made.
    """
    with transaction():
        if not User.update(subject=subject).where(User.id == user_id, User.subject == "").execute():
            return
        exclusive(f"subject {subject}")
        if User.select().where(User.subject == subject, User.id != user_id).exists():
            rule = _("该统一社会信用代码已有企业账号。")
            raise Refused(rule, [Problem("uscc", subject, rule, _("请由本单位主账号开立子账号后再申报。"))])
        index_user(User.get_by_id(user_id))
        audit.append(actor, "account.bind", "user", str(user_id), {"subject": subject})
