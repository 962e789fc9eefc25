"""Projection: from the Register to one public document. The only place that decides what the public may see."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shuixin.api import masking, policies
from shuixin_credit_collection.api import (
    Entry,
    FieldSpec,
    Kind,
    RecordType,
    Subject,
    Visibility,
    entries,
    record_types,
)
from shuixin_credit_publish.publication import Ruling, rulings


def project(subject: Subject, now: datetime, book: policies.PolicyBook) -> tuple[dict[str, Any], datetime | None]:
    """Return the public document of *subject* at *now*, and the instant at which it next changes by itself."""
    sections: list[dict[str, Any]] = []
    changes: list[datetime] = []
    for type_ in record_types():
        if not type_.published:
            continue
        held = entries(subject, type_)
        ruled = rulings(type_, {entry.key: entry.values for entry in held}, book)
        changes += [following for each in ruled.values() if (following := each.window.next_change(now))]
        records = [_record(type_, entry, ruled[entry.key]) for entry in held if ruled[entry.key].window.is_open(now)]
        sections.append(_section(type_, records))
    return {"uscc": subject.uscc, "sections": sections}, min(changes, default=None)


def _section(type_: RecordType, records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "code": type_.code,
        "domain": type_.label.domain,
        "label": type_.label.source,
        "single": type_.single,
        "fields": [_field(spec) for spec in public_fields(type_)],
        "records": records,
    }


def public_fields(type_: RecordType) -> list[FieldSpec]:
    """Return the fields the public may see, plain or masked; all others do not exist for it."""
    return [spec for spec in type_.fields if spec.is_public]


def _field(spec: FieldSpec) -> dict[str, Any]:
    return {"name": spec.name, "label": spec.label.source, "kind": spec.kind.value, "codes": spec.codes}


def _record(type_: RecordType, entry: Entry, ruling: Ruling) -> dict[str, Any]:
    values = {spec.name: _public(spec, entry.values.get(spec.name)) for spec in public_fields(type_)}
    return {
        "key": entry.key,
        "since": entry.recorded_at.isoformat(),
        "until": ruling.window.end.isoformat() if ruling.window.end else None,
        "policy": ruling.policy,
        "basis": ruling.basis,
        "marks": list(ruling.marks),
        "values": {name: value for name, value in values.items() if value is not None},
    }


def _public(spec: FieldSpec, value: Any) -> Any:
    if value is None:
        return None
    if spec.visibility is Visibility.MASKED:
        return masking.mask_person_name(str(value))
    if spec.kind is Kind.LINKS:
        return [_named(each) for each in value]
    return _named(value) if spec.kind in (Kind.LINK, Kind.FILE) else value


def _named(reference: dict[str, str]) -> dict[str, str]:
    """Return a reference without the key by which we know what it leads to; of a file its check sum stays."""
    return {**reference, **{name: "" for name in ("key", "id") if name in reference}}


def document_at(document: dict[str, Any], instant: datetime) -> dict[str, Any]:
    """Return *document* without the records whose publication had ended at *instant*, as a reader saw it then."""
    sections = [
        {**section, "records": [each for each in section["records"] if _open_at(each, instant)]}
        for section in document["sections"]
    ]
    return {**document, "sections": sections}


def _open_at(record: dict[str, Any], instant: datetime) -> bool:
    return record["until"] is None or instant < datetime.fromisoformat(record["until"])


def sections_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the sections of a document by code."""
    return {section["code"]: section for section in document["sections"]}


def first_values(document: dict[str, Any], code: str) -> dict[str, Any]:
    """Return the values of the first record of a section, empty if there is none."""
    records: Iterable[dict[str, Any]] = sections_of(document).get(code, {}).get("records", [])
    values: dict[str, Any] = next(iter(records), {}).get("values", {})
    return values
