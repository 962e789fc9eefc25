"""What an enterprise may say about its own records, and what it must prove (DOMAIN §3 flags, R10-R12, R19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shuixin.api import Problem, domain
from shuixin_credit_collection.records import Editor, RecordType
from shuixin_credit_collection.services.rows import comparable, differing

_ = domain("credit_collection")


@dataclass(frozen=True)
class Filer:
    """An enterprise that files for itself.

    :param proven: places (record type and key) to which documents are attached in the filing.
    """

    proven: frozenset[str] = frozenset()


def problems_of(
    filer: Filer, type_: RecordType, place: str, present: Mapping[str, Any] | None, values: Mapping[str, Any]
) -> list[Problem]:
    """Return what the *filer* may not say: named by field; nothing when all is in order.

    :param present: the record as the Register has it, ``None`` for a new one.
    """
    before = present or {}
    changed = differing(type_, before, values)
    if not changed:
        return []
    if present is not None and type_.settled(present):
        rule = _("这一条已核验，只能由主管部门变更。")
        return [Problem(changed[0], "", rule, _("请恢复原值；确有变化的请联系主管部门。"))]
    found = [_reserved(type_, name) for name in changed if _is_reserved(type_, name, before, values)]
    if place not in filer.proven:
        found += _unproven_new(type_) if present is None else _unproven_changes(type_, changed)
    return found


def removal_problems(type_: RecordType, key: str, present: Mapping[str, Any]) -> list[Problem]:
    """Return why an enterprise may not take a record off the Register."""
    if not type_.settled(present):
        return []
    rule = _("{label}中已核验的一条不能删除。", label=type_.label)
    return [Problem(f"{type_.code}-{key}", "", rule, _("请恢复这一条；确需删除的请联系主管部门。"))]


def _is_reserved(type_: RecordType, name: str, before: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    spec = type_.field(name)
    return spec.editor is Editor.AUTHORITY and comparable(spec, before.get(name)) != comparable(spec, values.get(name))


def _unproven_new(type_: RecordType) -> list[Problem]:
    if not type_.proven:
        return []
    rule = _("新增{label}须附证明材料。", label=type_.label)
    return [Problem(type_.title[0], "", rule, _("请在这一条的“证明材料”中上传；{evidence}", evidence=type_.evidence))]


def _unproven_changes(type_: RecordType, changed: list[str]) -> list[Problem]:
    """Return a problem for each changed field that must be proven.

    What identifies a record makes another record of it, which needs proof where a new one does.
    """
    specs = [type_.field(name) for name in changed]
    due = [spec for spec in specs if spec.editor is Editor.PROOF and (type_.proven or not spec.identifying)]
    return [_unproven(type_, spec.name) for spec in due]


def _reserved(type_: RecordType, name: str) -> Problem:
    rule = _("{label}由主管部门填写。", label=type_.field(name).label)
    return Problem(name, "", rule, _("请恢复原值。"))


def _unproven(type_: RecordType, name: str) -> Problem:
    rule = _("变更{label}须附证明材料。", label=type_.field(name).label)
    return Problem(name, "", rule, _("请在这一条的“证明材料”中上传；{evidence}", evidence=type_.evidence or ""))
