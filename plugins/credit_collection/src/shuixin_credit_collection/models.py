"""Subjects and filings; the record types are in ``kinds``."""

from typing import TYPE_CHECKING

from peewee import CharField, ForeignKeyField, IntegerField, ModelSelect, TextField

from shuixin.api import BaseModel, JSONField, UTCDateTimeField, VersionedModel


class Subject(BaseModel):
    """A market subject (市场主体), known by its 统一社会信用代码 from its first submitted filing on."""

    uscc = CharField(max_length=18, unique=True)
    name = CharField(max_length=100)
    #: Where it is registered (所属省市).
    region = CharField(max_length=6, index=True)
    #: Region of the authority in charge of it, which decides who may see and review it.
    authority = CharField(max_length=6, index=True)
    #: Account that declared it first; 0 for subjects that the authority entered.
    owner = IntegerField(default=0)
    #: Counts approved filings; what the public sees is projected from one such state.
    register_version = IntegerField(default=0)
    created_at = UTCDateTimeField()

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_subject"


class Filing(VersionedModel):
    """A case (申报/变更): what somebody wants to change in the Register, on its way through review."""

    number = CharField(max_length=20, null=True, unique=True)
    subject = ForeignKeyField(Subject, null=True, on_delete="RESTRICT", index=True)
    kind = CharField(max_length=10)
    source = CharField(max_length=10)
    stage = CharField(max_length=10, index=True)
    #: Region of the authority that reviews it, which need not be where the subject is registered.
    region = CharField(max_length=6, index=True)
    #: What the filer typed, by record type and record key; kept as typed until it is submitted.
    draft = JSONField()
    created_by = IntegerField(index=True)
    created_at = UTCDateTimeField()
    submitted_by = IntegerField(null=True)
    submitter_name = CharField(max_length=100, default="")
    submitted_at = UTCDateTimeField(null=True, index=True)
    reviewed_by = IntegerField(null=True)
    approved_by = IntegerField(null=True)
    approved_at = UTCDateTimeField(null=True)

    if TYPE_CHECKING:
        items: ModelSelect["FilingItem"]
        events: ModelSelect["FilingEvent"]

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_filing"


class FilingItem(BaseModel):
    """One thing in a filing that is judged by itself: a field of a single record, or one record of a list."""

    filing = ForeignKeyField(Filing, backref="items", on_delete="CASCADE", index=True)
    position = IntegerField()
    record_type = CharField(max_length=40)
    key = CharField(max_length=32)
    field = CharField(max_length=40, default="")
    action = CharField(max_length=10)
    before = JSONField(null=True)
    after = JSONField(null=True)
    base_version = IntegerField(default=0)
    verdict = CharField(max_length=10)
    reason = TextField(default="")
    reply = TextField(default="")

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_filing_item"


class FilingEvent(BaseModel):
    """One step in the life of a filing (办理记录)."""

    filing = ForeignKeyField(Filing, backref="events", on_delete="CASCADE", index=True)
    at = UTCDateTimeField()
    actor_id = IntegerField()
    actor_name = CharField(max_length=100)
    unit_name = CharField(max_length=100, default="")
    act = CharField(max_length=12)
    note = TextField(default="")

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_filing_event"
