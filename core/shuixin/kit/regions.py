"""Regions (行政区划, GB/T 2260): a shipped list, and beside it what a city adds, renames or ends with days.

::

    directory = Directory({"420000": "湖北省", "420200": "黄石市"})
    directory.today().find("黄石市")      # Region(code="420200", name="黄石市", …)
    directory.today().name("420200")      # 湖北省黄石市

The level follows from the code: 省 2, 市 4, 县 6 significant digits. A local pseudo-code (4202K1) has a letter in its
fifth place, so that it can never be a code of the standard, and lies below its city by the same rule of prefixes.
"""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from peewee import BooleanField, CharField, DateField, fn

from shuixin.database import JSONField, VersionedModel, db
from shuixin.kit import clock

LOCAL_CODE = re.compile(r"[0-9]{4}[A-HJ-NP-Z][1-9]")
#: How old what a process knows of the table may be; the process that writes knows at once.
FRESH_SECONDS = 1.0


class RegionChange(VersionedModel):
    """What is different about one region from a day on: added, renamed or ended (撤销). Rows are never deleted."""

    code = CharField(max_length=6)
    name = CharField(max_length=60)
    #: Not of GB/T 2260: a code of this city's own, for the regions it stands for.
    local = BooleanField(default=False)
    stands_for = JSONField(default=list)
    since = DateField()
    ended = BooleanField(default=False)

    class Meta:
        """One change of a region a day."""

        table_name = "shuixin_region_change"
        indexes = ((("code", "since"), True),)


def region_prefix(code: str) -> str:
    """Return the significant digits of a region code: 2 for a province, 4 for a city, 6 for a county."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


@dataclass(frozen=True)
class Region:
    """A region as it is on one day.

    :param selectable: whether a form may offer it: no placeholder of the standard, and not ended.
    :param local: a pseudo-code, not of GB/T 2260, that ``stands_for`` real ones.
    :param ended: since when there is no such region any more.
    """

    code: str
    name: str
    selectable: bool = True
    local: bool = False
    stands_for: tuple[str, ...] = ()
    ended: date | None = None

    @property
    def level(self) -> str:
        """``province``, ``city`` or ``county``."""
        return {2: "province", 4: "city"}.get(len(region_prefix(self.code)), "county")

    def is_below(self, code: str) -> bool:
        """Whether the region lies in the region *code*, not being it."""
        return self.code != code and self.code.startswith(region_prefix(code))


@dataclass(frozen=True)
class Tree:
    """All regions of one day, by code; those that have ended are kept, so that old records still show their names."""

    regions: Mapping[str, Region]
    #: Former names, which people still write.
    former: Mapping[str, str] = field(default_factory=dict)

    def parent(self, code: str) -> Region | None:
        """Return the nearest region above *code*; ``None`` for a province (429004 is directly below 420000)."""
        above = (f"{code[:4]}00", f"{code[:2]}0000")
        return next((self.regions[each] for each in above if each != code and each in self.regions), None)

    def selectable(self) -> list[Region]:
        """Return all regions a form may offer."""
        return [region for region in self.regions.values() if region.selectable]

    def below(self, code: str) -> list[Region]:
        """Return the selectable regions directly or indirectly below *code*, itself not included."""
        return [region for region in self.selectable() if region.is_below(code)]

    def find(self, text: str) -> Region | None:
        """Return the selectable region named by a code, a name (大冶市), a full (湖北省黄石市大冶市) or former one."""
        text = text.strip()
        found = self.regions.get(text)
        tried = (text, f"{text}市", f"{text}省")
        region = found or next((self._names[each] for each in tried if each in self._names), None)
        return region if region and region.selectable else None

    def name(self, code: str) -> str:
        """Return the full name from the province down, e.g. 湖北省黄石市大冶市; the code itself if unknown."""
        chain = dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code))
        return "".join(self.regions[part].name for part in chain if part in self.regions) or code

    @cached_property
    def _names(self) -> dict[str, Region]:
        names: dict[str, Region] = {}
        # What is in force goes before what has ended, and present names before former ones.
        for region in sorted(self.regions.values(), key=lambda each: not each.selectable):
            for name in (region.name, self.name(region.code)):
                names.setdefault(name, region)
        for name, code in self.former.items():
            names.setdefault(name, self.regions[code])
        return names


def grown(shipped: Mapping[str, Region], changes: Iterable[RegionChange], day: date) -> Tree:
    """Return the tree of *day*: *shipped*, with the *changes* that have come into force by then."""
    regions, former = dict(shipped), {}
    for change in sorted(changes, key=lambda each: each.since):
        if change.since > day:
            continue
        before = regions.get(change.code, Region(change.code, change.name))
        if before.name != change.name:
            former[before.name] = before.code
        regions[change.code] = replace(
            before,
            name=change.name,
            local=before.local or change.local,
            stands_for=tuple(change.stands_for) or before.stands_for,
            selectable=before.selectable and not change.ended,
            ended=change.since if change.ended else None,
        )
    return Tree(dict(sorted(regions.items())), former)


class Directory:
    """Looks regions up; reads the table once, and again when its version has changed.

    :param names: the shipped regions, code and name.
    :param hidden: codes no form offers, such as placeholders of the standard.
    :param local: shipped pseudo-codes and the codes they stand for.
    """

    def __init__(
        self, names: Mapping[str, str], hidden: Iterable[str] = (), local: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        local, hidden = local or {}, set(hidden)
        self.shipped = {
            code: Region(code, name, code not in hidden, code in local, tuple(local.get(code, ())))
            for code, name in names.items()
        }
        self._known: tuple[object, list[RegionChange]] = (None, [])
        self._trees: dict[date, Tree] = {}
        self._looked = -FRESH_SECONDS
        self._database = ""

    def today(self) -> Tree:
        """Return the tree of the present legal day."""
        return self.on(clock.legal_day(clock.now()))

    def on(self, day: date) -> Tree:
        """Return the tree as it is on *day*."""
        self._look()
        tree = self._trees.get(day)
        if tree is None:
            if len(self._trees) > 50:
                self._trees = {}
            tree = self._trees[day] = grown(self.shipped, self._known[1], day)
        return tree

    def forget(self) -> None:
        """Read the table at the next look-up; for who has just written to it."""
        self._looked = -FRESH_SECONDS

    def _look(self) -> None:
        if db.obj is None:  # a tool without a database: the shipped list is all there is
            return
        database, now = str(db.obj.database), time.monotonic()
        if database == self._database and now - self._looked < FRESH_SECONDS:
            return
        count, versions = RegionChange.select(fn.COUNT(RegionChange.id), fn.SUM(RegionChange.row_version)).scalar(
            as_tuple=True
        )
        version = (database, count, versions)
        if version != self._known[0]:
            self._known, self._trees = (version, list(RegionChange.select()) if count else []), {}
        self._database, self._looked = database, now


def days_before(changes: Iterable[RegionChange], code: str) -> date | None:
    """Return the earliest day a further change of *code* may begin on: the day after its latest; ``None`` for any."""
    latest = max((change.since for change in changes if change.code == code), default=None)
    return latest + timedelta(days=1) if latest else None
