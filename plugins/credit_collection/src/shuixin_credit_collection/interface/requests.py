"""What comes with a request to the API: a JSON object, the version that the caller has seen."""

import json
from typing import Any

from flask import request

from shuixin.api import Conflict, ShuixinError, domain, number_of
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.settings import settings

_ = domain("credit_collection")


class Malformed(ShuixinError):
    """The body is no JSON object, or names a field twice."""


class Unsupported(ShuixinError):
    """The body is of another media type than the address takes."""

    status = 415


class TooLarge(ShuixinError):
    """The body is longer than the address takes."""

    status = 413


class VersionNeeded(ShuixinError):
    """A change came without the version that it starts from."""

    status = 428


def body(*, optional: bool = False) -> dict[str, Any]:
    """Return the JSON object that was sent.

    :param optional: nothing at all counts as an empty object.
    :raises Unsupported: it is not said to be JSON.
    :raises TooLarge: it is longer than one record can be.
    :raises Malformed: it is no JSON object in UTF-8, or names something twice.
    """
    most = settings().json_kilobytes
    data = request.stream.read(most * 1024 + 1)
    if len(data) > most * 1024:
        raise TooLarge(_("请求正文超过{most}KB，请分成几条发送。", most=most))
    if optional and not data.strip():
        return {}
    if request.mimetype != "application/json":
        raise Unsupported(_("请以application/json发送JSON。"))
    try:
        found = json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise Malformed(_("请求正文不是有效的JSON（UTF-8，字段不重复）。")) from None
    if not isinstance(found, dict):
        raise Malformed(_("请求正文应为JSON对象。"))
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _constant(name: str) -> float:
    raise ValueError(name)


def version() -> int:
    """Return the version that the caller has seen, from ``If-Match``.

    :raises VersionNeeded: there is none, or it is not one.
    """
    text = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    found = number_of(text)
    if not found:
        raise VersionNeeded(_("请在请求头If-Match中写明所依据的版本，即读取申报时的ETag。"))
    return found


def check_version(filing: Filing) -> None:
    """Refuse a change that starts from another version than the present one.

    :raises Conflict: somebody saved in between.
    """
    if filing.row_version != version():
        raise Conflict(_("申报已被他处更新，请重新读取后再提交。"))
