"""Links between records of one subject: from what was typed to the record that is meant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from shuixin.api import Problem, current_platform, domain, identifiers
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType
from shuixin_credit_collection.records.kinds.links import MARK, as_one, tells_a_number
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import title_of

_ = domain("credit_collection")


class Targets:
    """The records of one type that may be linked to, by key, by title, and by what identifies them alone."""

    def __init__(self, type_: RecordType, rows: Mapping[str, Mapping[str, Any]]) -> None:
        self.type_ = type_
        self.titles: dict[str, str] = {}
        self._called: dict[str, list[str]] = defaultdict(list)
        self._single = type_.identifying[0] if len(type_.identifying) == 1 else None
        self._secret = self._single is not None and self._single.kind is Kind.SECRET
        self._sealer = current_platform().sealer
        self._numbers: dict[Any, str] = {}
        for key, values in rows.items():
            self.add(key, values)

    def add(self, key: str, values: Mapping[str, Any]) -> None:
        """Let one more record be linked to."""
        title = self.titles[key] = title_of(self.type_, values)
        self._called[title].append(key)
        if (other := as_one(title)) != title:
            self._called[other].append(key)
        if self._single:
            number = values.get(self._single.name)
            is_sealed = self._secret and number is not None and self._sealer.is_sealed(str(number))
            self._numbers[self._sealer.open(str(number)) if is_sealed else number] = key

    def find(self, text: str) -> list[str]:
        """Return the keys of the records that *text* may mean."""
        number = identifiers.clean_code(text)
        return [self._numbers[number]] if number in self._numbers else self._called.get(text, [])

    def tells_a_number(self, text: str) -> bool:
        """Whether *text* holds what must not be repeated: the number of a person, or what looks like one."""
        return self._secret and tells_a_number(text)


def resolve(
    type_: RecordType, values: dict[str, Any], targets: Mapping[str, Targets], *, partial: bool = False
) -> list[Problem]:
    """Put the records that the links of one record mean into its *values*; return what cannot be made out.

    :param targets: by record type.
    :param partial: not all targets are known: what is not found is left as it was typed.
    """
    problems: list[Problem] = []
    for spec in type_.links:
        value = values.get(spec.name)
        if value is None or spec.to not in targets:
            continue
        parts = value if spec.kind is Kind.LINKS else [value]
        for part in parts:
            problem = _resolve(spec, part, targets[spec.to])
            if problem is not None and not partial:
                problems.append(problem)
    return problems


def _resolve(spec: FieldSpec, part: dict[str, str], targets: Targets) -> Problem | None:
    if part["key"] in targets.titles:
        part["text"] = targets.titles[part["key"]]
        return None
    text = f"{part['text']}{MARK}{part['key']}" if part["key"] else part["text"]
    found = targets.find(text)
    if len(found) == 1:
        part["key"], part["text"] = found[0], targets.titles[found[0]]
        return None
    hidden = targets.tells_a_number(text)
    shown, where = ("" if hidden else text[:30]), targets.type_.label
    part["key"], part["text"] = "", "" if hidden else text
    if len(found) > 1 and spec.strict:
        rule = _("“{where}”中有{count}条叫“{text}”。", where=where, count=len(found), text=shown)
        return Problem(spec.name, shown, rule, _("请改填证件号码，或在表单中选择。"))
    if hidden:  # a number of a person must not stand where a name belongs
        rule = _("{label}填写的证件号码不在“{where}”中。", label=spec.label, where=where)
        return Problem(spec.name, "", rule, _("请先在“{where}”中填写，再在这里引用。", where=where))
    if spec.strict:
        rule = _("{label}“{text}”不在“{where}”中。", label=spec.label, text=shown, where=where)
        return Problem(spec.name, shown, rule, _("请先在“{where}”中填写，再在这里引用。", where=where))
    return None


def in_link_order(types: Iterable[RecordType]) -> list[RecordType]:
    """Return *types* so that what is linked to comes before what links to it."""
    waiting, ordered = list(types), list[RecordType]()
    known = {type_.code for type_ in waiting}
    while waiting:
        done = {type_.code for type_ in ordered}
        ready = [each for each in waiting if targets_of(each) & known <= done | {each.code}]
        ordered += ready or waiting  # a circle is taken as it comes
        waiting = [each for each in waiting if each not in ordered]
    return ordered


def targets_of(type_: RecordType) -> set[str]:
    """Return the record types that *type_* links to."""
    return {spec.to for spec in type_.links}


def choices(spec: FieldSpec, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return key -> title of the records that a link may lead to, for a list to choose from."""
    type_ = record_type(spec.to)
    return {key: title for key, title in Targets(type_, rows).titles.items() if title} if type_ else {}
