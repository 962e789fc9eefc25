"""The enterprise's page of tokens for its own systems (接口令牌)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Problem,
    Refused,
    clock,
    confirmed,
    current_actor,
    domain,
    form_number,
    permission_required,
)
from shuixin_credit_collection.permissions import FILE
from shuixin_credit_collection.services import tokens
from shuixin_credit_collection.settings import settings
from shuixin_credit_collection.workspace.blueprint import blueprint

_ = domain("credit_collection")


@blueprint.get("/tokens", endpoint="tokens")
@permission_required(FILE)
def token_list() -> ResponseReturnValue:
    """All tokens of the subject, ended ones too."""
    actor, today = current_actor(), clock.legal_day(clock.now())
    rows = [(each, tokens.is_alive(each, today)) for each in tokens.own_tokens(actor)]
    return render_template("credit_collection/workspace_tokens.html", rows=rows)


@blueprint.get("/tokens/new")
@permission_required(FILE)
@confirmed
def new_token() -> ResponseReturnValue:
    """The form of a new token."""
    return _form()


def _form(problems: tuple[Problem, ...] = ()) -> str:
    rules = settings()
    return render_template(
        "credit_collection/workspace_token.html",
        problems=problems,
        wrong={each.field: f"{each.rule}{each.remedy}" for each in problems},
        typed={"label": "", "days": min(rules.token_days, rules.token_days_most), **request.form},
        most=rules.token_days_most,
    )


@blueprint.post("/tokens/new")
@permission_required(FILE)
@confirmed
def make_token() -> ResponseReturnValue:
    """Make a token and show it once."""
    label, days = request.form.get("label", ""), form_number("days")
    try:
        token, text = tokens.create(current_actor(), label=label, days=days, now=clock.now())
    except Refused as refused:
        return _form(refused.problems or (Problem("", "", refused.message, ""),)), 422
    return render_template("credit_collection/workspace_token_made.html", token=token, text=text)


@blueprint.post("/tokens/revoke")
@permission_required(FILE)
def revoke_token() -> ResponseReturnValue:
    """End a token at once."""
    token = tokens.revoke(current_actor(), form_number("token"), now=clock.now())
    flash(str(_("令牌“{label}”已撤销，用它的系统不能再访问。", label=token.label)), "ok")
    return redirect(url_for(".tokens"))
