"""What costs what within one request: every function around it is timed, in the same process, on the same requests."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.ctx import RequestContext
from measure import answer

Timed = Callable[..., Any]


class Ledger:
    """Seconds and calls by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, name: str, function: Timed) -> Timed:
        """Return *function*, noted under *name* whenever it is called."""
        clock, seconds = time.perf_counter, self.seconds

        def noted(*args: Any, **values: Any) -> Any:
            began = clock()
            try:
                return function(*args, **values)
            finally:
                seconds[name] += clock() - began

        return noted


def _name(function: Timed) -> str:
    owner = getattr(function, "__self__", None)
    inner = getattr(function, "__name__", type(function).__name__)
    home = str(getattr(function, "__module__", "") or type(owner).__module__)
    return f"{home}.{inner}".replace("shuixin.", "")


def per_request(app: Flask, environ: dict[str, Any], calls: int) -> list[tuple[str, float]]:
    """Return (what, microseconds a request), dearest first; the last two are the rest and the whole.

    The application is spoilt by it: the timers stay in.
    """
    ledger = Ledger()
    for when, table in (
        ("before", app.before_request_funcs),
        ("after", app.after_request_funcs),
        ("teardown", app.teardown_request_funcs),
    ):
        for scope, functions in table.items():
            table[scope] = [ledger.timed(f"{when}: {_name(each)}", each) for each in functions]
    app.teardown_appcontext_funcs[:] = [
        ledger.timed(f"teardown: {_name(each)}", each) for each in app.teardown_appcontext_funcs
    ]
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = ledger.timed("the view itself", view)
    jar: Any = app.session_interface
    jar.open_session = ledger.timed("Flask: the session is opened", jar.open_session)
    jar.save_session = ledger.timed("Flask: the session is stored", jar.save_session)
    adapter: Any = app
    adapter.create_url_adapter = ledger.timed("Flask: the address is prepared", app.create_url_adapter)
    matching = RequestContext.match_request
    patched: Any = RequestContext
    patched.match_request = ledger.timed("Flask: the address is matched", matching)
    try:
        whole = _whole(app, environ, calls, ledger)
    finally:
        patched.match_request = matching
    known = sorted(((name, 1e6 * spent / calls) for name, spent in ledger.seconds.items()), key=lambda each: -each[1])
    return [*known, ("everything else in Flask", whole - sum(spent for _name, spent in known)), ("whole", whole)]


def _whole(app: Flask, environ: dict[str, Any], calls: int, ledger: Ledger) -> float:
    for _ in range(100):
        answer(app, environ)
    ledger.seconds.clear()
    began = time.perf_counter()
    for _ in range(calls):
        answer(app, environ)
    return 1e6 * (time.perf_counter() - began) / calls
