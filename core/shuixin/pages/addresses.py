"""What may stand in an address or a field at all: numbers that a column can hold, and no zero bytes."""

from collections.abc import Mapping
from typing import Any

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


def start(app: Flask) -> None:
    """Let every ``<int:…>`` of *app* take the number of a row only, and refuse zero bytes, which nobody can type."""
    app.url_map.converters["int"] = KeyConverter
    app.before_request(_refuse_zero_bytes)


def _refuse_zero_bytes() -> None:
    environ = request.environ
    query = environ.get("QUERY_STRING", "")
    # Most requests carry neither; parsing what is not there would cost each of them more than this look.
    fields = list(request.args.items(multi=True)) if "%00" in query or "\0" in query else []
    if has_body(environ):
        fields += request.form.items(multi=True)
    if "\0" in environ.get("PATH_INFO", "") or any("\0" in name or "\0" in text for name, text in fields):
        abort(400)


def has_body(environ: Mapping[str, Any]) -> bool:
    """Whether the request of *environ* sends anything, whatever its method."""
    return environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ
