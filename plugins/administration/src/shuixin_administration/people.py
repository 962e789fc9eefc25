"""Accounts in the back office."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from peewee import ModelSelect

from shuixin.api import (
    Actor,
    NotFound,
    OfficeList,
    Problem,
    Refused,
    Target,
    Unit,
    User,
    accounts,
    allowed,
    clock,
    current_platform,
    domain,
    expose,
    form_number,
)
from shuixin_administration.grants import GIVING, give, regions_within, rows_of

_ = domain("administration")


def _held(user: Any) -> str:
    """Return the roles of *user* that were not ended; those whose plugin is off are shown as without effect."""
    roles = accounts.roles_now(current_platform(), closed=True)
    labels = {code: roles.get(code) for code in user.held}
    return "、".join(
        str(role.label) if role else str(_("{code}（所属插件已停用，暂不生效）", code=code))
        for code, role in labels.items()
    )


class UserList(OfficeList):
    """Accounts: list, one account with what can be done to it, a new one. Services do it all."""

    list_template = "administration/users.html"
    details_template = "administration/user.html"
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
    search_index = accounts.user_index
    joined = ("unit",)
    column_default_sort = ("username", False)

    def scope(self, query: ModelSelect, actor: Actor) -> ModelSelect:
        """Narrow *query* to the accounts within the reader's reach."""
        return query.where(accounts.in_reach(actor, self.permission))

    def prepare(self, rows: list[Any]) -> None:
        """Fetch the roles of all accounts at once."""
        for user in rows:
            user.held = []
        users, model = {user.id: user for user in rows}, accounts.RoleGrant
        lasting: Any = model.select(model.user, model.role).where(model.user.in_(list(users)), model.ended_at.is_null())
        for user_id, role in lasting.order_by(model.role).tuples():
            users[user_id].held.append(role)

    def render(self, template: str, **values: Any) -> str:
        """Give the page of one account what it shows beside the columns."""
        user = values.get("model")
        if template == self.details_template and isinstance(user, User):
            values = {**self._facts(user), **values}
        if template == self.list_template:
            values["may_make"] = self.actor.holds("shuixin.users")
        page: str = super().render(template, **values)
        return page

    def _facts(self, user: User) -> dict[str, Any]:
        platform, actor = current_platform(), self.actor
        roles = accounts.roles_now(platform).values()
        rights = ("shuixin.users", "shuixin.security")
        return {
            "grants": rows_of(user, actor),
            "offers": [each for each in roles if accounts.may_give(actor, each, user)],
            "regions": regions_within(actor, GIVING),
            "may": {right for right in rights if accounts.may_act(actor, right, user)},
            "locked_until": accounts.standing(platform.settings.sign_in, user.username, "", clock.now()).locked_until,
            "sessions": len(accounts.live_sessions(user)),
            "own": user.id == actor.id,
            "typed": {},
            "problems": (),
        }

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
            "administration/user_new.html",
            units=[each for each in Unit.select().order_by(Unit.region) if self._may_make(each.region)],
            anywhere=self._may_make(""),
            problems=problems,
            typed=request.form,
        )
        return page, 422 if problems else 200

    def _may_make(self, region: str) -> bool:
        return allowed(self.actor, "shuixin.users", Target(region=region)).allowed

    def _made(self) -> ResponseReturnValue:
        form, password = request.form, accounts.random_password()
        problems = [
            Problem(name, "", rule, _("请填写后再保存。"))
            for name, rule, given in (
                ("username", _("没有填写账号。"), form.get("username", "").strip()),
                ("name", _("没有填写姓名。"), form.get("name", "").strip()),
            )
            if not given
        ]
        if problems:
            raise Refused(_("有内容没有填写。"), problems)
        user = accounts.create_user(
            self.actor,
            username=form["username"].strip()[:40],
            name=form["name"].strip()[:40],
            password=password,
            roles=(),
            unit=Unit.get_or_none(Unit.id == form_number("unit")),
            subject=form.get("subject", "").strip().upper()[:18],
        )
        return self._first_password(user, password)

    def _first_password(self, user: User, password: str) -> str:
        page: str = self.render("administration/user_password.html", user=user, password=password)
        return page

    @expose("/give", methods=("POST",))
    def give(self) -> ResponseReturnValue:
        """Give a role to an account, and show it again."""
        user: Any = self.get_one(form_number("user"))
        try:
            give(self.actor, user, request.form)
        except Refused as refused:
            found = refused.problems or (Problem("", "", refused.message, ""),)
            page = self.render(
                self.details_template,
                model=user,
                details_columns=self._details_columns,
                get_value=self.get_detail_value,
                return_url=self.get_url(".index_view"),
                typed=request.form,
                problems=found,
            )
            return page, 422
        flash(str(_("已授予。")), "ok")
        return redirect(self.get_url(".details_view", id=user.id))

    @expose("/act", methods=("POST",))
    def act(self) -> ResponseReturnValue:
        """Do one thing to an account, and show it again."""
        user: Any = self.get_one(form_number("user"))
        username, what = str(user.username), request.form.get("act", "")
        acts: dict[str, Callable[[str], object]] = {
            "close": lambda name: accounts.set_active(self.actor, name, active=False),
            "open": lambda name: accounts.set_active(self.actor, name, active=True),
            "unlock": lambda name: accounts.unlock(self.actor, name, clock.now()),
            "factor": lambda name: accounts.second_factor.remove(self.actor, name),
            "end": lambda _name: accounts.end_grant(self.actor, self._grant_of(user), now=clock.now()),
        }
        if what == "reset":
            password = accounts.random_password()
            accounts.reset_password(self.actor, username, password)
            return self._first_password(user, password)
        if what not in acts:
            raise NotFound(_("没有这项操作。"))
        there = self.get_url(".details_view", id=user.id)
        return self.carry_out(lambda: acts[what](username), lambda _done: _("已办理。"), there)

    def _grant_of(self, user: User) -> int:
        """Return the number of the grant that the form names, if it is one of *user*; else one that is none."""
        number, model = form_number("grant"), accounts.RoleGrant
        return number if model.select().where(model.id == number, model.user == user).exists() else 0
