"""Audit: an append-only, hash-chained record of every write."""

from shuixin.audit.chain import AuditEntry, AuditHead, Break, append, head, verify

__all__ = ["AuditEntry", "AuditHead", "Break", "append", "head", "verify"]
