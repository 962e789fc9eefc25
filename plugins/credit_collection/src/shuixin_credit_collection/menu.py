"""Menu entries of the collection subsystem."""

from shuixin.api import Area, MenuItem, domain
from shuixin_credit_collection.permissions import FILE, LOOK

_ = domain("credit_collection")
_HOME = "credit_collection_workspace"

ITEMS = (
    MenuItem(Area.WORKSPACE, _("工作台首页"), f"{_HOME}.home", order=10, icon="layout-dashboard", permission=LOOK),
    MenuItem(Area.WORKSPACE, _("申报与变更"), f"{_HOME}.filings", order=20, icon="file-pencil", permission=LOOK),
    MenuItem(Area.WORKSPACE, _("接口令牌"), f"{_HOME}.tokens", order=80, icon="key", permission=FILE),
)
