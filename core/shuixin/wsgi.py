"""The WSGI entry: holds the current application and swaps it when the set of enabled plugins changes."""

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from shuixin.app import create_app
from shuixin.database import connect, connected, db
from shuixin.platform import Platform, circumstances_of
from shuixin.plugins import State, current_generation, discover, wanted
from shuixin.plugins.lifecycle import enter_safe_mode
from shuixin.plugins.safety import StartMark, crashed_starts
from shuixin.plugins.state import record_failures
from shuixin.settings import Settings, load
from shuixin.texts import domain

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_ = domain("shuixin")
log = logging.getLogger(__name__)
#: Seconds between two looks at the generation number, per process.
INTERVAL = 1.0
#: Looks between two searches for packages that were missing.
SEARCH = 5


def build(settings: Settings, progress: Callable[[str], object] = str) -> Flask:
    """Build the application for the set that is wanted now."""
    with connected():
        want = wanted(settings)
        app = create_app(settings, want.plugins, want.generation, circumstances_of(settings, progress=progress))
        platform: Platform = app.extensions["shuixin"]
        platform.safe_reason = want.safe_reason
        return app


class Switchboard:
    """A WSGI application that always answers with the newest application it could build.

    A thread of each process looks at the generation number once a second; if it moved, the next application is built
    while this one goes on serving, then the reference is swapped. Requests that run finish on the application they
    began with. When a build fails the old application stays. The thread also notices packages that were removed from
    under the running server.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process = 0
        self._looks = 0
        self._building = threading.Lock()
        self._closing = threading.Event()
        self.current = self._first()
        self._generation: int = self._platform.generation
        self._follow()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if self._process != os.getpid():  # a server that forks after loading has left the thread behind
            self._follow()
        return self.current.wsgi_app(environ, start_response)

    @property
    def _platform(self) -> Platform:
        platform: Platform = self.current.extensions["shuixin"]
        return platform

    def _first(self) -> Flask:
        """Build the first application; after a start that was not survived, or fails now, in safe mode."""
        folder = self._settings.data_dir / "starting"
        crashed = crashed_starts(folder)
        if crashed:
            names = "、".join(sorted({name for name in crashed if name})) or "-"
            self._go_safe(str(_("上次启动时在装入插件{names}处中断。", names=names)))
        mark = StartMark(folder)
        mark.reach("")
        try:
            app = build(self._settings, mark.reach)
        except Exception as error:
            log.exception("the application could not be built; trying safe mode")
            self._go_safe(str(_("启动失败：{reason}", reason=str(error) or type(error).__name__)))
            app = build(self._settings, mark.reach)
        finally:
            mark.done()
        self._remember(app)
        return app

    @staticmethod
    def _go_safe(reason: str) -> None:
        log.error("safe mode: %s", reason)
        with db.connection_context():
            enter_safe_mode(reason)

    @staticmethod
    def _remember(app: Flask) -> None:
        platform: Platform = app.extensions["shuixin"]
        try:
            with db.connection_context():
                record_failures(platform.loaded.records.values(), "启动")
        except Exception:
            log.exception("the plugins' failures could not be recorded")

    def _follow(self) -> None:
        self._process = os.getpid()
        arguments = (weakref.ref(self), self._closing)
        self._follower = threading.Thread(target=_look_again, args=arguments, name="shuixin-follow", daemon=True)
        self._follower.start()

    def close(self) -> None:
        """Stop following; the current application goes on answering."""
        self._closing.set()
        self._follower.join()

    def look(self) -> None:
        """Look once whether another application is due, and build it."""
        with self._building:
            self._looks += 1
            if self._moved() or self._vanished() or self._returned():
                self._rebuild()

    def _moved(self) -> bool:
        try:
            with db.connection_context():
                return current_generation() != self._generation
        except Exception:  # a full pool is no PeeweeException; the page itself will say what ails the database
            log.debug("the generation number could not be read", exc_info=True)
            return False

    def _vanished(self) -> bool:
        """Whether the package of a plugin in use was removed from the disk."""
        bundles = self._platform.loaded.bundles
        if any(not bundle.plugin.source.is_file() for bundle in bundles.values()):
            return True
        return self._looks % SEARCH == 0 and not set(bundles) <= set(discover())

    def _returned(self) -> bool:
        """Whether a package that was missing is there now (an upgrade in place takes it away for a moment)."""
        gone = [name for name, record in self._platform.loaded.records.items() if record.state is State.MISSING]
        return bool(gone) and self._looks % SEARCH == 0 and any(name in discover() for name in gone)

    def _rebuild(self) -> None:
        try:
            app = build(self._settings)
            self.current = app
            self._generation = self._platform.generation
            self._remember(app)
        except Exception:
            log.exception("the new application could not be built; the old one goes on")
            with db.connection_context():
                self._generation = current_generation()


def _look_again(board: "weakref.ref[Switchboard]", closing: threading.Event) -> None:
    """Look once a second for as long as the *board* is in use."""
    process = os.getpid()
    while not closing.wait(max(INTERVAL, 0.02)):
        here = board()
        if here is None or os.getpid() != process:
            return
        try:
            here.look()
        except Exception:
            log.exception("looking for another application failed")
        del here


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
