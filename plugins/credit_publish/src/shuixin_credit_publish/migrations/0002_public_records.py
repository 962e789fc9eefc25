"""Good and bad records that are public now, as lists show them; all listings are brought up to date once."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField

LISTING = 'credit_publish_listing'


def up(migrator, db):
    class Listing(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = LISTING

    class PublicRecord(Model):
        listing = ForeignKeyField(Listing, on_delete='CASCADE')
        section = CharField(max_length=40)
        key = CharField(max_length=32)
        day = DateField()
        until = UTCDateTimeField(null=True)
        values = JSONField()
        marks = JSONField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_publish_public_record'
            indexes = ((('section', 'day'), False), (('listing', 'section', 'key'), True))
    db.create_tables([PublicRecord])
    migrator.migrate(migrator.drop_column(LISTING, 'good_count'))
    # Due at once: the job, or the next visitor, takes the records from the present Editions.
    db.execute_sql('UPDATE credit_publish_listing SET next_change_at = published_at')


def down(migrator, db):
    db.execute_sql('DROP TABLE credit_publish_public_record')
    migrator.migrate(migrator.add_column(LISTING, 'good_count', IntegerField(default=0)))
