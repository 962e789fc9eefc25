"""Entries and what is looked up in a list of them; nothing here is stored."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from shuixin.errors import Misconfigured
from shuixin.kit import clock
from shuixin.texts import Text, domain

_ = domain("shuixin")
_IN_BRACKETS = re.compile(r"[(（].*?[)）]")
_KEYS = {"label", "writings", "basis", "from", "to", "parent"}
#: Days for which a list keeps its index; filings of many years are shown on one page, imports read by one day.
_INDEXES = 16


@dataclass(frozen=True)
class Wording:
    """How an entry is called.

    :param writings: other ways in which people write the label.
    :param since: first day on which it is called so; ``None`` for the first wording.
    """

    label: str
    writings: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True)
class Entry:
    """One code with its names.

    :param wordings: oldest first, at least one.
    :param parent: code of the entry above it in the same list.
    :param basis: document and article (依据).
    :param first: first day on which the code may be chosen, ``None`` for always.
    :param last: last day on which it may be chosen (停用日期), ``None`` while there is no end.
    """

    code: str
    wordings: tuple[Wording, ...]
    order: int = 0
    parent: str = ""
    basis: str = ""
    first: date | None = None
    last: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the code may be chosen on *day*."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def wording(self, day: date) -> Wording:
        """Return how the entry is called on *day*; before its first wording, as that one says."""
        begun = [each for each in self.wordings if each.since is None or each.since <= day]
        return begun[-1] if begun else self.wordings[0]

    def spans(self) -> Iterator[tuple[str, date, date]]:
        """Yield the code, each label and each writing with the first and the last day on which it means this code."""
        yield self.code, self.first or date.min, self.last or date.max
        ends = [each.since - timedelta(days=1) for each in self.wordings[1:] if each.since] + [date.max]
        for position, (wording, end) in enumerate(zip(self.wordings, ends, strict=True)):
            begin = (wording.since if position else None) or date.min
            first, last = max(begin, self.first or date.min), min(end, self.last or date.max)
            if first <= last:
                yield from ((name, first, last) for name in (wording.label, *wording.writings))


class Dictionary:
    """One list as it stands.

    :param name: ``<translation domain>.<what>``.
    :raises Misconfigured: two entries have the same code.
    """

    def __init__(self, name: str, entries: Iterable[Entry]) -> None:
        self.name = name
        self.entries = tuple(sorted(entries, key=lambda each: each.order))
        self._by_code = {each.code: each for each in self.entries}
        self._indexes: dict[date, dict[str, str]] = {}
        if len(self._by_code) < len(self.entries):
            raise Misconfigured(_("数据字典{name}中有重复的代码。", name=name))

    def get(self, code: str) -> Entry | None:
        """Return the entry of *code*, in force or not."""
        return self._by_code.get(code)

    def label(self, code: str, day: date | None = None) -> str:
        """Return how *code* is called in Chinese on *day* (today), as it is stored and exchanged.

        It need not be in force then; an unknown legacy code is shown as it is.
        """
        entry = self._by_code.get(code)
        return entry.wording(day or _today()).label if entry else code

    def text(self, code: str, day: date | None = None) -> Text:
        """Return the label of *code* in the language of the reader."""
        return Text(self.name.partition(".")[0], self.label(code, day))

    def labels(self, day: date | None = None) -> dict[str, str]:
        """Return what may be chosen on *day* (today): code to label, in order."""
        day = day or _today()
        return {each.code: each.wording(day).label for each in self.entries if each.in_force(day)}

    def texts(self, day: date | None = None) -> dict[str, Text]:
        """Return the same with labels in the language of the reader."""
        return {code: self.text(code, day) for code in self.labels(day)}

    def find(self, text: str, day: date | None = None) -> str | None:
        """Return the code in force on *day* (today) that *text* means: code, label or another writing; else ``None``.

        Full-width forms, blanks around it and remarks in brackets do not matter.
        """
        index = self._index(day or _today())
        plain = unicodedata.normalize("NFKC", text).strip()
        candidates = (text.strip(), plain, _IN_BRACKETS.sub("", plain).strip())
        return next((index[each] for each in candidates if each in index), None)

    def find_any(self, text: str, day: date | None = None) -> str | None:
        """Return the same, else the code not in force that is called so: for records that have kept it."""
        day, plain = day or _today(), text.strip()
        kept = (each.code for each in self.entries if plain in (each.code, each.wording(day).label))
        return self.find(text, day) or next(kept, None)

    def writing(self, code: str, day: date | None = None) -> str:
        """Return what :meth:`find_any` reads as *code*: its label, or itself where the label has passed to another."""
        label = self.label(code, day)
        return label if self.find_any(label, day) == code else code

    def clash(self, entry: Entry) -> tuple[str, str] | None:
        """Return a name of *entry* that means another code on a day on which both are in force, and that code."""
        taken: dict[str, list[tuple[date, date, str]]] = {}
        for other in self.entries:
            for name, first, last in other.spans() if other.code != entry.code else ():
                taken.setdefault(name, []).append((first, last, other.code))
        for name, first, last in entry.spans():
            for begin, end, code in taken.get(name, ()):
                if first <= end and begin <= last:
                    return name, code
        return None

    def _index(self, day: date) -> dict[str, str]:
        index = self._indexes.get(day)
        if index is None:
            here = [each for each in self.entries if each.in_force(day)]
            index = {name: each.code for each in reversed(here) for name in _names(each.wording(day))}
            index |= {each.code: each.code for each in here}
            if len(self._indexes) >= _INDEXES:
                self._indexes = {}
            self._indexes[day] = index
        return index


def _names(wording: Wording) -> tuple[str, ...]:
    return (wording.label, *wording.writings)


def _today() -> date:
    return clock.legal_day(clock.now())


def read_lists(path: Path) -> dict[str, tuple[Entry, ...]]:
    """Return the lists that the TOML file *path* ships: a table each, of entries in order.

    An entry is ``code = ["label", "other writing", …]``, or ``code = {label = "…"}`` with, as needed, ``writings``,
    ``basis`` (依据), ``from`` and ``to`` (first and last day in force) and ``parent``.

    :raises Misconfigured: the file is wrong; the message names list and code.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(_("数据字典文件{path}不正确：{reason}。", path=str(path), reason=str(error))) from error
    return {name: _list(f"{path.name} [{name}]", entries) for name, entries in data.items()}


def _list(name: str, entries: Mapping[str, Any]) -> tuple[Entry, ...]:
    read = tuple(
        replace(_entry(name, code, facts), order=place * 10) for place, (code, facts) in enumerate(entries.items(), 1)
    )
    check(name, read)
    return read


def check(name: str, entries: Iterable[Entry]) -> None:
    """Return quietly if *entries* make a list.

    :raises Misconfigured: two have the same code, or one name means two codes on the same day.
    """
    known = Dictionary(name, entries)
    for each in known.entries:
        other = known.clash(each)
        if other is not None:
            names = {"name": name, "text": other[0], "first": each.code, "second": other[1]}
            raise Misconfigured(_("数据字典{name}中“{text}”同时指{first}和{second}。", **names))


def _entry(place: str, code: str, facts: Any) -> Entry:
    facts = {"label": facts[0], "writings": facts[1:]} if isinstance(facts, list) and facts else facts
    if not isinstance(facts, dict) or set(facts) - _KEYS or not _is_sound(facts):
        raise Misconfigured(_("数据字典{place}中的{code}不正确，应为[名称, 其他写法…]。", place=place, code=code))
    wording = Wording(facts["label"], tuple(facts.get("writings", ())))
    texts = {name: facts.get(name, "") for name in ("parent", "basis")}
    return Entry(code, (wording,), first=facts.get("from"), last=facts.get("to"), **texts)


def _is_sound(facts: Mapping[str, Any]) -> bool:
    texts = [facts.get("label"), *facts.get("writings", ()), facts.get("parent", ""), facts.get("basis", "")]
    days = [facts[name] for name in ("from", "to") if name in facts]
    return (
        all(isinstance(each, str) for each in texts)
        and bool(facts["label"].strip())
        and all(isinstance(each, date) and not isinstance(each, datetime) for each in days)
    )
