"""The table ``[plugins.credit_publish]``."""

from pydantic import BaseModel, ConfigDict, Field

from shuixin.api import current_platform


class PublishSettings(BaseModel):
    """How the public lists are shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Enterprises on one page of a list.
    per_page: int = Field(default=20, ge=10, le=100)


def settings() -> PublishSettings:
    """Return the settings of the running application."""
    found: PublishSettings = current_platform().loaded.bundles["credit_publish"].settings
    return found
