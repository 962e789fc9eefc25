"""What other plugins may import of the collection subsystem."""

from shuixin_credit_collection.events import RegisterChanged
from shuixin_credit_collection.models import Subject
from shuixin_credit_collection.records import FieldSpec, Keeper, Kind, Record, RecordType, Visibility, code_list
from shuixin_credit_collection.records.fields import declare
from shuixin_credit_collection.records.values import display
from shuixin_credit_collection.services.register import Entry, entries
from shuixin_credit_collection.services.registry import record_type, record_types

__all__ = [
    "Entry",
    "FieldSpec",
    "Keeper",
    "Kind",
    "Record",
    "RecordType",
    "RegisterChanged",
    "Subject",
    "Visibility",
    "code_list",
    "declare",
    "display",
    "entries",
    "record_type",
    "record_types",
]
