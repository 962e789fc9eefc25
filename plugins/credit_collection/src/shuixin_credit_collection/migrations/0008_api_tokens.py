"""Tokens of enterprises' own systems."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField


def up(migrator, db):
    class ApiToken(Model):
        label = CharField(max_length=60)
        prefix = CharField(max_length=12, unique=True)
        secret_hash = CharField(max_length=64)
        subject = CharField(index=True, max_length=18)
        created_by = IntegerField(index=True)
        creator_name = CharField(max_length=100)
        created_at = UTCDateTimeField()
        expires_on = DateField()
        last_used_at = UTCDateTimeField(null=True)
        revoked_at = UTCDateTimeField(null=True)
        minute = IntegerField(default=0)
        requests = IntegerField(default=0)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_api_token'

    db.create_tables([ApiToken])


def down(migrator, db):
    db.execute_sql('DROP TABLE credit_collection_api_token')
