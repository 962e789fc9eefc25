"""Dated rule sets: the numbers that law fixes (terms, points, thresholds), each with its basis and its days in force.

A set is a TOML file::

    code = "MWR2019"
    topic = "good_record"
    title = "良好行为信息公开期限"
    basis = "水利建设市场主体信用信息管理办法（水建设〔2019〕306号）第十六条"
    effective_from = 2019-11-01
    effective_to = 2024-10-31        # last day in force; left out while there is no end

    applies_to = ["良好行为"]        # what it governs, in words; may be left out

    [params]
    public_months = 12

    [labels]                         # what the numbers are, in words; may be left out
    public_months = "公开期限（月）"

    [words]                          # what codes among the numbers mean, in words; may be left out
    slight = "轻微"

and is asked for by topic and day::

    policy = load([folder]).at("good_record", clock.legal_day(clock.now()))
    months = policy.params["public_months"]
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shuixin.errors import Misconfigured, Refused
from shuixin.texts import Text, domain

_ = domain("shuixin")

_TEXTS = ("code", "topic", "title", "basis")
_DAYS = ("effective_from", "effective_to")
#: Where a number stands in ``params``: names of tables, and places in lists counted from 1.
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class PolicySet:
    """One set of rules on one topic.

    :param code: its name, stamped on what was judged by it; unique within the topic.
    :param basis: document and article.
    :param effective_from: first day in force.
    :param effective_to: last day in force, or ``None``.
    :param params: the numbers, read-only all the way down (lists are tuples).
    :param labels: what the numbers are, in words, by their names joined with dots.
    :param words: what codes among the numbers mean, in words.
    :param applies_to: what it governs, in words.
    :param source: the file it was read from; *replaced*: the shipped one that this file stands in place of.
    """

    code: str
    topic: str
    title: str
    basis: str
    effective_from: date
    effective_to: date | None = None
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    applies_to: tuple[str, ...] = ()
    source: Path | None = None
    replaced: Path | None = None

    def in_force(self, day: date) -> bool:
        """Tell whether the set is in force on *day*."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def numbers(self) -> dict[Place, str | Text]:
        """Return all numbers one by one, in words, by their place."""
        return dict(_flat((), self.params, self.words))

    def called(self, place: Place) -> str:
        """Return what the number at *place* is, in words as far as the file has them."""
        words, names = [], []
        for step in place:
            if isinstance(step, int):
                words.append(str(_("第{number}项", number=step)))
            else:
                names.append(step)
                words.append(self.labels.get(".".join(names), step))
        return " · ".join(words)


class PolicyBook:
    """All rule sets there are."""

    def __init__(self, sets: Iterable[PolicySet] = ()) -> None:
        self._sets: dict[str, list[PolicySet]] = {}
        for policy in sorted(sets, key=lambda policy: policy.effective_from):
            self._sets.setdefault(policy.topic, []).append(policy)

    def topics(self) -> tuple[str, ...]:
        """Return the topics regulated, in alphabetical order."""
        return tuple(sorted(self._sets))

    def sets(self, topic: str) -> tuple[PolicySet, ...]:
        """Return the sets on *topic*, oldest first; none when it is not regulated."""
        return tuple(self._sets.get(topic, ()))

    def at(self, topic: str, day: date) -> PolicySet:
        """Return the set on *topic* in force on *day*; of several, the one that came into force last.

        :raises Refused: none is in force that day; nothing is guessed.
        """
        policy = self.find(topic, day)
        if policy is not None:
            return policy
        rule = _(
            "规则“{topic}”在{day}没有生效的版本。请由系统管理员补充规则文件后再办理。", topic=topic, day=day.isoformat()
        )
        raise Refused(rule)

    def find(self, topic: str, day: date) -> PolicySet | None:
        """Return the same, ``None`` if none is in force that day."""
        return next((policy for policy in reversed(self.sets(topic)) if policy.in_force(day)), None)

    def get(self, topic: str, code: str) -> PolicySet:
        """Return the set with which a record was stamped, whether or not it is still in force.

        :raises Refused: there is no such set (any more).
        """
        for policy in self.sets(topic):
            if policy.code == code:
                return policy
        raise Refused(_("没有规则“{topic}”的版本{code}。请由系统管理员恢复该规则文件。", topic=topic, code=code))


@dataclass(frozen=True)
class Difference:
    """One number in two sets, ``""`` where a set has none."""

    label: str
    old: str | Text
    new: str | Text

    @property
    def differs(self) -> bool:
        """Whether the two are not the same."""
        return str(self.old) != str(self.new)


def compare(old: PolicySet | None, new: PolicySet | None) -> list[Difference]:
    """Return the numbers of both sets side by side, in the order of the newer one."""
    before = old.numbers() if old else {}
    after = new.numbers() if new else {}
    return [
        Difference(
            new.called(place) if new and place in after else old.called(place) if old else "",
            before.get(place, ""),
            after.get(place, ""),
        )
        for place in dict.fromkeys([*after, *before])
    ]


def _flat(place: Place, value: Any, words: Mapping[str, str]) -> Iterator[tuple[Place, str | Text]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat((*place, name), inner, words)
    elif isinstance(value, tuple) and any(isinstance(each, Mapping | tuple) for each in value):
        for number, inner in enumerate(value, 1):
            yield from _flat((*place, number), inner, words)
    elif isinstance(value, tuple):
        yield place, "、".join(str(_in_words(each, words)) for each in value)
    else:
        yield place, _in_words(value, words)


def _in_words(value: Any, words: Mapping[str, str]) -> str | Text:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return words.get(str(value), str(value))


def load(directories: Sequence[Path]) -> PolicyBook:
    """Return the book of all ``*.toml`` files in *directories*.

    A set replaces one of the same topic and code from an earlier directory, so that an office can correct what is
    shipped. Within one directory that is a mistake.

    :raises Misconfigured: a file is wrong, or two sets of a topic begin on the same day.
    """
    book: dict[tuple[str, str], PolicySet] = {}
    for directory in directories:
        here: dict[tuple[str, str], PolicySet] = {}
        for path in sorted(directory.glob("*.toml")):
            policy = _read(path)
            key = (policy.topic, policy.code)
            if key in here:
                raise _wrong(path, _("{topic}/{code}重复", topic=policy.topic, code=policy.code))
            here[key] = policy
        book |= {key: _in_place_of(policy, book.get(key)) for key, policy in here.items()}
    _check_beginnings(book.values())
    return PolicyBook(book.values())


def _in_place_of(policy: PolicySet, shipped: PolicySet | None) -> PolicySet:
    return replace(policy, replaced=shipped.source) if shipped else policy


def _check_beginnings(sets: Iterable[PolicySet]) -> None:
    begun: dict[tuple[str, date], PolicySet] = {}
    for policy in sets:
        other = begun.setdefault((policy.topic, policy.effective_from), policy)
        if other is not policy:
            codes = {"first": other.code, "second": policy.code, "topic": policy.topic}
            raise Misconfigured(_("规则“{topic}”的版本{first}与{second}自同一天起生效，请只保留一个。", **codes))


def _read(path: Path) -> PolicySet:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, str(error)) from error
    _check_keys(path, content)
    policy = PolicySet(
        **{name: content[name] for name in _TEXTS},
        effective_from=content["effective_from"],
        effective_to=content.get("effective_to"),
        params=_frozen(content.get("params", {})),
        labels=_frozen(content.get("labels", {})),
        words=_frozen(content.get("words", {})),
        applies_to=tuple(content.get("applies_to", ())),
        source=path,
    )
    if policy.effective_to is not None and policy.effective_to < policy.effective_from:
        raise _wrong(path, _("effective_to早于effective_from"))
    return policy


def _check_keys(path: Path, content: dict[str, Any]) -> None:
    unknown = sorted(set(content) - {*_TEXTS, *_DAYS, "params", "labels", "words", "applies_to"})
    if unknown:
        raise _wrong(path, _("不认识的键{names}", names="、".join(unknown)))
    for name in _TEXTS:
        if not isinstance(content.get(name), str) or not content[name].strip():
            raise _wrong(path, _("缺少文字{name}", name=name))
    for name in _DAYS:
        value = content.get(name)
        missing = value is None and name == "effective_to"
        # A datetime is a date to Python, and not to the law.
        if not missing and (not isinstance(value, date) or isinstance(value, datetime)):
            raise _wrong(path, _("{name}应为日期，如2019-11-01", name=name))
    if not isinstance(content.get("params", {}), dict):
        raise _wrong(path, _("params应为表"))
    words = content.get("applies_to", [])
    if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
        raise _wrong(path, _("applies_to应为文字的列表"))
    for name in ("labels", "words"):
        table = content.get(name, {})
        if not isinstance(table, dict) or not all(isinstance(each, str) for each in table.values()):
            raise _wrong(path, _("{name}应为文字的表，带点的名称请加引号", name=name))


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(inner) for name, inner in value.items()})
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value


def _wrong(path: Path, reason: Text | str) -> Misconfigured:
    return Misconfigured(_("规则文件{path}不正确：{reason}。", path=str(path), reason=reason))
