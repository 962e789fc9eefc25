"""What is known about one plugin in one built application."""

from dataclasses import dataclass, field
from enum import Enum


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
    """State, stage and reason of one plugin; filled by the loader, read by the page and the command line."""

    id: str
    distribution: str
    version: str
    requires_core: str
    requires: tuple[str, ...]
    state: State = State.DISABLED
    stage: Stage = Stage.DISCOVERED
    reason: str = ""
    traceback: str = field(default="", repr=False)

    def as_json(self) -> dict[str, object]:
        """Return the shape promised for ``plugins list --json``."""
        return {
            "id": self.id,
            "distribution": self.distribution,
            "version": self.version,
            "requires_core": self.requires_core,
            "requires": list(self.requires),
            "state": self.state.value,
            "stage": self.stage.value,
            "reason": self.reason,
        }
