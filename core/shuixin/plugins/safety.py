"""Marks of starts that were not survived.

While an application is being built, a small file says which process builds and which plugin it has reached. A file
whose process is gone tells the next start that the last one crashed, and where.
"""

import json
import os
from pathlib import Path

from shuixin.kit import clock

#: A mark older than this belongs to no start that still goes on, whoever has the process number now.
LONGEST_START = 600.0


class StartMark:
    """The mark of one start.

    :param folder: where the marks of this installation lie.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{os.getpid()}.json"

    def reach(self, plugin: str) -> None:
        """Note that *plugin* is next; what crashes now is its doing."""
        self._path.write_text(json.dumps({"plugin": plugin, "at": clock.now().timestamp()}), "utf-8")

    def done(self) -> None:
        """Remove the mark: the application stands, or its building failed in an orderly way."""
        self._path.unlink(missing_ok=True)


def crashed_starts(folder: Path) -> list[str]:
    """Return the plugin that each crashed start had reached (``""`` for none), and remove those marks."""
    found: list[str] = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            mark = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            mark = {}
        if not _goes_on(int(path.stem) if path.stem.isdecimal() else 0, float(mark.get("at", 0.0))):
            path.unlink(missing_ok=True)
            found.append(str(mark.get("plugin", "")))
    return found


def _goes_on(process: int, at: float) -> bool:
    # Our own number means a former life of it: containers give the same numbers again after each start.
    if process in (0, os.getpid()) or clock.now().timestamp() - at > LONGEST_START or os.name == "nt":
        return False  # Windows: one process serves, so every mark found is an old one
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
