"""credit_publish: everything this plugin contributes, at a glance."""

from collections.abc import Sequence
from pathlib import Path

from shuixin import api
from shuixin_credit_publish import models, pages, portal
from shuixin_credit_publish.settings import PublishSettings

_ = api.domain("credit_publish")


class PublishPlugin(api.Plugin):
    """信用信息公示: Editions and the pages that read them."""

    id = "credit_publish"
    label = _("信用信息公示")
    description = _("公示版本、信用平台首页、从业单位查询")

    @api.hookimpl
    def models(self) -> api.Models:
        return api.Models(
            (models.Edition, models.Listing, models.ListingKind, models.PublicRecord),
            Path(__file__).parent / "migrations",
            indexes=("credit_publish_listing_search",),
        )

    @api.hookimpl
    def public_pages(self) -> api.PublicPages:
        return api.PublicPages(pages.blueprint)

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
    def jobs(self) -> Sequence[api.Job]:
        return portal.JOBS

    @api.hookimpl
    def event_handlers(self) -> Sequence[api.Handler]:
        return portal.HANDLERS

    @api.hookimpl
    def health_checks(self) -> Sequence[api.HealthCheck]:
        return portal.HEALTH

    @api.hookimpl
    def settings_model(self) -> type[PublishSettings]:
        return PublishSettings


plugin = PublishPlugin()
