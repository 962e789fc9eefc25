"""Finding enterprises among the current Editions."""

from dataclasses import dataclass, field
from datetime import datetime

from peewee import ModelSelect, fn

from shuixin.api import db, region_prefix
from shuixin_credit_publish.models import Listing, ListingKind
from shuixin_credit_publish.search import cleaned, index
from shuixin_credit_publish.services import catch_up

PER_PAGE = 20
LAST_PAGE = 5_000


@dataclass(frozen=True)
class Query:
    """What a visitor asks for; all parts may be empty.

    :param outside: registered outside the city (市外入黄).
    """

    text: str = ""
    kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    outside: bool = False
    page: int = 1
    per_page: int = PER_PAGE
    sort: str = "name"


@dataclass
class Answer:
    """One page of listings, the total, and how many each choice of each filter would leave."""

    listings: list[Listing]
    total: int
    page: int
    pages: int
    kind_counts: dict[str, int] = field(default_factory=dict)
    region_counts: dict[str, int] = field(default_factory=dict)
    outside_count: int = 0


def find(query: Query, city: str, now: datetime | None = None) -> Answer:
    """Answer *query*; *city* is the region code that divides inside from outside.

    Names are found by any part of them, codes by any part of the code; the counts of one filter respect the others.
    """
    _refresh_due(now)
    matching = _matching(query, city)
    total = matching.count()
    pages = max(1, -(-total // query.per_page))
    page = min(max(query.page, 1), pages, LAST_PAGE)
    order = (Listing.published_at.desc(), Listing.id) if query.sort == "newest" else (Listing.name, Listing.id)
    return Answer(
        listings=list(matching.order_by(*order).paginate(page, query.per_page)),
        total=total,
        page=page,
        pages=pages,
        kind_counts=_kind_counts(query, city),
        region_counts=_region_counts(query, city),
        outside_count=_matching(Query(query.text, query.kinds, (), True), city).count(),
    )


def _refresh_due(now: datetime | None) -> None:
    """Bring listings whose window has just closed up to date, so that no list lags behind its dossiers."""
    from shuixin.api import clock

    if Listing.select().where(Listing.next_change_at <= (now or clock.now())).exists():
        catch_up(now)


def _matching(query: Query, city: str, *, kinds: bool = True, regions: bool = True) -> "ModelSelect[Listing]":
    rows = Listing.select().where(Listing.active)
    if query.text.strip():
        rows = rows.where(Listing.id.in_(index.matching(db.obj, cleaned(query.text))))
    if kinds and query.kinds:
        rows = rows.where(
            Listing.id.in_(ListingKind.select(ListingKind.listing).where(ListingKind.kind.in_(query.kinds)))
        )
    if regions and (query.regions or query.outside):
        condition = Listing.region.in_(query.regions)
        if query.outside:
            condition |= ~Listing.region.startswith(region_prefix(city))
        rows = rows.where(condition)
    return rows


def _kind_counts(query: Query, city: str) -> dict[str, int]:
    ids = _matching(query, city, kinds=False).select(Listing.id)
    rows = ListingKind.select(ListingKind.kind, fn.COUNT(ListingKind.id)).where(ListingKind.listing.in_(ids))
    counts: dict[str, int] = dict(rows.group_by(ListingKind.kind).tuples())  # type: ignore[arg-type]  # tuples() gives pairs
    return counts


def _region_counts(query: Query, city: str) -> dict[str, int]:
    rows = _matching(query, city, regions=False).select(Listing.region, fn.COUNT(Listing.id))
    counts: dict[str, int] = dict(rows.group_by(Listing.region).tuples())  # type: ignore[arg-type]  # tuples() gives pairs
    return counts
