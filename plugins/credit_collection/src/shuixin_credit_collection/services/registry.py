"""The record types of the enabled plugins."""

from shuixin.api import current_platform
from shuixin_credit_collection.records import Record, RecordType, record_type_of


def record_types() -> list[RecordType]:
    """Return all record types, in the order of the eight items (八项信息)."""
    classes: list[tuple[str, type[Record]]] = current_platform().loaded.extension("credit_record_types")
    return sorted((record_type_of(model) for _plugin, model in classes), key=lambda each: each.order)


def record_type(code: str) -> RecordType | None:
    """Return the record type called *code*, ``None`` if its plugin is switched off."""
    return next((each for each in record_types() if each.code == code), None)
