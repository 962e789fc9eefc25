"""What every template may use: site, menu, reader, languages, versioned assets."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for

from shuixin.access import ANONYMOUS, Actor
from shuixin.accounts.web import current_actor
from shuixin.contributions import Area
from shuixin.i18n import LANGUAGES, language_of
from shuixin.kit import clock, notices
from shuixin.menus import MenuEntry, build_menu
from shuixin.platform import current_platform
from shuixin.texts import Text
from shuixin.units import region_name

ELDER_COOKIE = "sx_elder"
STATIC = Path(__file__).parent.parent / "static"


@dataclass(frozen=True)
class Breadcrumb:
    """One step of 当前位置; the last has no address."""

    label: Text | str
    url: str = ""


@dataclass(frozen=True)
class LanguageLink:
    """A switch to one language."""

    code: str
    label: str
    url: str
    current: bool


def is_public() -> bool:
    """Whether this request is for a page that is the same for everybody."""
    public: set[str] = current_platform_public()
    return request.blueprint in public or request.endpoint in (None, "static")


def current_platform_public() -> set[str]:
    """Return the names of the blueprints registered as public."""
    from flask import current_app

    names: set[str] = current_app.extensions["shuixin_public"]
    return names


def start(app: Flask) -> None:
    """Give *app*'s templates their context, filters and globals."""
    app.context_processor(_context)
    app.jinja_env.globals.update(asset=asset, region_name=region_name)
    app.jinja_env.filters.update(day=_day, minute=_minute)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _context() -> dict[str, Any]:
    actor = ANONYMOUS if is_public() else current_actor()
    language = language_of()
    return {
        "site": current_platform().settings.site,
        "safe_reason": current_platform().safe_reason,
        "actor": actor,
        "unread": lambda: notices.unread(actor.id) if actor.is_authenticated else 0,
        "menu": lambda area, section="": _menu(area, section, actor),
        "elder": request.cookies.get(ELDER_COOKIE) == "1",
        "html_lang": "zh-CN" if language.startswith("zh") else language,
        "languages": _languages(language),
        "now": clock.now().astimezone(clock.LEGAL_ZONE),
    }


def _menu(area: str, section: str, actor: Actor) -> list[MenuEntry]:
    platform = current_platform()
    return build_menu(platform.menu_items, Area(area), section, actor, platform.calls)


def _languages(current: str) -> list[LanguageLink]:
    return [
        LanguageLink(code, label, url_for("site.language", code=code, next=here()), code == current)
        for code, label in LANGUAGES.items()
    ]


def here() -> str:
    """Return path and query of this request, for links that come back."""
    return request.full_path.rstrip("?")


@lru_cache(maxsize=256)
def _digest(path: str) -> str:
    file = STATIC / path
    return sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "missing"


def asset(path: str) -> str:
    """Return the address of a core file under ``static/`` with its content in the query, so browsers may keep it."""
    return url_for("static", filename=path, v=_digest(path))


def _day(value: Any) -> str:
    """``2026-11-23`` in Shanghai, empty for nothing."""
    if value is None or value == "":
        return ""
    day = clock.legal_day(value) if hasattr(value, "tzinfo") else value
    return str(day.isoformat()) if hasattr(day, "isoformat") else str(day)


def _minute(value: Any) -> str:
    """``2026-11-23 14:32`` in Shanghai."""
    return clock.to_minute(value) if value else ""
