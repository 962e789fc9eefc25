"""Settings: TOML files in layers, then the environment; typed, and unknown keys are refused."""

from shuixin.settings.model import (
    AccessSettings,
    MailSettings,
    NoticeSettings,
    Settings,
    SignInSettings,
    SiteSettings,
    load,
)

__all__ = [
    "AccessSettings",
    "MailSettings",
    "NoticeSettings",
    "Settings",
    "SignInSettings",
    "SiteSettings",
    "load",
]
