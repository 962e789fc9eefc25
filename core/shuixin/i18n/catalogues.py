"""Catalogues by domain, and the reader's language."""

from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel
from jinja2 import pass_context
from jinja2.runtime import Context

from shuixin import texts

#: Locale code to the name people read; the first is the source language and the default.
LANGUAGES = {"zh_Hans_CN": "简体中文", "en": "English"}
#: The language that texts are written in.
SOURCE = next(iter(LANGUAGES))
COOKIE = "sx_lang"
CORE = "shuixin"


class Catalogues:
    """The translations of one built application, by domain and language."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._folders = folders
        self._read: dict[tuple[str, str], dict[str, str]] = {}

    def look_up(self, domain: str, source: str, language: str) -> str:
        """Return *source* in *language*: from its own domain, else from the core's, else unchanged."""
        for name in dict.fromkeys((domain, CORE)):
            found = self._of(name, language).get(source)
            if found:
                return found
        return source

    def _of(self, domain: str, language: str) -> dict[str, str]:
        key = (domain, language)
        if key not in self._read:
            folder = self._folders.get(domain)
            self._read[key] = read_catalogue(folder / f"{language}.po") if folder else {}
        return self._read[key]


def read_catalogue(path: Path) -> dict[str, str]:
    """Return source text -> translation of a PO file; nothing if there is no such file.

    Read as it is: without compiled copies none can be out of step, and a few hundred entries take milliseconds.
    """
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def language_of() -> str:
    """Return the reader's language: from the cookie, else Chinese."""
    wanted = request.cookies.get(COOKIE, "") if has_request_context() else ""
    return wanted if wanted in LANGUAGES else SOURCE


def _translate(domain: str, source: str) -> str:
    if not has_request_context():
        return source
    language = language_of()
    if language == SOURCE:
        return source
    catalogues: Catalogues | None = current_app.extensions.get("shuixin_catalogues")
    return catalogues.look_up(domain, source, language) if catalogues else source


@pass_context
def _template_gettext(context: Context, source: str, /, **values: Any) -> str:
    """``_()`` in templates: the domain is the template's folder, ``news/article.html`` -> ``news``."""
    template = context.name or CORE
    text = _translate(template.split("/", 1)[0], source)
    return text.format(**values) if values else text


def start(app: Flask, folders: dict[str, Path]) -> None:
    """Set *app* up for languages; *folders* maps each domain to its ``translations`` folder."""
    app.config.update(BABEL_DEFAULT_LOCALE=SOURCE, BABEL_DEFAULT_TIMEZONE="Asia/Shanghai")
    Babel(app, locale_selector=language_of)
    app.extensions["shuixin_catalogues"] = Catalogues(folders)
    texts.bind(_translate)
    # After Babel, whose own _() knows one domain for all templates.
    app.jinja_env.globals.update(_=_template_gettext)
