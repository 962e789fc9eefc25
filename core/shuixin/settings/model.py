"""The settings of one installation, and how they are read."""

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from shuixin.errors import Misconfigured
from shuixin.settings.problems import first_problem
from shuixin.texts import domain

_ = domain("shuixin")

#: Read in this order from the folder ``config/``; a later file overrides single keys of an earlier one.
LAYERS = ("default.toml", "hubei.toml", "huangshi.toml", "local.toml")
#: Names that hosting environments already use; they win over the files.
PLAIN_ENVIRONMENT = {"DATABASE_URL": "database_url", "REDIS_URL": "redis_url"}


class SiteSettings(BaseModel):
    """What the pages say about the unit that runs them (主办单位)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "示范市水利和湖泊局"
    short_name: str = "示范水利"
    english_name: str = "WATER RESOURCES AND LAKES BUREAU"
    platform_name: str = "水利建设市场信用信息平台"
    host_unit: str = "示范市水利和湖泊局"
    address: str = ""
    phone: str = ""
    site_code: str = ""
    icp: str = ""
    police: str = ""
    region: str = Field(default="420000", pattern=r"^\d{6}$")


class SignInSettings(BaseModel):
    """What is asked of people who sign in, and what follows from failures (GB/T 22239-2019, 8.1.4.1 身份鉴别)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Failures within ``minutes`` at which an account, and at which a source address, is locked.
    failures: int = Field(default=5, ge=1)
    source_failures: int = Field(default=50, ge=1)
    minutes: int = Field(default=15, ge=1)
    #: Failures of an account after which a challenge (验证码) is asked, 0 for always; five times as many of a source.
    challenge_after: int = Field(default=2, ge=0)
    #: How many former passwords are not taken again, and after how many days one expires (0: never).
    former_passwords: int = Field(default=5, ge=0)
    password_days: int = Field(default=0, ge=0)
    #: Roles that must set up a second factor (动态口令) before anything else; not asked in a demonstration.
    second_factor_roles: list[str] = []


class Settings(BaseSettings):
    """All settings of the core; ``plugins`` holds each plugin's own table, checked by that plugin's model."""

    model_config = SettingsConfigDict(
        env_prefix="SHUIXIN_", env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=()
    )

    secret_key: SecretStr = Field(min_length=32)
    database_url: str = "sqlite:///var/shuixin.db"
    redis_url: str = ""
    data_dir: Path = Path("var")
    trusted_hosts: list[str] = []
    secure_cookies: bool = False
    #: Proxies in front whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed; 0 believes nobody.
    proxies: int = Field(default=0, ge=0, le=4)
    demo: bool = False
    #: Start with the essential plugins only, to repair the others.
    safe_mode: bool = False
    #: Kept on in safe mode with all they require, and never suspended.
    essential_plugins: list[str] = []
    #: A plugin that fails so often within so many minutes is suspended.
    fault_limit: int = Field(default=5, ge=1)
    fault_minutes: int = Field(default=5, ge=1)
    #: The site's own templates; they win over those of the core and the plugins.
    template_dir: Path | None = None
    max_upload_bytes: int = 25 * 1024 * 1024
    session_idle_minutes: int = 30
    session_hours: int = 12
    sign_in: SignInSettings = SignInSettings()
    default_plugins: list[str] = []
    policy_dirs: list[Path] = []
    site: SiteSettings = SiteSettings()
    plugins: dict[str, dict[str, Any]] = {}

    @property
    def uploads(self) -> Path:
        """Where uploaded files lie."""
        return self.data_dir / "uploads"

    @property
    def archives(self) -> Path:
        """Where exports of purged plugins go."""
        return self.data_dir / "archives"

    @property
    def published(self) -> Path:
        """Where published heads of the audit chain lie."""
        return self.data_dir / "published"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - signature of pydantic-settings
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - signature of pydantic-settings
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, files (merged key by key, not table by table)."""
        files = TomlConfigSettingsSource(settings_cls, deep_merge=True)
        return init_settings, env_settings, files


def load(**overrides: Any) -> Settings:
    """Read the settings of this installation.

    ``SHUIXIN_CONFIG`` names the folder or the files (separated like ``PATH``); default is ``config/`` here.

    :raises Misconfigured: a key is unknown, missing or of the wrong type; the message names it.
    """
    plain = {key: os.environ[name] for name, key in PLAIN_ENVIRONMENT.items() if os.environ.get(name)}
    files = _files()

    class Layered(Settings):
        model_config = SettingsConfigDict(toml_file=files)

    try:
        return Layered(**{**plain, **overrides})
    except ValidationError as error:
        raise Misconfigured(first_problem(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(_("设置文件格式不正确：{reason}。", reason=str(error))) from error


def _files() -> tuple[Path, ...]:
    named = os.environ.get("SHUIXIN_CONFIG", "config")
    found: list[Path] = []
    for part in named.split(os.pathsep):
        path = Path(part)
        found += [path / layer for layer in LAYERS] if path.is_dir() else [path]
    return tuple(path for path in found if path.is_file())
