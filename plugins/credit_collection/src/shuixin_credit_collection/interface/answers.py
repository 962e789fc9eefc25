"""What the API gives: filings, their items and records, the Register, as JSON values; secrets masked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Response, jsonify

from shuixin.api import Problem, attachments, clock
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType, Visibility, from_json
from shuixin_credit_collection.records.values import masked, shown
from shuixin_credit_collection.services import evidence, presentation
from shuixin_credit_collection.services.presentation import ItemRow
from shuixin_credit_collection.services.register import Entry, entries
from shuixin_credit_collection.services.registry import record_types


def instant(at: Any) -> str | None:
    """Return an instant in Shanghai's time, as ISO 8601; ``None`` for none."""
    return at.astimezone(clock.LEGAL_ZONE).isoformat(timespec="seconds") if isinstance(at, datetime) else None


def answer(filing: Filing, document: dict[str, Any], status: int = 200) -> Response:
    """Return *document* with the version of *filing* as its ETag."""
    response: Response = jsonify(document)
    response.status_code = status
    response.headers["ETag"] = f'"{filing.row_version}"'
    return response


def summary(filing: Filing) -> dict[str, Any]:
    """Return where a filing stands."""
    return {
        "id": filing.id,
        "number": filing.number,
        "kind": filing.kind,
        "stage": filing.stage,
        "stage_label": str(presentation.STAGES[filing.stage][0]),
        "version": filing.row_version,
        "created_at": instant(filing.created_at),
        "submitted_at": instant(filing.submitted_at),
        "due_on": filing.due_on.isoformat() if filing.due_on else None,
    }


def whole(filing: Filing) -> dict[str, Any]:
    """Return all of a filing: its draft, its items with verdicts, its files, its record."""
    return {
        **summary(filing),
        "records": records(filing),
        "items": [item(row) for row in presentation.item_rows(filing)],
        "files": [file(each) for files in evidence.of_filing(filing).values() for each in files],
        "timeline": [
            {"at": instant(each.at), "who": each.who, "what": str(each.what), "note": each.note}
            for each in presentation.timeline(filing)
        ],
    }


def records(filing: Filing) -> dict[str, dict[str, dict[str, str]]]:
    """Return the draft as it was typed, by record type, key and field; secrets masked."""
    return {
        type_.code: {key: typed(type_, row) for key, row in filing.draft.get(type_.code, {}).items()}
        for type_ in record_types()
        if not type_.authority_only
    }


def typed(type_: RecordType, row: dict[str, str]) -> dict[str, str]:
    """Return one record of a draft, secrets masked."""
    return {spec.name: shown(spec, row[spec.name]) for spec in type_.typed if row.get(spec.name)}


def item(row: ItemRow) -> dict[str, Any]:
    """Return an item, or a change that would become one, with old and new in words; with its verdict if it has one."""
    judged = {name: getattr(row.item, name) for name in ("id", "verdict", "reason", "reply") if hasattr(row.item, name)}
    return {
        **judged,
        "type": row.item.record_type,
        "key": row.item.key,
        "field": row.item.field,
        "action": row.item.action,
        "label": row.label,
        "lines": [{"label": str(line.label), "old": line.old, "new": line.new} for line in row.lines],
    }


def file(row: attachments.Attachment) -> dict[str, Any]:
    """Return a file by name, size and digest, with the place it is attached to."""
    code, key, *field = row.label.split("-")
    return {
        "id": row.id,
        "name": row.original_name,
        "bytes": row.size,
        "sha256": row.sha256,
        "type": code,
        "key": key,
        "field": "".join(field[:1]),
    }


def problems(found: Iterable[Problem]) -> list[dict[str, str]]:
    """Return problems in the form that errors have."""
    return [{name: str(value) for name, value in vars(problem).items()} for problem in found]


def register(subject: Subject | None) -> dict[str, Any]:
    """Return the present records of *subject* as the Register stores them."""
    return {
        "uscc": subject.uscc if subject else None,
        "name": subject.name if subject else None,
        "version": subject.register_version if subject else 0,
        "records": {type_.code: [_entry(type_, each) for each in entries(subject, type_)] for type_ in record_types()},
    }


def _entry(type_: RecordType, entry: Entry) -> dict[str, Any]:
    seen = [spec for spec in type_.fields if spec.kind is Kind.SECRET or spec.visibility is not Visibility.AUTHORITY]
    return {
        "key": entry.key,
        "version": entry.version,
        "holds_from": entry.holds_from.isoformat(),
        "recorded_at": instant(entry.recorded_at),
        "values": {spec.name: _value(spec, entry.values.get(spec.name)) for spec in seen},
    }


def _value(spec: FieldSpec, value: Any) -> Any:
    return masked(str(from_json(spec, value))) if spec.kind is Kind.SECRET and value else value
