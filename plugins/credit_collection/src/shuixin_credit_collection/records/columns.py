"""Declaring a field: one call gives the column and everything else that is known about it."""

from typing import Any

from shuixin.api import Text
from shuixin_credit_collection.records.fields import FieldSpec, Kind
from shuixin_credit_collection.records.kinds import KINDS


def declare(label: Text, kind: Kind = Kind.TEXT, **facts: Any) -> Any:
    """Return the Peewee column for a declared field; *facts* are the other parameters of :class:`FieldSpec`.

    The field's name is filled in when the record type is read, so a declaration is one line of a model.
    """
    spec = FieldSpec("", label, kind, **facts)
    column = KINDS[kind].column(spec)
    column.declared = spec  # type: ignore[attr-defined]  # read back by record_type_of
    return column
