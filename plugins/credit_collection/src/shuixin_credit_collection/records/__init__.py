"""Record types: declared once as Peewee models whose fields also say label, visibility, keeper and checks."""

from shuixin_credit_collection.records.codes import code_list
from shuixin_credit_collection.records.columns import declare
from shuixin_credit_collection.records.fields import Editor, FieldSpec, Keeper, Kind, Visibility
from shuixin_credit_collection.records.items import ITEMS, Item
from shuixin_credit_collection.records.model import Record, RecordType, record_type_of
from shuixin_credit_collection.records.values import Invalid, display, from_json, parse, to_json

__all__ = [
    "ITEMS",
    "Editor",
    "FieldSpec",
    "Invalid",
    "Item",
    "Keeper",
    "Kind",
    "Record",
    "RecordType",
    "Visibility",
    "code_list",
    "declare",
    "display",
    "from_json",
    "parse",
    "record_type_of",
    "to_json",
]
