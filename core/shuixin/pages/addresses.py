"""What may stand in an address or a field: numbers that a column can hold, ways back within the site, no zero bytes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

#: Largest key of a row on every supported engine.
LARGEST_KEY = 2**31 - 1


class KeyConverter(IntegerConverter):
    """``<int:…>`` in addresses: the number of a row; a larger one is simply not found."""

    def __init__(self, map: Map, *arguments: Any, **options: Any) -> None:  # noqa: A002 - their signature
        options.setdefault("max", LARGEST_KEY)
        super().__init__(map, *arguments, **options)


def number_of(text: str) -> int:
    """Return the number of a row or version that *text* is; 0 for anything else, and for more than a column holds."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 0
    return number if number <= LARGEST_KEY else 0


def form_number(name: str) -> int:
    """Return the number that the form sent as *name*, 0 if it is none."""
    return number_of(request.form.get(name, ""))


def page_number() -> int:
    """Return the page asked for by ``?page=``, the first if it is none."""
    return number_of(request.args.get("page", "")) or 1


def local_target(url: str) -> str:
    """Return *url* if it stays on this host, else the front page (no open redirects).

    Browsers take backslashes for slashes and drop line ends and tabs, which could hide a second slash.
    """
    local = url.startswith("/") and not url.startswith("//") and "\\" not in url and url.isprintable()
    return url if local else "/"


def start(app: Flask) -> None:
    """Let every ``<int:…>`` of *app* take the number of a row only, and refuse zero bytes, which nobody can type."""
    app.url_map.converters["int"] = KeyConverter
    app.before_request(_refuse_zero_bytes)
    app.before_request(_refuse_broken_targets)


def _refuse_zero_bytes() -> None:
    environ = request.environ
    query = environ.get("QUERY_STRING", "")
    # Most requests carry neither; parsing what is not there would cost each of them more than this look.
    fields = list(request.args.items(multi=True)) if "%00" in query or "\0" in query else []
    if has_body(environ):
        fields += request.form.items(multi=True)
    if "\0" in environ.get("PATH_INFO", "") or any("\0" in name or "\0" in text for name, text in fields):
        abort(400)


def _refuse_broken_targets() -> None:
    """Refuse a way back that is no address at all; Flask-Admin and Flask-Security break over it."""
    query = request.environ.get("QUERY_STRING", "")
    if "url=" in query or "next=" in query or has_body(request.environ):
        ways = (*request.values.getlist("url"), *request.values.getlist("next"))
        if any(_is_broken(each) for each in ways):
            abort(400)


def _is_broken(address: str) -> bool:
    """Whether *address* cannot be taken apart (``//[``), or has line ends or the like in it."""
    try:
        urlsplit(address.replace("\\", "/"))
    except ValueError:
        return True
    return not address.isprintable()


def has_body(environ: Mapping[str, Any]) -> bool:
    """Whether the request of *environ* sends anything, whatever its method."""
    return environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ
