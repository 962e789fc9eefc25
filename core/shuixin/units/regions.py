"""The regions of this installation: shipped in ``regions.toml``, changed by people with days, never deleted."""

import tomllib
from datetime import date
from pathlib import Path

from shuixin import audit
from shuixin.access import Actor, Target, allowed, require
from shuixin.database import after_commit, exclusive, transaction
from shuixin.errors import Conflict, NotFound, Problem, Refused
from shuixin.kit.regions import LOCAL_CODE, Directory, Region, RegionChange, days_before
from shuixin.texts import Text, domain

_ = domain("shuixin")
MANAGE = "shuixin.units"

_shipped = tomllib.loads((Path(__file__).parent / "regions.toml").read_text(encoding="utf-8"))
directory = Directory(_shipped["regions"], _shipped["not_selectable"], _shipped["local"])


def selectable_regions() -> list[Region]:
    """Return all regions a form may offer, by code."""
    return directory.today().selectable()


def regions_below(code: str) -> list[Region]:
    """Return the selectable regions directly or indirectly below *code*, itself not included."""
    return directory.today().below(code)


def find_region(text: str) -> Region | None:
    """Return the selectable region named by a code, a name (大冶市), a full (湖北省黄石市大冶市) or former one."""
    return directory.today().find(text)


def region_name(code: str) -> str:
    """Return the full name from the province down, e.g. 湖北省黄石市大冶市; the code itself if unknown."""
    return directory.today().name(code)


def add_region(actor: Actor, *, code: str, name: str, stands_for: tuple[str, ...], since: date) -> RegionChange:
    """Add a local pseudo-code (本地区划代码, not of GB/T 2260), e.g. of a development zone with its own bureau.

    :param stands_for: counties of the same city that it covers.
    :raises Refused: the form is wrong, the code is taken, or a code it stands for is no county of that city.
    """
    code, name = code.strip().upper(), name.strip()
    city = f"{code[:4]}00"
    require(actor, MANAGE, Target(region=city))
    tree = directory.on(since)
    problems = _name_problems(name)
    if not LOCAL_CODE.fullmatch(code) or city not in tree.regions:
        problems.append(
            _problem(
                "code",
                code,
                _("本地区划代码由所属市的前4位、一个大写字母和一个数字组成。"),
                _("请填写如4202K2的代码；字母不用I和O。"),
            )
        )
    real = {each.code for each in tree.below(city) if not each.local}
    if not stands_for or set(stands_for) - real:
        problems.append(
            _problem(
                "stands_for",
                "、".join(stands_for),
                _("没有选择它所代表的县级区划。"),
                _("请选择同一市内的一个或几个县（市、区）。"),
            )
        )
    if problems:
        raise Refused(_("区划没有保存。"), problems)
    with transaction():
        exclusive("regions")
        if code in directory.shipped or RegionChange.select().where(RegionChange.code == code).exists():
            rule = _("代码{code}已经用过。", code=code)
            raise Refused(rule, [_problem("code", code, rule, _("用过的代码不能再用，请换一个。"))])
        return _write(actor, "region.add", code, name, since, local=True, stands_for=list(stands_for))


def may_change(actor: Actor, code: str) -> bool:
    """Whether *actor* may change a region: who reaches the one above it, since no region decides about itself."""
    above = directory.today().parent(code)
    return allowed(actor, MANAGE, Target(region=above.code if above else "")).allowed


def change_region(actor: Actor, code: str, *, name: str, since: date, ended: bool = False) -> RegionChange:
    """Rename a region from a day on, or end it (撤销); what was recorded under its code keeps the code.

    :raises NotFound: there is no such region, or the one above is not within reach.
    :raises Conflict: it has ended already, or a later change is recorded.
    """
    require(actor, MANAGE)
    with transaction():
        exclusive("regions")
        changes = list(RegionChange.select().where(RegionChange.code == code))
        last = max(changes, key=lambda each: each.since, default=None)
        present = last or directory.shipped.get(code)
        if present is None or not may_change(actor, code):
            raise NotFound(_("没有行政区划代码“{region}”。", region=code))
        name = name.strip() or present.name
        problems = _name_problems(name)
        if problems:
            raise Refused(_("区划没有保存。"), problems)
        if last is not None and last.ended:
            raise Conflict(_("该区划已撤销，不能再改。"))
        earliest = days_before(changes, code)
        if earliest is not None and since < earliest:
            rule = _("该区划在{day}已有一次变更。", day=last.since.isoformat() if last else "")
            raise Refused(rule, [_problem("since", since.isoformat(), rule, _("请填写在它之后的日期。"))])
        return _write(actor, "region.end" if ended else "region.rename", code, name, since, ended=ended)


def region_changes() -> list[RegionChange]:
    """Return everything people have recorded about regions, the newest first."""
    return list(RegionChange.select().order_by(RegionChange.since.desc(), RegionChange.code))


def _write(actor: Actor, act: str, code: str, name: str, since: date, **more: object) -> RegionChange:
    change: RegionChange = RegionChange.create(code=code, name=name, since=since, **more)
    audit.append(actor, act, "region", code, {"name": name, "since": since.isoformat()})
    after_commit(directory.forget)
    return change


def _name_problems(name: str) -> list[Problem]:
    if 2 <= len(name) <= 60:
        return []
    return [_problem("name", name[:60], _("区划名称须为2至60个字。"), _("请填写全称，如“黄石市”。"))]


def _problem(field: str, value: str, rule: Text, remedy: Text) -> Problem:
    return Problem(field, value, rule, remedy)
