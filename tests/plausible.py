"""Plausible records of a unit of any kind: what the demonstration invents, and every field it leaves out besides.

Everything is read off the declarations, so a record type or a field that comes later is filled in as well.
"""

import random
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta

from shuixin.kit import clock, identifiers
from shuixin_credit_collection.demo import enterprise
from shuixin_credit_collection.demo.records import Invention
from shuixin_credit_collection.records import Editor, FieldSpec, Kind, RecordType, code_list
from shuixin_credit_collection.records.values import parse, typed
from shuixin_credit_collection.services.completeness import expected_types
from shuixin_credit_collection.services.linking import in_link_order
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.services.rows import Draft, Texts

#: Kinds whose texts have one canonical writing, the one that lists offer.
CHOSEN = (Kind.CODE, Kind.CODES, Kind.REGION, Kind.REGIONS)
#: Kinds whose generated texts are found nowhere else.
TELLTALE = (Kind.TEXT, Kind.LONG, Kind.URL, Kind.SECRET)
PLACE = "湖北省黄石市下陆区"
PEOPLE = 2


def filed(kind: str) -> list[RecordType]:
    """Return the record types that a unit of *kind* may file, what is linked to before what links to it."""
    types = (each for each in record_types() if not each.authority_only and (not each.kinds or kind in each.kinds))
    return in_link_order(list(types))


def written(type_: RecordType) -> list[FieldSpec]:
    """Return the fields of a record that an enterprise writes, files apart."""
    return [each for each in type_.typed if each.editor is not Editor.AUTHORITY and each.kind is not Kind.FILE]


def declared(kind: str, number: int) -> list[RecordType]:
    """Return the record types that the unit *number* declares: what its kind must file, and a third of what it may.

    Units whose numbers follow each other declare different thirds; 基本信息 comes first.
    """
    types, expected = filed(kind), expected_types([kind])
    own = [each for each in types if each.single or each.code in expected]
    own += [each for place, each in enumerate(types) if each not in own and place % 3 == number % 3]
    needed = {spec.to for each in own for spec in each.links if spec.strict}
    found = [each for each in types if each in own or each.code in needed]
    return sorted(found, key=lambda each: not each.single)


class Unit:
    """An invented unit of one *kind*: what it declares, with all fields that it may write.

    :param number: tells it from all other units of the test.
    :param codes: the record types that it declares, by default those of :func:`declared`.
    """

    def __init__(self, kind: str, number: int, codes: Collection[str] = ()) -> None:
        chance = random.Random(4202 + number)
        self.kind, self._number, self._serial = kind, number, 0
        self.types = [each for each in filed(kind) if each.code in codes] if codes else declared(kind, number)
        self.expected = expected_types([kind])
        #: Fields of which the public must not see the text, by (record type, field) and text.
        self.private: dict[str, tuple[str, str]] = {}
        invented = enterprise(chance, Invention(chance, PEOPLE), kind, number)
        self._id_number = Invention(random.Random(number), 0).id_number()
        self._secrets = (self._id_number, f"139{number:08d}", f"62220042{number:08d}")
        self.draft: Draft = {}
        for type_ in self.types:
            rows = invented.get(type_.code) or {f"{type_.code.replace('_', '')}{number}"[-32:]: {}}
            some = [*rows.items()][: 2 if type_.code in self.expected[:1] else 1]  # more of them show nothing new
            self.draft[type_.code] = {key: self._record(type_, row) for key, row in some}
        self.name, self.uscc = (self.texts("basic_information")[name] for name in ("name", "uscc"))

    def texts(self, code: str) -> Texts:
        """Return the first record of a type."""
        return next(iter(self.draft[code].values()))

    def name_of(self, text: str) -> str:
        """Return how lists call the record that *text* means: people are not listed by their numbers."""
        people = self.draft.get("person", {}).values()
        return next((each["name"] for each in people if each["id_no"] == text), text)

    def _record(self, type_: RecordType, invented: Texts) -> Texts:
        found: Texts = {}
        today = clock.legal_day(clock.now())
        # Before what is invented; else late enough for what is public for a year only.
        day = date(2015, 3, 2) if invented else today - timedelta(days=200)
        for spec in written(type_):
            text = invented.get(spec.name) or self._text(type_, spec, day)
            found[spec.name] = typed(spec, parse(spec, text)) if spec.kind in CHOSEN else text
            if spec.kind is Kind.DATE and (then := date.fromisoformat(text)) < today:
                day = max(day, then + timedelta(days=1))
            if not spec.is_public and spec.kind in TELLTALE and spec.name not in invented:
                self.private[text] = (type_.code, spec.name)
        return found

    def _text(self, type_: RecordType, spec: FieldSpec, day: date) -> str:
        self._serial += 1
        make = _MAKERS.get(spec.kind)
        return make(self, spec, day) if make else self._words(spec)

    def _words(self, spec: FieldSpec) -> str:
        serial = f"{self._number:02d}{self._serial:03d}"
        return f"{spec.label.source[: max(0, spec.max_length - len(serial))]}{serial}"[-spec.max_length :]

    def _last_day(self, spec: FieldSpec, day: date) -> str:
        """Return a day after *day*; what says until when something holds is still to come."""
        ends = spec.name.endswith(("_to", "until")) and not spec.past_only
        return (clock.add_months(clock.legal_day(clock.now()), 30) if ends else day).isoformat()

    def _chosen(self, spec: FieldSpec) -> str:
        return code_list(spec.codes).writing(next(iter(code_list(spec.codes).labels())))

    def _secret(self, spec: FieldSpec) -> str:
        return next(each for each in self._secrets if spec.check is None or spec.check(each, spec.name) is None)

    def _count(self, spec: FieldSpec) -> str:
        return str(max(spec.limits[0], 1 + self._serial % 3))

    def _linked(self, spec: FieldSpec) -> str:
        """Return how the first record of the type that a link leads to is called: a person by the number."""
        if spec.to not in self.draft:
            return self._words(spec)
        ((target, row),) = [(each, self.texts(each.code)) for each in record_types() if each.code == spec.to]
        single = target.identifying[0] if len(target.identifying) == 1 else None
        names = (single.name,) if single and single.kind is Kind.SECRET else target.title
        return " ".join(row[name] for name in names if row.get(name))


_MAKERS: Mapping[Kind, Callable[[Unit, FieldSpec, date], str]] = {
    Kind.CODE: lambda unit, spec, _day: unit._chosen(spec),
    Kind.CODES: lambda unit, spec, _day: unit._chosen(spec),
    Kind.DATE: lambda unit, spec, day: unit._last_day(spec, day),
    Kind.YEAR: lambda _unit, _spec, day: str(day.year),
    Kind.INTEGER: lambda unit, spec, _day: unit._count(spec),
    Kind.NUMBER: lambda unit, spec, _day: f"{unit._count(spec)}.5",
    Kind.MONEY: lambda unit, spec, _day: f"{unit._count(spec)}.25",
    Kind.REGION: lambda _unit, _spec, _day: PLACE,
    Kind.REGIONS: lambda _unit, _spec, _day: f"湖北省黄石市、{PLACE}",
    Kind.USCC: lambda _unit, _spec, _day: identifiers.complete_uscc("12420200MB1234567"),
    Kind.URL: lambda unit, spec, _day: f"https://example.com/{spec.name}/{unit._number}",
    Kind.SECRET: lambda unit, spec, _day: unit._secret(spec),
    Kind.LINK: lambda unit, spec, _day: unit._linked(spec),
    Kind.LINKS: lambda unit, spec, _day: unit._linked(spec),
}
