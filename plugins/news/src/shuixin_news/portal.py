"""What news show elsewhere on the site: front page, menu, search, feed, sitemap."""

from collections.abc import Iterable
from datetime import datetime

from flask import render_template, url_for

from shuixin.api import Area, Feed, FeedEntry, HomePanel, MenuItem, SearchHit, SearchSource, SitemapUrls, clock, domain
from shuixin_news.models import Article
from shuixin_news.pages import columns
from shuixin_news.services import published, search_published

_ = domain("news")
MENU = (
    MenuItem(Area.PUBLIC, _("新闻动态"), "news.home", order=100),
    MenuItem(Area.PUBLIC, _("工作动态"), "news.column", order=110, values={"slug": "work"}),
    MenuItem(Area.PUBLIC, _("通知公告"), "news.column", order=120, values={"slug": "notices"}),
    MenuItem(Area.PUBLIC, _("政策文件"), "news.column", order=130, values={"slug": "policies"}),
    MenuItem(Area.PUBLIC, _("政策解读"), "news.column", order=140, values={"slug": "explained"}),
)


def url_of(article: Article) -> str:
    """Return the public address of *article*."""
    return url_for("news.article", slug=article.column.slug, article_id=article.id)


def _panel() -> str:
    pictures = list(published().where(Article.picture != "").limit(5))
    newest = published().first()
    lists = [
        (column, list(published().where(Article.column == column, Article.id != (newest.id if newest else 0)).limit(5)))
        for column in columns()
    ]
    lists = [block for block in lists if block[1]]
    if not newest:
        return ""
    return render_template("news/panel.html", headline=newest, pictures=pictures, lists=lists, url_of=url_of)


def _search(text: str, limit: int) -> tuple[list[SearchHit], int]:
    articles, total = search_published(text, limit)
    hits = [
        SearchHit(each.title, url_of(each), each.summary, _("文章"), clock.legal_day(each.published_at).isoformat())
        for each in articles
    ]
    return hits, total


def _entries() -> Iterable[FeedEntry]:
    return [FeedEntry(each.title, url_of(each), each.published_at, each.summary) for each in published().limit(30)]


def _addresses() -> Iterable[tuple[str, datetime | None]]:
    yield url_for("news.home"), None
    for column in columns():
        yield url_for("news.column", slug=column.slug), None
    for article in published().limit(5_000):
        yield url_of(article), article.published_at


PANELS = (HomePanel(_("新闻"), _panel, order=100),)
SOURCES = (SearchSource("articles", _("新闻和公告"), _search),)
FEEDS = (Feed("news", _("新闻动态"), _entries),)
SITEMAP = (SitemapUrls(_addresses),)
