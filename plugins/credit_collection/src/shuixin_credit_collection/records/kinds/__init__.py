"""What each kind of field does: its column, and the way of a value from what is typed to what is read.

A kind is one object here; whoever adds one adds it to ``KINDS`` and nothing else.
"""

from shuixin_credit_collection.records.fields import Kind
from shuixin_credit_collection.records.kinds.base import FieldKind, Invalid
from shuixin_credit_collection.records.kinds.choices import Code, Codes, RegionCode, RegionCodes
from shuixin_credit_collection.records.kinds.days import Day, Moment, Year
from shuixin_credit_collection.records.kinds.links import File, Link, Links
from shuixin_credit_collection.records.kinds.numbers import Integer, Money, Number
from shuixin_credit_collection.records.kinds.words import Address, CreditCode, LongText, Secret, ShortText

__all__ = ["KINDS", "FieldKind", "Invalid"]

KINDS: dict[Kind, FieldKind] = {
    Kind.TEXT: ShortText(),
    Kind.LONG: LongText(),
    Kind.CODE: Code(),
    Kind.CODES: Codes(),
    Kind.DATE: Day(),
    Kind.MOMENT: Moment(),
    Kind.YEAR: Year(),
    Kind.INTEGER: Integer(),
    Kind.NUMBER: Number(),
    Kind.MONEY: Money(),
    Kind.REGION: RegionCode(),
    Kind.REGIONS: RegionCodes(),
    Kind.USCC: CreditCode(),
    Kind.URL: Address(),
    Kind.SECRET: Secret(),
    Kind.LINK: Link(),
    Kind.LINKS: Links(),
    Kind.FILE: File(),
}
