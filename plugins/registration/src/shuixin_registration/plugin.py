"""registration: everything this plugin contributes, at a glance."""

from collections.abc import Sequence
from pathlib import Path

from shuixin import api
from shuixin_registration import forms, jobs, menu, models, office, permissions, workspace
from shuixin_registration.hookspecs import RegistrationHooks
from shuixin_registration.settings import RegistrationSettings

_ = api.domain("registration")


class RegistrationPlugin(api.Plugin):
    """企业注册: registration of enterprises, main accounts, sub-accounts."""

    id = "registration"
    label = _("企业注册")
    description = _("企业网上注册、确认开通、主账号和子账号")
    hookspecs = (RegistrationHooks,)

    @api.hookimpl
    def models(self) -> api.Models:
        return api.Models((models.MainAccount, models.Registration), Path(__file__).parent / "migrations")

    @api.hookimpl
    def permissions(self) -> Sequence[api.Permission]:
        return permissions.PERMISSIONS

    @api.hookimpl
    def roles(self) -> Sequence[api.Role]:
        return permissions.ROLES

    @api.hookimpl
    def public_forms(self) -> api.PublicForms:
        return api.PublicForms(forms.blueprint)

    @api.hookimpl
    def workspace_pages(self) -> api.WorkspacePages:
        return api.WorkspacePages(workspace.blueprint)

    @api.hookimpl
    def office_views(self) -> Sequence[api.OfficeView]:
        return office.views()

    @api.hookimpl
    def menu_items(self) -> Sequence[api.MenuItem]:
        return menu.ITEMS

    @api.hookimpl
    def settings_model(self) -> type[RegistrationSettings]:
        return RegistrationSettings

    @api.hookimpl
    def jobs(self) -> Sequence[api.Job]:
        return jobs.JOBS


plugin = RegistrationPlugin()
