"""news: everything this plugin contributes, at a glance."""

from collections.abc import Sequence
from pathlib import Path

from shuixin import api
from shuixin_news import demo, models, office, pages, permissions, portal
from shuixin_news.settings import NewsSettings

_ = api.domain("news")


class NewsPlugin(api.Plugin):
    """新闻: columns, articles, picture news."""

    id = "news"
    label = _("新闻动态")
    description = _("栏目、文章和图片新闻的撰写与发布")

    @api.hookimpl
    def models(self) -> api.Models:
        return api.Models(
            (models.Column, models.Article), Path(__file__).parent / "migrations", indexes=("news_article_search",)
        )

    @api.hookimpl
    def permissions(self) -> Sequence[api.Permission]:
        return permissions.PERMISSIONS

    @api.hookimpl
    def roles(self) -> Sequence[api.Role]:
        return permissions.ROLES

    @api.hookimpl
    def public_pages(self) -> api.PublicPages:
        return api.PublicPages(pages.blueprint)

    @api.hookimpl
    def office_views(self) -> Sequence[api.OfficeView]:
        return office.views()

    @api.hookimpl
    def menu_items(self) -> Sequence[api.MenuItem]:
        return portal.MENU

    @api.hookimpl
    def home_panels(self) -> Sequence[api.HomePanel]:
        return portal.PANELS

    @api.hookimpl
    def search_sources(self) -> Sequence[api.SearchSource]:
        return portal.SOURCES

    @api.hookimpl
    def feeds(self) -> Sequence[api.Feed]:
        return portal.FEEDS

    @api.hookimpl
    def sitemap(self) -> Sequence[api.SitemapUrls]:
        return portal.SITEMAP

    @api.hookimpl
    def settings_model(self) -> type[NewsSettings]:
        return NewsSettings

    @api.hookimpl
    def demo_data(self) -> api.DemoData:
        return api.DemoData(demo.fill, order=20)


plugin = NewsPlugin()
