"""From what was typed to items: checked values, compared with the Register."""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from shuixin.api import Problem, domain
from shuixin_credit_collection.models import Subject
from shuixin_credit_collection.records import Invalid, Kind, RecordType, from_json, parse, to_json
from shuixin_credit_collection.services.register import Entry, entries
from shuixin_credit_collection.services.registry import record_types

_ = domain("credit_collection")

#: What was typed: record type -> record key -> field -> text.
Draft = dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True)
class Change:
    """A proposed item, before it is stored."""

    record_type: str
    key: str
    field: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    base_version: int

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same item in the next submission."""
        return self.record_type, self.key, self.field


@dataclass
class Comparison:
    """The outcome: changes worth reviewing, problems that bar submission, the parsed 基本信息."""

    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    basic: dict[str, Any] = field(default_factory=dict)


def kept_draft(draft: Draft) -> Draft:
    """Return *draft* as it may be stored: declared fields only, secrets sealed, all else as it was typed."""
    kept: Draft = {}
    for type_ in record_types():
        if type_.code in draft:
            kept[type_.code] = {key: _kept_row(type_, row) for key, row in draft[type_.code].items()}
    return kept


def _kept_row(type_: RecordType, row: dict[str, str]) -> dict[str, str]:
    return {
        spec.name: str(to_json(spec, row[spec.name])) if row[spec.name] and spec.kind is Kind.SECRET else row[spec.name]
        for spec in type_.fields
        if spec.name in row
    }


def new_key() -> str:
    """Return the key of a new record."""
    return uuid.uuid4().hex


def field_id(type_: RecordType, key: str, name: str) -> str:
    """Return the name of one input in forms, by which problems point to it."""
    return f"{type_.code}-{key}-{name}"


def compare(draft: Draft, subject: Subject | None) -> Comparison:
    """Check *draft* and compare it with the Register of *subject* (``None`` before the first submission)."""
    result = Comparison()
    for type_ in record_types():
        present = entries(subject, type_)
        rows = _rows(type_, draft.get(type_.code, {}), present, result.problems)
        parsed = {key: _checked(type_, key, row, result.problems) for key, row in rows.items()}
        result.problems += _doubles(type_, parsed)
        if type_.code == "basic_information":
            result.basic = next(iter(parsed.values()), {})
        result.changes += _changes(type_, parsed, present)
    if not result.basic.get("name") and not any(each.field.endswith("-name") for each in result.problems):
        result.problems.append(Problem("basic_information", "", _("基本信息没有填写。"), _("请先填写基本信息。")))
    return result


def _rows(
    type_: RecordType, typed: dict[str, dict[str, str]], present: list[Entry], problems: list[Problem]
) -> dict[str, dict[str, str]]:
    """Return the rows to compare; what a subject has once goes under the key it has in the Register."""
    if not type_.single:
        return {key: row for key, row in typed.items() if not is_blank(row)}
    if len(typed) > 1:
        rule = _("{label}只能有一条。", label=type_.label)
        problems.append(Problem(type_.code, "", rule, _("请刷新页面后重新填写。")))
    return {next((entry.key for entry in present), key): row for key, row in list(typed.items())[:1]}


def is_blank(row: dict[str, str]) -> bool:
    """Whether nothing at all was typed into *row*."""
    return not any(str(text).strip() for text in row.values())


def check_row(type_: RecordType, row: dict[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the parsed values of *row* and all its problems, each named by its plain field name."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for spec in type_.fields:
        try:
            values[spec.name] = parse(spec, str(from_json(spec, row.get(spec.name, "")) or ""))
        except Invalid as invalid:
            problems.append(invalid.problem)
    further = getattr(type_.model.Declaration, "check", None)
    if further is not None:
        problems += further(values)
    return values, problems


def _checked(type_: RecordType, key: str, row: dict[str, str], problems: list[Problem]) -> dict[str, Any]:
    values, found = check_row(type_, row)
    problems += [replace(problem, field=field_id(type_, key, problem.field)) for problem in found]
    return values


def identity_of(type_: RecordType, values: dict[str, Any]) -> tuple[Any, ...]:
    """Return the identifying values of a record."""
    return tuple(values.get(spec.name) for spec in type_.fields if spec.identifying)


def typed_identity(type_: RecordType, row: dict[str, str]) -> tuple[Any, ...]:
    """Return the identifying values of a record as it was typed; ``None`` for each that is missing or wrong."""
    return identity_of(type_, check_row(type_, row)[0])


def _doubles(type_: RecordType, parsed: dict[str, dict[str, Any]]) -> list[Problem]:
    seen: dict[tuple[Any, ...], str] = {}
    problems: list[Problem] = []
    for key, values in parsed.items():
        identity = identity_of(type_, values)
        if all(part is not None for part in identity) and identity in seen:
            name = next(spec.name for spec in type_.fields if spec.identifying)
            problems.append(
                Problem(field_id(type_, key, name), "", _("这一条与前面的一条重复。"), _("请删除其中一条。"))
            )
        seen.setdefault(identity, key)
    return problems


def _changes(type_: RecordType, parsed: dict[str, dict[str, Any]], present: list[Entry]) -> list[Change]:
    known = {entry.key: entry for entry in present}
    changes: list[Change] = []
    for key, values in parsed.items():
        stored = {spec.name: to_json(spec, values.get(spec.name)) for spec in type_.fields}
        entry = known.get(key)
        changed = _differing(type_, entry.values if entry else {}, stored)
        if type_.single:
            changes += [_part(type_, key, entry, name, stored) for name in changed]
        elif changed:
            changes.append(_whole(type_, key, entry, changed, stored))
    for key in known.keys() - parsed.keys() if not type_.single else ():
        changes.append(Change(type_.code, key, "", "remove", known[key].values, None, known[key].version))
    return changes


def _differing(type_: RecordType, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of fields whose plain values differ (sealed texts differ each time they are sealed)."""
    return [
        spec.name
        for spec in type_.fields
        if from_json(spec, before.get(spec.name)) != from_json(spec, after.get(spec.name))
    ]


def _part(type_: RecordType, key: str, entry: Entry | None, name: str, stored: dict[str, Any]) -> Change:
    before = {name: entry.values.get(name)} if entry else None
    return Change(
        type_.code, key, name, "change" if entry else "add", before, {name: stored[name]}, entry.version if entry else 0
    )


def _whole(type_: RecordType, key: str, entry: Entry | None, changed: list[str], stored: dict[str, Any]) -> Change:
    if entry is None:
        return Change(type_.code, key, "", "add", None, stored, 0)
    before = {name: entry.values.get(name) for name in changed}
    return Change(type_.code, key, "", "change", before, {name: stored[name] for name in changed}, entry.version)
