"""The settings of one installation, and how they are read."""

import os
import tomllib
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
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
    #: For so many minutes after the password was given, the second factor may be set up and sessions ended.
    confirm_minutes: int = Field(default=10, ge=1)


class AccessSettings(BaseModel):
    """How rights are given and watched (GB/T 22239-2019, 8.1.4.2 访问控制)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: 三员分立: the super administrator only sets up units and appoints the three administrators.
    separate_duties: bool = False
    #: A right that nobody used for so many days is reported.
    unused_days: int = Field(default=90, ge=1)


class NoticeSettings(BaseModel):
    """Notices in the site (通知)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: After how many days a notice is removed, read or not.
    keep_days: int = Field(default=365, ge=30)


class MailSettings(BaseModel):
    """The server that mails are handed to; without a host there is no mail, as on a closed network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(default="", pattern=r"^([^@\s<>]+@[^@\s<>]+)?$")
    #: Beginning of links in mails, e.g. ``https://slj.example.gov.cn``; never taken from a request.
    site_url: str = Field(default="", pattern=r"^(https?://[^/\s?#@]+/?)?$")
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.host and not (self.sender and self.site_url):
            raise ValueError("mail.sender and mail.site_url are needed beside mail.host")
        return self


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
    #: How many bytes the evidence of one case may have together.
    case_quota_bytes: int = Field(default=200 * 1024 * 1024, ge=1)
    #: ClamAV's daemon, which looks at each upload: ``unix:<path>`` or ``tcp:<host>:<port>``; empty: nobody does.
    clamd: str = ""
    session_idle_minutes: int = 30
    session_hours: int = 12
    sign_in: SignInSettings = SignInSettings()
    #: Days for which a file exported from a list can be fetched, and how many exports a person may have under way.
    export_days: int = Field(default=7, ge=1)
    exports_at_once: int = Field(default=3, ge=1)
    access: AccessSettings = AccessSettings()
    notices: NoticeSettings = NoticeSettings()
    mail: MailSettings = MailSettings()
    default_plugins: list[str] = []
    policy_dirs: list[Path] = []
    site: SiteSettings = SiteSettings()
    plugins: dict[str, dict[str, Any]] = {}

    @property
    def secrets(self) -> list[str]:
        """Values that must appear in no log and on no page."""
        passwords = [urlsplit(url).password or "" for url in (self.database_url, self.redis_url)]
        own = [self.secret_key.get_secret_value(), self.mail.password.get_secret_value()]
        return [*own, *passwords, *map(unquote, passwords)]

    @property
    def uploads(self) -> Path:
        """Where uploaded files lie."""
        return self.data_dir / "uploads"

    @property
    def archives(self) -> Path:
        """Where exports of purged plugins go."""
        return self.data_dir / "archives"

    @property
    def exports(self) -> Path:
        """Where files exported from lists wait to be fetched."""
        return self.data_dir / "exports"

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
