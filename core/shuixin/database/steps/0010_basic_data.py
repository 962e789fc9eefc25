"""Basic data: revisions, entries of code lists and years of the calendar that people change."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField


def up(migrator, db):
    class Revision(Model):
        name = CharField(max_length=60, primary_key=True)
        number = IntegerField(default=1)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_revision'

    class DictionaryEntry(Model):
        row_version = IntegerField(default=1)
        list_name = CharField(max_length=100)
        code = CharField(max_length=40)
        wordings = JSONField()
        order = IntegerField()
        parent = CharField(max_length=40, default='')
        basis = CharField(max_length=200, default='')
        first = DateField(null=True)
        last = DateField(null=True)
        changed_at = UTCDateTimeField()
        changed_by = CharField(max_length=100)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_dictionary_entry'
            indexes = ((('list_name', 'code'), True),)

    class CalendarYear(Model):
        row_version = IntegerField(default=1)
        year = IntegerField(primary_key=True)
        basis = CharField(max_length=200)
        holidays = JSONField()
        working_days = JSONField()
        changed_at = UTCDateTimeField()
        changed_by = CharField(max_length=100)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_calendar_year'

    db.create_tables([Revision, DictionaryEntry, CalendarYear])


def down(migrator, db):
    for name in ('shuixin_calendar_year', 'shuixin_dictionary_entry', 'shuixin_revision'):
        db.execute_sql(f'DROP TABLE {name}')
