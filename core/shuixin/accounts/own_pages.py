"""More pages of the own account: notices, delegations, the mail address. They hang on the blueprint ``account``."""

from datetime import date
from math import ceil

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import auth_required, current_user

from shuixin.accounts import delegations, mailbox
from shuixin.accounts.models import User
from shuixin.accounts.pages import blueprint
from shuixin.accounts.web import current_actor
from shuixin.errors import Forbidden, NotFound, Problem, Refused
from shuixin.kit import clock, notices
from shuixin.pages.addresses import form_number, local_target, page_number
from shuixin.platform import current_platform
from shuixin.texts import domain

__all__ = ["blueprint"]

_ = domain("shuixin")
PER_PAGE = 20


@blueprint.get("/notices")
@auth_required("session")
def notice_list() -> ResponseReturnValue:
    """What the account was told, the newest first."""
    mine = notices.of_addressee(current_actor().id)
    total, page = mine.count(), min(page_number(), 10_000)
    return render_template(
        "shuixin/notices.html",
        notices=list(mine.paginate(page, PER_PAGE)),
        words=notices.words,
        page=page,
        pages=ceil(total / PER_PAGE),
        total=total,
        keep_days=current_platform().settings.notices.keep_days,
    )


@blueprint.post("/notices/open")
@auth_required("session")
def open_notice() -> ResponseReturnValue:
    """Go where a notice leads; it is read then."""
    link = notices.open_notice(current_actor().id, form_number("notice"), clock.now())
    if not link:
        raise NotFound(_("没有找到这条通知，它可能已过保存期。"))
    return redirect(local_target(link))


@blueprint.post("/notices/read")
@auth_required("session")
def read_notices() -> ResponseReturnValue:
    """Mark one notice read, or all."""
    notices.mark_read(current_actor().id, clock.now(), form_number("notice"))
    return redirect(url_for("account.notice_list", page=form_number("page") or None))


@blueprint.route("/delegations", methods=["GET", "POST"], endpoint="delegations")
@auth_required("session")
def delegation_list() -> ResponseReturnValue:
    """Delegations given and taken, and the form for a new one."""
    actor, declared = current_actor(), current_platform().permissions.values()
    if actor.subject or not actor.unit_name:
        raise Forbidden(_("委托办理只适用于主管部门的账号。"))
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            delegations.delegate(
                actor,
                taker=form_number("taker"),
                permissions=request.form.getlist("permissions"),
                first_day=_day("first_day"),
                last_day=_day("last_day"),
                reason=request.form.get("reason", ""),
                declared=declared,
            )
        except Refused as refused:
            problems = refused.problems
        else:
            flash(str(_("委托已登记，对方已收到通知。")), "ok")
            return redirect(url_for("account.delegations"))
    page = render_template(
        "shuixin/delegations.html",
        rows=list(delegations.of_account(actor.id).limit(50)),
        rights=delegations.delegable_rights(actor, declared),
        labels={each.code: each.label for each in declared},
        colleagues=delegations.colleagues(actor),
        problems=problems,
        typed=request.form,
        today=clock.legal_day(clock.now()),
    )
    return page, 422 if problems else 200


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None


@blueprint.post("/delegations/end")
@auth_required("session")
def end_delegation() -> ResponseReturnValue:
    """End a delegation early."""
    delegations.end_delegation(current_actor(), form_number("delegation"))
    flash(str(_("委托已结束。")), "ok")
    return redirect(url_for("account.delegations"))


@blueprint.route("/email", methods=["GET", "POST"])
@auth_required("session")
def email() -> ResponseReturnValue:
    """The mail address: asked for, confirmed, taken away."""
    platform, now = current_platform(), clock.now()
    user: User = current_user._get_current_object()
    server = mailbox.mail_server(platform.settings)
    problems: tuple[Problem, ...] = ()
    if server is None:
        raise NotFound(_("本平台没有启用邮件通知。"))
    if request.method == "POST":
        actor, act, typed = current_actor(), request.form.get("act", ""), request.form
        try:
            if act == "ask":
                mailbox.ask_address(
                    actor, user, typed.get("address", ""), server=server, sealer=platform.sealer, now=now
                )
            elif act == "confirm":
                mailbox.confirm_address(actor, user, typed.get("code", ""), sealer=platform.sealer, now=now)
            elif act == "forget":
                mailbox.forget_address(actor, user)
        except Refused as refused:
            problems = refused.problems or (Problem("address", "", refused.message, ""),)
        else:
            return redirect(url_for("account.email"))
    asked = mailbox.address_asked(user, now)
    page = render_template("shuixin/email.html", user=user, asked=asked, problems=problems, typed=request.form)
    return page, 422 if problems else 200
