"""Claims: what records say that other records may contradict, in an index kept in step with the Register.

Who works where (人员), which certificate is held by which unit or used on which site (证书), who leads which work
(项目负责人), which contract was performed by whom (业绩). Each claim has a value that is equal for what is the same, so
that contradictions are found by one indexed look-up per value, however many people there are.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from peewee import JOIN, chunked

from shuixin.api import current_platform, identifiers, insert_rows, review, transaction
from shuixin_credit_collection.models import Claim, ClaimsKept, Expiry, Filing, FilingItem, Subject
from shuixin_credit_collection.records import Record, RecordType, from_json
from shuixin_credit_collection.records.lapsing import expiries_of
from shuixin_credit_collection.services.intervals import Span, through
from shuixin_credit_collection.services.register import entries, hold
from shuixin_credit_collection.services.registry import record_types

ALWAYS = Span()
#: Of an item: record type, record key, action, values after it.
Part = tuple[str, str, str, dict[str, Any] | None]
#: Record type -> record key -> stored values.
Rows = dict[str, dict[str, dict[str, Any]]]
#: The record types that claims follow from; expiries follow from all that have a last day.
CLAIMING = ("qualification", "person", "person_cert", "performance", "performance_staff")
#: Shorter numbers are equal by chance; the shortest form of DOMAIN §4.4 has more signs.
LEAST_NUMBER = 6
#: Engines bound the number of values of one query.
AT_ONCE = 5000
#: The authority has these filings in hand; what others ask is not in the Register, or in nobody's hand.
IN_REVIEW = (review.Stage.SUBMITTED, review.Stage.REVIEWED)


class ClaimKind(StrEnum):
    """What a claim is about."""

    PERSON = "person"
    CERTIFICATE = "certificate"
    MANAGER = "manager"
    PERFORMANCE = "performance"


class Stated(NamedTuple):
    """One claim.

    :param sort: what tells apart claims of one value: the kind of a certificate (``""`` if it is not known), role and
        status of a work that somebody leads.
    :param place: the work that a certificate is used on or that somebody leads; ``""`` for the unit as a whole.
    """

    kind: ClaimKind
    value: str
    record_type: str
    key: str
    span: Span = ALWAYS
    sort: str = ""
    place: str = ""


@dataclass(frozen=True)
class Held:
    """A claim of *subject*: of the Register, or of a filing that is being reviewed."""

    subject: Subject
    claim: Stated
    filing: Filing | None = None


def compact(text: object) -> str:
    """Return *text* without what people write one way or another: blanks, punctuation, letter case, width."""
    code = identifiers.clean_code(str(text or ""))
    return code if code.isalnum() else "".join(sign for sign in code if sign.isalnum())


def _digest(*parts: object) -> str:
    """Return a keyed hash: contract numbers are no public matter."""
    return current_platform().sealer.fingerprint("\x1f".join(map(str, parts)))


def _day(values: Mapping[str, Any], *names: str) -> date | None:
    """Return the first of the named days that is given."""
    for name in names:
        if found := values.get(name):
            return date.fromisoformat(str(found))
    return None


# --- from records to claims ----------------------------------------------------------------------------------------


def claims_of(rows: Rows) -> set[Stated]:
    """Return all claims of one unit's records."""
    terms = {key: employment(values) for key, values in rows.get("person", {}).items()}
    found = [*_people(rows, terms), *_certificates(rows, terms), *_sites(rows), *_managers(rows), *_performances(rows)]
    return {each for each in found if not each.span.is_empty}


def employment(values: Mapping[str, Any]) -> Span | None:
    """Return the days on which a person works for the unit; ``None`` for somebody who left nobody knows when."""
    last = _day(values, "labor_to")
    if last is None and values.get("on_duty") in ("left", "retired"):
        return None
    return through(_day(values, "labor_from"), last)


def _people(rows: Rows, terms: Mapping[str, Span | None]) -> Iterator[Stated]:
    for key, values in rows.get("person", {}).items():
        span = terms[key]
        if span is not None and values.get("person_key"):
            yield Stated(ClaimKind.PERSON, values["person_key"], "person", key, span)


def _certificates(rows: Rows, terms: Mapping[str, Span | None]) -> Iterator[Stated]:
    """Yield both numbers of each certificate, for the days on which it is valid and its holder works here."""
    for key, values in rows.get("person_cert", {}).items():
        span = terms.get((values.get("person") or {}).get("key", ""), ALWAYS)
        if span is None or values.get("cert_status") in ("cancelled", "annulled"):
            continue
        days = through(_day(values, "issued_on"), _day(values, "valid_to")).within(span)
        for number in {compact(values.get(name)) for name in ("qualify_no", "reg_no")}:
            if len(number) >= LEAST_NUMBER:
                yield Stated(ClaimKind.CERTIFICATE, number, "person_cert", key, days, values.get("cert_kind") or "")


def _sites(rows: Rows) -> Iterator[Stated]:
    """Yield the certificates with which people stand on the lists of staff of works."""
    works = rows.get("performance", {})
    for key, values in rows.get("performance_staff", {}).items():
        work = works.get((values.get("project") or {}).get("key", ""))
        number = compact(values.get("cert_no"))
        if work is None or len(number) < LEAST_NUMBER:
            continue
        last = _day(values, "until_on") or _day(work, "ended_on", "accepted_on")
        if last is None and not _goes_on(work):
            continue  # it has ended, nobody knows when
        days = through(_day(values, "from_on") or _begun(work), last)
        yield Stated(ClaimKind.CERTIFICATE, number, "performance_staff", key, days, place=_place(work))


def _managers(rows: Rows) -> Iterator[Stated]:
    people = rows.get("person", {})
    for key, values in rows.get("performance", {}).items():
        person = people.get((values.get("manager") or {}).get("key", ""), {}).get("person_key")
        last = _day(values, "accepted_on") or (None if _goes_on(values) else _day(values, "ended_on"))
        if person and (last or _goes_on(values)):
            days, sort = through(_begun(values), last), f"{values.get('role')}/{values.get('status')}"
            yield Stated(ClaimKind.MANAGER, person, "performance", key, days, sort, _place(values))


def _performances(rows: Rows) -> Iterator[Stated]:
    """Yield what makes two records the same work done in the same role: the lot of a project, and the contract."""
    for key, values in rows.get("performance", {}).items():
        role, lot = values.get("role"), compact(values.get("lot"))
        code, contract = (
            compact(values.get("nat_code") or values.get("project_code")),
            compact(values.get("contract_no")),
        )
        owner = values.get("owner_uscc") or compact(values.get("owner_name"))
        said = [("name", compact(values.get("project_name")), lot, role)]
        said += [("code", code, lot, role)] if code else []
        said += [("contract", contract, owner, role)] if contract and owner else []
        for each in said:
            yield Stated(ClaimKind.PERFORMANCE, _digest(*each), "performance", key)


def _goes_on(work: Mapping[str, Any]) -> bool:
    return work.get("status") not in ("accepted", "terminated")


def _begun(work: Mapping[str, Any]) -> date | None:
    return _day(work, "started_on", "signed_on", "awarded_on")


def _place(work: Mapping[str, Any]) -> str:
    """Return the same for all lots of a project: 同一工程相邻分段 are one place of work."""
    return _digest("place", compact(work.get("project_name")))


# --- the records of a unit, now and after a filing ------------------------------------------------------------------


def rows_of(subject: Subject | None) -> Rows:
    """Return the present records of *subject* that claims and expiries follow from."""
    types = [type_ for type_ in record_types() if type_.code in CLAIMING or type_.last_day]
    if subject is None or not subject.register_version:  # nothing of it has been approved yet
        return {type_.code: {} for type_ in types}
    return {type_.code: {entry.key: entry.values for entry in entries(subject, type_)} for type_ in types}


def rows_after(rows: Rows, items: Iterable[Part]) -> Rows:
    """Return what *rows* would be once *items* were approved."""
    after = {code: dict(records) for code, records in rows.items()}
    touched: dict[str, set[str]] = {code: set() for code in after}
    for code, key, action, values in items:
        records = after.get(code)
        if records is None:
            continue
        if action == "remove":
            records.pop(key, None)
            touched[code].discard(key)
        else:
            records[key] = {**records[key], **(values or {})} if key in records else values or {}
            touched[code].add(key)
    for type_ in record_types():
        for key in touched.get(type_.code, ()):
            after[type_.code][key] = _with_derived(type_, after[type_.code][key])
    return after


def _with_derived(type_: RecordType, values: dict[str, Any]) -> dict[str, Any]:
    plain = _Plain(type_, values)
    return values | {spec.name: spec.derived(plain) for spec in type_.derived if spec.derived}


class _Plain(Mapping[str, Any]):
    """The plain values of a record; what is sealed is opened when it is asked for, since hardly any of it is."""

    def __init__(self, type_: RecordType, values: Mapping[str, Any]) -> None:
        self._type, self._values = type_, values
        self._opened: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._opened:
            self._opened[name] = from_json(self._type.by_name[name], self._values.get(name))
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return (spec.name for spec in self._type.typed)

    def __len__(self) -> int:
        return len(self._type.typed)


# --- the index -----------------------------------------------------------------------------------------------------


def keep(subject: Subject) -> None:
    """Bring the index in step with what the Register holds of *subject* now; inside the approving transaction."""
    rows = rows_of(subject)
    _store(subject, None, claims_of(rows))
    _store_expiries(subject, rows)
    kept = {ClaimsKept.subject: subject, ClaimsKept.register_version: subject.register_version}
    updated = {ClaimsKept.register_version: subject.register_version}
    ClaimsKept.insert(kept).on_conflict(conflict_target=[ClaimsKept.subject], update=updated).execute()
    settled = Filing.select(Filing.id).where(Filing.subject == subject, Filing.stage.in_(list(review.FINAL)))
    Claim.delete().where(Claim.subject == subject, Claim.filing.in_(settled)).execute()


@dataclass(frozen=True)
class Prospect:
    """What the Register of a unit would hold once a filing were approved: all rows and claims, and the *new* claims."""

    rows: Rows
    claims: frozenset[Stated]
    new: frozenset[Stated]


def prospect(filing: Filing, parts: Iterable[Part] | None = None) -> Prospect:
    """Return what *filing* would make of the Register of its unit.

    :param parts: its items in order, from who has read them already.
    """
    before = rows_of(filing.subject)
    rows = rows_after(before, _parts_of(filing) if parts is None else parts)
    after = claims_of(rows)
    return Prospect(rows, frozenset(after), frozenset(after - claims_of(before)))


def _parts_of(filing: Filing) -> Iterable[Part]:
    fields = (FilingItem.record_type, FilingItem.key, FilingItem.action, FilingItem.after)
    items = FilingItem.select(*fields).where(FilingItem.filing == filing).order_by(FilingItem.position)
    parts: Iterable[Part] = items.tuples().iterator()
    return parts


def propose(filing: Filing) -> None:
    """Index what a filing would add, so that the reviewers of other filings find it; when it has been submitted."""
    assert filing.subject is not None, "a submitted filing has a subject"
    _store(filing.subject, filing, prospect(filing).new)


def _store(subject: Subject, filing: Filing | None, wanted: AbstractSet[Stated]) -> None:
    """Replace what differs only: the rows of thousands of people stay as they are when one comes."""
    mine = Claim.filing.is_null() if filing is None else Claim.filing == filing
    present = {stated(row): row.id for row in Claim.select().where(Claim.subject == subject, mine)}
    for ids in chunked([number for each, number in present.items() if each not in wanted], AT_ONCE):
        Claim.delete().where(Claim.id.in_(ids)).execute()
    fresh = sorted(wanted - present.keys(), key=lambda each: (each.record_type, each.key, each.kind, each.value))
    number = filing.id if filing else None
    insert_rows(Claim, _COLUMNS, ((*_columns(each), subject.id, number) for each in fresh))


_COLUMNS = (
    Claim.kind,
    Claim.value,
    Claim.sort,
    Claim.place,
    Claim.record_type,
    Claim.key,
    Claim.from_on,
    Claim.until_on,
    Claim.subject,
    Claim.filing,
)


def _columns(claim: Stated) -> tuple[Any, ...]:
    kind, value, code, key, (start, end), sort, place = claim
    return kind.value, value, sort, place, code, key, start, end


def stated(row: Claim) -> Stated:
    """Return the claim that a row of the index holds."""
    span = Span(row.from_on, row.until_on)
    return Stated(ClaimKind(row.kind), row.value, row.record_type, row.key, span, row.sort, row.place)


def _store_expiries(subject: Subject, rows: Rows) -> None:
    """Keep the last days of certificates; one that stays as it was keeps what its holder was told."""
    wanted = set(expiries_of(record_types(), rows))
    present = {
        (row.record_type, row.key, row.valid_to): row.id for row in Expiry.select().where(Expiry.subject == subject)
    }
    for ids in chunked([number for each, number in present.items() if each not in wanted], AT_ONCE):
        Expiry.delete().where(Expiry.id.in_(ids)).execute()
    fields = (Expiry.subject, Expiry.record_type, Expiry.key, Expiry.valid_to)
    insert_rows(Expiry, fields, ((subject.id, *each) for each in sorted(wanted - present.keys())))


def others(claims: Iterable[Stated], subject: Subject) -> list[Held]:
    """Return what other units than *subject* claim of the same values, in the Register and in filings in review."""
    found: list[Held] = []
    values: dict[ClaimKind, set[str]] = {}
    for claim in claims:
        values.setdefault(claim.kind, set()).add(claim.value)
    for kind, wanted in values.items():
        for some in chunked(sorted(wanted), AT_ONCE):
            found += [_held(row) for row in _sought(kind, some).where(Claim.subject != subject)]
    return found


def _sought(kind: ClaimKind, values: list[str]) -> Any:
    live = Claim.filing.is_null() | Filing.stage.in_(list(IN_REVIEW))
    query = Claim.select(Claim, Subject, Filing).join(Subject).switch(Claim).join(Filing, JOIN.LEFT_OUTER)
    return query.where(Claim.kind == kind.value, Claim.value.in_(values), live).order_by(Claim.id)


def _held(row: Claim) -> Held:
    return Held(row.subject, stated(row), row.filing if row.filing_id else None)  # type: ignore[attr-defined]


def catch_up(limit: int = 200) -> int:
    """Bring up to *limit* units whose claims lag behind the Register in step; return how many there were.

    There are such units after an upgrade and after a restore; each is done in a transaction of its own.
    """
    kept = ClaimsKept.alias()
    lagging = (
        Subject.select(Subject.id)
        .join(kept, JOIN.LEFT_OUTER, on=(kept.subject == Subject.id))
        .where(Subject.register_version > 0)
        .where(kept.id.is_null() | (kept.register_version != Subject.register_version))
        .order_by(Subject.id)
        .limit(limit)
    )
    numbers = [row.id for row in lagging]
    for number in numbers:
        _catch_up_one(number)
    return len(numbers)


def _catch_up_one(number: int) -> None:
    with transaction():
        hold(Subject.get_by_id(number).uscc)
        keep(Subject.get_by_id(number))


def present_record(type_: RecordType, subject_id: int, key: str) -> Record | None:
    """Return the present version of one record, ``None`` if the Register has it no more."""
    model = type_.model
    now = (model.superseded_at.is_null(), model.holds_to.is_null(), ~model.removed)
    row: Record | None = model.select().where(model.subject == subject_id, model.key == key, *now).first()
    return row
