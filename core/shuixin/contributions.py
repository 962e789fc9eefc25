"""What plugins contribute: frozen values returned by hooks, collected once per built application."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from inspect import signature
from pathlib import Path
from typing import Any

from flask import Blueprint

from shuixin.database import BaseModel
from shuixin.kit.dictionaries import Entry, check
from shuixin.texts import Text


class Scope(Enum):
    """How far a permission reaches (管辖范围)."""

    #: All objects whose region lies under the unit's region code (2, 4 or 6 leading digits).
    REGION = "region"
    #: Only objects of the account's own market subject.
    OWN = "own"
    #: Everything; for duties that have no region, such as plugins and settings.
    ALL = "all"


@dataclass(frozen=True)
class Models:
    """Tables of a plugin.

    :param classes: Peewee models; table names begin with ``<plugin id>_``.
    :param migrations: folder of the plugin's migration steps.
    :param together: whether pending steps are applied all or not at all; else those before a failing one stay.
    :param indexes: names of search indexes (``kit.search.Index``) that the steps make.
    """

    classes: tuple[type[BaseModel], ...]
    migrations: Path
    together: bool = False
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Permission:
    """A right that services ask for.

    :param code: ``<plugin id>.<what>``.
    :param label: what administrators read when they compare roles.
    :param description: what the right lets a person do, where the label does not say it.
    :param everywhere: it knows no regions (switching plugins): a grant that is limited to a region does not give it.
    :param delegable: whether a holder on leave may let a colleague use it (委托办理); its services then ask
        :func:`shuixin.api.acting`, so that four eyes hold for both.
    """

    code: str
    label: Text
    description: Text | str = ""
    everywhere: bool = False
    delegable: bool = False


@dataclass(frozen=True)
class Role:
    """A duty (岗位) that bundles permissions.

    Plugins that name the same ``code`` add their permissions to one role, so a reviewer gains the right to review
    news when the news plugin is switched on. The first plugin's label and scope are shown.

    :param code: the same in every plugin that adds to the role.
    :param label: what administrators read when they give the role to an account.
    :param permissions: codes; of other plugins too, those have no effect while their plugin is switched off.
    :param scope: how far the role's permissions reach.
    """

    code: str
    label: Text | str
    permissions: tuple[str, ...]
    scope: Scope = Scope.REGION


@dataclass(frozen=True)
class AccessLimit:
    """A rule that takes a permission away from some who hold it through their roles.

    It can only narrow. If it raises, the permission is withheld: access is decided closed.

    :param permission: one of the plugin's own permissions.
    :param withholds: whether the actor, with the grants of its roles, may *not* use it.
    :param reason: the rule as a sentence, for the person whom it stops.
    """

    permission: str
    withholds: Callable[[Any], bool]
    reason: Text | str = ""


@dataclass(frozen=True)
class PublicPages:
    """Anonymous pages: only GET and HEAD, no session, the same bytes for everybody.

    :param blueprint: named like the plugin.
    """

    blueprint: Blueprint


@dataclass(frozen=True)
class PublicForms:
    """Pages for everybody on which something is filled in and sent; never kept in a cache.

    Nobody has to be signed in, so each form limits how often a source may send it (``accounts`` attempts, a challenge),
    and tells nothing that is not public.

    :param blueprint: named ``<plugin id>_forms``.
    """

    blueprint: Blueprint


@dataclass(frozen=True)
class WorkspacePages:
    """Pages for signed-in enterprises; every view declares its permission.

    :param blueprint: named ``<plugin id>_workspace``.
    """

    blueprint: Blueprint


@dataclass(frozen=True)
class ApiPages:
    """Addresses for other systems, which sign each request with a token instead of signing in.

    Neither cookies nor sessions count there, so a foreign page cannot ride on them and no forgery token is asked for;
    what counts is the header ``Authorization: Bearer …`` alone.

    :param blueprint: named ``<plugin id>_api``.
    :param authenticate: called with the token of each request; returns who acts, ``None`` for a token that is none. It
        limits how often a source may be wrong.
    :param open: names of views that everybody may read, without a token; all others say their permission.
    """

    blueprint: Blueprint
    authenticate: Callable[[str], Any]
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class QueueCase:
    """One case that waits (待办件), as the workbench shows it.

    :param number: what people call it by.
    :param title: whom or what it is about.
    :param filed_by: who wants it decided.
    :param since: when it came to this desk.
    :param url: of the page where it is decided.
    :param due_on: last day of the step's term; ``None`` where it cannot be told.
    :param warn_on: the day from which on it is urgent.
    """

    number: str
    title: Text | str
    filed_by: str
    since: datetime
    url: str
    due_on: date | None = None
    warn_on: date | None = None


@dataclass(frozen=True)
class Queue:
    """What waits at one desk for one person.

    :param waiting: how many cases.
    :param overdue: how many of them past their due day.
    :param cases: the most urgent ones, as many as were asked for at most.
    """

    waiting: int
    overdue: int = 0
    cases: tuple[QueueCase, ...] = ()


@dataclass(frozen=True)
class OfficeView:
    """A page of the back office.

    :param view: a fresh instance of ``shuixin.api.OfficePage`` or ``OfficeList``.
    :param category: label of the left menu's group, see DESIGN §7.
    :param permission: code without which neither the page nor its menu entry exists for a person.
    :param order: place within the category, small numbers first.
    :param icon: name of a symbol in ``static/icons.svg``.
    :param count: how much waits for an actor there, shown in the menu and as a tile of the workbench; ``None`` for
        whom it is no queue.
    :param queue: beside ``count``: what waits for an actor there, at most so many cases; one query for the numbers,
        one for the cases. The workbench puts the most urgent cases of all queues into one table.
    """

    view: Any
    category: Text | str
    permission: str
    order: int = 100
    icon: str = ""
    count: Callable[[Any], int | None] | None = None
    queue: Callable[[Any, int], Queue] | None = None


class Area(Enum):
    """Where a menu entry stands."""

    PUBLIC = "public"
    WORKSPACE = "workspace"
    OFFICE = "office"


@dataclass(frozen=True)
class MenuItem:
    """One entry of a menu.

    :param area: the menu it stands in.
    :param label: what people read.
    :param endpoint: of the page it leads to, as for ``url_for``.
    :param order: place among its neighbours, small numbers first.
    :param icon: name of a symbol in ``static/icons.svg``.
    :param parent: label of the group that it hangs below; ``""`` for the top.
    :param values: what ``url_for`` needs beside the endpoint.
    :param section: of the public area: ``""`` the portal's navigation, ``"credit"`` the credit platform's,
        ``"sign-in"`` what stands beside the form for signing in.
    :param permission: shown only to those who hold it; required outside the public area.
    :param count: number shown beside the entry for an actor, ``None`` for no number.
    :param shown: asked on each page whether the entry is there now; it is not if this raises.
    """

    area: Area
    label: Text
    endpoint: str
    order: int = 100
    icon: str = ""
    parent: Text | str = ""
    section: str = ""
    permission: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    count: Callable[[Any], int | None] | None = None
    shown: Callable[[], bool] | None = None


@dataclass(frozen=True)
class HomePanel:
    """A block of the front page.

    :param title: name of the block; also distinguishes the kept copies of a plugin's blocks.
    :param render: returns the HTML, ``""`` when there is nothing to show.
    :param order: place on the page, small numbers first.
    """

    title: Text
    render: Callable[[], str]
    order: int = 100
    #: Seconds the rendered block may be kept.
    cache: int = 30


@dataclass(frozen=True)
class SearchHit:
    """One answer of the site search."""

    title: str
    url: str
    summary: str
    kind: Text
    day: str = ""


@dataclass(frozen=True)
class SearchSource:
    """A part of the site that can be searched.

    :param kind: short name of the part.
    :param label: heading above its hits.
    :param find: called with the query and a limit; returns the first hits and how many there are in all.
    """

    kind: str
    label: Text
    find: Callable[[str, int], tuple[list[SearchHit], int]]


@dataclass(frozen=True)
class FeedEntry:
    """One entry of a feed."""

    title: str
    url: str
    updated: datetime
    summary: str = ""


@dataclass(frozen=True)
class Feed:
    """A feed at ``/feeds/<name>.atom``.

    :param name: part of the address.
    :param title: what feed readers show.
    :param entries: returns the newest entries, newest first.
    """

    name: str
    title: Text
    entries: Callable[[], Iterable[FeedEntry]]


@dataclass(frozen=True)
class SitemapUrls:
    """Public addresses for ``/sitemap.xml``.

    :param urls: yields pairs of a path and the time of its last change, or ``None``.
    """

    urls: Callable[[], Iterable[tuple[str, datetime | None]]]


@dataclass(frozen=True)
class Job:
    """Background work.

    :param name: ``<plugin id>.<what>``.
    :param schedule: five cron fields in Asia/Shanghai, e.g. ``"*/5 * * * *"``; ``""`` for work that is only done when
        asked for.
    :param timeout: seconds after which a run is ended.
    :param retries: how often a run that somebody asked for is tried again when it failed, after 1, 4, 16 … minutes,
        6 hours at most; after the last try it is a dead letter that waits for a person. A run on schedule is never
        tried again, the next one comes anyway.
    """

    name: str
    #: what is done; its result is recorded as text. One that declares a parameter ``arguments`` is given those that
    #: came with the request (``request_job(…, arguments={…})``), and ``{}`` on schedule.
    function: Callable[..., object]
    schedule: str = ""
    timeout: int = 300
    retries: int = 0

    @property
    def takes_arguments(self) -> bool:
        """Whether the function declares the parameter ``arguments``."""
        return "arguments" in signature(self.function).parameters


@dataclass(frozen=True)
class CommandGroup:
    """A group of commands, imported only when called.

    :param name: what is typed after ``shuixin``.
    :param target: ``package.module:click_group``.
    :param help: one line for ``shuixin --help``.
    """

    name: str
    target: str
    help: str


@dataclass(frozen=True)
class HealthCheck:
    """A check for ``/readyz`` and ``shuixin health``.

    :param name: ``<plugin id>.<what>``.
    :param function: returns ``""`` when all is well, else what is wrong.
    :param advisory: whether the finding asks for an administrator only, and the server goes on serving.
    :param nightly: whether it takes long; asked by ``shuixin health`` and the job ``shuixin.invariants`` only.
    """

    name: str
    function: Callable[[], str]
    advisory: bool = False
    nightly: bool = False


@dataclass(frozen=True)
class CodeList:
    """A code list (数据字典) that administrators may change.

    :param name: ``<plugin id>.<what>``.
    :param label: what it is called on the page.
    :param entries: as shipped; the first part of ``name`` is the translation domain of their labels.
    :param usage: tells in how many places a code is used; a used one is never deleted.
    """

    name: str
    label: Text
    entries: tuple[Entry, ...]
    usage: Callable[[str], int]

    def __post_init__(self) -> None:
        """Refuse entries that make no list, while it is known whose they are."""
        check(self.name, self.entries)


@dataclass(frozen=True)
class Handler:
    """What to do when an event of ``event_type`` was committed.

    :param event_type: the event's class, or its name ``<plugin id>.<Class>``, which needs no import of the publisher.
    """

    event_type: type | str
    function: Callable[[Any], object]


@dataclass(frozen=True)
class DemoData:
    """How a plugin adds invented data.

    :param fill: called with the size of the city, see :class:`DemoSize`.
    :param order: who goes first, small numbers first.
    """

    fill: Callable[["DemoSize"], None]
    order: int = 100


@dataclass(frozen=True)
class DemoSize:
    """How large the demonstration city is to be, and the seed that makes it the same each time."""

    enterprises: int = 30
    people: int = 0
    seed: int = 4202
