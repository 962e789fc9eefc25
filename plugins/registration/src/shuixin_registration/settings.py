"""The table ``[plugins.registration]``."""

from pydantic import Field

from shuixin.api import SettingsModel, domain, plugin_settings

_ = domain("registration")


class RegistrationSettings(SettingsModel):
    """How enterprises come to their accounts."""

    open: bool = Field(
        default=True,
        title=_("开放网上注册").source,
        description=_("关闭后只能由主管部门开通账号；正在办理的注册和子账号不受影响。").source,
    )
    hourly: int = Field(
        default=5, ge=1, title=_("同一网络地址每小时最多提交的件数").source, description=_("1或更大。").source
    )
    file_megabytes: int = Field(
        default=5, ge=1, title=_("每份材料的上限（MB）").source, description=_("1或更大。").source
    )
    files: int = Field(default=3, ge=1, title=_("每类材料最多的份数").source, description=_("1或更大。").source)
    subaccounts: int = Field(
        default=10, ge=0, title=_("每家企业在用的子账号上限").source, description=_("0为不能开立子账号。").source
    )


def settings() -> RegistrationSettings:
    """Return the settings of the running application."""
    return plugin_settings("registration", RegistrationSettings)
