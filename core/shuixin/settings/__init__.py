"""Settings: TOML files in layers, then the environment; typed, and unknown keys are refused."""

from shuixin.settings.model import Settings, SiteSettings, load

__all__ = ["Settings", "SiteSettings", "load"]
