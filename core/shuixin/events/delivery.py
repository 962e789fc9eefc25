"""Delivery of events to the handlers of the running application.

An event is a frozen dataclass in some plugin's ``events.py``. Handlers may fail without hurting the act that was
committed; whatever must not be lost is caught up by a job, since a process can also die between commit and delivery.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

from shuixin.contributions import Handler
from shuixin.database import after_commit
from shuixin.plugins.dispatch import Calls


class Delivery:
    """The handlers of one built application, in the order of their plugins."""

    def __init__(self, handlers: Iterable[tuple[str, Handler]] = (), calls: Calls | None = None) -> None:
        self._handlers = tuple(handlers)
        self._calls = calls or Calls()

    def deliver(self, event: Any) -> None:
        """Hand *event* to each handler of its type or name; one that raises does not keep it from the others."""
        names = {event_name(kind) for kind in type(event).__mro__}
        for plugin, handler in self._handlers:
            wanted = handler.event_type
            if wanted in names if isinstance(wanted, str) else isinstance(event, wanted):
                self._calls.call(plugin, "event_handlers", handler.function, event, default=None)


def event_name(kind: type) -> str:
    """Return the name by which an event may be subscribed to without importing it: ``credit_collection.Approved``."""
    return f"{kind.__module__.partition('.')[0].removeprefix('shuixin_')}.{kind.__name__}"


_current: ContextVar[Delivery | None] = ContextVar("shuixin_delivery", default=None)


@contextmanager
def deliver_with(delivery: Delivery) -> Iterator[None]:
    """Deliver what is announced inside the block through *delivery* (a command, a job)."""
    token = begin_delivery(delivery)
    try:
        yield
    finally:
        end_delivery(token)


def begin_delivery(delivery: Delivery) -> Token[Delivery | None]:
    """Deliver through *delivery* from now on, until :func:`end_delivery` is given the result (a request)."""
    return _current.set(delivery)


def end_delivery(token: Token[Delivery | None]) -> None:
    """Deliver as before :func:`begin_delivery` again."""
    _current.reset(token)


def announce(event: Any) -> None:
    """Deliver *event* after the current transaction has committed."""
    delivery = _current.get()
    if delivery is not None:
        after_commit(lambda: delivery.deliver(event))
