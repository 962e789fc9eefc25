"""news: everything this plugin contributes, at a glance."""

from collections.abc import Sequence
from pathlib import Path

from shuixin.api import (
    DemoData,
    Feed,
    HomePanel,
    MenuItem,
    Models,
    OfficeView,
    Permission,
    Plugin,
    PublicPages,
    Role,
    SearchSource,
    SitemapUrls,
    domain,
    hookimpl,
)
from shuixin_news import demo, models, office, pages, permissions, portal
from shuixin_news.settings import NewsSettings

_ = domain("news")


class NewsPlugin(Plugin):
    """新闻: columns, articles, picture news."""

    id = "news"
    label = _("新闻动态")
    description = _("栏目、文章和图片新闻的撰写与发布")

    @hookimpl
    def models(self) -> Models:
        return Models(
            (models.Column, models.Article), Path(__file__).parent / "migrations", indexes=("news_article_search",)
        )

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return permissions.PERMISSIONS

    @hookimpl
    def roles(self) -> Sequence[Role]:
        return permissions.ROLES

    @hookimpl
    def public_pages(self) -> PublicPages:
        return PublicPages(pages.blueprint)

    @hookimpl
    def office_views(self) -> Sequence[OfficeView]:
        return office.views()

    @hookimpl
    def menu_items(self) -> Sequence[MenuItem]:
        return portal.MENU

    @hookimpl
    def home_panels(self) -> Sequence[HomePanel]:
        return portal.PANELS

    @hookimpl
    def search_sources(self) -> Sequence[SearchSource]:
        return portal.SOURCES

    @hookimpl
    def feeds(self) -> Sequence[Feed]:
        return portal.FEEDS

    @hookimpl
    def sitemap(self) -> Sequence[SitemapUrls]:
        return portal.SITEMAP

    @hookimpl
    def settings_model(self) -> type[NewsSettings]:
        return NewsSettings

    @hookimpl
    def demo_data(self) -> DemoData:
        return DemoData(demo.fill, order=20)


plugin = NewsPlugin()
