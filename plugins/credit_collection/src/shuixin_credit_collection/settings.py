"""The table ``[plugins.credit_collection]``."""

from pydantic import Field

from shuixin.api import SettingsModel, domain, plugin_settings

_ = domain("credit_collection")


class CollectionSettings(SettingsModel):
    """How the systems of enterprises may use the API."""

    token_days: int = Field(
        default=180, ge=1, le=366, title=_("接口令牌的默认有效天数").source, description=_("1至366。").source
    )
    token_days_most: int = Field(
        default=365, ge=1, le=366, title=_("接口令牌的最长有效天数").source, description=_("1至366。").source
    )
    tokens: int = Field(
        default=10, ge=0, title=_("每家企业有效的接口令牌上限").source, description=_("0为不能创建令牌。").source
    )
    requests_per_minute: int = Field(
        default=120, ge=1, title=_("每个接口令牌每分钟的请求上限").source, description=_("1或更大。").source
    )
    json_kilobytes: int = Field(
        default=256,
        ge=1,
        title=_("接口JSON请求的上限（KB）").source,
        description=_("1或更大，上传文件不在此列。").source,
    )


def settings() -> CollectionSettings:
    """Return the settings of the running application."""
    return plugin_settings("credit_collection", CollectionSettings)
