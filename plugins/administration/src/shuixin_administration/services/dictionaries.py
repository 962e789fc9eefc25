"""Code lists (数据字典): entries are added, renamed, ended and restored; a used code is never deleted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from shuixin.api import (
    Actor,
    CodeList,
    NotFound,
    Problem,
    Refused,
    Text,
    audit,
    clock,
    current_platform,
    dictionaries,
    domain,
    require,
    transaction,
)
from shuixin_administration.permissions import DICTIONARIES, DICTIONARIES_READ

_ = domain("administration")
#: Shortest reason that says anything.
SHORTEST_REASON = 6
LARGEST_ORDER = 1_000_000


@dataclass(frozen=True)
class Row:
    """One entry as the page shows it.

    :param version: of its row; 0 for a shipped entry that nobody has changed.
    :param used: in how many places; ``None`` if that could not be counted.
    """

    entry: dictionaries.Entry
    shipped: dictionaries.Entry | None
    version: int
    used: int | None
    changed_by: str = ""
    changed_at: datetime | None = None


def all_lists() -> list[tuple[str, CodeList]]:
    """Return (plugin id, list) of all lists."""
    found: list[tuple[str, CodeList]] = current_platform().loaded.contributions("code_lists")
    return found


def find_list(name: str) -> tuple[str, CodeList]:
    """Return the list *name* and the plugin that ships it.

    :raises NotFound: there is none, or its plugin is switched off.
    """
    for plugin, each in all_lists():
        if each.name == name:
            return plugin, each
    raise NotFound(_("没有这个数据字典，或提供它的插件已停用。"))


def rows_of(actor: Actor, name: str) -> list[Row]:
    """Return all entries of a list with what is known of them, in order."""
    require(actor, DICTIONARIES_READ)
    plugin, of = find_list(name)
    stored = dictionaries.DictionaryEntry.select().where(dictionaries.DictionaryEntry.list_name == name)
    return _rows(plugin, of, {row.code: row for row in stored})


def row_of(actor: Actor, name: str, code: str) -> Row:
    """Return one entry.

    :raises NotFound: the list has no such code.
    """
    for row in rows_of(actor, name):
        if row.entry.code == code:
            return row
    raise NotFound(_("没有代码{code}。", code=code[:40]))


def _rows(plugin: str, of: CodeList, stored: Mapping[str, dictionaries.DictionaryEntry]) -> list[Row]:
    shipped = {each.code: each for each in of.entries}
    rows = []
    for entry in dictionaries.current(of.name, of.entries).entries:
        row = stored.get(entry.code)
        facts: dict[str, Any] = {"changed_by": row.changed_by, "changed_at": row.changed_at} if row else {}
        version = int(str(row.row_version)) if row else 0
        rows.append(Row(entry, shipped.get(entry.code), version, usage(plugin, of, entry.code), **facts))
    return rows


def usage(plugin: str, of: CodeList, code: str) -> int | None:
    """Return in how many places *code* is used; ``None`` if its plugin could not tell."""
    used: int | None = current_platform().calls.call(plugin, "code_lists", of.usage, code, default=None)
    return used


def add_entry(actor: Actor, name: str, typed: Mapping[str, str], now: datetime) -> None:
    """Add what was *typed*: code, label, writings, first, order, parent, basis.

    :raises Refused: with a problem for each field that is wrong.
    """
    require(actor, DICTIONARIES)
    of = find_list(name)[1]
    wording = dictionaries.Wording(_line(typed, "label"), _lines(typed, "writings"))
    facts: dict[str, Any] = {**_facts(typed), "first": _day(typed, "first")}
    entry = dictionaries.Entry(_line(typed, "code"), (wording,), **facts)
    with transaction():
        dictionaries.add(name, of.entries, entry, by=actor.name, now=now)
        audit(actor, "dictionary.add", "dictionary", f"{name}/{entry.code}", {"after": _said(entry)})
    current_platform().dictionaries.look()


def change_entry(actor: Actor, name: str, code: str, *, version: int, typed: Mapping[str, str], now: datetime) -> None:
    """Give an entry another label (from a day on, or corrected), writings, place, parent or basis.

    :raises Refused: with a problem for each field that is wrong.
    :raises Conflict: somebody changed it meanwhile.
    """
    require(actor, DICTIONARIES)
    since = _day(typed, "since", required=True) if typed.get("renaming") == "from" else None

    def changed(entry: dictionaries.Entry) -> dictionaries.Entry:
        renamed = dictionaries.reworded(entry, _line(typed, "label"), _lines(typed, "writings"), since)
        return replace(renamed, **_facts(typed))

    _change(actor, (name, code), changed, act="dictionary.change", version=version, now=now)


def end_entry(actor: Actor, name: str, code: str, *, version: int, typed: Mapping[str, str], now: datetime) -> None:
    """Let *code* be chosen until the day ``last`` only; what has it keeps it.

    :raises Refused: no day, or no reason that says anything.
    """
    require(actor, DICTIONARIES)
    last, reason = _day(typed, "last", required=True), _line(typed, "reason")
    if len(reason) < SHORTEST_REASON:
        raise _refused(
            "reason", reason, _("停用原因过短。"), _("请写明原因，不少于{count}个字。", count=SHORTEST_REASON)
        )
    _change(
        actor,
        (name, code),
        lambda entry: replace(entry, last=last),
        act="dictionary.end",
        version=version,
        now=now,
        reason=reason,
    )


def restore_entry(actor: Actor, name: str, code: str, *, version: int, now: datetime) -> None:
    """Let *code* be chosen again.

    :raises Refused: its name means another code now.
    """
    _change(
        actor,
        (name, code),
        lambda entry: replace(entry, last=None),
        act="dictionary.restore",
        version=version,
        now=now,
    )


def remove_entry(actor: Actor, name: str, code: str, *, version: int, now: datetime) -> None:
    """Delete an entry that was added by mistake.

    :raises Refused: it is used, shipped, in force, or its use could not be counted.
    """
    require(actor, DICTIONARIES)
    plugin, of = find_list(name)
    with transaction():
        used = usage(plugin, of, code)
        if used is None:
            raise Refused(_("暂时无法统计{code}的使用情况，不能删除。请稍后再试。", code=code))
        today = clock.legal_day(now)
        entry = dictionaries.remove(name, of.entries, code, version=version, used=used, today=today)
        audit(actor, "dictionary.remove", "dictionary", f"{name}/{code}", {"before": _said(entry)})
    current_platform().dictionaries.look()


def _change(
    actor: Actor,
    where: tuple[str, str],
    changed: Callable[[dictionaries.Entry], dictionaries.Entry],
    *,
    act: str,
    version: int,
    now: datetime,
    reason: str = "",
) -> None:
    name, code = where
    require(actor, DICTIONARIES)
    of = find_list(name)[1]
    with transaction():
        before = dictionaries.current(name, of.entries).get(code)
        if before is None:
            raise NotFound(_("没有代码{code}。", code=code[:40]))
        after = changed(before)
        dictionaries.change(name, of.entries, after, version=version, by=actor.name, now=now)
        detail = {"before": _said(before), "after": _said(after), **({"reason": reason} if reason else {})}
        audit(actor, act, "dictionary", f"{name}/{code}", detail)
    current_platform().dictionaries.look()


def _said(entry: dictionaries.Entry) -> dict[str, Any]:
    """Return *entry* as the audit log keeps it."""
    newest = entry.wordings[-1]
    days = {"since": newest.since, "first": entry.first, "last": entry.last}
    texts = {"parent": entry.parent, "basis": entry.basis, "order": entry.order}
    return {
        "label": newest.label,
        "writings": list(newest.writings),
        **{key: value for key, value in texts.items() if value},
        **{key: day.isoformat() for key, day in days.items() if day},
    }


def _facts(typed: Mapping[str, str]) -> dict[str, Any]:
    text = _line(typed, "order")
    order = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ORDER)) else -1
    if not 0 <= order <= LARGEST_ORDER:
        raise _refused("order", text, _("顺序不是数字。"), _("请填0到{most}的整数，小的在前。", most=LARGEST_ORDER))
    return {"order": order, "parent": _line(typed, "parent")[:40], "basis": _line(typed, "basis")[:200]}


def _line(typed: Mapping[str, str], name: str) -> str:
    return " ".join(typed.get(name, "").split())


def _lines(typed: Mapping[str, str], name: str) -> tuple[str, ...]:
    lines = (" ".join(line.split()) for line in typed.get(name, "").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def _day(typed: Mapping[str, str], name: str, *, required: bool = False) -> date | None:
    text = _line(typed, name)
    if not text and not required:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _refused(name, text, _("日期没有填写，或不是有效日期。"), _("请按2026-11-23的格式填写。")) from error


def _refused(field: str, value: str, rule: Text, remedy: Text) -> Refused:
    return Refused(rule, [Problem(field, value[:40], rule, remedy)])
