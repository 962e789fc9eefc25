"""Audit: an append-only, hash-chained record of every write."""

from shuixin.audit import heads
from shuixin.audit.chain import AuditEntry, AuditHead, Break, append, audit_index, head, verify

__all__ = ["AuditEntry", "AuditHead", "Break", "append", "audit_index", "head", "heads", "verify"]
