"""Saying that something will go: one declaration for functions, arguments and hooks, with the version that removes it.

What is deprecated in one minor release stays for at least two; the warning names its replacement and the version that
removes it. A test fails once that version has arrived and the code is still there.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_MINOR = re.compile(r"\d+\.\d+")
_NAME = re.compile(r"RemovedIn(\d+)_(\d+)Warning")


class ShuixinDeprecationWarning(DeprecationWarning):
    """Base of all warnings about parts of the platform that will go; ``removal`` is the version without them."""

    removal = ""


@cache
def removed_in(removal: str) -> type[ShuixinDeprecationWarning]:
    """Return the warning class of one version, ``RemovedIn0_3Warning`` for ``"0.3"``.

    :raises ValueError: *removal* is not a minor version such as ``"0.3"``; nothing goes in a patch release.
    """
    if not _MINOR.fullmatch(removal):
        raise ValueError(f"removal={removal!r}: expected a minor version such as '0.3'")
    name = f"RemovedIn{removal.replace('.', '_')}Warning"
    return type(name, (ShuixinDeprecationWarning,), {"removal": removal, "__module__": __name__})


def __getattr__(name: str) -> type[ShuixinDeprecationWarning]:
    """Give the classes to filters: ``-W error::shuixin.deprecation.RemovedIn0_3Warning``."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return removed_in(".".join(found.groups()))


@dataclass(frozen=True)
class Deprecation:
    """A part of the platform that will go. As a decorator it makes a function warn whenever it is called.

    :param old: what will go, as people write it: ``"find_user()"``.
    :param new: what to write instead.
    :param removal: the minor version that removes it.
    """

    old: str
    new: str
    removal: str

    def warning(self) -> ShuixinDeprecationWarning:
        """Return the warning itself: ``hookspec(warn_on_impl=deprecated(…).warning())`` for a hook."""
        text = f"{self.old} is deprecated and will be removed in Shuixin {self.removal}; use {self.new}"
        return removed_in(self.removal)(text)

    def warn(self, stacklevel: int = 1) -> None:
        """Warn, for an argument or a value; *stacklevel* 1 blames the caller of the function that calls this."""
        warnings.warn(self.warning(), stacklevel=stacklevel + 2)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return *function* so that each call warns its caller."""

        @wraps(function)
        def warned(*args: P.args, **values: P.kwargs) -> R:
            self.warn()
            return function(*args, **values)

        return warned


def deprecated(old: str, new: str, removal: str) -> Deprecation:
    """Declare that *old* goes in version *removal*, and what to write instead; see :class:`Deprecation`.

    >>> deprecated("find_user()", "user_called()", removal="9.9").warning()
    RemovedIn9_9Warning('find_user() is deprecated and will be removed in Shuixin 9.9; use user_called()')

    :raises ValueError: *removal* is not a minor version.
    """
    removed_in(removal)
    return Deprecation(old, new, removal)
