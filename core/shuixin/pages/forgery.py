"""Forgery protection (CSRF) of every request that may change something; no page is exempt.

What systems send to ``/api/`` is no page: cookies do not count there (``guard.register_api``, ``accounts.cookies``), so
a browser brings nothing along that a foreign page could use.
"""

from flask import Flask, request
from flask_wtf import CSRFProtect

READING = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))


def start(app: Flask) -> None:
    """Let *app* refuse forms without the token of the session that sends them."""
    # Flask-WTF's own check looks for exemptions first, with every request; ours looks at the method and knows none.
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    protection = CSRFProtect(app)

    @app.before_request
    def _check() -> None:
        if (
            request.method not in READING
            and request.endpoint
            and request.blueprint not in app.extensions["shuixin_api"]
        ):
            protection.protect()
