"""The WSGI entry: holds the current application and swaps it when the set of enabled plugins changes."""

import logging
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from shuixin.app import create_app
from shuixin.database import connect, db
from shuixin.plugins import current_generation, enabled_plugins
from shuixin.settings import Settings, load

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)
#: Seconds between two looks at the generation number, per process.
INTERVAL = 1.0


def build(settings: Settings) -> Flask:
    """Build the application for the set that is enabled now."""
    with db.connection_context():
        generation, enabled = current_generation(), enabled_plugins()
    return create_app(settings, enabled, generation)


class Switchboard:
    """A WSGI application that always answers with the newest application it could build.

    Before a request, at most once a second, the generation number is read; if it moved, the next application is
    built in the background while this one goes on serving, then the reference is swapped. Requests that run finish
    on the application they began with. When a build fails the old application stays.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.current = build(settings)
        self._generation: int = self.current.extensions["shuixin"].generation
        self._looked = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if time.monotonic() - self._looked >= INTERVAL and self._lock.acquire(blocking=False):
            self._look()
        return self.current.wsgi_app(environ, start_response)

    def _look(self) -> None:
        self._looked = time.monotonic()
        try:
            with db.connection_context():
                moved = current_generation() != self._generation
        except Exception:  # a full pool is no PeeweeException; the page itself will say what ails the database
            log.debug("the generation number could not be read", exc_info=True)
            moved = False
        if moved:
            threading.Thread(target=self._rebuild, name="shuixin-rebuild", daemon=True).start()
        else:
            self._lock.release()

    def _rebuild(self) -> None:
        try:
            app = build(self._settings)
            self._generation = app.extensions["shuixin"].generation
            self.current = app
        except Exception:
            log.exception("the new application could not be built; the old one goes on")
            with db.connection_context():
                self._generation = current_generation()
        finally:
            self._lock.release()


def make() -> Switchboard:
    """Read the settings, bind the database, and return the switchboard (``gunicorn "shuixin.wsgi:make()"``)."""
    settings = load()
    connect(settings.database_url)
    return Switchboard(settings)


def __getattr__(name: str) -> Any:
    """Give ``shuixin.wsgi:application`` to servers that want a name, built at first use."""
    if name == "application":
        application = make()
        globals()["application"] = application
        return application
    raise AttributeError(name)
