"""Settings: TOML files in layers, then the environment; typed, and unknown keys are refused."""

from shuixin.settings.model import Settings, SignInSettings, SiteSettings, load

__all__ = ["Settings", "SignInSettings", "SiteSettings", "load"]
