"""What is known about one plugin in one built application."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from shuixin.texts import Text


class State(Enum):
    """Where a plugin ended up."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    SKIPPED = "skipped"
    FAILED = "failed"
    MISSING = "missing"


class Stage(Enum):
    """The stages of loading, in order; a failed plugin shows the stage at which it stopped."""

    DISCOVERED = "discovered"
    COMPATIBLE = "compatible"
    IMPORTED = "imported"
    REGISTERED = "registered"
    CONFIGURED = "configured"
    MIGRATED = "migrated"
    ENABLED = "enabled"


@dataclass
class PluginRecord:
    """State, stage and reason of one plugin; filled by the loader, read by the page and the command line.

    :param requires: ids of plugins without which it cannot run (hard), from ``Requires-Dist``.
    :param uses: ids of plugins it works with where they are on (soft), from the extra ``uses``.
    :param before: ids of plugins that come after it where order matters, from the extra ``before``.
    :param remedy: what somebody has to do about the reason.
    :param version: what is installed; ``running`` is the version whose code this process uses, ``""`` for none.
    :param at: when the state was found.
    """

    id: str
    distribution: str
    version: str
    requires_core: str
    requires: tuple[str, ...]
    uses: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    running: str = ""
    state: State = State.DISABLED
    stage: Stage = Stage.DISCOVERED
    reason: Text | str = ""
    remedy: Text | str = ""
    traceback: str = field(default="", repr=False)
    at: datetime | None = None
