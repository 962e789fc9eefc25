"""The steps of a filing: the eight items of information, then checking and submitting."""

from dataclasses import dataclass

from flask import url_for

from shuixin.api import Text, domain
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.records import ITEMS, Item, RecordType
from shuixin_credit_collection.services import completeness
from shuixin_credit_collection.services.rows import is_blank

_ = domain("credit_collection")


@dataclass(frozen=True)
class Tab:
    """One record type of the item at hand."""

    label: Text
    count: int
    url: str
    current: bool


def steps(filing: Filing, current: str) -> list[tuple[str, str, str, str]]:
    """Return (label, note, state, address) of each step; *current* is a record type, ``""`` for the last step."""
    types = completeness.filed_types(filing)
    here = next((type_.item for type_ in types if type_.code == current), None)
    wanted = completeness.missing(filing)
    missing = {type_.item for type_ in wanted}
    found = []
    for item in dict.fromkeys(type_.item for type_ in types):
        first = next(type_ for type_ in [*wanted, *types] if type_.item is item)
        count = sum(_count(filing, type_) for type_ in types if type_.item is item)
        state = "current" if item is here else "done" if count and item not in missing else "todo"
        address = url_for(".edit", filing_id=filing.id, code=first.code)
        found.append((str(ITEMS[item]), _note(item, count, missing), state, address))
    last = "todo" if here else "current"
    return [*found, (str(_("核对并提交")), "", last, url_for(".confirm", filing_id=filing.id))]


def _note(item: Item, count: int, missing: set[Item]) -> str:
    if item in missing:
        return str(_("待补充"))
    return "" if item is Item.BASIC or not count else str(_("{count}条", count=count))


def tabs(filing: Filing, current: RecordType) -> list[Tab]:
    """Return the record types that are filed beside *current*."""
    types = [type_ for type_ in completeness.filed_types(filing) if type_.item is current.item]
    return [
        Tab(
            type_.label,
            _count(filing, type_),
            url_for(".edit", filing_id=filing.id, code=type_.code),
            type_.code == current.code,
        )
        for type_ in types
    ]


def _count(filing: Filing, type_: RecordType) -> int:
    return sum(not is_blank(row) for row in filing.draft.get(type_.code, {}).values())


def following(filing: Filing, code: str) -> str:
    """Return the address of the step after the record type *code*."""
    codes = [type_.code for type_ in completeness.filed_types(filing)]
    index = codes.index(code) + 1 if code in codes else len(codes)
    if index < len(codes):
        return url_for(".edit", filing_id=filing.id, code=codes[index])
    return url_for(".confirm", filing_id=filing.id)
