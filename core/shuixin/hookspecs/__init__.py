"""The extension points of the core. Each returns frozen values of :mod:`shuixin.contributions`.

Hooks are called once per built application, one plugin at a time, in the order of dependencies. A plugin whose hook
raises, or returns something of another type, is left out of the application with the reason on the plugins page; the
others are not affected.
"""

from collections.abc import Sequence
from typing import Any

import pluggy

from shuixin.contributions import (
    AccessLimit,
    CommandGroup,
    DemoData,
    Feed,
    Handler,
    HealthCheck,
    HomePanel,
    Job,
    MenuItem,
    Models,
    OfficeView,
    Permission,
    PublicPages,
    Role,
    SearchSource,
    SitemapUrls,
    WorkspacePages,
)

PROJECT = "shuixin"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class CoreHooks:
    """The core's hook specifications; a plugin implements those it needs as methods of its plugin object."""

    @hookspec
    def models(self) -> Models:
        """Return the plugin's tables and the folder of their migrations."""
        raise NotImplementedError

    @hookspec
    def permissions(self) -> Sequence[Permission]:
        """Return the rights that the plugin's services ask for."""
        raise NotImplementedError

    @hookspec
    def roles(self) -> Sequence[Role]:
        """Return duties, or additions to duties that other plugins declare."""
        raise NotImplementedError

    @hookspec
    def access_limits(self) -> Sequence[AccessLimit]:
        """Return rules that withhold permissions of this plugin from some who hold them."""
        raise NotImplementedError

    @hookspec
    def public_pages(self) -> PublicPages:
        """Return the blueprint of the anonymous pages."""
        raise NotImplementedError

    @hookspec
    def workspace_pages(self) -> WorkspacePages:
        """Return the blueprint of the pages for signed-in enterprises."""
        raise NotImplementedError

    @hookspec
    def office_views(self) -> Sequence[OfficeView]:
        """Return new instances of the back office's views."""
        raise NotImplementedError

    @hookspec
    def menu_items(self) -> Sequence[MenuItem]:
        """Return menu entries of all areas."""
        raise NotImplementedError

    @hookspec
    def home_panels(self) -> Sequence[HomePanel]:
        """Return blocks of the front page."""
        raise NotImplementedError

    @hookspec
    def search_sources(self) -> Sequence[SearchSource]:
        """Return parts of the site search."""
        raise NotImplementedError

    @hookspec
    def feeds(self) -> Sequence[Feed]:
        """Return Atom feeds."""
        raise NotImplementedError

    @hookspec
    def sitemap(self) -> Sequence[SitemapUrls]:
        """Return the public addresses for search engines."""
        raise NotImplementedError

    @hookspec
    def settings_model(self) -> type[Any]:
        """Return the pydantic model of the table ``[plugins.<id>]``."""
        raise NotImplementedError

    @hookspec
    def jobs(self) -> Sequence[Job]:
        """Return background jobs."""
        raise NotImplementedError

    @hookspec
    def commands(self) -> Sequence[CommandGroup]:
        """Return command groups for ``shuixin``."""
        raise NotImplementedError

    @hookspec
    def health_checks(self) -> Sequence[HealthCheck]:
        """Return checks for ``/readyz`` and ``shuixin health``."""
        raise NotImplementedError

    @hookspec
    def event_handlers(self) -> Sequence[Handler]:
        """Return handlers of typed events."""
        raise NotImplementedError

    @hookspec
    def demo_data(self) -> DemoData:
        """Return the function that fills the demonstration city."""
        raise NotImplementedError


#: What each hook must return: the type, and whether it is a sequence of it.
RESULTS: dict[str, tuple[type, bool]] = {
    "models": (Models, False),
    "permissions": (Permission, True),
    "roles": (Role, True),
    "access_limits": (AccessLimit, True),
    "public_pages": (PublicPages, False),
    "workspace_pages": (WorkspacePages, False),
    "office_views": (OfficeView, True),
    "menu_items": (MenuItem, True),
    "home_panels": (HomePanel, True),
    "search_sources": (SearchSource, True),
    "feeds": (Feed, True),
    "sitemap": (SitemapUrls, True),
    "settings_model": (type, False),
    "jobs": (Job, True),
    "commands": (CommandGroup, True),
    "health_checks": (HealthCheck, True),
    "event_handlers": (Handler, True),
    "demo_data": (DemoData, False),
}
