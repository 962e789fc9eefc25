"""The blueprint that all addresses of the API are on, and what each says about itself for the OpenAPI document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Response

from shuixin.api import Text

View = TypeVar("View", bound=Callable[..., Any])
blueprint = Blueprint("credit_collection_api", __name__, url_prefix="/api")


@dataclass(frozen=True)
class Operation:
    """What the OpenAPI document says of a view.

    :param takes: name of the schema of its JSON body, ``files`` for an upload, ``""`` for none.
    :param gives: name of the schema of its answer.
    :param versioned: whether ``If-Match`` must name the version that the caller has seen.
    """

    summary: Text
    gives: str
    takes: str = ""
    versioned: bool = False


def describe(operation: Operation) -> Callable[[View], View]:
    """Say what a view of the API does."""

    def mark(view: View) -> View:
        view.shuixin_operation = operation  # type: ignore[attr-defined]
        return view

    return mark


@blueprint.after_request
def _finish(response: Response) -> Response:
    """Say when to come again after too many requests."""
    if response.status_code == 429:
        response.headers["Retry-After"] = "60"
    return response
