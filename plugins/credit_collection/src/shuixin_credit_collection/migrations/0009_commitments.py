"""Commitments that enterprises give with each submission."""

from peewee import *
from shuixin.database.fields import JSONField, UTCDateTimeField


def up(migrator, db):
    class Filing(Model):
        class Meta:
            database = db
            table_name = 'credit_collection_filing'

    class Commitment(Model):
        filing = ForeignKeyField(Filing, on_delete='CASCADE', backref='+')
        policy = CharField(max_length=40)
        title = CharField(max_length=200)
        basis = TextField()
        clauses = JSONField()
        given_by = IntegerField()
        giver_name = CharField(max_length=100)
        given_at = UTCDateTimeField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_commitment'

    db.create_tables([Commitment])


def down(migrator, db):
    db.execute_sql('DROP TABLE credit_collection_commitment')
