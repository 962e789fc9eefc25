"""What other plugins may import of the collection subsystem."""

from shuixin_credit_collection.events import RegisterChanged
from shuixin_credit_collection.models import Subject
from shuixin_credit_collection.records import (
    Editor,
    FieldSpec,
    Item,
    Keeper,
    Kind,
    Record,
    RecordType,
    Visibility,
    code_list,
    declare,
)
from shuixin_credit_collection.records.lapsing import status_on
from shuixin_credit_collection.records.tables import create_record_table
from shuixin_credit_collection.records.values import display
from shuixin_credit_collection.services.code_usage import usage_in
from shuixin_credit_collection.services.register import Entry, entries, hold
from shuixin_credit_collection.services.registry import record_type, record_types

__all__ = [
    "Editor",
    "Entry",
    "FieldSpec",
    "Item",
    "Keeper",
    "Kind",
    "Record",
    "RecordType",
    "RegisterChanged",
    "Subject",
    "Visibility",
    "code_list",
    "create_record_table",
    "declare",
    "display",
    "entries",
    "hold",
    "record_type",
    "record_types",
    "status_on",
    "usage_in",
]
