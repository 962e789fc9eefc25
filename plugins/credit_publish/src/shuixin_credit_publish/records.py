"""Lists of good and bad records (良好行为、不良行为): taken from current Editions, exact to the second."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import ModelSelect, fn

from shuixin.api import clock, db
from shuixin_credit_publish.models import Listing, PublicRecord
from shuixin_credit_publish.projection import sections_of
from shuixin_credit_publish.search import cleaned, index

#: Sections that have a list of their own -> the field with the day that it is ordered by.
LISTED = {"good_record": "granted_on", "bad_record": "decided_on"}


@dataclass(frozen=True)
class RecordAnswer:
    """One page of records, each with its unit."""

    rows: list[PublicRecord]
    total: int
    page: int
    pages: int


def keep_records(listing: Listing, document: dict[str, Any]) -> None:
    """Put the listed records of a unit's current Edition in place of those of an earlier one."""
    PublicRecord.delete().where(PublicRecord.listing == listing).execute()
    sections = sections_of(document)
    for code, start in LISTED.items():
        for record in sections.get(code, {}).get("records", []):
            PublicRecord.create(
                listing=listing,
                section=code,
                key=record["key"],
                day=date.fromisoformat(record["values"][start]),
                until=datetime.fromisoformat(record["until"]) if record["until"] else None,
                values=record["values"],
                marks=record["marks"],
            )


def public_records(section: str, now: datetime) -> "ModelSelect[PublicRecord]":
    """Return the records of *section* that are public at *now*, the latest first, with their units."""
    shown = PublicRecord.until.is_null() | (PublicRecord.until > now)
    rows = PublicRecord.select(PublicRecord, Listing).join(Listing)
    order = (PublicRecord.day.desc(), PublicRecord.id.desc())
    return rows.where(PublicRecord.section == section, Listing.active, shown).order_by(*order)


def find_records(section: str, text: str, page: int, per_page: int) -> RecordAnswer:
    """Return one page of the records of units whose name or code contains *text*."""
    rows = public_records(section, clock.now())
    if text:
        rows = rows.where(Listing.id.in_(index.matching(db.obj, cleaned(text))))
    total = rows.count()
    pages = max(1, -(-total // per_page))
    shown = min(max(page, 1), pages)
    return RecordAnswer(list(rows.paginate(shown, per_page)), total, shown, pages)


def counts_of(listings: Iterable[Listing]) -> dict[tuple[int, str], int]:
    """Return how many public records of each section each of *listings* has: one query."""
    shown = PublicRecord.until.is_null() | (PublicRecord.until > clock.now())
    of_these = PublicRecord.listing.in_([listing.id for listing in listings])
    rows = PublicRecord.select(PublicRecord.listing, PublicRecord.section, fn.COUNT(PublicRecord.id))
    found: Any = rows.where(of_these, shown).group_by(PublicRecord.listing, PublicRecord.section).tuples()
    return {(listing, section): count for listing, section, count in found}
