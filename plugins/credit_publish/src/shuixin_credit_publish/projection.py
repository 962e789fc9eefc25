"""Projection: from the Register to one public document. The only place that decides what the public may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shuixin.api import clock, masking, policies
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

#: Field of a record that its publication period is counted from (认定日期).
START_FIELD = "granted_on"


@dataclass(frozen=True)
class Window:
    """When a record is public: from the start of one legal day to the start of another, or without an end."""

    start: datetime | None = None
    end: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the record is public at *now*; at the very instant of its end it is not."""
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)

    def next_change(self, now: datetime) -> datetime | None:
        """Return the next instant at which the answer changes."""
        return min((edge for edge in (self.start, self.end) if edge is not None and edge > now), default=None)


def window_of(type_: RecordType, entry: Entry, book: policies.PolicyBook) -> tuple[Window, str]:
    """Return the publication window of a record, and the code of the policy set that gives it."""
    start = entry.values.get(START_FIELD)
    if not type_.publication or not start:
        return Window(), ""
    day = date.fromisoformat(str(start))
    policy = _policy(book, type_.publication, day)
    end = clock.add_months(day, int(policy.params["public_months"]))
    return Window(end=clock.start_of(end)), policy.code


def _policy(book: policies.PolicyBook, topic: str, day: date) -> policies.PolicySet:
    """Return the set in force on *day*; a record older than all rules on *topic* is judged by the first of them."""
    beginnings = [each.effective_from for each in book.sets(topic)]
    return book.at(topic, max([day, *beginnings[:1]]))


def project(subject: Subject, now: datetime, book: policies.PolicyBook) -> tuple[dict[str, Any], datetime | None]:
    """Return the public document of *subject* at *now*, and the instant at which it next changes by itself."""
    sections: list[dict[str, Any]] = []
    changes: list[datetime] = []
    for type_ in record_types():
        if not type_.published:
            continue
        records = []
        for entry in entries(subject, type_):
            window, policy = window_of(type_, entry, book)
            following = window.next_change(now)
            if following is not None:
                changes.append(following)
            if window.is_open(now):
                records.append(_record(type_, entry, window, policy))
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


def _record(type_: RecordType, entry: Entry, window: Window, policy: str) -> dict[str, Any]:
    values = {spec.name: _public(spec, entry.values.get(spec.name)) for spec in public_fields(type_)}
    return {
        "key": entry.key,
        "since": entry.recorded_at.isoformat(),
        "until": window.end.isoformat() if window.end else None,
        "policy": policy,
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
