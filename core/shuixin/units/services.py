"""Units are registered here."""

from peewee import IntegrityError

from shuixin import audit
from shuixin.access import Actor, require
from shuixin.database import transaction
from shuixin.errors import Problem, Refused
from shuixin.texts import domain
from shuixin.units.models import Unit
from shuixin.units.regions import find_region

_ = domain("shuixin")
MANAGE = "shuixin.units"


def register_unit(actor: Actor, *, code: str, name: str, region: str, organ_word: str = "") -> Unit:
    """Register an authority (主管部门).

    :param region: six-digit code of the region it is in charge of.
    :param organ_word: the word its documents begin with (机关代字), e.g. 黄水.
    :raises Refused: the code is taken, or nobody knows the region.
    """
    require(actor, MANAGE)
    if len(region) != 6 or find_region(region) is None:
        rule = _("没有行政区划代码“{region}”。", region=region)
        raise Refused(rule, [Problem("region", region, rule, _("请填写六位代码，如420200（黄石市）。"))])
    try:
        with transaction():
            unit = Unit.create(code=code, name=name, region=region, organ_word=organ_word)
            audit.append(actor, "unit.register", "unit", code, {"name": name, "region": region})
    except IntegrityError as error:
        raise Refused(_("单位{code}已登记。", code=code)) from error
    return unit
