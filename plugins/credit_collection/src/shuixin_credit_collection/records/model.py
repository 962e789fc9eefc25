"""The base of all records, and what is read off a record class."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField

from shuixin.api import BaseModel, Text, UTCDateTimeField
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records.fields import FieldSpec
from shuixin_credit_collection.records.values import for_column, to_json

__all__ = ["Record", "RecordType", "record_type_of"]


class Record(BaseModel):
    """One version of one record in the Register (信用档案). Versions are added, never overwritten.

    The present version of a record is the one with ``superseded_at`` empty; a removal is a version too.
    Subclasses declare fields and an inner class ``Declaration`` (see :class:`RecordType`).
    """

    subject = ForeignKeyField(Subject, on_delete="RESTRICT", index=True)
    key = CharField(max_length=32, index=True)
    version = IntegerField()
    recorded_at = UTCDateTimeField()
    superseded_at = UTCDateTimeField(null=True, index=True)
    filing = ForeignKeyField(Filing, on_delete="RESTRICT", index=True)
    removed = BooleanField(default=False)

    class Meta:
        """Inherited by each record type: a version exists once."""

        indexes = ((("subject", "key", "version"), True),)

    class Declaration:
        """Overridden by each record type."""

        code = ""
        label: Text
        single = False
        title: tuple[str, ...] = ()
        publication = ""
        order = 100


@dataclass(frozen=True)
class RecordType:
    """What a record class declares.

    :param single: one record per subject (基本信息) rather than a list.
    :param title: fields that name a record in lists.
    :param publication: topic of the policy set that limits how long records are public; ``""`` for no limit.
    """

    code: str
    label: Text
    model: type[Record]
    single: bool
    title: tuple[str, ...]
    publication: str
    order: int
    fields: tuple[FieldSpec, ...]

    def field(self, name: str) -> FieldSpec:
        """Return the declaration of one field."""
        return next(spec for spec in self.fields if spec.name == name)

    def columns_of(self, record: Record) -> dict[str, Any]:
        """Return the stored values of *record*, JSON-friendly."""
        return {spec.name: to_json(spec, getattr(record, spec.name)) for spec in self.fields}

    def for_columns(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return *values* as the model's columns take them."""
        return {spec.name: for_column(spec, values.get(spec.name)) for spec in self.fields}


@lru_cache(maxsize=64)
def record_type_of(model: type[Record]) -> RecordType:
    """Read the declaration off *model*."""
    declaration = model.Declaration
    fields = tuple(
        replace(field.declared, name=field.name) for field in model._meta.sorted_fields if hasattr(field, "declared")
    )
    return RecordType(
        code=declaration.code,
        label=declaration.label,
        model=model,
        single=getattr(declaration, "single", False),
        title=getattr(declaration, "title", ()),
        publication=getattr(declaration, "publication", ""),
        order=getattr(declaration, "order", 100),
        fields=fields,
    )
