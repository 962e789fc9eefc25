"""Numbers that were given and then voided, with the reason."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField


def up(migrator, db):
    class VoidedNumber(Model):
        key = CharField(max_length=100)
        year = IntegerField()
        value = BigIntegerField()
        reason = TextField()
        at = UTCDateTimeField()
        by = CharField(max_length=100)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_voided_number'
            indexes = ((('key', 'year', 'value'), True),)
    db.create_tables([VoidedNumber])


def down(migrator, db):
    db.execute_sql('DROP TABLE shuixin_voided_number')
