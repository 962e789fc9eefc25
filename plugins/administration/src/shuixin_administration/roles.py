"""Roles (角色与权限): what each may do, who holds it, the matrix, roles made here, rights that nobody uses."""

from collections.abc import Collection
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from shuixin.api import (
    NotFound,
    OfficePage,
    Permission,
    Problem,
    Refused,
    Role,
    Scope,
    Target,
    User,
    access,
    accounts,
    clock,
    current_platform,
    domain,
    expose,
    form_number,
)

_ = domain("administration")
SCOPES = {
    Scope.REGION.value: _("授权的区域及其下级"),
    Scope.OWN.value: _("仅限本企业"),
    Scope.ALL.value: _("不限区域"),
}


def grouped_permissions() -> list[tuple[Any, list[Permission]]]:
    """Return all permissions by the plugin that declares them, the core's first."""
    platform = current_platform()
    groups: dict[str, list[Permission]] = {}
    for code, permission in platform.permissions.items():
        groups.setdefault(code.partition(".")[0], []).append(permission)
    labels = {name: bundle.plugin.label for name, bundle in platform.loaded.bundles.items()}
    return [(labels.get(name, _("平台")), some) for name, some in groups.items()]


class RolesPage(OfficePage):
    """The pages; services write."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """All roles, with their holders counted."""
        platform = current_platform()
        counts: dict[str, int] = {}
        for grant in self._grants():
            counts[grant.role] = counts.get(grant.role, 0) + 1
        roles = accounts.roles_now(platform, closed=True)
        closed = roles.keys() - accounts.roles_now(platform).keys()
        page: str = self.render(
            "administration/roles.html",
            roles=roles,
            declared=platform.roles,
            closed=closed,
            counts=counts,
            scopes=SCOPES,
            administrative=access.is_administrative,
            may_make=self._may_make(),
        )
        return page

    def _may_make(self) -> bool:
        return access.allowed(self.actor, "shuixin.roles", Target()).allowed

    def _grants(self, code: str = "") -> list[accounts.RoleGrant]:
        """Return the grants in force or to come, of one role or all, of people whom the reader may see."""
        model, today = accounts.RoleGrant, clock.legal_day(clock.now())
        query = model.select(model, User).join(User).where(accounts.in_reach(self.actor, self.permission))
        lasting = model.ended_at.is_null() & (model.last_day.is_null() | (model.last_day >= today))
        query = query.where(lasting, model.role == code) if code else query.where(lasting)
        return list(query.order_by(User.username, model.id))

    @expose("/role/<code>")
    def role(self, code: str) -> ResponseReturnValue:
        """One role: its permissions by plugin, and who holds it."""
        platform = current_platform()
        role = accounts.roles_now(platform, closed=True).get(code)
        if role is None:
            raise NotFound(_("没有岗位“{code}”。", code=code))
        own = None if code in platform.roles else accounts.find_made_role(code)
        page: str = self.render(
            "administration/role.html",
            role=role,
            own=own,
            scopes=SCOPES,
            groups=_held(role),
            asleep=[each for each in role.permissions if each not in platform.permissions],
            holders=self._grants(code),
            may_make=self._may_make(),
            administrative=access.is_administrative(role.permissions),
        )
        return page

    @expose("/matrix")
    def matrix(self) -> ResponseReturnValue:
        """Roles by permissions (权限对照表)."""
        roles = accounts.roles_now(current_platform())
        page: str = self.render("administration/matrix.html", roles=roles, groups=grouped_permissions())
        return page

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Make a role."""
        if not request.form:
            return self._form({"scope": Scope.REGION.value}, ())
        form = request.form
        try:
            accounts.make_role(self.actor, form.get("code", "").strip(), _typed())
        except Refused as refused:
            return self._form(form, form.getlist("permissions"), problems=refused), 422
        return redirect(self.get_url(".role", code=form["code"].strip()))

    @expose("/role/<code>/change", methods=("GET", "POST"))
    def change(self, code: str) -> ResponseReturnValue:
        """Change a role that was made here."""
        own = accounts.find_made_role(code)
        if not request.form:
            shown = {"label": own.label, "description": own.description, "scope": own.scope}
            return self._form(shown, own.permissions, own=own)
        form = request.form
        try:
            accounts.change_role(self.actor, code, _typed(), version=form_number("version"))
        except Refused as refused:
            return self._form(form, form.getlist("permissions"), own=own, problems=refused), 422
        return redirect(self.get_url(".role", code=code))

    def _form(
        self,
        typed: Any,
        chosen: Collection[str],
        *,
        own: accounts.MadeRole | None = None,
        problems: Refused | None = None,
    ) -> str:
        found = () if problems is None else problems.problems or (Problem("", "", problems.message, ""),)
        page: str = self.render(
            "administration/role_form.html",
            typed=typed,
            chosen=set(chosen),
            own=own,
            problems=found,
            scopes=SCOPES,
            groups=grouped_permissions(),
            grantable=accounts.grantable(self.actor),
        )
        return page

    @expose("/role/<code>/active", methods=("POST",))
    def active(self, code: str) -> ResponseReturnValue:
        """Close a role that was made here, or open it again."""
        on = request.form.get("on") == "1"
        return self.carry_out(
            lambda: accounts.set_role_active(self.actor, code, active=on, version=form_number("version")),
            lambda role: _("已恢复“{name}”。", name=role.label) if on else _("已停用“{name}”。", name=role.label),
            self.get_url(".role", code=code),
        )

    @expose("/unused")
    def unused(self) -> ResponseReturnValue:
        """Rights that people hold and have not used for long (未使用的权限)."""
        platform = current_platform()
        people = User.select(User.id).where(accounts.in_reach(self.actor, self.permission))
        seen = {user.id for user in people}
        found = [each for each in accounts.unused_rights(platform, clock.now()) if each.user.id in seen]
        page: str = self.render(
            "administration/unused.html",
            found=found,
            days=platform.settings.access.unused_days,
            permissions=platform.permissions,
            scope_words=accounts.scope_words,
        )
        return page


def _typed() -> accounts.RoleForm:
    form, known = request.form, current_platform().permissions
    return accounts.RoleForm(
        label=form.get("label", ""),
        scope=form.get("scope", ""),
        permissions=[code for code in form.getlist("permissions") if code in known],
        description=form.get("description", "")[:500],
    )


def _held(role: Role) -> list[tuple[Any, list[Permission]]]:
    groups = [
        (label, [each for each in some if each.code in role.permissions]) for label, some in grouped_permissions()
    ]
    return [(label, some) for label, some in groups if some]
