"""administration: everything this plugin contributes, at a glance."""

from collections.abc import Sequence

from shuixin import api
from shuixin_administration import office, permissions

_ = api.domain("administration")


class AdministrationPlugin(api.Plugin):
    """系统管理: pages on the core's services for accounts, units, regions, logs, jobs, basic data."""

    id = "administration"
    label = _("系统管理")
    description = _("账号、单位、区划、日志、任务和基础数据的管理页面")

    @api.hookimpl
    def permissions(self) -> Sequence[api.Permission]:
        return permissions.PERMISSIONS

    @api.hookimpl
    def roles(self) -> Sequence[api.Role]:
        return permissions.ROLES

    @api.hookimpl
    def office_views(self) -> Sequence[api.OfficeView]:
        return office.views()


plugin = AdministrationPlugin()
