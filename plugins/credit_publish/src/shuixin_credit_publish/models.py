"""Editions, and the list of current ones that search and filters read."""

from peewee import BooleanField, CharField, DateField, ForeignKeyField, IntegerField

from shuixin.api import BaseModel, JSONField, UTCDateTimeField


class Edition(BaseModel):
    """What the public may see of one subject at one time (公示版本): immutable, numbered, chained by hashes.

    ``document`` holds public fields only, already masked; nothing else is ever read by public code.
    """

    uscc = CharField(max_length=18)
    number = IntegerField()
    register_version = IntegerField()
    document = JSONField()
    created_at = UTCDateTimeField()
    next_change_at = UTCDateTimeField(null=True)
    previous_hash = CharField(max_length=64)
    hash = CharField(max_length=64)

    class Meta:
        """Plugin table."""

        table_name = "credit_publish_edition"
        indexes = ((("uscc", "number"), True),)


class Listing(BaseModel):
    """The current Edition of one subject, as lists show it."""

    uscc = CharField(max_length=18, unique=True)
    name = CharField(max_length=100, index=True)
    region = CharField(max_length=6, index=True)
    edition = ForeignKeyField(Edition, on_delete="RESTRICT")
    summary = CharField(max_length=300, default="")
    published_at = UTCDateTimeField(index=True)
    next_change_at = UTCDateTimeField(null=True, index=True)
    active = BooleanField(default=True)

    class Meta:
        """Plugin table."""

        table_name = "credit_publish_listing"


class ListingKind(BaseModel):
    """One kind of subject (主体类别) of a listing; a subject may have several."""

    listing = ForeignKeyField(Listing, backref="kinds", on_delete="CASCADE")
    kind = CharField(max_length=20, index=True)

    class Meta:
        """Plugin table."""

        table_name = "credit_publish_listing_kind"
        indexes = ((("listing", "kind"), True),)


class PublicRecord(BaseModel):
    """One good or bad record that is public now, as lists show it: taken from the current Edition of its unit."""

    listing = ForeignKeyField(Listing, backref="records", on_delete="CASCADE")
    section = CharField(max_length=40)
    key = CharField(max_length=32)
    #: The day that lists are ordered by: of the award or of the decision.
    day = DateField()
    until = UTCDateTimeField(null=True)
    values = JSONField()
    marks = JSONField()

    class Meta:
        """Plugin table."""

        table_name = "credit_publish_public_record"
        indexes = ((("section", "day"), False), (("listing", "section", "key"), True))
