"""The database room: one connection, the base model, UTC instants, migrations.

Everything that speaks a dialect of SQL lives here or in ``kit/search``; all other rooms use Peewee only.
"""

from shuixin.database.bulk import insert_rows
from shuixin.database.connection import connect, connected, db, describe_url
from shuixin.database.fields import JSONField, UTCDateTimeField
from shuixin.database.models import BaseModel, VersionedModel, detach
from shuixin.database.transactions import after_commit, exclusive, transaction

__all__ = [
    "BaseModel",
    "JSONField",
    "UTCDateTimeField",
    "VersionedModel",
    "after_commit",
    "connect",
    "connected",
    "db",
    "describe_url",
    "detach",
    "exclusive",
    "insert_rows",
    "transaction",
]
