"""Cross-checks (交叉核对): where records of a filing contradict records of other units, or of the same unit.

What is said here names both sides and is for the authority only; an enterprise never learns from it who the other is.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from shuixin.api import Conflict, Text, clock, current_platform, domain, exclusive, region_prefix
from shuixin_credit_collection.models import Clash, Filing, FilingItem
from shuixin_credit_collection.services.claims import (
    ClaimKind,
    Held,
    Prospect,
    Rows,
    Stated,
    compact,
    others,
    present_record,
)
from shuixin_credit_collection.services.intervals import Span, last_day
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import title_of

_ = domain("credit_collection")
TOPIC = "staff_crosschecks"
#: Nobody reads more beside one filing; the rest is counted.
AT_MOST = 50
KINDS: dict[str, Text] = {
    ClaimKind.PERSON: _("一人两单位"),
    ClaimKind.CERTIFICATE: _("一证多处使用"),
    ClaimKind.MANAGER: _("项目负责人兼任"),
    ClaimKind.PERFORMANCE: _("业绩重复申报"),
}


class Status:
    """What the authority made of a clash. ``EXPLAINED`` lets a manager lead a second work."""

    OPEN = "open"
    EXPLAINED = "explained"
    CLOSED = "closed"


# --- the rule ------------------------------------------------------------------------------------------------------


def contradicts(one: Stated, other: Stated, *, same_unit: bool, binding: Collection[str] = ()) -> bool:
    """Whether two claims cannot both be right, or must not both be. It does not matter which of them comes first.

    :param same_unit: whether both are of one unit.
    :param binding: role and status (``"construct/building"``) of works that tie their manager down.
    """
    if (one.kind, one.value) != (other.kind, other.value) or not one.span.overlaps(other.span):
        return False
    if same_unit and (one.record_type, one.key) == (other.record_type, other.key):
        return False
    if one.kind is ClaimKind.PERSON:
        return not same_unit
    if one.kind is ClaimKind.CERTIFICATE:
        alike = not (one.sort and other.sort) or one.sort == other.sort
        return alike and (not same_unit or _two_places(one, other))
    if one.kind is ClaimKind.MANAGER:
        return _two_places(one, other) and {one.sort, other.sort} <= {*binding}
    return True


def _two_places(one: Stated, other: Stated) -> bool:
    return bool(one.place and other.place) and one.place != other.place


def binding_works(day: date) -> frozenset[str]:
    """Return the roles and statuses of works that tie their manager down (R18); none where no policy is in force."""
    policy = current_platform().policies.find(TOPIC, day)
    if policy is None:
        return frozenset()
    roles, statuses = policy.params["manager_roles"], policy.params["manager_statuses"]
    return frozenset(f"{role}/{status}" for role in roles for status in statuses)


# --- what a filing contradicts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two claims that contradict each other; ``mine`` is the filing's."""

    mine: Held
    other: Held

    @property
    def kind(self) -> ClaimKind:
        """What both are about."""
        return self.mine.claim.kind

    @property
    def span(self) -> Span:
        """The days on which both are said to hold."""
        return self.mine.claim.span.within(self.other.claim.span)

    @cached_property
    def identity(self) -> str:
        """The same for the same two records, from whichever side they are looked at."""
        sides = sorted(
            f"{each.subject.id}:{each.claim.record_type}:{each.claim.key}" for each in (self.mine, self.other)
        )
        return hashlib.sha256("|".join([self.kind, *sides]).encode()).hexdigest()


def pairs_of(filing: Filing, future: Prospect) -> list[Pair]:
    """Return what *filing* would bring in that contradicts the Register, other filings in review, or itself.

    Two records that contradict each other are named once, whatever number of claims they share.
    """
    subject = filing.subject
    if subject is None:
        return []
    by_value: dict[tuple[ClaimKind, str], list[Held]] = defaultdict(list)
    own = [Held(subject, each, filing if each in future.new else None) for each in _ordered(future.claims)]
    for held in [*others(future.new, subject), *own]:
        by_value[held.claim.kind, held.claim.value].append(held)
    binding, found = binding_works(clock.legal_day(clock.now())), dict[str, Pair]()
    for claim in _ordered(future.new):
        mine = Held(subject, claim, filing)
        for held in by_value[claim.kind, claim.value]:
            if contradicts(claim, held.claim, same_unit=held.subject.id == subject.id, binding=binding):
                pair = Pair(mine, held)
                found.setdefault(pair.identity, pair)
    return list(found.values())


def _ordered(claims: Iterable[Stated]) -> list[Stated]:
    return sorted(claims, key=lambda each: (each.kind, each.record_type, each.key, each.value, str(each.span)))


def in_register(pair: Pair, filing: Filing) -> bool:
    """Whether both sides stand in the Register once *filing* is approved; another filing may never be."""
    return pair.other.filing is None or pair.other.filing.id == filing.id


# --- a manager's second work (R18) ---------------------------------------------------------------------------------


def barring(pairs: Iterable[Pair], filing: Filing) -> list[Pair]:
    """Return the pairs for which *filing* must not be approved: a second unfinished work without an exception."""
    found = [pair for pair in pairs if pair.kind is ClaimKind.MANAGER and in_register(pair, filing)]
    known = Clash.select(Clash.identity).where(
        Clash.identity.in_([pair.identity for pair in found]), Clash.status == Status.EXPLAINED
    )
    excepted = {row.identity for row in known} if found else set()
    return [pair for pair in found if pair.identity not in excepted]


def refuse_second_work(pairs: Iterable[Pair], filing: Filing) -> None:
    """Refuse a manager of a second unfinished work (R18).

    :raises Conflict: the first such work is named; it is said to the authority only.
    """
    for pair in barring(pairs, filing):
        where = describe(pair.other)
        reason = _("{where}尚未完工，其项目负责人不得同时负责本件中的“{mine}”。", where=where, mine=title(pair.mine))
        raise Conflict(_("{reason}确有例外情形的，请审核人员先写明理由准予例外。", reason=reason))


def hold_managers(future: Prospect) -> None:
    """Wait until nobody else approves a work of the same managers, until the transaction ends.

    Two approvals at once would each not see the other's work. Everybody takes the locks in the same order.
    """
    for value in sorted({each.value for each in future.new if each.kind is ClaimKind.MANAGER}):
        exclusive(f"credit_collection.manager:{value}")


# --- in words, for the authority -----------------------------------------------------------------------------------


def title(held: Held) -> str:
    """Return what the record of a claim is called; ``""`` if it is gone."""
    values = _values(held)
    type_ = record_type(held.claim.record_type)
    return title_of(type_, values) if type_ and values else ""


def _values(held: Held) -> dict[str, object]:
    """Return the values of a record as the filing would have them, or as they are in the Register."""
    type_, claim = record_type(held.claim.record_type), held.claim
    if type_ is None:
        return {}
    record = present_record(type_, held.subject.id, claim.key)
    values = type_.columns_of(record) if record else {}
    if held.filing is not None:
        for item in held.filing.items.where(FilingItem.record_type == claim.record_type, FilingItem.key == claim.key):
            values.update(item.after or {})
    return values


def period(span: Span) -> Text:
    """Return a span in words, its last day included."""
    last = last_day(span)
    first = span.start.isoformat() if span.start else _("起始日不详")
    return _("{first}至{last}", first=first, last=last.isoformat() if last else _("今"))


def describe(held: Held) -> Text:
    """Return who claims it, where, for how long and by which filing."""
    type_ = record_type(held.claim.record_type)
    facts = {
        "unit": held.subject.name,
        "uscc": held.subject.uscc,
        "label": type_.label if type_ else held.claim.record_type,
        "title": title(held),
        "period": period(held.claim.span),
        "number": number_of(held),
    }
    if held.filing is not None:
        return _("{unit}（{uscc}）在审申报{number}的{label}“{title}”（{period}）", **facts)
    return _("{unit}（{uscc}）的{label}“{title}”（{period}，见申报{number}）", **facts)


def number_of(held: Held) -> str:
    """Return the number of the filing that a claim stands in."""
    filing = filing_of(held)
    return str(filing.number) if filing else ""


def filing_of(held: Held) -> Filing | None:
    """Return the filing that a claim stands in: on its way, or the one by which it entered the Register."""
    if held.filing is not None:
        return held.filing
    type_ = record_type(held.claim.record_type)
    record = present_record(type_, held.subject.id, held.claim.key) if type_ else None
    filing: Filing | None = record.filing if record else None
    return filing


SENTENCES: dict[ClaimKind, Text] = {
    ClaimKind.PERSON: _("人员“{mine}”同时登记在其他单位：{other}"),
    ClaimKind.CERTIFICATE: _("“{mine}”的证书{number}在重叠期间另有使用：{other}"),
    ClaimKind.MANAGER: _("“{mine}”的项目负责人另负责未完工项目：{other}"),
    ClaimKind.PERFORMANCE: _("业绩“{mine}”另有申报：{other}"),
}


@dataclass(frozen=True)
class Contradiction:
    """One pair as the reviewer reads it.

    :param link: the other side's case, where the filing's own authority may open it.
    :param bars: whether the filing cannot be approved without an exception.
    """

    identity: str
    text: Text
    link: str
    bars: bool


def contradictions(filing: Filing, future: Prospect) -> tuple[list[Contradiction], int]:
    """Return what the reviewer of *filing* is told, what bars it first, and how many more there are than are told."""
    pairs = pairs_of(filing, future)
    bars = {pair.identity for pair in barring(pairs, filing)}
    pairs.sort(key=lambda pair: pair.identity not in bars)
    told = [
        Contradiction(each.identity, _sentence(each), _link(each, filing), each.identity in bars)
        for each in pairs[:AT_MOST]
    ]
    return told, len(pairs) - len(told)


def _sentence(pair: Pair) -> Text:
    source = SENTENCES[pair.kind]
    values = {"mine": title(pair.mine), "other": describe(pair.other), "number": pair.mine.claim.value}
    return Text(source.domain, source.source, values)


def _link(pair: Pair, filing: Filing) -> str:
    other = filing_of(pair.other)
    near = other is not None and other.id != filing.id and other.region.startswith(region_prefix(filing.region))
    return f"/office/credit_collection/reviews/{other.id}" if near and other else ""


# --- within one unit -----------------------------------------------------------------------------------------------


def own_contradictions(rows: Rows, name: str, uscc: str) -> list[tuple[str, Text]]:
    """Return (level, text) of what does not fit together among the records of one unit.

    A legal representative who is not among the people; social insurance, or a registration, at another unit (DOMAIN
    §3.3: 疑似挂证).
    """
    return [*_representative(rows), *_insured_elsewhere(rows, name), *_registered_elsewhere(rows, uscc)]


def _representative(rows: Rows) -> Iterator[tuple[str, Text]]:
    names = {str(values.get("name")) for values in rows.get("person", {}).values()}
    for values in rows.get("basic_information", {}).values():
        if values.get("legal_rep") and values["legal_rep"] not in names:
            yield "info", _("法定代表人“{name}”不在人员信息中", name=values["legal_rep"])


def _insured_elsewhere(rows: Rows, name: str) -> Iterator[tuple[str, Text]]:
    for values in rows.get("person", {}).values():
        unit = values.get("social_unit")
        if unit and compact(unit) != compact(name):
            facts = {"name": values.get("name"), "unit": unit}
            yield "warning", _("人员“{name}”的社保缴纳单位为“{unit}”，疑似挂证", **facts)


def _registered_elsewhere(rows: Rows, uscc: str) -> Iterator[tuple[str, Text]]:
    type_ = record_type("person_cert")
    for values in rows.get("person_cert", {}).values():
        if type_ and values.get("reg_unit_uscc") and values["reg_unit_uscc"] != uscc:
            facts = {"title": title_of(type_, values), "uscc": values["reg_unit_uscc"]}
            yield "warning", _("“{title}”的注册单位代码为{uscc}，与本单位不一致", **facts)
