"""Exports that people asked for."""

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField, TextField

from shuixin.accounts.models import User
from shuixin.database import BaseModel, JSONField, UTCDateTimeField


class Export(BaseModel):
    """A file that somebody asked a list for; once ``finished_at`` is set there is a ``file``, or a ``reason``."""

    owner = ForeignKeyField(User, on_delete="CASCADE")
    #: Endpoint of the list, its label then, and what was asked for.
    view = CharField(max_length=100)
    title = CharField(max_length=100)
    selection = JSONField()
    format = CharField(max_length=4)
    requested_at = UTCDateTimeField()
    finished_at = UTCDateTimeField(null=True)
    expires_at = UTCDateTimeField(null=True, index=True)
    rows = IntegerField(default=0)
    size = BigIntegerField(default=0)
    #: Name below the folder of exports: random, since it is no secret who may export what.
    file = CharField(max_length=40, default="")
    reason = TextField(default="")

    class Meta:
        """Core table."""

        table_name = "shuixin_export"
