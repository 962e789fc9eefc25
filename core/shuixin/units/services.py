"""Units are registered here, and what their set-up asks for is kept."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import IO, Any

from peewee import IntegrityError

from shuixin import audit
from shuixin.access import Actor, Target, allowed, require
from shuixin.database import transaction
from shuixin.errors import NotFound, Problem, Refused
from shuixin.kit import seals
from shuixin.kit.particulars import Particular, answers
from shuixin.kit.regions import region_prefix
from shuixin.platform import current_platform
from shuixin.texts import domain
from shuixin.units.models import CLOSED, ENABLED, INITIALISING, Unit
from shuixin.units.regions import MANAGE, find_region

_ = domain("shuixin")
SEAL = "unit.seal"
_HAN, _PHONE = "[\u4e00-\u9fa5]{2,4}", "[0-9()（） -]{7,40}"
_HEARING = _("罚款达到此数须告知听证权利。")
#: What a set-up asks about a unit, by step.
PARTICULARS = (
    Particular("name", "unit", _("单位名称"), 100, _("与印章一致的全称。"), ".{4,}", _("请填写4个字以上的全称。")),
    Particular("short_name", "unit", _("简称"), 20, _("用在表格和窄屏上，如“黄石水利”。")),
    Particular("code", "unit", _("统一社会信用代码"), 18, _("18位，见统一社会信用代码证书。"), kind="code"),
    Particular("region", "unit", _("行政区划"), 6, _("决定管辖范围：市级看全市，县级只看本县。启用后不能更改。")),
    Particular("parent", "unit", _("上级单位"), 10, _("平台上已有上级单位的必选。"), kind="key", needed=False),
    Particular(
        "organ_word", "unit", _("机关代字"), 4, _("文书编号开头的字，如“黄水”。"), _HAN, _("请填写2至4个汉字。")
    ),
    Particular("address", "unit", _("地址"), 200, _("印在文书上，从市写起。")),
    Particular("phone", "unit", _("电话"), 40, _("印在文书上，带区号。"), _PHONE, _("请填写带区号的电话号码。")),
    Particular("fine_bank", "documents", _("罚款代收银行"), 100, _("罚款由银行代收，依据行政处罚法第六十七条。")),
    Particular("fine_account_name", "documents", _("收款户名"), 100),
    Particular("fine_account", "documents", _("收款账号"), 40, "", "[0-9 -]{6,40}", _("请填写数字账号。")),
    Particular("hearing_person", "documents", _("听证金额标准：个人（元）"), 12, _HEARING, kind="yuan"),
    Particular("hearing_unit", "documents", _("听证金额标准：单位（元）"), 12, _HEARING, kind="yuan"),
    Particular("hearing_basis", "documents", _("听证金额标准的依据"), 200, _("规定的名称、文号和条款。")),
)
#: What a unit cannot be registered without.
AT_ONCE = ("name", "code", "region")


def units_of(actor: Actor) -> list[Unit]:
    """Return the units within the actor's reach, by region."""
    found = Unit.select().order_by(Unit.region, Unit.name)
    return [unit for unit in found if allowed(actor, MANAGE, Target(region=unit.region)).allowed]


def find_unit(actor: Actor, unit_id: int) -> Unit:
    """Return one unit.

    :raises NotFound: there is none, or it is not within the actor's reach.
    """
    require(actor, MANAGE)
    unit = Unit.get_or_none(Unit.id == unit_id)
    if unit is None or not allowed(actor, MANAGE, Target(region=unit.region)).allowed:
        raise NotFound(_("没有找到这个单位，或它不在您的管辖范围内。"))
    return unit


def possible_parents(actor: Actor, region: str) -> list[Unit]:
    """Return the units within the actor's reach that are in charge of a region above *region*."""
    return [unit for unit in units_of(actor) if unit.state != CLOSED and _is_above(unit, region)]


def parent_needed(unit: Unit) -> bool:
    """Whether some unit at work is in charge of a region above, so that the unit must say which it answers to."""
    return any(_is_above(each, unit.region) for each in Unit.select().where(Unit.state != CLOSED))


def _is_above(unit: Unit, region: str) -> bool:
    return unit.region != region and region.startswith(region_prefix(unit.region))


def register_unit(actor: Actor, *, code: str, name: str, region: str, **more: str) -> Unit:
    """Register an authority (主管部门), to be set up and then enabled.

    :param region: six-digit code of the region it is in charge of.
    :param more: further particulars of the step ``unit``.
    :raises Refused: the code is taken or wrong, or nobody knows the region.
    """
    require(actor, MANAGE)
    changes = _cleaned(
        actor, Unit(region="", state=INITIALISING), "unit", {"code": code, "name": name, "region": region, **more}
    )
    require(actor, MANAGE, Target(region=changes["region"]))
    try:
        with transaction():
            unit = Unit.create(state=INITIALISING, **changes)
            detail = {"name": unit.name, "region": unit.region}
            audit.append(actor, "unit.register", "unit", unit.code, detail)
    except IntegrityError as error:
        raise _taken(changes["code"]) from error
    return unit


def save_particulars(actor: Actor, unit_id: int, step: str, values: Mapping[str, str], *, version: int) -> Unit:
    """Keep what was filled in on one step; what may come later may be left out until the unit is enabled.

    :raises Refused: with every problem of every field.
    :raises Conflict: somebody saved meanwhile.
    """
    unit = find_unit(actor, unit_id)
    changes = _cleaned(actor, unit, step, values)
    require(actor, MANAGE, Target(region=changes.get("region", unit.region)))
    before = {name: written(unit, name) for name in changes}
    try:
        with transaction():
            unit.save_if(version, **changes)
            changed = sorted(name for name, text in before.items() if written(unit, name) != text)
            audit.append(actor, "unit.save", "unit", unit.code, {"changed": changed})
    except IntegrityError as error:
        raise _taken(changes["code"]) from error
    return unit


def set_seal(actor: Actor, unit_id: int, stream: IO[bytes], name: str, *, version: int) -> Unit:
    """Keep the image of the unit's seal; an earlier one stays in the store, since documents bear it.

    :raises Refused: it is no PNG with a transparent ground, or too large.
    """
    unit = find_unit(actor, unit_id)
    content = stream.read(seals.LARGEST + 1)
    seals.check_seal(content)
    with transaction():
        stored = current_platform().store.save(
            BytesIO(content),
            name,
            owner_kind=SEAL,
            owner_key=str(unit.id),
            created_by=actor.id,
            kinds=frozenset({"png"}),
        )
        unit.save_if(version, seal=stored.id)
        audit.append(actor, "unit.seal", "unit", unit.code, {"sha256": stored.sha256})
    return unit


def _taken(code: str) -> Refused:
    rule = _("单位{code}已登记。", code=code)
    return Refused(rule, [Problem("code", code, rule, _("请核对代码；同一单位不必重复登记。"))])


def _cleaned(actor: Actor, unit: Unit, step: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return what is to be stored of *values*.

    :raises Refused: something is wrong.
    """
    asked = [each for each in PARTICULARS if each.part == step]
    changes, problems = answers(asked, values, at_once=None if unit.state == ENABLED else AT_ONCE)
    wrong = {each.field for each in problems}
    if "region" in changes and "region" not in wrong:
        problems += _region_problems(unit, changes["region"])
    if "parent" in changes:
        problems += _parent_problems(actor, unit, values["parent"].strip(), values.get("region", unit.region))
    if problems:
        raise Refused(_("有{count}处需要改正。", count=len(problems)), problems)
    return changes


def _region_problems(unit: Unit, region: str) -> Iterator[Problem]:
    if region == unit.region:
        return
    if len(region) != 6 or find_region(region) is None:
        rule = _("没有行政区划代码“{region}”。", region=region)
        yield Problem("region", region, rule, _("请填写六位代码，如420200（黄石市）。"))
    elif unit.enabled_at is not None or (unit.id and Unit.select().where(Unit.parent == unit).exists()):
        rule = _("单位启用过或已有下级单位，行政区划不能更改。")
        yield Problem("region", region, rule, _("区划调整的，请登记新单位，再停用原单位。"))


def _parent_problems(actor: Actor, unit: Unit, text: str, region: str) -> Iterator[Problem]:
    present = unit.parent
    if present is not None and not allowed(actor, MANAGE, Target(region=present.region)).allowed:
        # Who answers to whom is for those above to say.
        if text != str(present.id):
            yield Problem("parent", "", _("上级单位不能由本级更改。"), _("请由上级单位的管理员办理。"))
    elif text not in {"", *(str(each.id) for each in possible_parents(actor, region))}:
        yield Problem("parent", "", _("所选单位不能作上级。"), _("请选择行政区划在本单位之上、您所管辖的单位。"))


def written(unit: Unit, name: str) -> str:
    """Return a particular of *unit* as people write it."""
    particular = next(each for each in PARTICULARS if each.name == name)
    return particular.written(unit.parent_id if name == "parent" else getattr(unit, name))
