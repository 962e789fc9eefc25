"""credit_collection: everything this plugin contributes, at a glance."""

from collections.abc import Callable, Sequence

from shuixin import api
from shuixin_credit_collection import demo, health, interface, items, jobs, menu, office, pages, permissions, workspace
from shuixin_credit_collection.hookspecs import CollectionHooks
from shuixin_credit_collection.records import Record
from shuixin_credit_collection.services import code_usage
from shuixin_credit_collection.settings import CollectionSettings

_ = api.domain("credit_collection")


class CollectionPlugin(permissions.Access, api.Plugin):
    """信用信息征集: filings, review, Register; rights, duties and their limits are in ``permissions.Access``."""

    id = "credit_collection"
    label = _("信用信息征集")
    description = _("企业申报、主管部门审核、信用档案")
    hookspecs = (CollectionHooks,)

    @api.hookimpl
    def models(self) -> api.Models:
        return items.MODELS

    @api.hookimpl
    def credit_record_types(self) -> Sequence[type[Record]]:
        return items.RECORDS

    @api.hookimpl
    def code_lists(self) -> Sequence[api.CodeList]:
        return code_usage.lists()

    @api.hookimpl(optionalhook=True)
    def subject_sources(self) -> Sequence[tuple[api.Text, Callable[[str], str | None]]]:
        return office.SUBJECT_SOURCES

    @api.hookimpl
    def public_pages(self) -> api.PublicPages:
        return api.PublicPages(pages.blueprint)

    @api.hookimpl
    def workspace_pages(self) -> api.WorkspacePages:
        return api.WorkspacePages(workspace.blueprint)

    @api.hookimpl
    def api_pages(self) -> api.ApiPages:
        return interface.PAGES

    @api.hookimpl
    def settings_model(self) -> type[CollectionSettings]:
        return CollectionSettings

    @api.hookimpl
    def office_views(self) -> Sequence[api.OfficeView]:
        return office.views()

    @api.hookimpl
    def menu_items(self) -> Sequence[api.MenuItem]:
        return menu.ITEMS

    @api.hookimpl
    def commands(self) -> Sequence[api.CommandGroup]:
        return (api.CommandGroup("credit", "shuixin_credit_collection.cli:credit", "信用信息表格"),)

    @api.hookimpl
    def jobs(self) -> Sequence[api.Job]:
        return jobs.JOBS

    @api.hookimpl
    def health_checks(self) -> Sequence[api.HealthCheck]:
        return health.CHECKS

    @api.hookimpl
    def demo_data(self) -> api.DemoData:
        return api.DemoData(demo.fill, order=10)


plugin = CollectionPlugin()
