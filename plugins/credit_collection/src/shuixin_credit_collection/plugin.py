"""credit_collection: everything this plugin contributes, at a glance."""

from collections.abc import Sequence
from pathlib import Path

from shuixin.api import (
    AccessLimit,
    CommandGroup,
    DemoData,
    MenuItem,
    Models,
    OfficeView,
    Permission,
    Plugin,
    Role,
    WorkspacePages,
    domain,
    hookimpl,
)
from shuixin_credit_collection import demo, kinds, menu, models, office, permissions, workspace
from shuixin_credit_collection.hookspecs import CollectionHooks
from shuixin_credit_collection.records import Record

_ = domain("credit_collection")
BASE = (models.Subject, models.Filing, models.FilingItem, models.FilingEvent)


class CollectionPlugin(Plugin):
    """信用信息征集: filings, review, Register."""

    id = "credit_collection"
    label = _("信用信息征集")
    description = _("企业申报、主管部门审核、信用档案")
    hookspecs = (CollectionHooks,)

    @hookimpl
    def models(self) -> Models:
        return Models((*BASE, *kinds.RECORDS), Path(__file__).parent / "migrations")

    @hookimpl
    def credit_record_types(self) -> Sequence[type[Record]]:
        return kinds.RECORDS

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return permissions.PERMISSIONS

    @hookimpl
    def roles(self) -> Sequence[Role]:
        return permissions.ROLES

    @hookimpl
    def access_limits(self) -> Sequence[AccessLimit]:
        return permissions.LIMITS

    @hookimpl
    def workspace_pages(self) -> WorkspacePages:
        return WorkspacePages(workspace.blueprint)

    @hookimpl
    def office_views(self) -> Sequence[OfficeView]:
        return office.views()

    @hookimpl
    def menu_items(self) -> Sequence[MenuItem]:
        return menu.ITEMS

    @hookimpl
    def commands(self) -> Sequence[CommandGroup]:
        return (CommandGroup("credit", "shuixin_credit_collection.cli:credit", "信用信息表格"),)

    @hookimpl
    def demo_data(self) -> DemoData:
        return DemoData(demo.fill, order=10)


plugin = CollectionPlugin()
