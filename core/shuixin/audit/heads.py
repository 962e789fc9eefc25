"""Published heads (对外公布的校验值): number and hash of the newest entry, once a day, outside the database.

Who can write the database could cut the chain and its head together. A copy of a published head, in the hands of
another office or on paper, shows it: the chain must still hold that entry with that hash.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shuixin.audit.chain import AuditEntry, Break, head
from shuixin.texts import domain

_ = domain("shuixin")
FILE = "audit-heads.txt"


@dataclass(frozen=True)
class PublishedHead:
    """One line of the file: ``2026-11-25T19:15:00+00:00 1234 <hash>``."""

    at: str
    number: int
    hash: str


def publish(folder: Path, now: datetime) -> PublishedHead:
    """Add the present head to the file in *folder*, and return it."""
    number, hash_ = head()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a", encoding="ascii") as file:
        file.write(f"{now.isoformat(timespec='seconds')} {number} {hash_}\n")
    return PublishedHead(now.isoformat(timespec="seconds"), number, hash_)


def read(path: Path) -> list[PublishedHead]:
    """Return the heads that stand in the file at *path*, or a copy of it; none if there is no such file."""
    return parse(path.read_text("utf-8", errors="replace")) if path.is_file() else []


def parse(text: str) -> list[PublishedHead]:
    """Return the heads that stand in *text*; lines of another form are passed over."""
    parts = [line.split() for line in text.splitlines()]
    return [PublishedHead(at, int(number), hash_.lower()) for at, number, hash_ in (p for p in parts if _is_head(p))]


def _is_head(parts: list[str]) -> bool:
    return len(parts) == 3 and parts[1].isascii() and parts[1].isdecimal() and len(parts[1]) < 16


def contradicted(heads: Iterable[PublishedHead]) -> Break | None:
    """Return the first of the published *heads* that the chain no longer holds; ``None`` if it holds them all."""
    for each in sorted((each for each in heads if each.number), key=lambda each: each.number):
        # Only what is asked about: of an entry that was tampered with, other parts may not be readable.
        entry = AuditEntry.select(AuditEntry.hash).where(AuditEntry.number == each.number).first()
        if entry is None:
            return Break(each.number, _("{at}公布过，现已不存在", at=each.at))
        if entry.hash != each.hash:
            return Break(each.number, _("与{at}公布的校验值不同", at=each.at))
    return None
