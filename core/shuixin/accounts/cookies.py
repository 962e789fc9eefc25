"""The session cookie: signed as Flask signs it, at no cost for visitors who bring none."""

from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin


class SessionCookies(SecureCookieSessionInterface):
    """Flask's signed cookie; one for each built application, whose secret never changes.

    Most requests are readers' without a session; for them neither a signer is made nor a cookie looked at.
    """

    def __init__(self) -> None:
        self._signer: Any = None

    def get_signing_serializer(self, app: Flask) -> Any:
        """Return the signer; made once, since making it derives the key anew."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session that the request's cookie holds; an empty one if it brings no cookie, or asks the API."""
        if "HTTP_COOKIE" not in request.environ or request.path.startswith("/api/"):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if it is to change; an empty session that nobody wrote to needs none, nor does the API."""
        if (session or session.modified) and not request.path.startswith("/api/"):
            super().save_session(app, session, response)
