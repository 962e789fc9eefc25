"""The chain: each entry carries the hash of the one before, the head row holds number and hash of the last."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peewee import BigAutoField, BigIntegerField, CharField, IntegerField, fn

from shuixin.access import Actor
from shuixin.database import BaseModel, JSONField, UTCDateTimeField, db, transaction
from shuixin.kit import clock
from shuixin.kit.redaction import redacted_all
from shuixin.kit.search import Index
from shuixin.texts import Text, domain

_ = domain("shuixin")
GENESIS = "0" * 64
#: The entries by person, act and object.
audit_index = Index("shuixin_audit_search")


class AuditEntry(BaseModel):
    """One act: who, when, what, to which object, with which effect (操作日志)."""

    id = BigAutoField()
    number = BigIntegerField(unique=True)
    at = UTCDateTimeField(index=True)
    actor_id = IntegerField(index=True)
    actor_name = CharField(max_length=100)
    unit_name = CharField(max_length=100, default="")
    action = CharField(max_length=80, index=True)
    object_kind = CharField(max_length=60)
    object_key = CharField(max_length=100, index=True)
    detail = JSONField()
    previous_hash = CharField(max_length=64)
    hash = CharField(max_length=64)

    class Meta:
        """Core table."""

        table_name = "shuixin_audit_entry"


class AuditHead(BaseModel):
    """One row: number and hash of the newest entry; updating it first makes writers queue up."""

    number = BigIntegerField(default=0)
    hash = CharField(max_length=64, default=GENESIS)

    class Meta:
        """Core table."""

        table_name = "shuixin_audit_head"


@dataclass(frozen=True)
class Break:
    """The first place where the chain does not hold."""

    number: int
    reason: Text


def append(
    actor: Actor, action: str, object_kind: str, object_key: str, detail: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Add an entry inside the current transaction; private values must not be in *detail*.

    What is done on somebody's behalf names that person too, as ``behalf_of`` in the detail. What people typed there is
    redacted, since nothing can ever be taken out of the chain again.
    """
    behalf = {"behalf_of": {"id": actor.behalf.id, "name": actor.behalf.name}} if actor.behalf else {}
    with transaction():
        AuditHead.update(number=AuditHead.number + 1).where(AuditHead.id == 1).execute()
        head_row = AuditHead.get_or_none(AuditHead.id == 1) or AuditHead.create(id=1, number=1)
        entry = AuditEntry(
            number=head_row.number,
            at=clock.now(),
            actor_id=actor.id,
            actor_name=actor.name,
            unit_name=actor.unit_name,
            action=action,
            object_kind=object_kind,
            object_key=object_key,
            detail=redacted_all({**(detail or {}), **behalf}),
            previous_hash=head_row.hash,
        )
        entry.hash = digest(entry)
        entry.save(force_insert=True)
        AuditHead.update(hash=entry.hash).where(AuditHead.id == 1).execute()
        audit_index.put(db.obj, entry.id, [entry.actor_name, entry.unit_name, entry.action, entry.object_key])
    return entry


def digest(entry: AuditEntry) -> str:
    """Return the hash over everything the entry says, its predecessor's hash included."""
    content = [
        entry.number,
        entry.at.isoformat(),
        entry.actor_id,
        entry.actor_name,
        entry.unit_name,
        entry.action,
        entry.object_kind,
        entry.object_key,
        entry.detail,
        entry.previous_hash,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def head() -> tuple[int, str]:
    """Return number and hash of the newest entry; ``(0, GENESIS)`` before the first."""
    row = AuditHead.get_or_none(AuditHead.id == 1)
    return (row.number, row.hash) if row else (0, GENESIS)


def verify() -> tuple[int, Break | None]:
    """Walk the chain from its beginning; return how many entries hold, and the first break if there is one.

    The head is read first: entries that others add while the walk goes on are not its business.
    """
    number, hash_ = head()
    previous, count = GENESIS, 0
    entries = AuditEntry.select().where(AuditEntry.number <= number).order_by(AuditEntry.number)
    try:
        for entry in entries.iterator():
            reason = _fault(entry, count + 1, previous)
            if reason:
                return count, Break(count + 1, reason)
            count, previous = count + 1, entry.hash
    except (ValueError, TypeError, AttributeError):  # what stands there was never written by us
        return count, Break(count + 1, _("内容无法读取"))
    if (number, hash_) != (count, previous):
        return count, Break(count + 1, _("登记的末条是第{named}条，实有到第{found}条", named=number, found=count))
    # What lies beyond was added properly only if the head has moved as far by now.
    last = AuditEntry.select(fn.MAX(AuditEntry.number)).scalar() or 0
    if last > head()[0]:
        return count, Break(number + 1, _("登记的末条是第{named}条，实有到第{found}条", named=number, found=last))
    return count, None


def _fault(entry: AuditEntry, expected: int, previous: str) -> Text | None:
    if entry.number != expected:
        return _("缺少第{number}条", number=expected)
    if entry.previous_hash != previous:
        return _("与前一条不衔接")
    return None if entry.hash == digest(entry) else _("内容被改动")
