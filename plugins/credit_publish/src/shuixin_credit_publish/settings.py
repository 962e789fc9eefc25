"""The table ``[plugins.credit_publish]``."""

from pydantic import Field

from shuixin.api import SettingsModel, domain, plugin_settings

_ = domain("credit_publish")


class PublishSettings(SettingsModel):
    """How the public lists are shown."""

    per_page: int = Field(
        default=20,
        ge=10,
        le=100,
        title=_("名单每页单位数").source,
        description=_("10至100之间。").source,
    )


def settings() -> PublishSettings:
    """Return the settings of the running application."""
    return plugin_settings("credit_publish", PublishSettings)
