"""Response headers: a strict content policy with nonces, and who may keep a page."""

import secrets

from flask import Flask, Response, g, request

from shuixin.pages.shell import is_public
from shuixin.settings import Settings

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'{office}; "
    "img-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: The rich-text editor measures the caret with a span of the one style ``display: inline-block;``; no other is let in.
EDITOR_STYLE = " 'unsafe-hashes' 'sha256-BSTKIYoPCaklkJ9YS/ZVYuKW8e+DG8jZJCXznBzHjgg='"


def csp_nonce() -> str:
    """Return this response's nonce for its own script and style elements."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def start(app: Flask, settings: Settings) -> None:
    """Let *app* send the headers with every answer, errors and files included."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def _secure(response: Response) -> Response:
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = POLICY.format(
            nonce=csp_nonce(), office=EDITOR_STYLE if request.path.startswith("/office/") else ""
        )
        if settings.secure_cookies:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return _cacheable(response)


def _cacheable(response: Response) -> Response:
    if request.endpoint and request.endpoint.endswith("static"):
        response.headers["Cache-Control"] = "public, max-age=86400"
    elif is_public() and response.status_code == 200 and not response.headers.getlist("Set-Cookie"):
        response.headers.setdefault("Cache-Control", "public, max-age=0, must-revalidate")
        response.vary.add("Cookie")
        if not response.direct_passthrough and not response.is_streamed:
            response.add_etag()
            response.make_conditional(request)
    else:
        response.headers["Cache-Control"] = "private, no-store"
    return response
