"""The account's own pages: the second step of signing in, the password, sessions, the second factor."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import auth_required, current_user, logout_user

from shuixin.access import Grant
from shuixin.accounts import attempts, second_factor
from shuixin.accounts.attempts import Outcome
from shuixin.accounts.explanation import scope_words
from shuixin.accounts.forms import WRONG_CODE, PasswordForm, locked_words
from shuixin.accounts.models import User
from shuixin.accounts.passwords import is_password
from shuixin.accounts.rights import actor_of
from shuixin.accounts.services import change_password, end_own_sessions, live_sessions
from shuixin.accounts.web import (
    complete_sign_in,
    confirm_now,
    confirmed_at,
    current_actor,
    needs_second_factor,
    pending_user,
)
from shuixin.errors import Refused
from shuixin.kit import challenges, clock
from shuixin.kit.documents import qr_code
from shuixin.pages.addresses import form_number, local_target
from shuixin.platform import current_platform
from shuixin.texts import Text, domain

_ = domain("shuixin")
blueprint = Blueprint("account", __name__, url_prefix="/account")
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def _user() -> User:
    user: User = current_user._get_current_object()
    return user


@blueprint.get("/start")
@auth_required("session")
def start() -> ResponseReturnValue:
    """Send the person to the own workplace: enterprises to the workspace, staff to the back office."""
    actor = current_actor()
    staff = actor.unit_name or actor.holds("shuixin.units")  # who sets the first unit up belongs to none yet
    return redirect("/office/" if staff and not actor.subject else "/workspace/")


@blueprint.get("/challenge/<token>.png")
def challenge(token: str) -> ResponseReturnValue:
    """The picture of a challenge that is to be answered."""
    picture = challenges.picture_of(token, clock.now())
    return Response(picture, mimetype="image/png") if picture else abort(404)


@blueprint.route("/second-factor", methods=["GET", "POST"], endpoint="second_factor")
def second_factor_step() -> ResponseReturnValue:
    """The second step of signing in; failures count like wrong passwords."""
    user = pending_user()
    if user is None:
        flash(str(_("登录已超时，请重新填写账号和密码。")), "error")
        return redirect(url_for("security.login"))
    problem = _check_second_factor(user) if request.method == "POST" else None
    if request.method == "POST" and problem is None:
        return redirect(local_target(complete_sign_in(user) or url_for("account.start")))
    return render_template("shuixin/second_factor.html", problem=problem), 422 if problem else 200


def _check_second_factor(user: User) -> str | None:
    """Return what is wrong with the code that was sent; ``None`` if it is accepted."""
    platform, code = current_platform(), request.form.get("code", "")
    actor = actor_of(user, platform, request.remote_addr or "")

    def accepted() -> bool:
        return second_factor.accepts(actor, user, code, now=clock.now(), sealer=platform.sealer)

    return _counted(user, accepted, WRONG_CODE)


def _counted(user: User, right: Callable[[], bool], wrong: Text) -> str | None:
    """Ask *right* as an attempt that counts like signing in; return what to say, ``None`` if it was right."""
    rules, now = current_platform().settings.sign_in, clock.now()
    stands, attempt = attempts.begin(rules, user.username, request.remote_addr or "", request.user_agent.string, now)
    if stands.locked_until:
        attempts.finish(attempt, Outcome.LOCKED)
        return str(locked_words(stands.locked_until, now))
    accepted = right()
    attempts.finish(attempt, Outcome.OK if accepted else Outcome.WRONG)
    return None if accepted else str(wrong)


def confirmed(view: View) -> View:
    """Let *view* run only within some minutes of the password having been given: a browser left open is not enough."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> ResponseReturnValue:
        minutes = current_platform().settings.sign_in.confirm_minutes
        if clock.now() - confirmed_at() <= timedelta(minutes=minutes):
            return view(*args, **values)
        target = request.path if request.method == "GET" else url_for("account.security")
        return redirect(url_for("account.confirm", next=target))

    return cast("View", guarded)


@blueprint.route("/confirm", methods=["GET", "POST"])
@auth_required("session")
def confirm() -> ResponseReturnValue:
    """Ask for the password once more; failures count like those at sign-in."""
    problem = _check_password(_user()) if request.method == "POST" else None
    if request.method == "POST" and problem is None:
        confirm_now()
        return redirect(local_target(request.args.get("next") or url_for("account.security")))
    return render_template("shuixin/confirm_password.html", problem=problem), 422 if problem else 200


def _check_password(user: User) -> str | None:
    typed = request.form.get("password", "")
    return _counted(user, lambda: is_password(typed, user.password), _("密码不正确，请重新填写。"))


@blueprint.route("/password", methods=["GET", "POST"])
@auth_required("session")
def password() -> ResponseReturnValue:
    """Change the own password; afterwards one signs in anew."""
    form = PasswordForm()
    if form.validate_on_submit():
        former = current_platform().settings.sign_in.former_passwords
        if not is_password(form.current.data, current_user.password):
            form.current.errors = [str(_("现用密码不正确，请重新填写。"))]
            return render_template("shuixin/change_password.html", form=form)
        try:
            change_password(current_actor(), _user(), form.new.data, former=former)
        except Refused as refused:
            form.new.errors = [str(refused)]
        else:
            logout_user()
            session.clear()  # the session has ended; what is said now belongs to the next one
            flash(str(_("密码已修改，请用新密码登录。")), "ok")
            return redirect(url_for("security.login"))
    return render_template("shuixin/change_password.html", form=form)


@blueprint.get("/security")
@auth_required("session")
def security() -> ResponseReturnValue:
    """Password, second factor and sessions of the own account."""
    user = _user()
    return render_template(
        "shuixin/account_security.html",
        user=user,
        needed=needs_second_factor(current_actor(), current_platform().settings),
        codes_left=second_factor.codes_left(user),
        sessions=live_sessions(user),
        mine=g.get("session_row", 0),
        mail=bool(current_platform().settings.mail.host),
    )


@blueprint.get("/rights")
@auth_required("session")
def rights() -> ResponseReturnValue:
    """What the own account may do, and through which role."""
    actor, held = current_actor(), dict[tuple[str, str], list[Grant]]()
    for grant in sorted(
        actor.grants, key=lambda each: (each.behalf is not None, each.role, each.region, each.permission)
    ):
        title = _("受{name}委托", name=grant.behalf.name) if grant.behalf else grant.role_label
        held.setdefault((str(title), grant.region), []).append(grant)
    return render_template(
        "shuixin/rights.html",
        roles=[(role, grants) for (role, _region), grants in held.items()],
        permissions=current_platform().permissions,
        scope_words=scope_words,
    )


@blueprint.post("/sessions/end")
@auth_required("session")
@confirmed
def end_sessions() -> ResponseReturnValue:
    """End one session of the own account, or all but this one."""
    mine, one = g.get("session_row", 0), form_number("session")
    ended = end_own_sessions(current_actor(), _user(), only=one, besides=0 if one else mine)
    flash(str(_("已结束{count}处登录。", count=ended)), "ok")
    return redirect(url_for("account.security"))


@blueprint.route("/second-factor/set-up", methods=["GET", "POST"])
@auth_required("session")
@confirmed
def set_up() -> ResponseReturnValue:
    """Set the second factor up: shown once, proved by a code, then ten recovery codes."""
    user, platform, problem = _user(), current_platform(), ""
    if user.totp_secret:
        return redirect(url_for("account.security"))
    sealed = request.form.get("offer") or second_factor.offer(user, platform.sealer)
    try:
        secret = second_factor.offered_secret(user, sealed, platform.sealer)
        if request.method == "POST":
            code, actor = request.form.get("code", ""), current_actor()
            codes = second_factor.set_up(actor, user, secret, code, now=clock.now(), sealer=platform.sealer)
            return render_template("shuixin/recovery_codes.html", codes=codes)
    except Refused as refused:
        problem = "".join(str(each) for each in refused.problems) or str(refused)
        if not refused.problems:  # the offer itself is bad: begin anew
            sealed = second_factor.offer(user, platform.sealer)
            secret = second_factor.offered_secret(user, sealed, platform.sealer)
    address = second_factor.address_of(user, secret, platform.settings.site.platform_name)
    page = render_template(
        "shuixin/set_up_second_factor.html",
        offer=sealed,
        secret=secret,
        address=address,
        code=qr_code(address),
        problem=problem,
    )
    return page, 422 if problem else 200


@blueprint.post("/second-factor/codes")
@auth_required("session")
def renew_codes() -> ResponseReturnValue:
    """New recovery codes, for who proves the second factor once more."""
    user, platform = _user(), current_platform()
    problem = _check_second_factor(user)
    if problem:
        flash(problem, "error")
        return redirect(url_for("account.security"))
    codes = second_factor.renew_recovery_codes(current_actor(), user, platform.sealer)
    return render_template("shuixin/recovery_codes.html", codes=codes)
