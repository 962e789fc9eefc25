"""What an installation may set for the news."""

from pydantic import Field

from shuixin.api import SettingsModel, domain, plugin_settings

_ = domain("news")


class NewsSettings(SettingsModel):
    """The table ``[plugins.news]``."""

    page_size: int = Field(
        default=20,
        ge=5,
        le=100,
        title=_("栏目页每页文章数").source,
        description=_("5至100之间。").source,
    )


def settings() -> NewsSettings:
    """Return the settings of the running application."""
    return plugin_settings("news", NewsSettings)
