"""Where a code of a list is used: in the Register, its history included, and in filings on their way."""

from collections.abc import Callable, Iterator
from typing import Any

from shuixin.api import CodeList
from shuixin_credit_collection.models import Filing, FilingItem
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType
from shuixin_credit_collection.records.codes import LABELS, PREFIX, SHIPPED, full_name
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.services.rows import codes_in


def lists() -> tuple[CodeList, ...]:
    """Return this plugin's lists, as the platform keeps them."""
    return tuple(
        CodeList(PREFIX + name, LABELS[name], entries, usage_in(PREFIX + name)) for name, entries in SHIPPED.items()
    )


def usage_in(name: str) -> Callable[[str], int]:
    """Return what counts the places where a code of the list *name* is used."""

    def count(code: str) -> int:
        return sum(_in_register(*each, code) + _in_filings(*each, code) for each in _fields(name))

    return count


def _fields(name: str) -> Iterator[tuple[RecordType, FieldSpec]]:
    for type_ in record_types():
        yield from ((type_, spec) for spec in type_.fields if spec.codes and full_name(spec.codes) == name)


def _in_register(type_: RecordType, spec: FieldSpec, code: str) -> int:
    column = getattr(type_.model, spec.name)
    condition = column.cast("TEXT").contains(f'"{code}"') if spec.kind is Kind.CODES else column == code
    return int(type_.model.select().where(condition).count())


def _in_filings(type_: RecordType, spec: FieldSpec, code: str) -> int:
    """Count items that are not in the Register, or not yet; whatever became of them, they are shown in words."""
    written = f'"{code}"'
    rows = (
        FilingItem.select(FilingItem.before, FilingItem.after)
        .join(Filing)
        .where(
            FilingItem.record_type == type_.code,
            Filing.approved_at.is_null(),
            FilingItem.after.cast("TEXT").contains(written) | FilingItem.before.cast("TEXT").contains(written),
        )
    )
    return sum(any(_holds(value, spec, code) for value in (row.before, row.after)) for row in rows.iterator())


def _holds(value: Any, spec: FieldSpec, code: str) -> bool:
    return code in codes_in((value or {}).get(spec.name))
