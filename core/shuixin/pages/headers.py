"""Response headers: a strict content policy with nonces, and who may keep a page."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from werkzeug.http import generate_etag, quote_etag

from shuixin.pages.shell import is_public
from shuixin.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: (name in small letters, name, value); a view may send another value.
FIXED = tuple(
    (name.lower(), name, value)
    for name, value in (
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    )
)
#: Over TLS only.
TRANSPORT = ("strict-transport-security", "Strict-Transport-Security", "max-age=31536000; includeSubDomains")
#: What a request may ask of an answer it has already; others need no comparison.
CONDITIONS = frozenset(
    f"HTTP_{name}"
    for name in ("IF_MATCH", "IF_NONE_MATCH", "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE", "IF_RANGE", "RANGE")
)
POLICY = (
    "default-src 'self'; script-src 'self'{nonce}; style-src 'self'{nonce}{office}; "
    "img-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: The policy of pages without scripts or styles of their own.
PLAIN = POLICY.format(nonce="", office="")
#: The rich-text editor measures the caret with a span of the one style ``display: inline-block;``; no other is let in.
EDITOR_STYLE = " 'unsafe-hashes' 'sha256-BSTKIYoPCaklkJ9YS/ZVYuKW8e+DG8jZJCXznBzHjgg='"


def csp_nonce() -> str:
    """Return this response's nonce for its own script and style elements."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


class FixedHeaders:
    """The outermost layer of an application: adds what every answer carries, whoever made it.

    :param given: (name in small letters, name, value); an answer that has the name already keeps its own value.
    """

    def __init__(self, inner: "WSGIApplication", given: Sequence[tuple[str, str, str]]) -> None:
        self._inner = inner
        self._given = tuple(given)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""

        def begin(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            own = {name.lower() for name, _value in headers}
            return start_response(
                status, [*headers, *((name, value) for key, name, value in self._given if key not in own)], *error
            )

        return self._inner(environ, begin)


def start(app: Flask, settings: Settings) -> None:
    """Let *app* send the headers with every answer, errors and files included."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(_secure)
    transport = (TRANSPORT,) if settings.secure_cookies else ()
    app.wsgi_app = FixedHeaders(app.wsgi_app, (*FIXED, *transport))  # type: ignore[method-assign]


def _secure(response: Response) -> Response:
    # Looked through once: asking the headers for one name after the other goes through all of them each time.
    given = {name.lower() for name, _value in response.headers}
    asked = request._get_current_object()  # type: ignore[attr-defined]  # the proxy looks it up at each use
    _put(response, given, "Content-Security-Policy", _policy(asked.path))
    endpoint = asked.endpoint or ""
    if endpoint.endswith("static"):
        _put(response, given, "Cache-Control", "public, max-age=86400")
    elif response.status_code == 200 and "set-cookie" not in given and is_public():
        _share(response, given)
    else:
        _put(response, given, "Cache-Control", "private, no-store")
    return response


def _policy(path: str) -> str:
    """Return the content policy of this response; the nonce only if the page has used it."""
    office = EDITOR_STYLE if path.startswith("/office/") else ""
    nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    return POLICY.format(nonce=nonce, office=office) if nonce or office else PLAIN


def _put(response: Response, given: set[str], name: str, value: str) -> None:
    """Set a header; ``set`` goes through all of them, so only where the view has *given* it."""
    (response.headers.set if name.lower() in given else response.headers.add)(name, value)


def _share(response: Response, given: set[str]) -> None:
    """Let everybody keep a page that is the same for all, and shorten the answer for a reader who has it already."""
    if "cache-control" not in given:
        response.headers.add("Cache-Control", "public, max-age=0, must-revalidate")
    if "vary" in given:
        response.vary.add("Cookie")
    else:
        response.headers.add("Vary", "Cookie")
    if response.direct_passthrough or response.is_streamed:
        return
    if "etag" not in given:
        response.headers.add("ETag", quote_etag(generate_etag(response.get_data())))
    if not CONDITIONS.isdisjoint(request.environ):
        response.make_conditional(request)
