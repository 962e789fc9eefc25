"""The extension points of the core. Each returns frozen values of :mod:`shuixin.contributions`.

Hooks are called once per built application, one plugin at a time, in the order of dependencies. A plugin whose hook
raises, or returns something of another type, is left out of the application with the reason on the plugins page; the
others are not affected.

Each description says what the hook is for, ``:when:`` it and what it contributes are called, what it ``:returns:``,
what happens if it ``:fails:``, and has an example for a plugin with the id ``example``. ``make docs`` writes
``docs/hooks.md`` from them; tests run the examples.
"""

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin, get_type_hints

from shuixin.contributions import (
    AccessLimit,
    CodeList,
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
    Role,
    SearchSource,
    SitemapUrls,
)
from shuixin.hookspecs.pages import PROJECT, PageHooks, hookimpl, hookspec

__all__ = ["PROJECT", "RESULTS", "CoreHooks", "hookimpl", "hookspec"]


class CoreHooks(PageHooks):
    """The core's hook specifications; a plugin implements those it needs as methods of its plugin object."""

    @hookspec
    def models(self) -> Models:
        """The plugin's tables, and the folder of the steps that make them.

        :when: at each build; ``shuixin migrations`` and the start of a server apply the steps.
        :returns: one :class:`Models`; every table's name begins with ``<plugin id>_``.
        :fails: the plugin is left out, its tables stay as they are.

        ```python
        class Notice(BaseModel):
            # A table of one's own: ``example_notice``.

            class Meta:
                table_name = "example_notice"


        @hookimpl
        def models(self) -> Models:
            return Models((Notice,), Path(__file__).parent / "migrations")
        ```
        """
        raise NotImplementedError

    @hookspec
    def permissions(self) -> Sequence[Permission]:
        """The rights that the plugin's services ask for with ``require``; roles bundle them.

        :when: at each build, before roles, pages and menus, which name the codes.
        :returns: :class:`Permission` values; every code begins with ``<plugin id>.``.
        :fails: the plugin is left out; rights granted earlier are kept and have no effect.

        ```python
        @hookimpl
        def permissions(self) -> Sequence[Permission]:
            return (Permission("example.publish", _("发布示例")),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def roles(self) -> Sequence[Role]:
        """Duties (岗位) that an administrator gives to accounts, or rights added to duties of other plugins.

        :when: at each build, after ``permissions``; rights that no enabled plugin declares have no effect.
        :returns: :class:`Role` values; those of the same code in several plugins add up to one role.
        :fails: the plugin is left out; accounts keep the role, without this plugin's rights.

        ```python
        @hookimpl
        def permissions(self) -> Sequence[Permission]:
            return (Permission("example.publish", _("发布示例")),)

        @hookimpl
        def roles(self) -> Sequence[Role]:
            return (Role("editor", _("编辑"), ("example.publish",), Scope.ALL),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def access_limits(self) -> Sequence[AccessLimit]:
        """Rules that withhold permissions of this plugin from some who hold them through their roles.

        :when: the hook at each build; each rule whenever the rights of an account are worked out.
        :returns: :class:`AccessLimit` values for the plugin's own permissions; a limit narrows and never grants.
        :fails: the plugin is left out. A rule that raises withholds its permission from everybody: access fails closed.

        ```python
        @hookimpl
        def access_limits(self) -> Sequence[AccessLimit]:
            return (AccessLimit("example.publish", lambda actor: actor.holds("shuixin.users")),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def office_views(self) -> Sequence[OfficeView]:
        """Pages of the back office.

        :when: at each build, last of all pages; each application needs instances of its own.
        :returns: :class:`OfficeView` values; one that counts what waits is a tile of the workbench, where the
            cases of its ``queue`` stand in one table with those of all others, the most urgent first.
        :fails: the plugin is left out of the application, the office and its menu stay whole.

        ```python
        class Board(OfficePage):
            # Its address is /office/example/board/.

            @expose("/")
            def index(self) -> str:
                return str(_("今日水位"))


        @hookimpl
        def permissions(self) -> Sequence[Permission]:
            return (Permission("example.watch", _("查看水位")),)

        @hookimpl
        def office_views(self) -> Sequence[OfficeView]:
            return (
                OfficeView(
                    Board("example", "board", _("水位")),
                    _("监测"),
                    "example.watch",
                    count=lambda actor: 0,
                    queue=lambda actor, limit: Queue(waiting=0),
                ),
            )
        ```
        """
        raise NotImplementedError

    @hookspec
    def menu_items(self) -> Sequence[MenuItem]:
        """Entries of the menus of all three areas.

        :when: at each build; an entry's ``count`` is asked on every page that shows it to somebody.
        :returns: :class:`MenuItem` values; outside the public area each names its permission.
        :fails: the plugin is left out. A ``count`` that raises leaves the number away, the entry stays.

        ```python
        @hookimpl
        def menu_items(self) -> Sequence[MenuItem]:
            return (MenuItem(Area.PUBLIC, _("站点地图"), "site.sitemap", order=900),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def home_panels(self) -> Sequence[HomePanel]:
        """Blocks of the front page, in the order of their numbers.

        :when: the hook at each build; ``render`` when somebody asks for the front page and the kept block is too old.
        :returns: :class:`HomePanel` values; ``render`` gives HTML made by an autoescaped template.
        :fails: the plugin is left out. A ``render`` that raises leaves only its own block away.

        ```python
        @hookimpl
        def home_panels(self) -> Sequence[HomePanel]:
            return (HomePanel(_("今日水位"), lambda: "<p>18.42</p>", order=500, cache=60),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def search_sources(self) -> Sequence[SearchSource]:
        """Parts of the site's search.

        :when: the hook at each build; ``find`` for each search of a visitor.
        :returns: :class:`SearchSource` values, each with a label of its own among the results.
        :fails: the plugin is left out. A ``find`` that raises shows no hits of its part.

        ```python
        STATIONS = {"黄石港": "/example/1", "阳新": "/example/2"}


        def find(query: str, limit: int) -> tuple[list[SearchHit], int]:
            hits = [SearchHit(name, url, "", _("站点")) for name, url in STATIONS.items() if query in name]
            return hits[:limit], len(hits)


        @hookimpl
        def search_sources(self) -> Sequence[SearchSource]:
            return (SearchSource("stations", _("站点"), find),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def feeds(self) -> Sequence[Feed]:
        """Atom feeds at ``/feeds/<name>.atom``.

        :when: the hook at each build; ``entries`` for each request of the feed.
        :returns: :class:`Feed` values; the name is unique on the site.
        :fails: the plugin is left out, its feeds answer 404. An ``entries`` that raises gives an empty feed.

        ```python
        def entries() -> Sequence[FeedEntry]:
            return (FeedEntry("18.42", "/example/1", clock.now()),)


        @hookimpl
        def feeds(self) -> Sequence[Feed]:
            return (Feed("example", _("今日水位"), entries),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def sitemap(self) -> Sequence[SitemapUrls]:
        """Public addresses for search engines.

        :when: the hook at each build; ``urls`` for each request of ``/sitemap.xml``.
        :returns: :class:`SitemapUrls` values; a path with the time of its last change, or ``None``.
        :fails: the plugin is left out. A ``urls`` that raises leaves its own addresses away.

        ```python
        @hookimpl
        def sitemap(self) -> Sequence[SitemapUrls]:
            return (SitemapUrls(lambda: [("/example/", clock.now()), ("/example/about", None)]),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def settings_model(self) -> type[Any]:
        """The type of the plugin's settings, the table ``[plugins.<plugin id>]``.

        :when: at each build, after the other hooks; the table is checked before the plugin is enabled.
        :returns: a :class:`SettingsModel` class with a default for each field, so that no table is needed.
        :fails: the plugin is left out. So it is while the table does not fit; the reason names the key.

        ```python
        from pydantic import Field


        class ExampleSettings(SettingsModel):
            # Every field says its bounds, and by its title how the page calls it.

            per_page: int = Field(default=20, ge=1, le=100, title=_("每页条数").source)


        @hookimpl
        def settings_model(self) -> type[ExampleSettings]:
            return ExampleSettings
        ```
        """
        raise NotImplementedError

    @hookspec
    def jobs(self) -> Sequence[Job]:
        """Background work.

        :when: the hook at each build; ``function`` on its schedule, by the job runner, inside the application.
        :returns: :class:`Job` values; every name begins with ``<plugin id>.``.
        :fails: the plugin is left out. A run that raises is recorded with its reason, the next one comes as planned.

        ```python
        def measure() -> str:
            return str(_("已读取{count}个站点", count=2))


        @hookimpl
        def jobs(self) -> Sequence[Job]:
            return (Job("example.measure", measure, "*/10 * * * *", timeout=60),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def commands(self) -> Sequence[CommandGroup]:
        """Groups of commands for ``shuixin``.

        :when: the hook at each build; the target is imported when one of its commands is called.
        :returns: :class:`CommandGroup` values that name click groups without importing them.
        :fails: the plugin is left out. A target that cannot be imported fails its own commands only.

        ```python
        @hookimpl
        def commands(self) -> Sequence[CommandGroup]:
            return (CommandGroup("example", "shuixin_example.cli:example", "水位命令"),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def health_checks(self) -> Sequence[HealthCheck]:
        """Checks of what the plugin needs in order to work.

        :when: the hook at each build; ``function`` for each request of ``/readyz`` and each ``shuixin health``.
        :returns: :class:`HealthCheck` values; ``function`` answers ``""`` or one sentence that says what is wrong.
        :fails: the plugin is left out. A ``function`` that raises counts as unwell.

        ```python
        @hookimpl
        def health_checks(self) -> Sequence[HealthCheck]:
            return (HealthCheck("example.gauge", lambda: ""),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def code_lists(self) -> Sequence[CodeList]:
        """Code lists (数据字典) whose entries administrators add, rename and end on a page.

        :when: the hook at each build; ``usage`` when the page shows a list, and before an entry is deleted.
        :returns: :class:`CodeList` values, named ``<plugin id>.…``; ``code_list`` answers as of today or of a day.
        :fails: the plugin is left out. While a ``usage`` raises, nothing of its list can be deleted.

        ```python
        LEVELS = (dictionaries.Entry("low", (dictionaries.Wording("低水位"),)),)


        @hookimpl
        def code_lists(self) -> Sequence[CodeList]:
            return (CodeList("example.level", _("水位"), LEVELS, lambda code: 0),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def event_handlers(self) -> Sequence[Handler]:
        """What to do when something has happened in another plugin.

        :when: the hook at each build; ``function`` right after the commit of the transaction that announced the event.
        :returns: :class:`Handler` values.
        :fails: the plugin is left out. A handler that raises is logged; the commit and the other handlers stand. What
            must not be lost is caught up by a job.

        ```python
        from dataclasses import dataclass


        @dataclass(frozen=True)
        class Measured:
            # Announced with ``announce(Measured(18.42))``.
            level: float


        @hookimpl
        def event_handlers(self) -> Sequence[Handler]:
            return (Handler(Measured, lambda event: print(event.level)),)
        ```
        """
        raise NotImplementedError

    @hookspec
    def demo_data(self) -> DemoData:
        """Invented data for a demonstration city.

        :when: the hook at each build; ``fill`` by ``shuixin demo`` in an empty database, in the order of the numbers.
        :returns: one :class:`DemoData`; the same ``DemoSize`` gives the same data each time.
        :fails: the plugin is left out. A ``fill`` that raises ends ``shuixin demo`` with its reason.

        ```python
        def fill(size: DemoSize) -> None:
            print(size.enterprises)


        @hookimpl
        def demo_data(self) -> DemoData:
            return DemoData(fill, order=90)
        ```
        """
        raise NotImplementedError


def _results(*specs: type) -> Iterator[tuple[str, tuple[type, bool]]]:
    for spec in specs:
        for name, function in vars(spec).items():
            if hasattr(function, f"{PROJECT}_spec"):
                hint = get_type_hints(function)["return"]
                several = get_origin(hint) is Sequence
                yield name, (get_args(hint)[0] if several else get_origin(hint) or hint, several)


#: What each hook must return, as its specification is annotated: the type, and whether it is a sequence of it.
RESULTS: dict[str, tuple[type, bool]] = dict(_results(CoreHooks, PageHooks))
