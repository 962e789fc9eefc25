"""One record as it was typed: its values, its problems, and what makes it the same record as another."""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from shuixin.api import Problem, current_platform, domain
from shuixin_credit_collection.records import (
    FieldSpec,
    Invalid,
    Kind,
    RecordType,
    code_list,
    display,
    from_json,
    parse,
    to_json,
)
from shuixin_credit_collection.records.values import opened

_ = domain("credit_collection")

#: What was typed of one record: field -> text; and of a filing: record type -> record key -> field -> text.
Texts = dict[str, str]
Draft = dict[str, dict[str, Texts]]


def new_key() -> str:
    """Return the key of a new record."""
    return secrets.token_bytes(16).hex()


def field_id(type_: RecordType, key: str, name: str) -> str:
    """Return the name of one input in forms, by which problems point to it."""
    return f"{type_.code}-{key}-{name}"


def placed(type_: RecordType, key: str, problems: Iterable[Problem]) -> list[Problem]:
    """Return the *problems* of one record, named by the inputs they belong to."""
    return [replace(problem, field=field_id(type_, key, problem.field)) for problem in problems]


def is_blank(row: Mapping[str, str]) -> bool:
    """Whether nothing at all was typed into *row*."""
    return not any(str(text).strip() for text in row.values())


def check_row(type_: RecordType, row: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the parsed values of *row* and all its problems, each named by its plain field name."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for spec in type_.typed:
        try:
            values[spec.name] = parse(spec, opened(spec, row.get(spec.name, "")))
        except Invalid as invalid:
            problems.append(invalid.problem)
    return values, problems + type_.check(values)


#: Kinds of field, beside codes, whose values come again and again, and are the same wherever they stand.
_REPEATED = (Kind.DATE, Kind.YEAR, Kind.REGION, Kind.REGIONS, Kind.USCC)


class _Memo(dict[str, Any]):
    """What texts were read as."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        value = self[text] = self._read(text)
        return value


class RowChecker:
    """Checks many rows of one record type in one go; it remembers what it has read, so keep it for one run only.

    What is to be done with a field is made out once, and is one call for each text then.
    """

    def __init__(self, type_: RecordType) -> None:
        self.type_ = type_
        self._sealer = current_platform().sealer
        self._readers = {spec.name: self._reader(spec) for spec in type_.typed}
        self._required = tuple(spec for spec in type_.typed if spec.required)
        self._needed = tuple(spec.name for spec in self._required)
        self._identifying = tuple((spec.name, _comparer(spec)) for spec in type_.identifying)
        self._titles = tuple((name, self._titler(type_.by_name[name])) for name in type_.title)
        #: Whether a code was met that cannot be chosen today.
        self._met_ended = False
        #: Of the row checked last, the secrets that had been sealed as they are to be kept.
        self._tokens: dict[str, str] = {}

    def check(self, texts: Mapping[str, str], before: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return what a row says of a record that is *before* (stored values; empty for a new one), and its problems.

        Blank texts leave what is there, as in workbooks.
        """
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        if self._tokens:
            self._tokens = {}
        if before:
            values = {
                spec.name: from_json(spec, before[spec.name])
                for spec in self.type_.typed
                if before.get(spec.name) is not None
            }
        readers = self._readers
        for name, text in texts.items():
            if name not in readers or not text:
                continue
            try:
                values[name] = readers[name](text)
            except Invalid as invalid:
                values.pop(name, None)
                problems.append(invalid.problem)
        for name in self._needed:
            if values.get(name) is None:
                problems += self._missing(values, {problem.field for problem in problems})
                break
        problems += self.type_.check(values)
        return values, problems

    def _missing(self, values: Mapping[str, Any], named: set[str]) -> list[Problem]:
        found: list[Problem] = []
        for spec in self._required:
            if values.get(spec.name) is None and spec.name not in named:
                try:
                    parse(spec, "")
                except Invalid as invalid:
                    found.append(invalid.problem)
        return found

    def _reader(self, spec: FieldSpec) -> Callable[[str], Any]:
        """Return what reads the texts of one field."""
        if spec.kind in (Kind.CODE, Kind.CODES):
            return _Memo(self._code_reader(spec)).__getitem__
        if spec.kind in _REPEATED:
            return _Memo(lambda text: parse(spec, text)).__getitem__
        if spec.kind is Kind.SECRET:
            return self._secret_reader(spec)
        if spec.kind is Kind.TEXT and spec.check is None:
            return _text_reader(spec)
        is_sealed = self._sealer.is_sealed
        return lambda text: parse(spec, opened(spec, text) if is_sealed(text) else text)

    def _code_reader(self, spec: FieldSpec) -> Callable[[str], Any]:
        offered = frozenset(code_list(spec.codes).labels())

        def read(text: str) -> Any:
            value = parse(spec, text)
            self._met_ended |= not offered.issuperset(codes_in(value))
            return value

        return read

    def _secret_reader(self, spec: FieldSpec) -> Callable[[str], Any]:
        name, wrong, sealer = spec.name, spec.check, self._sealer

        def read(text: str) -> Any:
            if text.isascii() and text.isalnum():  # as numbers should be: not sealed, nothing to be folded
                number = text.upper()
                if wrong and (problem := wrong(number, name)):
                    raise Invalid(problem)
                return number
            is_sealed = sealer.is_sealed(text)
            value = parse(spec, plain := sealer.open(text) if is_sealed else text)
            if is_sealed and value == plain:
                self._tokens[name] = text
            return value

        return read

    def kept(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a new record, the one checked last, as they are kept: secrets as they were sealed."""
        found = dict(values)
        if None in found.values():
            found = {name: value for name, value in found.items() if value is not None}
        for spec in self.type_.secrets:
            if spec.name in found:
                found[spec.name] = self._tokens.get(spec.name) or self._sealer.seal(str(found[spec.name]))
        return found

    def ended(self, values: Mapping[str, Any], before: Mapping[str, Any]) -> list[Problem]:
        """Return a problem for each code that cannot be chosen today, unless the record had it *before*."""
        return ended_codes(self.type_, values, before) if self._met_ended else []

    def identity(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the identifying values of a record, parsed or stored."""
        return tuple(
            [None if (value := values.get(name)) is None else compared(value) for name, compared in self._identifying]
        )

    def title(self, values: Mapping[str, Any]) -> str:
        """Return what a record is called in links and lists."""
        return " ".join([part for name, titled in self._titles if (part := titled(values.get(name)))])

    def _titler(self, spec: FieldSpec) -> Callable[[Any], str]:
        if spec.kind is Kind.CODE:
            return _Memo(lambda code: _title_part(spec, code)).__getitem__
        return lambda value: _title_part(spec, value)


def _text_reader(spec: FieldSpec) -> Callable[[str], Any]:
    longest = spec.max_length

    def read(text: str) -> Any:
        # Most texts are as they should be: printable, without blanks around, not too long.
        if len(text) <= longest and text.isprintable() and text[0] != " " and text[-1] != " ":
            return text
        return parse(spec, text)

    return read


def stored(type_: RecordType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return parsed *values* as items and drafts keep them: fit for JSON, secrets sealed."""
    return {spec.name: to_json(spec, values.get(spec.name)) for spec in type_.typed}


def advice_of(type_: RecordType, values: Mapping[str, Any]) -> list[Problem]:
    """Return what is pointed out of a record and does not bar it: numbers of another form (DOMAIN §4.4), and more."""
    return [problem for spec in type_.typed if (problem := _form(spec, values.get(spec.name)))] + type_.advice(values)


def _form(spec: FieldSpec, value: Any) -> Problem | None:
    if not spec.pattern or not value or re.fullmatch(spec.pattern, str(value)):
        return None
    rule = _("{label}与通常写法不同。", label=spec.label)
    return Problem(spec.name, str(value)[:60], rule, _("请对照原件核对。"))


def comparable(spec: FieldSpec, value: Any) -> Any:
    """Return what two values of a field have in common if they say the same: a link is what it leads to."""
    return None if value is None else _comparer(spec)(value)


def _comparer(spec: FieldSpec) -> Callable[[Any], Any]:
    """Return what makes values of a field, other than ``None``, comparable."""
    if spec.kind is Kind.SECRET:
        return lambda value: from_json(spec, value)
    return _COMPARERS.get(spec.kind, _as_one)


def _as_one(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


_COMPARERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.LINK: lambda value: value["key"] or value["text"],
    Kind.LINKS: lambda value: tuple(part["key"] or part["text"] for part in value),
    Kind.FILE: lambda value: value["id"],
}


def identity_of(type_: RecordType, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the identifying values of a record, parsed or stored."""
    return tuple(comparable(spec, values.get(spec.name)) for spec in type_.identifying)


def is_identified(type_: RecordType, identity: tuple[Any, ...]) -> bool:
    """Whether an identity tells a record apart: nothing that is required is missing, and not all of it is empty."""
    if None not in identity:
        return bool(identity)
    pairs = zip(type_.identifying, identity, strict=True)
    return any(part is not None for part in identity) and all(part is not None for spec, part in pairs if spec.required)


def typed_identity(type_: RecordType, row: Mapping[str, str]) -> tuple[Any, ...]:
    """Return the identifying values of a record as it was typed; ``None`` for each that is missing or wrong."""
    return identity_of(type_, check_row(type_, row)[0])


def differing(type_: RecordType, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of fields that say something else (sealed texts differ each time they are sealed)."""
    return [
        spec.name
        for spec in type_.typed
        if comparable(spec, before.get(spec.name)) != comparable(spec, after.get(spec.name))
    ]


def ended_codes(type_: RecordType, values: Mapping[str, Any], before: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each code of a record that cannot be chosen today, unless the record had it *before*."""
    problems: list[Problem] = []
    for spec in type_.typed:
        if spec.kind not in (Kind.CODE, Kind.CODES):
            continue
        offered = code_list(spec.codes).labels()
        for code in codes_in(values.get(spec.name)):
            if code not in offered and code not in codes_in(before.get(spec.name)):
                label = code_list(spec.codes).label(code)
                rule = _("{label}“{text}”已停用或尚未启用。", label=spec.label, text=label)
                remedy = _("请从下列各项中选择：{choices}。", choices="、".join(offered.values()))
                problems.append(Problem(spec.name, label, rule, remedy))
    return problems


def codes_in(value: Any) -> list[str]:
    """Return the codes that the value of a field holds, one or several."""
    return value if isinstance(value, list) else [value] if value else []


def title_of(type_: RecordType, values: Mapping[str, Any]) -> str:
    """Return what a record is called in links and lists."""
    return " ".join(part for name in type_.title if (part := _title_part(type_.by_name[name], values.get(name))))


def _title_part(spec: FieldSpec, value: Any) -> str:
    if spec.kind is Kind.TEXT or value is None:
        return value or ""
    return str(value["text"]) if spec.kind is Kind.LINK else display(spec, value)
