"""Calling what plugins contributed: each call alone, timed, and a fault stays with its plugin.

A contribution that raises loses only itself. Faults are counted; a plugin that keeps failing is reported, so that it
can be suspended before it spoils more pages.
"""

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from shuixin.kit.redaction import redacted

log = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass
class Meter:
    """What one plugin's part of one hook has cost so far in this process."""

    calls: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    errors: int = 0


@dataclass(frozen=True)
class Fault:
    """One contribution that raised.

    :param recent: how many faults of the plugin there were within the window, this one included.
    """

    plugin: str
    hook: str
    reason: str
    traceback: str
    recent: int


@dataclass
class Calls:
    """The dispatcher of one built application.

    :param limit: faults within the window at which ``on_fault`` is told to suspend.
    :param window: seconds over which faults are counted.
    :param on_fault: told of each fault; must not raise for the caller's sake, and is guarded anyway.
    """

    limit: int = 5
    window: float = 300.0
    on_fault: Callable[[Fault], object] | None = None
    meters: dict[tuple[str, str], Meter] = field(default_factory=dict)
    _recent: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(
        self, plugin: str, hook: str, function: Callable[..., Any], *arguments: Any, default: Result
    ) -> Any | Result:
        """Return what *function* returns, or *default* if it raises; time and fault go to the plugin's account."""
        began = time.perf_counter()
        error: Exception | None = None
        try:
            return function(*arguments)
        except Exception as raised:
            error = raised
            return default
        finally:
            self.note(plugin, hook, time.perf_counter() - began, error)

    def note(self, plugin: str, hook: str, seconds: float, error: Exception | None = None) -> None:
        """Account for one call that was made elsewhere."""
        with self._lock:
            meter = self.meters.setdefault((plugin, hook), Meter())
            meter.calls += 1
            meter.seconds += seconds
            meter.slowest = max(meter.slowest, seconds)
            meter.errors += error is not None
            recent = self._count(plugin) if error is not None else 0
        if error is not None:
            self._report(Fault(plugin, hook, reason_of(error), trace_of(error), recent))

    def of(self, plugin: str) -> dict[str, Meter]:
        """Return the meters of *plugin* by hook."""
        with self._lock:
            return {hook: meter for (name, hook), meter in sorted(self.meters.items()) if name == plugin}

    def _count(self, plugin: str) -> int:
        now = time.monotonic()
        recent = self._recent.setdefault(plugin, deque(maxlen=max(self.limit, 1)))
        recent.append(now)
        return sum(1 for each in recent if now - each <= self.window)

    def _report(self, fault: Fault) -> None:
        log.error("plugin %s failed in %s: %s\n%s", fault.plugin, fault.hook, fault.reason, fault.traceback)
        if self.on_fault is None:
            return
        try:
            self.on_fault(fault)
        except Exception:
            log.exception("the fault of plugin %s could not be recorded", fault.plugin)


def reason_of(error: BaseException) -> str:
    """Return the first line of what *error* says, its type if it says nothing."""
    text = str(error).strip()
    return redacted(text.splitlines()[0]) if text else type(error).__name__


def trace_of(error: BaseException) -> str:
    """Return the whole traceback of *error* as text."""
    return redacted("".join(traceback.format_exception(error)))
