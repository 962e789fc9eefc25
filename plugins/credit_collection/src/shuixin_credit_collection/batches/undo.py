"""The opposite of an approved filing, as far as nobody has touched what it wrote (three-way)."""

from typing import Any

from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.records import RecordType
from shuixin_credit_collection.services.register import Entry, entries
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import comparable, title_of

Part = tuple[str, str, str, str, dict[str, Any] | None, dict[str, Any] | None, int]


def inverse(filing: Filing, subject: Subject) -> tuple[list[Part], list[list[str]]]:
    """Return the items that take *filing* back, and what stays because it was changed since.

    :returns: items, and for each thing that stays its record type, the record's title and the field (``""`` for the
        record as a whole).
    """
    parts: list[Part] = []
    kept: list[list[str]] = []
    present: dict[str, dict[str, Entry]] = {}
    begun: dict[str, list[FilingItem]] = {}
    for item in filing.items.order_by(FilingItem.position.desc()):
        type_ = record_type(item.record_type)
        if type_ is None:
            kept.append([item.record_type, "", ""])
            continue
        if type_.code not in present:
            present[type_.code] = {entry.key: entry for entry in entries(subject, type_)}
        if type_.single and item.action == "add":
            begun.setdefault(item.record_type, []).append(item)
            continue
        part, touched = _opposite(type_, item, present[type_.code].get(item.key))
        parts += [part] if part else []
        kept += touched
    for code, items in begun.items():
        part, touched = _unbegun(items, next(iter(present[code].values()), None))
        parts += [part] if part else []
        kept += touched
    return parts, kept


def _unbegun(items: list[FilingItem], entry: Entry | None) -> tuple[Part | None, list[list[str]]]:
    """Take back what a subject has once and this filing began; all of it or, if any of it was changed since, none."""
    type_ = record_type(items[0].record_type)
    if type_ is None or entry is None:
        return None, []
    written = {name: value for item in items for name, value in (item.after or {}).items()}
    touched = [name for name in written if not _same(type_, name, entry.values.get(name), written[name])]
    if touched or _has_more(type_, entry, written):
        return None, [_named(type_, entry.values, name) for name in touched or [""]]
    return (type_.code, entry.key, "", "remove", entry.values, None, entry.version), []


def _opposite(type_: RecordType, item: FilingItem, entry: Entry | None) -> tuple[Part | None, list[list[str]]]:
    if item.action == "remove":
        return _unremoved(type_, item, entry)
    if entry is None:
        return None, [_named(type_, item.after or {}, "")]
    written = item.after or {}
    untouched = [name for name in written if _same(type_, name, entry.values.get(name), written[name])]
    touched = [_named(type_, entry.values, name) for name in written if name not in untouched]
    if item.action == "add" and not type_.single:
        if touched or _has_more(type_, entry, written):
            return None, touched or [_named(type_, entry.values, "")]
        return (type_.code, item.key, "", "remove", entry.values, None, entry.version), []
    before = item.before or {}
    back = {name: before.get(name) for name in untouched}
    now = {name: entry.values.get(name) for name in back}
    return (type_.code, item.key, item.field, "change", now, back, entry.version) if back else None, touched


def _unremoved(type_: RecordType, item: FilingItem, entry: Entry | None) -> tuple[Part | None, list[list[str]]]:
    """Put a removed record back, unless somebody has done so."""
    if entry is not None:
        return None, [_named(type_, entry.values, "")]
    known = (spec.name for spec in type_.typed)
    values = {name: value for name in known if (value := (item.before or {}).get(name)) is not None}
    return (type_.code, item.key, "", "add", None, values, _last_version(type_, item)), []


def _has_more(type_: RecordType, entry: Entry, written: dict[str, Any]) -> bool:
    """Whether somebody has filled in fields that the filing had left empty."""
    return any(entry.values.get(spec.name) is not None and spec.name not in written for spec in type_.typed)


def _same(type_: RecordType, name: str, one: Any, other: Any) -> bool:
    spec = type_.field(name)
    return bool(comparable(spec, one) == comparable(spec, other))


def _named(type_: RecordType, values: dict[str, Any], name: str) -> list[str]:
    label = type_.field(name).label.source if name else ""
    return [type_.label.source, title_of(type_, values), label]


def _last_version(type_: RecordType, item: FilingItem) -> int:
    """Return the version of a removed record's last state, on which putting it back builds."""
    model = type_.model
    row = model.select(model.version).where(model.key == item.key).order_by(model.version.desc()).first()
    return row.version if row else 0
