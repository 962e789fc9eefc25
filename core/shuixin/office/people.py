"""Accounts and the sign-in log in the back office."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from shuixin.accounts import create_user, reset_password, second_factor
from shuixin.accounts.administration import set_active, set_roles
from shuixin.accounts.attempts import Outcome, standing, unlock
from shuixin.accounts.models import RoleGrant, User
from shuixin.accounts.passwords import random_password
from shuixin.accounts.services import live_sessions
from shuixin.errors import NotFound, Problem, Refused
from shuixin.kit import clock
from shuixin.office.bases import OfficeList, expose
from shuixin.pages.addresses import form_number
from shuixin.platform import current_platform
from shuixin.texts import domain
from shuixin.units import Unit

_ = domain("shuixin")


def _held(user: User) -> str:
    """Return the roles of *user*; those whose plugin is off are kept, and shown as without effect."""
    roles = current_platform().roles
    codes = [grant.role for grant in RoleGrant.select().where(RoleGrant.user == user).order_by(RoleGrant.role)]
    return "、".join(
        str(roles[code].label) if code in roles else str(_("{code}（所属插件已停用，暂不生效）", code=code))
        for code in codes
    )


class UserList(OfficeList):
    """Accounts: list, one account with what can be done to it, a new one. Services do it all."""

    list_template = "shuixin/office/users.html"
    details_template = "shuixin/office/user.html"
    column_list = ("username", "name", "unit", "subject", "roles", "active", "created_at")
    column_details_list = column_list
    column_labels = {
        "username": _("账号"),
        "name": _("姓名"),
        "unit": _("单位"),
        "subject": _("统一社会信用代码"),
        "roles": _("岗位"),
        "active": _("可用"),
        "created_at": _("创建时间"),
    }
    column_formatters = {
        "unit": lambda _view, _context, user, _name: user.unit.name if user.unit else "",
        "roles": lambda _view, _context, user, _name: _held(user),
    }
    column_formatters_detail = column_formatters
    column_sortable_list = ("username", "name", "subject", "active", "created_at")
    column_auto_select_related = True
    column_searchable_list = ("username", "name", "subject")
    column_default_sort = ("username", False)

    def render(self, template: str, **values: Any) -> str:
        """Give the page of one account what it shows beside the columns."""
        user = values.get("model")
        if template == self.details_template and isinstance(user, User):
            rules, now = current_platform().settings.sign_in, clock.now()
            values |= {
                "roles": current_platform().roles,
                "held": {grant.role for grant in RoleGrant.select().where(RoleGrant.user == user)},
                "locked_until": standing(rules, user.username, "", now).locked_until,
                "sessions": len(live_sessions(user)),
                "own": user.id == self.actor.id,
            }
        page: str = super().render(template, **values)
        return page

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Make an account; its first password is shown once."""
        problems: tuple[Problem, ...] = ()
        if request.method == "POST":
            try:
                return self._made()
            except Refused as refused:
                problems = refused.problems or (Problem("", "", refused.message, ""),)
        page = self.render(
            "shuixin/office/user_new.html",
            roles=current_platform().roles,
            units=list(Unit.select().order_by(Unit.region)),
            problems=problems,
            typed=request.form,
        )
        return page, 422 if problems else 200

    def _made(self) -> ResponseReturnValue:
        form, password = request.form, random_password()
        roles = tuple(code for code in form.getlist("roles") if code in current_platform().roles)
        problems = [
            Problem(name, "", rule, _("请填写后再保存。"))
            for name, rule, given in (
                ("username", _("没有填写账号。"), form.get("username", "").strip()),
                ("name", _("没有填写姓名。"), form.get("name", "").strip()),
                ("roles", _("没有选择岗位。"), roles),
            )
            if not given
        ]
        if problems:
            raise Refused(_("有内容没有填写。"), problems)
        user = create_user(
            self.actor,
            username=form["username"].strip()[:40],
            name=form["name"].strip()[:40],
            password=password,
            roles=roles,
            unit=Unit.get_or_none(Unit.id == form_number("unit")),
            subject=form.get("subject", "").strip().upper()[:18],
        )
        return self._first_password(user.username, password)

    def _first_password(self, username: str, password: str) -> str:
        page: str = self.render("shuixin/office/user_password.html", username=username, password=password)
        return page

    @expose("/act", methods=("POST",))
    def act(self) -> ResponseReturnValue:
        """Do one thing to an account, and show it again."""
        user: Any = self.get_one(form_number("user"))
        username, what = str(user.username), request.form.get("act", "")
        acts: dict[str, Callable[[str], object]] = {
            "roles": self._set_roles,
            "close": lambda name: set_active(self.actor, name, active=False),
            "open": lambda name: set_active(self.actor, name, active=True),
            "unlock": lambda name: unlock(self.actor, name, clock.now()),
            "factor": lambda name: second_factor.remove(self.actor, name),
        }
        if what == "reset":
            password = random_password()
            reset_password(self.actor, username, password)
            return self._first_password(username, password)
        if what not in acts:
            raise NotFound(_("没有这项操作。"))
        there = self.get_url(".details_view", id=user.id)
        return self.carry_out(lambda: acts[what](username), lambda _done: _("已办理。"), there)

    def _set_roles(self, username: str) -> None:
        set_roles(self.actor, username, request.form.getlist("roles"), known=current_platform().roles)


OUTCOMES = {
    Outcome.OPEN: _("未完成"),
    Outcome.FIRST: _("密码正确，待动态口令"),
    Outcome.OK: _("成功"),
    Outcome.WRONG: _("账号、密码或动态口令不正确"),
    Outcome.LOCKED: _("锁定期内，未核对"),
    Outcome.CHALLENGE: _("验证码不正确"),
    Outcome.UNLOCKED: _("管理员解锁"),
}


class SignInList(OfficeList):
    """The sign-in log; what was typed as account is shown whether such an account exists or not."""

    column_list = ("at", "username", "outcome", "address", "agent")
    column_details_list = column_list
    column_labels = {
        "at": _("时间"),
        "username": _("填写的账号"),
        "outcome": _("结果"),
        "address": _("网络地址"),
        "agent": _("浏览器"),
    }
    column_formatters = {"outcome": lambda _view, _context, row, _name: str(OUTCOMES[Outcome(row.outcome)])}
    column_formatters_detail = column_formatters
    column_searchable_list = ("username", "address")
    column_default_sort = ("id", True)
