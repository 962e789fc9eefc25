"""The first tables. Frozen copies of the models of that day, independent of the models of today."""

from peewee import *
from shuixin.kit.search import Index
from shuixin.database.fields import UTCDateTimeField

def up(migrator, db):
    class Edition(Model):
        uscc = CharField(max_length=18)
        number = IntegerField()
        register_version = IntegerField()
        document = JSONField()
        created_at = UTCDateTimeField()
        next_change_at = UTCDateTimeField(null=True)
        previous_hash = CharField(max_length=64)
        hash = CharField(max_length=64)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_publish_edition'
            indexes = ((('uscc', 'number'), True),)
    db.create_tables([Edition])

    class Listing(Model):
        uscc = CharField(unique=True, max_length=18)
        name = CharField(index=True, max_length=100)
        region = CharField(index=True, max_length=6)
        edition = ForeignKeyField(Edition, on_delete='RESTRICT')
        summary = CharField(max_length=300, default='')
        good_count = IntegerField(default=0)
        published_at = UTCDateTimeField(index=True)
        next_change_at = UTCDateTimeField(index=True, null=True)
        active = BooleanField(default=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_publish_listing'
    db.create_tables([Listing])

    class ListingKind(Model):
        listing = ForeignKeyField(Listing, on_delete='CASCADE')
        kind = CharField(index=True, max_length=20)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_publish_listing_kind'
            indexes = ((('listing', 'kind'), True),)
    db.create_tables([ListingKind])

    Index('credit_publish_listing_search').create(db)


def down(migrator, db):
    Index('credit_publish_listing_search').drop(db)
    db.execute_sql('DROP TABLE credit_publish_listing_kind')
    db.execute_sql('DROP TABLE credit_publish_listing')
    db.execute_sql('DROP TABLE credit_publish_edition')
