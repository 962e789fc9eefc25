"""From declarations to form fields and back; the same declarations check what comes in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from shuixin.api import Problem, Text, current_platform, selectable_regions
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType, code_list
from shuixin_credit_collection.records.values import seal_typed
from shuixin_credit_collection.services.comparison import field_id
from shuixin_credit_collection.workbook.proposal import mask

#: As much as the column of an item's key holds.
LONGEST_KEY = 32


@dataclass(frozen=True)
class Choice:
    """One option of a list."""

    value: str
    label: Text | str
    selected: bool


@dataclass(frozen=True)
class FieldView:
    """One input as the template draws it."""

    id: str
    spec: FieldSpec
    value: str
    choices: tuple[Choice, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True)
class RowView:
    """One record as a group of inputs."""

    key: str
    fields: tuple[FieldView, ...]
    title: str = ""
    returned: tuple[str, ...] = field(default=())


def rows_of_form(
    type_: RecordType, form: MultiDict[str, str], kept: dict[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    """Return what was typed, by record key and field.

    :param kept: what the draft holds; a secret shown masked and sent back unchanged keeps its sealed text.
    """
    rows: dict[str, dict[str, str]] = {}
    specs = {spec.name: spec for spec in type_.fields}
    for name in form:
        code, _dash, rest = name.partition("-")
        key, _dash, field_name = rest.partition("-")
        spec = specs.get(field_name)
        if code != type_.code or spec is None or not key.isalnum() or len(key) > LONGEST_KEY:
            continue
        text = "、".join(part for part in form.getlist(name) if part) if spec.kind is Kind.CODES else form[name]
        old = kept.get(key, {}).get(field_name, "")
        rows.setdefault(key, {})[field_name] = (
            old if old and text == shown(spec, old) else seal_typed(spec, text[:5000])
        )
    return rows


def shown(spec: FieldSpec, text: str) -> str:
    """Return a draft's text as its input shows it: secrets masked."""
    sealer = current_platform().sealer
    return mask(sealer.open(text)) if spec.kind is Kind.SECRET and sealer.is_sealed(text) else text


def row_view(
    type_: RecordType, key: str, texts: dict[str, str], problems: Iterable[Problem] = (), returned: Iterable[str] = ()
) -> RowView:
    """Return one record's inputs with the problems that belong to them."""
    by_field = {problem.field: problem for problem in problems}
    fields = []
    for spec in type_.fields:
        name = field_id(type_, key, spec.name)
        text = shown(spec, texts.get(spec.name, ""))
        fields.append(FieldView(name, spec, text, _choices(spec, text), by_field.get(name)))
    title = " ".join(texts.get(name, "") for name in type_.title).strip()
    return RowView(key, tuple(fields), title, tuple(returned))


def _choices(spec: FieldSpec, text: str) -> tuple[Choice, ...]:
    if spec.kind is Kind.REGION:
        from shuixin.api import find_region, region_name

        chosen = find_region(text)
        return tuple(
            Choice(name, name, chosen == each) for each in selectable_regions() if (name := region_name(each.code))
        )
    if not spec.codes:
        return ()
    codes = code_list(spec.codes)
    parts = text.split("、") if spec.kind is Kind.CODES else [text]
    wanted = {codes.find(part) for part in parts if part}
    return tuple(Choice(label, codes.text(code), code in wanted) for code, label in codes.labels.items())
