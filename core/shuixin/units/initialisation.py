"""Setting a unit up (单位初始化): what is still missing, enabling, setting up anew, closing (DOMAIN §9, R70)."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from shuixin import audit
from shuixin.access import Actor, Grant
from shuixin.access.roles import ADMINISTRATOR, APPOINT, USERS
from shuixin.accounts.administration import set_active
from shuixin.accounts.models import RoleGrant, User
from shuixin.accounts.passwords import random_password
from shuixin.accounts.rights import in_force
from shuixin.accounts.services import create_user, end_sessions
from shuixin.contributions import Scope
from shuixin.database import transaction
from shuixin.errors import Conflict, Problem, Refused
from shuixin.kit import clock, numbering
from shuixin.kit.particulars import Particular, answers
from shuixin.texts import Text, domain
from shuixin.units.models import CLOSED, ENABLED, INITIALISING, Unit
from shuixin.units.officers import Officer, officers_of, save_officer
from shuixin.units.services import (
    PARTICULARS,
    find_unit,
    parent_needed,
    register_unit,
    save_particulars,
    set_seal,
    written,
)

_ = domain("shuixin")
STEPS = {
    "unit": _("单位"),
    "documents": _("印章与文书"),
    "administrator": _("首位管理员"),
    "officers": _("执法人员"),
    "numbers": _("编号起点"),
    "check": _("核对启用"),
}
#: Kinds of documents with numbers of their own: 字 and name.
DOCUMENT_KINDS: dict[str, str] = tomllib.loads((Path(__file__).parent / "documents.toml").read_text("utf-8"))["kinds"]
#: The role of a unit's first administrator (单位管理员): its own tree, and no business.
FIRST_ROLE = "unit_administrator"
#: Two different officers sign each field document (行政处罚法 art. 42).
OFFICERS_NEEDED = 2
#: What setting up anew may reset; records and counters are not among it.
PARTS = {
    "settings": _("联系方式、罚款账户、听证金额标准"),
    "seal": _("印章图片"),
    "officers": _("执法人员的账号（人员名单保留）"),
    "administrator": _("首位管理员的账号"),
}

_ACCOUNT = (
    Particular("name", "administrator", _("姓名"), 40),
    Particular("username", "administrator", _("账号"), 40, wrong=_("请填写登录用的账号，如姓名拼音。")),
)


@dataclass(frozen=True)
class Check:
    """One condition for enabling a unit.

    :param remedy: what to do while it is not ``passed``.
    """

    step: str
    label: Text
    passed: bool
    remedy: Text


def checklist(unit: Unit, day: date) -> list[Check]:
    """Return all conditions for enabling *unit*, in the order of the steps."""
    return [*_particulars(unit), *_people(unit, day), _numbers(unit, day)]


def _particulars(unit: Unit) -> Iterator[Check]:
    for each in PARTICULARS:
        if each.needed or (each.name == "parent" and parent_needed(unit)):
            remedy = _("请在“{step}”一步填写。", step=STEPS[each.part])
            yield Check(each.part, each.label, bool(written(unit, each.name)), remedy)
    yield Check("documents", _("印章图片"), bool(unit.seal), _("请在“印章与文书”一步上传透明背景的PNG图片。"))


def _people(unit: Unit, day: date) -> Iterator[Check]:
    remedy = _("请在“首位管理员”一步建立账号。")
    yield Check("administrator", _("首位管理员"), any(each.active for each in administrators_of(unit)), remedy)
    standings = [officer.standing(day) for officer in officers_of(unit)]
    label = _("至少{count}名执法证有效的执法人员", count=OFFICERS_NEEDED)
    remedy = _(
        "现有{valid}名有效、{expired}名过期，请在“执法人员”一步补充或更新证件。",
        valid=standings.count("valid"),
        expired=standings.count("expired"),
    )
    yield Check("officers", label, standings.count("valid") >= OFFICERS_NEEDED, remedy)


def _numbers(unit: Unit, day: date) -> Check:
    remedy = _("请在“编号起点”一步核对并保存，没有用过编号的也须保存一次。")
    return Check("numbers", _("{year}年文书编号起点", year=day.year), unit.numbering_year >= day.year, remedy)


def administrators_of(unit: Unit) -> list[User]:
    """Return the accounts of *unit* that administer it."""
    return _holders(unit, (FIRST_ROLE, ADMINISTRATOR))


def _holders(unit: Unit, roles: Collection[str]) -> list[User]:
    held = (RoleGrant.role.in_(roles)) & in_force(clock.legal_day(clock.now()))
    query = User.select().join(RoleGrant).where(User.unit == unit, held)
    return list(query.order_by(User.username).distinct())


def _with_accounts(actor: Actor, unit: Unit) -> Actor:
    """Return *actor* with the right to appoint administrators of *unit*, which its set-up includes, and of no other."""
    rights = {Grant(right, Scope.REGION, unit.region) for right in (USERS, APPOINT)}
    return replace(actor, grants=actor.grants | rights)


def appoint(actor: Actor, unit_id: int, *, username: str, name: str, password: str) -> User:
    """Make the account of a unit's first administrator.

    :param password: to be changed at the first sign-in.
    :raises Refused: a name is missing or taken.
    """
    unit = find_unit(actor, unit_id)
    username, name = username.strip(), name.strip()
    problems = answers(_ACCOUNT, {"username": username, "name": name})[1]
    if problems:
        raise Refused(_("有内容没有填写。"), problems)
    with transaction():
        user = create_user(
            _with_accounts(actor, unit),
            username=username,
            name=name,
            password=password,
            roles=(FIRST_ROLE,),
            unit=unit,
        )
        audit.append(actor, "unit.administrator", "unit", unit.code, {"username": user.username})
    return user


def document_series(unit_id: int, kind: str) -> str:
    """Return the key of a unit's series of numbers for one kind of document (``kit.numbering``)."""
    return f"unit.{unit_id}.{kind}"


def next_numbers(unit: Unit, year: int) -> dict[str, int]:
    """Return the next number of each kind of document."""
    return {kind: numbering.last_given(document_series(unit.id, kind), year) + 1 for kind in DOCUMENT_KINDS}


def state_starts(
    actor: Actor, unit_id: int, starts: Mapping[str, str], *, version: int, reason: str, now: datetime
) -> Unit:
    """State at which number each kind of document begins (编号起点) in the year of *now*; a counter is only raised.

    :param starts: by kind, the next number; left out or blank, it stays.
    :param reason: why numbers are skipped; needed where the platform has given some already (R51).
    :raises Refused: a number is none, or was given already.
    """
    unit, year = find_unit(actor, unit_id), clock.legal_day(now).year
    raised, problems = dict[str, list[int]](), list[Problem]()
    with transaction():
        present = next_numbers(unit, year)
        for kind, text in starts.items():
            if kind not in present or not text.strip():
                continue
            start = int(text) if text.strip().isascii() and text.strip().isdecimal() and len(text) <= 7 else 0
            if start < present[kind]:
                remedy = _("请填写{number}或更大的数。", number=present[kind])
                rule = _("“{kind}”字的起点不能是“{text}”。", kind=kind, text=text[:10])
                problems.append(Problem(kind, text[:10], rule, remedy))
            elif start > present[kind]:
                raised[kind] = [present[kind], start]
        if problems:
            raise Refused(_("有{count}处需要改正。", count=len(problems)), problems)
        if any(before > 1 for before, _after in raised.values()):
            reason = _reason(reason)
        for kind, (_before, start) in raised.items():
            numbering.raise_to(document_series(unit.id, kind), year, start - 1)
        unit.save_if(version, numbering_year=year)
        audit.append(actor, "unit.numbers", "unit", unit.code, {"year": year, "starts": raised, "reason": reason})
    return unit


def enable(actor: Actor, unit_id: int, *, version: int, now: datetime) -> Unit:
    """Let the people of a unit begin their work.

    :raises Refused: a condition does not hold; each problem's field is the step that mends it.
    :raises Conflict: it is enabled already.
    """
    with transaction():
        unit = find_unit(actor, unit_id)
        if unit.state != INITIALISING:
            raise Conflict(_("{name}不在初始化中。", name=unit.name))
        missing = [each for each in checklist(unit, clock.legal_day(now)) if not each.passed]
        if missing:
            problems = [
                Problem(each.step, "", _("{label}：未完成。", label=each.label), each.remedy) for each in missing
            ]
            raise Refused(_("还有{count}项没有完成，不能启用。", count=len(missing)), problems)
        unit.save_if(version, state=ENABLED, enabled_at=unit.enabled_at or now)
        audit.append(actor, "unit.enable", "unit", unit.code)
    return unit


def reinitialise(actor: Actor, unit_id: int, parts: Collection[str], *, version: int, reason: str) -> Unit:
    """Set a unit up anew (重新初始化), also a closed one; never touches records or counters (R70).

    Until it is enabled again, only who administers may act.

    :param parts: of :data:`PARTS`, what to reset.
    :raises Refused: no reason; or an account that would be closed is the actor's own, or the last administrator's.
    """
    reason = _reason(reason)
    with transaction():
        unit = find_unit(actor, unit_id)
        if unit.state == INITIALISING:
            raise Conflict(_("{name}已在初始化中，请直接修改各步内容。", name=unit.name))
        changes: dict[str, object] = {"state": INITIALISING}
        if "settings" in parts:
            blank = {"address", "phone", *(each.name for each in PARTICULARS if each.part == "documents")}
            changes |= {name: None if name in ("hearing_person", "hearing_unit") else "" for name in blank}
        if "seal" in parts:
            changes["seal"] = ""
        unit.save_if(version, **changes)
        _close_accounts(actor, unit, parts)
        audit.append(actor, "unit.reinitialise", "unit", unit.code, {"parts": sorted(parts), "reason": reason})
    return unit


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < 6:
        rule = _("请写明理由，至少6个字，只在内部可见。")
        raise Refused(rule, [Problem("reason", text, rule, "")])
    return text[:500]


def _close_accounts(actor: Actor, unit: Unit, parts: Collection[str]) -> None:
    leaving: set[str] = set()
    if "officers" in parts:
        bound = Officer.select().where(Officer.unit == unit, Officer.account.is_null(False))
        leaving |= {officer.account.username for officer in bound if officer.account}
        Officer.update(account=None, row_version=Officer.row_version + 1).where(Officer.unit == unit).execute()
    if "administrator" in parts:
        leaving |= {user.username for user in _holders(unit, (FIRST_ROLE,)) if user.active}
    for username in sorted(leaving):
        set_active(_with_accounts(actor, unit), username, active=False)


def close_unit(actor: Actor, unit_id: int, *, version: int, reason: str) -> Unit:
    """Close a unit (停用): its people cannot sign in or act, its records stay; ``reinitialise`` opens it again.

    :raises Refused: no reason; it is the actor's own unit, others answer to it, or a super administrator belongs to it.
    """
    reason = _reason(reason)
    with transaction():
        unit = find_unit(actor, unit_id)
        if unit.state == CLOSED:
            raise Conflict(_("{name}已经停用。", name=unit.name))
        people = list(User.select().where(User.unit == unit, User.active))
        if any(user.id == actor.id for user in people):
            raise Refused(_("不能停用自己所在的单位，请由上级单位的管理员办理。"))
        if Unit.select().where(Unit.parent == unit, Unit.state != CLOSED).exists():
            raise Refused(_("还有下级单位在用，请先停用下级单位或改换它们的上级。"))
        if any(user.active for user in _holders(unit, (ADMINISTRATOR,))):
            raise Refused(_("该单位有超级管理员的账号，停用会使其不能登录。请先停用这些账号或改换岗位。"))
        unit.save_if(version, state=CLOSED)
        ended = sum(end_sessions(user) for user in people)
        audit.append(
            actor, "unit.close", "unit", unit.code, {"reason": reason, "people": len(people), "sessions": ended}
        )
    return unit


def set_up(actor: Actor, content: Mapping[str, Any], *, seal: bytes, now: datetime) -> tuple[Unit, str]:
    """Set a unit up in one go, all of it or nothing; enable it if nothing is missing.

    :param content: tables ``unit``, ``documents``, ``administrator``, ``officers`` and ``numbers``, as in a file.
    :returns: the unit, and the first password of its administrator if one is made.
    :raises Refused: something is wrong, or is nothing a set-up asks for.
    """
    parts = {part: _texts(content, part) for part in ("unit", "documents")}
    password = random_password() if "administrator" in content else ""
    with transaction():
        unit = register_unit(actor, **{"code": "", "name": "", "region": "", **parts["unit"]})
        if seal:
            unit = set_seal(actor, unit.id, BytesIO(seal), "seal.png", version=unit.row_version)
        unit = save_particulars(actor, unit.id, "documents", parts["documents"], version=unit.row_version)
        for officer in content.get("officers", ()):
            save_officer(actor, unit.id, 0, {name: str(value) for name, value in officer.items()}, version=0)
        if password:
            appoint(actor, unit.id, password=password, **content["administrator"])
        if "numbers" in content:
            starts = {kind: str(start) for kind, start in content["numbers"].items()}
            unit = state_starts(actor, unit.id, starts, version=unit.row_version, reason="", now=now)
        if all(each.passed for each in checklist(unit, clock.legal_day(now))):
            unit = enable(actor, unit.id, version=unit.row_version, now=now)
    return unit, password


def _texts(content: Mapping[str, Any], part: str) -> dict[str, str]:
    """Return one table as texts, the unit above by its key."""
    found = {name: str(value) for name, value in content.get(part, {}).items()}
    unknown = set(found) - {each.name for each in PARTICULARS if each.part == part}
    if unknown:
        raise Refused(_("[{part}]中没有“{names}”这样的项目，请改正。", part=part, names="、".join(sorted(unknown))))
    if found.get("parent"):
        above = Unit.get_or_none(Unit.code == found["parent"])
        found["parent"] = str(above.id) if above else "-"
    return found
