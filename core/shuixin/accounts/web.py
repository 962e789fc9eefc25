"""Signing in and out (Flask-Security), live sessions, and the actor of a request."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue, ResponseValue
from flask_login import user_logged_out
from flask_security import RoleMixin, Security, UserMixin, current_user, login_user, logout_user
from flask_security.datastore import Datastore, UserDatastore
from flask_security.signals import user_authenticated
from flask_security.tf_plugin import TfPlugin
from peewee import JOIN

from shuixin import audit
from shuixin.access import ANONYMOUS, Actor, uses
from shuixin.accounts.cookies import SessionCookies
from shuixin.accounts.forms import SignInForm
from shuixin.accounts.models import LoginSession, User
from shuixin.accounts.rights import actor_of
from shuixin.accounts.uses import UseBook
from shuixin.database import db, transaction
from shuixin.kit import clock
from shuixin.settings import Settings
from shuixin.units.models import Unit

SESSION_KEY = "sx_session"
#: Who has given the password and is to give the second factor, and for how long that holds.
PENDING, PENDING_SECONDS = "sx_pending", 300.0
#: When the password was given last in this session.
CONFIRMED = "sx_confirmed"


class _Role(RoleMixin):
    """Flask-Security wants a role class; ours live in ``access``."""


class _Accounts(Datastore, UserDatastore):
    """The part of a datastore that sign-in uses, over our own table."""

    def __init__(self) -> None:
        Datastore.__init__(self, db)
        UserDatastore.__init__(self, User, _Role)

    def find_user(self, case_insensitive: bool = False, **where: Any) -> User | None:  # noqa: ARG002 - their signature
        """Return the account; the one that the session names came with the session already."""
        row = live_session() if where.keys() == {"fs_uniquifier"} else None
        if row is not None and row.user.fs_uniquifier == where["fs_uniquifier"]:
            return row.user
        user: User | None = User.filter(**where).first()
        return user

    def put(self, model: User) -> User:
        model.save()
        return model


class _SecondStep(TfPlugin):
    """Between password and session: who has set a second factor up is asked for it (their own way is switched off)."""

    def tf_enter(self, user: UserMixin, *_theirs: Any, **_more: Any) -> ResponseValue | None:
        """Return the way to the second step; ``None`` if there is none, and the session may begin."""
        if not isinstance(user, User) or not user.totp_secret:
            return None
        target = request.form.get("next") or request.args.get("next") or ""
        session[PENDING] = {"user": user.fs_uniquifier, "at": clock.now().timestamp(), "next": target}
        return make_response(redirect(url_for("account.second_factor")))


def pending_user() -> User | None:
    """Return who has given the password a moment ago and is still to give the second factor."""
    pending = session.get(PENDING) or {}
    if clock.now().timestamp() - float(pending.get("at", 0)) > PENDING_SECONDS:
        session.pop(PENDING, None)
        return None
    found: User | None = User.get_or_none(User.fs_uniquifier == pending.get("user", ""), User.active)
    return found


def complete_sign_in(user: User) -> str:
    """Begin the session of *user*, whose second factor was accepted, and return where to go."""
    target = str((session.pop(PENDING, None) or {}).get("next", ""))
    login_user(user, authn_via=["password", "totp"])
    return target


def confirm_now() -> None:
    """Note in the session that the password was given just now."""
    session[CONFIRMED] = clock.now().timestamp()


def confirmed_at() -> datetime:
    """Return when the password was given last in this session; long ago if never."""
    return datetime.fromtimestamp(float(session.get(CONFIRMED, 0)), UTC)


def start(app: Flask, settings: Settings) -> None:
    """Set *app* up for signing in."""
    secret = settings.secret_key.get_secret_value()
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of an algorithm
        SECURITY_PASSWORD_SALT=hmac.new(secret.encode(), b"password", "sha256").hexdigest(),
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"username": {"mapper": str, "case_insensitive": False}}],
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/account/start",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_RETURN_GENERIC_RESPONSES=False,  # SignInForm is neutral itself; theirs needs an e-mail field
        SECURITY_FLASH_MESSAGES=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
    )
    app.session_interface = SessionCookies()
    security = Security(app, _Accounts(), login_form=SignInForm)
    security.two_factor_plugins = _SecondStep()
    _without_principal(app, security)
    # Theirs also takes tokens, which know nothing of our sessions: signing out and idling would not end them.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.before_request(_forms_only)
    app.before_request(_check_live)
    app.extensions["shuixin_uses"] = UseBook()
    app.after_request(_note_uses)


def _without_principal(app: Flask, security: Security) -> None:
    """Take Flask-Principal's question off every request: its identity serves Flask-Security's own checks of roles,
    of which we use none (``access`` decides), and asking it loads the account even for public pages."""
    asked = app.before_request_funcs[None]
    asked[:] = [each for each in asked if getattr(each, "__self__", None) is not security.principal]


def _forms_only() -> None:
    """Refuse JSON where people sign in: theirs reads it unchecked, hands out tokens, and breaks over a deep one."""
    if request.blueprint in ("security", "account") and request.is_json:
        abort(415)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _begin(app: Flask, user: User, **_extra: Any) -> None:
    """Open a session row under a new random id, so that a preset cookie cannot be ridden."""
    token = secrets.token_urlsafe(32)
    session[SESSION_KEY] = token
    session.permanent = True
    confirm_now()
    with transaction():
        LoginSession.create(
            token_hash=_hash(token),
            user=user,
            created_at=clock.now(),
            seen_at=clock.now(),
            address=request.remote_addr or "",
            agent=request.user_agent.string[:300],
        )
        audit.append(
            actor_of(user, app.extensions["shuixin"], request.remote_addr or ""),
            "account.sign_in",
            "user",
            user.username,
        )


def _end(_app: Flask, **_extra: Any) -> None:
    token = session.pop(SESSION_KEY, "")
    if token:
        LoginSession.update(ended_at=clock.now()).where(LoginSession.token_hash == _hash(token)).execute()


def live_session() -> LoginSession | None:
    """Return the session that the request's cookie names, with account and unit in one query; ``None`` if it ended."""
    if "live_session" not in g:
        token = session.get(SESSION_KEY, "")
        rows = LoginSession.select(LoginSession, User, Unit).join(User).join(Unit, JOIN.LEFT_OUTER)
        live = (LoginSession.token_hash == _hash(token), LoginSession.ended_at.is_null())
        g.live_session = rows.where(*live).get_or_none() if token else None
    found: LoginSession | None = g.live_session
    return found


def _check_live() -> ResponseReturnValue | None:
    """End a request's sign-in when its session row is gone, ended or idle for too long; see to its first duties."""
    if not session.get("_user_id") or request.endpoint == "static":
        return None
    settings: Settings = g.platform.settings
    now, row = clock.now(), live_session()
    idle = timedelta(minutes=settings.session_idle_minutes)
    if row is None or now - row.seen_at > idle or now - row.created_at > timedelta(hours=settings.session_hours):
        logout_user()
        session.clear()
        return None
    g.session_row = row.id
    uses.begin()
    if now - row.seen_at > timedelta(minutes=1):
        LoginSession.update(seen_at=now).where(LoginSession.id == row.id).execute()
    return _first_duty(settings, now) if request.blueprint not in ("account", "security") else None


def _note_uses(response: Response) -> Response:
    """Write down which rights the request has used."""
    used = uses.end()
    if used and "actor" in g and g.actor.id:
        current_app.extensions["shuixin_uses"].write(g.actor.id, used, clock.legal_day(clock.now()))
    return response


def _first_duty(settings: Settings, now: datetime) -> ResponseReturnValue | None:
    """Return the way to what an account must do before anything else; ``None`` if there is nothing."""
    user: User = current_user._get_current_object()
    if not user.is_authenticated:
        return None
    age = now - (user.password_changed_at or user.created_at)
    expired = 0 < settings.sign_in.password_days <= age.days
    if user.must_change_password or expired:
        return redirect(url_for("account.password"))
    if not user.totp_secret and needs_second_factor(current_actor(), settings):
        return redirect(url_for("account.set_up"))
    return None


def needs_second_factor(actor: Actor, settings: Settings) -> bool:
    """Whether a role of *actor* asks for a second factor; in a demonstration none does."""
    return not settings.demo and not set(settings.sign_in.second_factor_roles).isdisjoint(actor.roles)


def current_actor() -> Actor:
    """Return who acts in this request; :data:`ANONYMOUS` if nobody has signed in."""
    if "actor" not in g:
        user = current_user._get_current_object() if current_user else None
        g.actor = ANONYMOUS
        if user is not None and user.is_authenticated:
            g.actor = actor_of(user, g.platform, request.remote_addr or "")
    actor: Actor = g.actor
    return actor
