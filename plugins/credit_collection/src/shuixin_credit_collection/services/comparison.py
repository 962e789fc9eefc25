"""From what was typed to items: checked values, compared with the Register."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shuixin.api import Problem, domain
from shuixin_credit_collection.models import Subject
from shuixin_credit_collection.records import Kind, RecordType, to_json
from shuixin_credit_collection.services import editing
from shuixin_credit_collection.services.editing import Filer
from shuixin_credit_collection.services.linking import Targets, in_link_order, resolve
from shuixin_credit_collection.services.register import Entry, entries
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.services.rows import (
    Draft,
    Texts,
    advice_of,
    check_row,
    differing,
    ended_codes,
    field_id,
    identity_of,
    is_blank,
    is_identified,
    placed,
    stored,
)

_ = domain("credit_collection")


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
    """The outcome: changes worth reviewing, problems that bar submission, advice that does not, the 基本信息."""

    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    advice: list[Problem] = field(default_factory=list)
    basic: dict[str, Any] = field(default_factory=dict)


def kept_draft(draft: Draft) -> Draft:
    """Return *draft* as it may be stored: declared fields only, secrets sealed, all else as it was typed."""
    kept: Draft = {}
    for type_ in record_types():
        if type_.code in draft:
            kept[type_.code] = {key: _kept_row(type_, row) for key, row in draft[type_.code].items()}
    return kept


def _kept_row(type_: RecordType, row: Texts) -> Texts:
    return {
        spec.name: str(to_json(spec, row[spec.name])) if row[spec.name] and spec.kind is Kind.SECRET else row[spec.name]
        for spec in type_.typed
        if spec.name in row
    }


def compare(draft: Draft, subject: Subject | None, filer: Filer | None = None) -> Comparison:
    """Check *draft* and compare it with the Register of *subject* (``None`` before the first submission).

    :param filer: the enterprise that files for itself; ``None`` for the authority, which may say everything.
    """
    result = Comparison()
    found: dict[str, list[Change]] = {}
    targets: dict[str, Targets] = {}
    for type_ in in_link_order(record_types()):
        present = entries(subject, type_)
        if filer is not None and type_.authority_only:
            continue
        rows = _rows(type_, draft.get(type_.code, {}), present, result.problems)
        parsed = {key: _checked(type_, key, row, targets, result) for key, row in rows.items()}
        targets[type_.code] = Targets(type_, parsed)
        result.problems += _doubles(type_, parsed) + _against(type_, parsed, present, filer)
        if type_.code == "basic_information":
            result.basic = next(iter(parsed.values()), {})
        found[type_.code] = _changes(type_, parsed, present)
    result.changes = [change for type_ in record_types() for change in found.get(type_.code, ())]
    if not result.basic.get("name") and not any(each.field.endswith("-name") for each in result.problems):
        result.problems.append(Problem("basic_information", "", _("基本信息没有填写。"), _("请先填写基本信息。")))
    return result


def _rows(
    type_: RecordType, typed: dict[str, Texts], present: list[Entry], problems: list[Problem]
) -> dict[str, Texts]:
    """Return the rows to compare; what a subject has once goes under the key it has in the Register."""
    if not type_.single:
        return {key: row for key, row in typed.items() if not is_blank(row)}
    if len(typed) > 1:
        rule = _("{label}只能有一条。", label=type_.label)
        problems.append(Problem(type_.code, "", rule, _("请刷新页面后重新填写。")))
    return {next((entry.key for entry in present), key): row for key, row in list(typed.items())[:1]}


def _checked(
    type_: RecordType, key: str, row: Texts, targets: Mapping[str, Targets], result: Comparison
) -> dict[str, Any]:
    values, found = check_row(type_, row)
    result.problems += placed(type_, key, [*found, *resolve(type_, values, targets)])
    result.advice += placed(type_, key, advice_of(type_, values))
    return values


def _doubles(type_: RecordType, parsed: dict[str, dict[str, Any]]) -> list[Problem]:
    seen: set[tuple[Any, ...]] = set()
    problems: list[Problem] = []
    for key, values in parsed.items():
        identity = identity_of(type_, values)
        if is_identified(type_, identity) and identity in seen:
            name = type_.identifying[0].name
            rule = _("这一条与前面的一条重复。")
            problems.append(Problem(field_id(type_, key, name), "", rule, _("请删除其中一条。")))
        seen.add(identity)
    return problems


def _against(
    type_: RecordType, parsed: dict[str, dict[str, Any]], present: list[Entry], filer: Filer | None
) -> list[Problem]:
    """Return what cannot be said beside what the Register says."""
    known = {entry.key: entry.values for entry in present}
    problems: list[Problem] = []
    for key, values in parsed.items():
        before = known.get(key)
        found = ended_codes(type_, values, before or {})
        if filer is not None:
            found += editing.problems_of(filer, type_, f"{type_.code}-{key}", before, stored(type_, values))
        problems += placed(type_, key, found)
    for key in known.keys() - parsed.keys() if filer is not None and not type_.single else ():
        problems += editing.removal_problems(type_, key, known[key])
    return problems


def _changes(type_: RecordType, parsed: dict[str, dict[str, Any]], present: list[Entry]) -> list[Change]:
    known = {entry.key: entry for entry in present}
    changes: list[Change] = []
    for key, values in parsed.items():
        new, entry = stored(type_, values), known.get(key)
        changed = differing(type_, entry.values if entry else {}, new)
        if type_.single:
            changes += [_part(type_, key, entry, name, new) for name in changed]
        elif changed:
            changes.append(_whole(type_, key, entry, changed, new))
    for key in known.keys() - parsed.keys() if not type_.single else ():
        changes.append(Change(type_.code, key, "", "remove", known[key].values, None, known[key].version))
    return changes


def _part(type_: RecordType, key: str, entry: Entry | None, name: str, new: dict[str, Any]) -> Change:
    before = {name: entry.values.get(name)} if entry else None
    return Change(
        type_.code, key, name, "change" if entry else "add", before, {name: new[name]}, entry.version if entry else 0
    )


def _whole(type_: RecordType, key: str, entry: Entry | None, changed: list[str], new: dict[str, Any]) -> Change:
    if entry is None:
        return Change(type_.code, key, "", "add", None, {name: new[name] for name in changed}, 0)
    before = {name: entry.values.get(name) for name in changed}
    return Change(type_.code, key, "", "change", before, {name: new[name] for name in changed}, entry.version)
