"""Which rights a request has used: collected while it runs, written down by the accounts room when it ends."""

from contextvars import ContextVar

_used: ContextVar[set[str] | None] = ContextVar("shuixin_rights_used", default=None)


def begin() -> None:
    """Collect from now on; the request of somebody who is signed in calls it."""
    _used.set(set())


def note(permission: str) -> None:
    """Note that *permission* was asked for and held; nothing happens where nobody collects (jobs, commands)."""
    used = _used.get()
    if used is not None:
        used.add(permission)


def end() -> frozenset[str]:
    """Return what was collected, and collect no more."""
    used = _used.get() or ()
    _used.set(None)
    return frozenset(used)
