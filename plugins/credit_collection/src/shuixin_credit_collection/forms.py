"""From declarations to form fields and back; the same declarations check what comes in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from shuixin.api import Problem, Text, domain, find_region, region_name, selectable_regions
from shuixin_credit_collection.records import Editor, FieldSpec, Kind, RecordType, code_list
from shuixin_credit_collection.records.kinds.base import parts_of
from shuixin_credit_collection.records.kinds.links import chosen, key_in, names_in, without_key
from shuixin_credit_collection.records.values import opened, seal_typed, shown, writing_of
from shuixin_credit_collection.services.comparison import Comparison
from shuixin_credit_collection.services.linking import targets_of
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import Draft, Texts, field_id

_ = domain("credit_collection")
#: As much as the column of an item's key holds.
LONGEST_KEY = 32
#: Areas to work in are offered down to cities: whole counties would make too long a list.
CITY_DIGITS = 4
#: Kinds of field of which a form sends several values.
SEVERAL = (Kind.CODES, Kind.REGIONS)


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

    @property
    def words(self) -> str:
        """The value as it is read: records it leads to by their names alone."""
        return names_in(self.value) if self.spec.to else self.value


@dataclass(frozen=True)
class RowView:
    """One record as a group of inputs."""

    key: str
    fields: tuple[FieldView, ...]
    title: str = ""
    returned: tuple[str, ...] = field(default=())


def rows_of_form(
    type_: RecordType, form: MultiDict[str, str], kept: dict[str, dict[str, str]], *, authority: bool = False
) -> dict[str, dict[str, str]]:
    """Return what was typed, by record key and field.

    :param kept: what the draft holds; a secret shown masked and sent back unchanged keeps its sealed text.
    :param authority: whether the authority typed it, which may fill in the fields that it keeps.
    """
    rows: dict[str, dict[str, str]] = {}
    specs = {spec.name: spec for spec in type_.typed}
    for name in form:
        code, _dash, rest = name.partition("-")
        key, _dash, field_name = rest.partition("-")
        spec = specs.get(field_name)
        if code != type_.code or spec is None or not key.isalnum() or len(key) > LONGEST_KEY:
            continue
        if spec.kind is Kind.FILE or (spec.editor is Editor.AUTHORITY and not authority):
            continue  # not typed here: kept as the draft has it
        text = "、".join(part for part in form.getlist(name) if part) if spec.kind in SEVERAL else form[name]
        old = kept.get(key, {}).get(field_name, "")
        rows.setdefault(key, {})[field_name] = (
            old if old and text == shown(spec, old) else seal_typed(spec, text[:5000])
        )
    for key, row in rows.items():
        held = kept.get(key, {})
        row.update({spec.name: held[spec.name] for spec in type_.typed if spec.name in held and spec.name not in row})
    return rows


#: What links may lead to: record type -> record key -> title.
Links = dict[str, dict[str, str]]


def link_choices(type_: RecordType, draft: Draft) -> Links:
    """Return what the links of a record type may lead to, as the draft stands."""
    found: Links = {}
    for code in targets_of(type_):
        target = record_type(code)
        rows = draft.get(code, {})
        found[code] = {key: title for key, row in rows.items() if target and (title := typed_title(target, row))}
    return found


def _words(spec: FieldSpec, texts: Texts) -> str:
    text = texts.get(spec.name, "")
    return without_key(text) if opened(spec, text) == text else shown(spec, text)


def typed_title(type_: RecordType, texts: Texts) -> str:
    """Return what a record is called, by what was typed so far."""
    parts = (_words(type_.field(name), texts) for name in type_.title)
    return " ".join(part for part in parts if part)


def row_view(
    type_: RecordType,
    key: str,
    texts: Texts,
    problems: Iterable[Problem] = (),
    returned: Iterable[str] = (),
    *,
    links: Links | None = None,
) -> RowView:
    """Return one record's inputs with the problems that belong to them."""
    by_field = {problem.field: problem for problem in problems}
    fields = []
    for spec in type_.typed:
        name = field_id(type_, key, spec.name)
        kept = texts.get(spec.name, "")
        text = kept if spec.to and opened(spec, kept) == kept else shown(spec, kept)
        choices = _links(text, (links or {}).get(spec.to, {})) if spec.to else _choices(spec, text)
        fields.append(FieldView(name, spec, text, choices, by_field.get(name)))
    return RowView(key, tuple(fields), typed_title(type_, texts), tuple(returned))


@dataclass(frozen=True)
class SummaryRow:
    """One record in a list: a few of its values, what the filing does to it, what is wrong with it."""

    key: str
    cells: tuple[str, ...]
    title: str
    action: str
    problems: int


def summary_row(type_: RecordType, key: str, texts: Texts, comparison: Comparison) -> SummaryRow:
    """Return a line of a list of records."""
    place = f"{type_.code}-{key}-"
    actions = (each.action for each in comparison.changes if (each.record_type, each.key) == (type_.code, key))
    cells = tuple(_words(type_.field(name), texts) for name in type_.summary)
    wrong = sum(problem.field.startswith(place) for problem in comparison.problems)
    return SummaryRow(key, cells, typed_title(type_, texts), next(actions, ""), wrong)


def _links(text: str, targets: dict[str, str]) -> tuple[Choice, ...]:
    return tuple(
        Choice(value := chosen(key, title), title, text in (title, value) or key == key_in(text))
        for key, title in targets.items()
    )


def _regions(spec: FieldSpec, text: str) -> tuple[Choice, ...]:
    several = spec.kind is Kind.REGIONS
    wanted = [find_region(part) for part in (parts_of(text) if several else [text])]
    offered = selectable_regions()
    if several:  # a county that a workbook or a system named keeps its place, so that saving the form does not lose it
        offered = [each for each in offered if len(each.code.rstrip("0")) <= CITY_DIGITS or each in wanted]
    return tuple(Choice(name, name, each in wanted) for each in offered if (name := region_name(each.code)))


def _choices(spec: FieldSpec, text: str) -> tuple[Choice, ...]:
    if spec.kind in (Kind.REGION, Kind.REGIONS):
        return _regions(spec, text)
    if not spec.codes:
        return ()
    codes = code_list(spec.codes)
    parts = text.split("、") if spec.kind is Kind.CODES else [text]
    wanted = {codes.find_any(part) for part in parts if part} - {None}
    offered = codes.labels()
    # What a record has keeps its place among the choices, so that an unrelated change does not lose it.
    kept = [each.code for each in codes.entries if each.code in wanted and each.code not in offered]
    return tuple(
        Choice(
            writing_of(spec, code) if spec.kind is Kind.CODES else codes.writing(code),
            codes.text(code) if code in offered else _("{label}（已停用）", label=codes.text(code)),
            code in wanted,
        )
        for code in [*offered, *kept]
    )
