"""Forgery protection (CSRF) of every request that may change something; no page is exempt."""

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
        if request.method not in READING and request.endpoint:
            protection.protect()
