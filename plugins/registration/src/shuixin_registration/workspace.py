"""The enterprise's own page of sub-accounts (子账号); services decide who may do what."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Conflict,
    NotFound,
    Problem,
    Refused,
    accounts,
    clock,
    current_actor,
    current_platform,
    domain,
    form_number,
    permission_required,
)
from shuixin_registration.permissions import SUBACCOUNTS
from shuixin_registration.services import subaccounts as own
from shuixin_registration.settings import settings

_ = domain("registration")
blueprint = Blueprint("registration_workspace", __name__, url_prefix="/workspace/accounts")


@blueprint.get("/")
@permission_required(SUBACCOUNTS)
def index() -> ResponseReturnValue:
    """The sub-accounts, who wants to join, and the form of a new one."""
    return _page()


def _page(problems: tuple[Problem, ...] = ()) -> str:
    actor, platform = current_actor(), current_platform()
    main = own.is_main(actor)
    return render_template(
        "registration/subaccounts.html",
        main=main,
        people=own.subaccounts(actor) if main else [],
        applications=own.applications(actor) if main else [],
        roles=own.roles_to_give(actor),
        all_roles=accounts.roles_now(platform),
        permissions=platform.permissions,
        most=settings().subaccounts,
        problems=problems,
        wrong={each.field: f"{each.rule}{each.remedy}" for each in reversed(problems)},
        typed=request.form,
        chosen=request.form.getlist("roles"),
    )


def _refused(error: Refused | Conflict) -> ResponseReturnValue:
    listed = error.problems if isinstance(error, Refused) else ()
    return _page(listed or (Problem("", "", error.message, ""),)), error.status


@blueprint.post("/new")
@permission_required(SUBACCOUNTS)
def new() -> ResponseReturnValue:
    """Make a sub-account; its first password is shown once."""
    form = request.form
    try:
        user, password = own.make_subaccount(
            current_actor(),
            suffix=form.get("suffix", ""),
            name=form.get("name", ""),
            roles=form.getlist("roles"),
        )
    except Refused as refused:
        return _refused(refused)
    return render_template("registration/first_password.html", username=user.username, password=password)


@blueprint.post("/act")
@permission_required(SUBACCOUNTS)
def act() -> ResponseReturnValue:
    """Do one thing to a sub-account."""
    actor, number, what = current_actor(), form_number("user"), request.form.get("act", "")
    acts: dict[str, Callable[[], object]] = {
        "roles": lambda: own.set_subaccount_roles(actor, number, request.form.getlist("roles"), now=clock.now()),
        "close": lambda: own.set_subaccount_active(actor, number, active=False),
        "open": lambda: own.set_subaccount_active(actor, number, active=True),
    }
    if what == "reset":
        user, password = own.reset_subaccount(actor, number)
        return render_template("registration/first_password.html", username=user.username, password=password)
    if what not in acts:
        raise NotFound(_("没有这项操作。"))
    try:
        acts[what]()
    except Refused as refused:
        return _page((Problem("", "", refused.message, ""),)), 422
    flash(str(_("已办理。")), "ok")
    return redirect(url_for(".index"))


@blueprint.post("/applications")
@permission_required(SUBACCOUNTS)
def answer() -> ResponseReturnValue:
    """Take somebody who has registered for the own enterprise in as a sub-account, or refuse."""
    accept = request.form.get("answer") == "accept"
    try:
        own.answer_application(
            current_actor(),
            form_number("registration"),
            accept=accept,
            version=form_number("version"),
            now=clock.now(),
            roles=request.form.getlist("roles"),
            reason=request.form.get("reason", "")[:500],
        )
    except (Refused, Conflict) as error:
        return _page((Problem("", "", error.message, ""),)), error.status
    flash(str(_("已同意，对方可以登录了。") if accept else _("已拒绝。")), "ok")
    return redirect(url_for(".index"))
