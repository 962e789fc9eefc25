"""Officers (执法人员): who may sign field documents, with the card that shows it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from peewee import BooleanField, CharField, DateField, ForeignKeyField

from shuixin import audit
from shuixin.access import Actor
from shuixin.accounts.models import User
from shuixin.database import VersionedModel, exclusive, transaction
from shuixin.errors import NotFound, Problem, Refused
from shuixin.kit.particulars import Particular, answers
from shuixin.texts import domain
from shuixin.units.models import Unit
from shuixin.units.services import find_unit

_ = domain("shuixin")
#: What is asked about an officer. The card's number is free text: provinces number differently (DOMAIN §4.4).
CARD = (
    Particular("name", "officer", _("姓名"), 40, "", ".{2,}", _("请照证件填写2至40个字的姓名。")),
    Particular("card_number", "officer", _("执法证号"), 20, "", "[0-9A-Z-]{6,20}", _("请照证件填写6至20位。")),
    Particular("valid_from", "officer", _("有效期起"), 10, kind="day"),
    Particular("valid_to", "officer", _("有效期止"), 10, kind="day"),
    Particular("account", "officer", _("账号"), 40, needed=False),
)


class Officer(VersionedModel):
    """A person of a unit with an enforcement card (行政执法证)."""

    unit = ForeignKeyField(Unit, backref="officers", on_delete="RESTRICT")
    name = CharField(max_length=40)
    #: 执法证号: free text, since provinces number differently (DOMAIN §4.4).
    card_number = CharField(max_length=20, index=True)
    valid_from = DateField()
    valid_to = DateField()
    #: Whether the person still serves here; who has left stays on record.
    active = BooleanField(default=True)
    account = ForeignKeyField(User, null=True, backref="officers", on_delete="RESTRICT")

    class Meta:
        """Core table."""

        table_name = "shuixin_officer"

    def standing(self, day: date) -> str:
        """Return how person and card stand on *day*: ``valid``, ``early`` (not yet valid), ``expired`` or ``left``."""
        if not self.active:
            return "left"
        if day > self.valid_to:
            return "expired"
        return "early" if day < self.valid_from else "valid"


def officers_of(unit: Unit) -> list[Officer]:
    """Return the officers of *unit*, those who serve first."""
    return list(Officer.select().where(Officer.unit == unit).order_by(Officer.active.desc(), Officer.name, Officer.id))


def save_officer(actor: Actor, unit_id: int, officer_id: int, values: Mapping[str, str], *, version: int) -> Officer:
    """Add an officer to a unit (*officer_id* 0), or change one; who has left is kept, and marked so.

    :param values: ``name``, ``card_number``, ``valid_from``, ``valid_to``, ``account`` (a user name, or nothing), and
        ``active`` (``"1"``).
    :raises NotFound: the unit has no such officer.
    :raises Refused: with every problem of every field.
    """
    unit = find_unit(actor, unit_id)
    officer = Officer.get_or_none(Officer.id == officer_id, Officer.unit == unit) if officer_id else None
    if officer_id and officer is None:
        raise NotFound(_("本单位没有这名执法人员。"))
    blank = {each.name: "" for each in CARD}
    with transaction():
        exclusive("officer cards")
        changes, problems = answers(CARD, {**blank, **values})
        changes["active"] = values.get("active", "1") == "1"
        problems += _clashes(unit, changes, officer_id)
        if problems:
            raise Refused(_("有{count}处需要改正。", count=len(problems)), problems)
        if officer is None:
            officer = Officer.create(unit=unit, **changes)
        else:
            officer.save_if(version, **changes)
        detail = {"officer": officer.id, "active": officer.active, "valid_to": officer.valid_to.isoformat()}
        audit.append(actor, "officer.save", "unit", unit.code, detail)
    return officer


def _clashes(unit: Unit, changes: dict[str, Any], officer_id: int) -> Iterator[Problem]:
    """Yield what does not go together, and put the account in the place of its name."""
    begins, ends, number, account = (changes[name] for name in ("valid_from", "valid_to", "card_number", "account"))
    if begins and ends and ends < begins:
        yield Problem("valid_to", ends.isoformat(), _("有效期止早于有效期起。"), _("请照证件填写。"))
    holders = Officer.select().where(Officer.card_number == number, Officer.active, Officer.id != officer_id)
    if changes["active"] and number and holders.exists():
        rule = _("执法证号{number}已登记在另一名在岗人员名下。", number=number)
        yield Problem("card_number", number, rule, _("请核对证号；调离的人员请先改为离岗。"))
    changes["account"] = User.get_or_none(User.username == account, User.unit == unit) if account else None
    if account and changes["account"] is None:
        rule = _("本单位没有账号“{username}”。", username=account)
        yield Problem("account", account, rule, _("请填写本单位的账号，或不填。"))
