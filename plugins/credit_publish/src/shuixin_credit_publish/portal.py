"""What credit publication shows elsewhere on the site: front page, search, feed, sitemap, jobs."""

from collections.abc import Iterable
from datetime import datetime

from flask import render_template, url_for

from shuixin.api import (
    Area,
    Feed,
    FeedEntry,
    Handler,
    HealthCheck,
    HomePanel,
    Job,
    MenuItem,
    SearchHit,
    SearchSource,
    SitemapUrls,
    current_platform,
    domain,
)
from shuixin_credit_collection.api import RegisterChanged
from shuixin_credit_publish.models import Listing
from shuixin_credit_publish.queries import Query, find
from shuixin_credit_publish.services import broken_chains, catch_up, on_register_changed, unregulated

_ = domain("credit_publish")

MENU = (
    MenuItem(Area.PUBLIC, _("信用平台"), "credit_publish.home", order=800),
    MenuItem(Area.PUBLIC, _("平台首页"), "credit_publish.home", order=10, section="credit"),
    MenuItem(Area.PUBLIC, _("从业单位"), "credit_publish.enterprises", order=20, section="credit"),
    MenuItem(Area.PUBLIC, _("良好行为"), "credit_publish.good_records", order=30, section="credit"),
    MenuItem(Area.PUBLIC, _("不良行为"), "credit_publish.bad_records", order=40, section="credit"),
    MenuItem(Area.PUBLIC, _("门户首页"), "site.home", order=900, section="credit"),
)
HANDLERS = (Handler(RegisterChanged, on_register_changed),)
HEALTH = (
    HealthCheck("credit_publish.policies", unregulated),
    HealthCheck("credit_publish.editions", broken_chains, nightly=True),
)
JOBS = (Job("credit_publish.catch_up", catch_up, "* * * * *"),)


def _newest(count: int) -> list[Listing]:
    return find(Query(sort="newest"), current_platform().settings.site.region).listings[:count]


def _panel() -> str:
    answer = find(Query(sort="newest"), current_platform().settings.site.region)
    return render_template("credit_publish/panel.html", newest=answer.listings[:5], total=answer.total)


def _search(text: str, limit: int) -> tuple[list[SearchHit], int]:
    answer = find(Query(text=text), current_platform().settings.site.region)
    hits = [SearchHit(each.name, _url(each), each.summary, _("从业单位")) for each in answer.listings[:limit]]
    return hits, answer.total


def _url(listing: Listing) -> str:
    return url_for("credit_publish.dossier", uscc=listing.uscc)


def _entries() -> Iterable[FeedEntry]:
    return [FeedEntry(each.name, _url(each), each.published_at, each.summary) for each in _newest(20)]


def _addresses() -> Iterable[tuple[str, datetime | None]]:
    yield url_for("credit_publish.home"), None
    yield url_for("credit_publish.enterprises"), None
    yield url_for("credit_publish.good_records"), None
    yield url_for("credit_publish.bad_records"), None
    for listing in Listing.select().where(Listing.active).order_by(Listing.id).limit(40_000).iterator():
        yield _url(listing), listing.published_at


PANELS = (HomePanel(_("信用公示"), _panel, order=300),)
SOURCES = (SearchSource("enterprises", _("从业单位"), _search),)
FEEDS = (Feed("credit", _("信用公示"), _entries),)
SITEMAP = (SitemapUrls(_addresses),)
