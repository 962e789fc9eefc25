"""Tables of record types, for migration steps."""

from typing import Any

from peewee import BooleanField, CharField, Database, DateField, Field, ForeignKeyField, IntegerField, Model

from shuixin.api import UTCDateTimeField


def create_record_table(db: Database, table: str, **columns: Field) -> None:
    """Create the *table* of a record type: what every record has, and its own *columns*.

    Steps that have run stay as they are, and so does this: what all records gain in a later release is added by a step
    of each plugin.
    """
    common: dict[str, Any] = {
        "subject": ForeignKeyField(_existing(db, "credit_collection_subject"), on_delete="RESTRICT"),
        "key": CharField(index=True, max_length=32),
        "version": IntegerField(),
        "holds_from": DateField(),
        "holds_to": DateField(null=True),
        "recorded_at": UTCDateTimeField(),
        "superseded_at": UTCDateTimeField(index=True, null=True),
        "filing": ForeignKeyField(_existing(db, "credit_collection_filing"), on_delete="RESTRICT"),
        "national_id": CharField(max_length=64, null=True),
        "national_version": IntegerField(null=True),
        "removed": BooleanField(default=False),
    }
    unique = ((("subject", "key", "version", "holds_from"), True),)
    db.create_tables([_model(db, table, {**common, **columns}, indexes=unique)])


def _existing(db: Database, table: str) -> type[Model]:
    return _model(db, table, {})


def _model(db: Database, table: str, fields: dict[str, Any], **facts: Any) -> type[Model]:
    options = {"database": db, "legacy_table_names": False, "table_name": table, **facts}
    return type(table, (Model,), {**fields, "Meta": type("Meta", (), options)})
