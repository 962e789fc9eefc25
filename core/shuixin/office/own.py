"""The core's own back office page: plugins, which must be there whatever is switched on."""

from shuixin.contributions import OfficeView
from shuixin.office.plugin_pages import PluginsPage
from shuixin.plugins.permissions import MANAGE
from shuixin.texts import domain

_ = domain("shuixin")


def own_views() -> list[OfficeView]:
    """Return new instances of the core's views."""
    page = PluginsPage("shuixin", "plugins", _("插件管理"))
    return [OfficeView(page, _("系统管理"), MANAGE, 920, icon="settings")]
