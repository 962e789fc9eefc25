"""Delivery of events to the handlers of the running application.

An event is a frozen dataclass in some plugin's ``events.py``. Handlers may fail without hurting the act that was
committed; whatever must not be lost is caught up by a job, since a process can also die between commit and delivery.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from shuixin.contributions import Handler
from shuixin.database import after_commit

log = logging.getLogger(__name__)


class Delivery:
    """The handlers of one built application, in the order of their plugins."""

    def __init__(self, handlers: Iterable[tuple[str, Handler]] = ()) -> None:
        self._handlers = tuple(handlers)

    def deliver(self, event: Any) -> None:
        """Hand *event* to each handler of its type."""
        for plugin, handler in self._handlers:
            if isinstance(event, handler.event_type):
                self._call(plugin, handler, event)

    @staticmethod
    def _call(plugin: str, handler: Handler, event: Any) -> None:
        try:
            handler.function(event)
        except Exception:
            log.exception("event handler failed: plugin=%s event=%s", plugin, type(event).__name__)


_current: ContextVar[Delivery | None] = ContextVar("shuixin_delivery", default=None)


@contextmanager
def deliver_with(delivery: Delivery) -> Iterator[None]:
    """Deliver what is announced inside the block through *delivery* (a request, a command, a job)."""
    token = _current.set(delivery)
    try:
        yield
    finally:
        _current.reset(token)


def announce(event: Any) -> None:
    """Deliver *event* after the current transaction has committed."""
    delivery = _current.get()
    if delivery is not None:
        after_commit(lambda: delivery.deliver(event))
