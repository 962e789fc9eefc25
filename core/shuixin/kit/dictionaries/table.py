"""What people change: rows that stand over the shipped entries. Callers ask for permission and open the transaction."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from peewee import CharField, DateField, IntegerField, IntegrityError

from shuixin.database import JSONField, UTCDateTimeField, VersionedModel, db, exclusive
from shuixin.errors import Conflict, NotFound, Problem, Refused
from shuixin.kit.dictionaries.entries import Dictionary, Entry, Wording
from shuixin.kit.following import Followed, moved
from shuixin.texts import domain

_ = domain("shuixin")
#: Name of the revision, and of the lock that writers take.
NAME = "dictionaries"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
#: Longest label or writing, and most writings of one label.
LONGEST, MOST = 60, 20
Lists = Mapping[str, Dictionary]


class DictionaryEntry(VersionedModel):
    """An entry that was added here, or that stands in place of a shipped one; rows are never re-coded."""

    list_name = CharField(max_length=100)
    code = CharField(max_length=40)
    wordings = JSONField()
    order = IntegerField()
    parent = CharField(max_length=40, default="")
    basis = CharField(max_length=200, default="")
    first = DateField(null=True)
    last = DateField(null=True)
    changed_at = UTCDateTimeField()
    changed_by = CharField(max_length=100)

    class Meta:
        """Core table."""

        table_name = "shuixin_dictionary_entry"
        indexes = ((("list_name", "code"), True),)

    def entry(self) -> Entry:
        """Return the row as the value it stands for."""
        wordings = tuple(
            Wording(
                each["label"], tuple(each["writings"]), date.fromisoformat(each["since"]) if each["since"] else None
            )
            for each in self.wordings
        )
        return Entry(self.code, wordings, self.order, self.parent, self.basis, self.first, self.last)


def follow(shipped: Mapping[str, Iterable[Entry]]) -> Followed[Lists]:
    """Return all lists, made of what is *shipped* and of the rows, and followed as these change."""
    kept = {name: tuple(entries) for name, entries in shipped.items()}
    return Followed(NAME, lambda: _read(kept))


def _read(shipped: Mapping[str, tuple[Entry, ...]]) -> Lists:
    rows: dict[str, list[Entry]] = {}
    for row in DictionaryEntry.select():
        rows.setdefault(row.list_name, []).append(row.entry())
    return {name: _over(name, entries, rows.get(name, [])) for name, entries in shipped.items()}


def _over(name: str, shipped: Iterable[Entry], rows: Iterable[Entry]) -> Dictionary:
    own = {each.code: each for each in rows}
    return Dictionary(name, [*own.values(), *(each for each in shipped if each.code not in own)])


def current(name: str, shipped: Iterable[Entry]) -> Dictionary:
    """Return the list *name* as the database has it now; what a change is checked against."""
    rows = DictionaryEntry.select().where(DictionaryEntry.list_name == name)
    return _over(name, shipped, [row.entry() for row in rows])


def add(name: str, shipped: Iterable[Entry], entry: Entry, *, by: str, now: datetime) -> None:
    """Add *entry* to the list.

    :raises Refused: its code is taken or no code, or it breaks a rule for entries.
    """
    exclusive(NAME)
    known = current(name, shipped)
    if not _CODE.fullmatch(entry.code):
        raise _refused(
            "code",
            entry.code,
            _("代码“{code}”不合规定。", code=entry.code[:40]),
            _("请用字母、数字和-_.，不超过40个。"),
        )
    if known.get(entry.code) is not None:
        raise _refused(
            "code", entry.code, _("代码{code}已被使用。", code=entry.code), _("请换一个代码，或直接修改原有的条目。")
        )
    _check(known, entry)
    _insert(name, entry, by, now)


def change(name: str, shipped: Iterable[Entry], entry: Entry, *, version: int, by: str, now: datetime) -> Entry:
    """Let *entry* stand in place of the one of the same code, and return that one.

    :param version: row version the editor saw; 0 for a shipped entry that nobody has changed.
    :raises NotFound: there is no such code.
    :raises Conflict: somebody changed it meanwhile.
    :raises Refused: it breaks a rule for entries.
    """
    exclusive(NAME)
    known = current(name, shipped)
    before = known.get(entry.code)
    if before is None:
        raise NotFound(_("没有代码{code}。", code=entry.code))
    _check(known, entry)
    row = DictionaryEntry.get_or_none(DictionaryEntry.list_name == name, DictionaryEntry.code == entry.code)
    if row is None and version == 0:
        _insert(name, entry, by, now)
    else:
        (row or DictionaryEntry(id=0)).save_if(version, **_columns(entry, by, now))
        moved(NAME)
    return before


def remove(name: str, shipped: Iterable[Entry], code: str, *, version: int, used: int, today: date) -> Entry:
    """Take out an entry that was added by mistake, and return it.

    :param used: in how many places the code is used.
    :raises Refused: it is used, shipped, or in force, so that somebody may be choosing it at this moment.
    """
    exclusive(NAME)
    row = DictionaryEntry.get_or_none(DictionaryEntry.list_name == name, DictionaryEntry.code == code)
    if row is None or any(each.code == code for each in shipped):
        raise Refused(_("{code}随软件提供，不能删除，只能停用。", code=code))
    entry: Entry = row.entry()
    if used:
        raise Refused(_("{code}已在{count}处使用，不能删除，只能停用。", code=code, count=used))
    if entry.in_force(today):
        raise Refused(_("{code}正在使用中，请先停用再删除。", code=code))
    deleted = DictionaryEntry.delete().where(DictionaryEntry.id == row.id, DictionaryEntry.row_version == version)
    if not deleted.execute():
        raise Conflict(_("内容已被他人更新或已办理，请刷新页面重新核对后再提交。"))
    moved(NAME)
    return entry


def _insert(name: str, entry: Entry, by: str, now: datetime) -> None:
    try:
        with db.atomic():
            DictionaryEntry.create(list_name=name, code=entry.code, **_columns(entry, by, now))
    except IntegrityError as error:
        raise Conflict(_("内容已被他人更新或已办理，请刷新页面重新核对后再提交。")) from error
    moved(NAME)


def _columns(entry: Entry, by: str, now: datetime) -> dict[str, Any]:
    wordings = [
        {"label": each.label, "writings": list(each.writings), "since": each.since.isoformat() if each.since else ""}
        for each in entry.wordings
    ]
    facts = {"order": entry.order, "parent": entry.parent, "basis": entry.basis[:200]}
    return {
        **facts,
        "wordings": wordings,
        "first": entry.first,
        "last": entry.last,
        "changed_at": now,
        "changed_by": by,
    }


def _check(known: Dictionary, entry: Entry) -> None:
    """Refuse what no entry may be."""
    problems = [*_names_problems(known, entry), *_order_problems(entry), *_parent_problems(known, entry)]
    if problems:
        raise Refused(_("条目没有保存，有{count}处需要改正。", count=len(problems)), problems)


def _names_problems(known: Dictionary, entry: Entry) -> list[Problem]:
    newest = entry.wordings[-1]
    if not newest.label:
        return [Problem("label", "", _("没有填写名称。"), _("请填写后再保存。"))]
    if any(len(each) > LONGEST for each in (newest.label, *newest.writings)) or len(newest.writings) > MOST:
        rule = _("名称或其他写法过长或过多。")
        return [
            Problem(
                "label",
                newest.label[:LONGEST],
                rule,
                _("每项不超过{longest}个字，写法不超过{most}个。", longest=LONGEST, most=MOST),
            )
        ]
    clash = known.clash(entry)
    if clash is None:
        return []
    rule = _("“{text}”在同一时期已指代码{code}。", text=clash[0], code=clash[1])
    field = "label" if clash[0] == newest.label else "writings"
    return [Problem(field, clash[0], rule, _("请换一种写法，或先停用那一条。"))]


def _order_problems(entry: Entry) -> list[Problem]:
    problems = []
    if entry.first is not None and entry.last is not None and entry.last < entry.first:
        problems.append(Problem("last", entry.last.isoformat(), _("停用日期早于启用日期。"), _("请核对日期。")))
    days = [each.since for each in entry.wordings[1:] if each.since is not None]
    if any(second <= first for first, second in pairwise(days)):
        rule = _("新名称的生效日期不晚于现有名称的生效日期。")
        problems.append(Problem("since", days[-1].isoformat(), rule, _("请填写更晚的日期。")))
    return problems


def _parent_problems(known: Dictionary, entry: Entry) -> list[Problem]:
    above, seen = entry.parent, {entry.code}
    while above:
        parent = known.get(above)
        if parent is None or above in seen:
            rule = _("上级代码{code}不存在，或就在本条之下。", code=above)
            return [Problem("parent", entry.parent, rule, _("请填写本表中的另一个代码，没有上级的不填。"))]
        seen.add(above)
        above = parent.parent
    return []


def _refused(field: str, value: str, rule: Any, remedy: Any) -> Refused:
    return Refused(rule, [Problem(field, value[:40], rule, remedy)])


def reworded(entry: Entry, label: str, writings: Iterable[str], since: date | None) -> Entry:
    """Return *entry* called *label*: from the day *since* on, or, for ``None``, in place of its present name (更正).

    The former label stays a writing of the new one, so that forms filled in with it are still understood. Writings
    alone begin no new name.
    """
    present = entry.wordings[-1]
    renamed = since is not None and label != present.label
    former = [present.label] if renamed else []
    others = tuple(dict.fromkeys(each for each in [*writings, *former] if each != label))
    if not renamed:
        return replace(entry, wordings=(*entry.wordings[:-1], Wording(label, others, present.since)))
    return replace(entry, wordings=(*entry.wordings, Wording(label, others, since)))
