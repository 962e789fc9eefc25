"""credit_publish: everything this plugin contributes, at a glance."""

from collections.abc import Sequence
from pathlib import Path

from shuixin.api import (
    Feed,
    Handler,
    HealthCheck,
    HomePanel,
    Job,
    MenuItem,
    Models,
    Plugin,
    PublicPages,
    SearchSource,
    SitemapUrls,
    domain,
    hookimpl,
)
from shuixin_credit_publish import models, pages, portal
from shuixin_credit_publish.settings import PublishSettings

_ = domain("credit_publish")


class PublishPlugin(Plugin):
    """信用信息公示: Editions and the pages that read them."""

    id = "credit_publish"
    label = _("信用信息公示")
    description = _("公示版本、信用平台首页、从业单位查询")

    @hookimpl
    def models(self) -> Models:
        return Models(
            (models.Edition, models.Listing, models.ListingKind),
            Path(__file__).parent / "migrations",
            indexes=("credit_publish_listing_search",),
        )

    @hookimpl
    def public_pages(self) -> PublicPages:
        return PublicPages(pages.blueprint)

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
    def jobs(self) -> Sequence[Job]:
        return portal.JOBS

    @hookimpl
    def event_handlers(self) -> Sequence[Handler]:
        return portal.HANDLERS

    @hookimpl
    def health_checks(self) -> Sequence[HealthCheck]:
        return portal.HEALTH

    @hookimpl
    def settings_model(self) -> type[PublishSettings]:
        return PublishSettings


plugin = PublishPlugin()
