"""What is found by comparing records: claims, expiries, clashes. The nightly job fills the first two."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField


def up(migrator, db):
    class Subject(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_subject'

    class Filing(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_filing'

    class Claim(Model):
        kind = CharField(max_length=12)
        value = CharField(max_length=64)
        sort = CharField(default='', max_length=80)
        place = CharField(default='', max_length=64)
        subject = ForeignKeyField(Subject, field=Subject.id, on_delete='RESTRICT')
        filing = ForeignKeyField(Filing, field=Filing.id, null=True, on_delete='CASCADE')
        record_type = CharField(max_length=40)
        key = CharField(max_length=32)
        from_on = DateField(null=True)
        until_on = DateField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_claim'
            indexes = ((('value', 'kind'), False),)

    class ClaimsKept(Model):
        subject = ForeignKeyField(Subject, field=Subject.id, on_delete='RESTRICT', unique=True)
        register_version = IntegerField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_claims_kept'

    class Expiry(Model):
        subject = ForeignKeyField(Subject, field=Subject.id, on_delete='RESTRICT')
        record_type = CharField(max_length=40)
        key = CharField(max_length=32)
        valid_to = DateField(index=True)
        told = IntegerField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_expiry'

    class Clash(Model):
        row_version = IntegerField(default=1)
        identity = CharField(max_length=64, unique=True)
        kind = CharField(index=True, max_length=12)
        left = ForeignKeyField(Subject, field=Subject.id, on_delete='RESTRICT')
        left_region = CharField(index=True, max_length=6)
        left_type = CharField(max_length=40)
        left_key = CharField(max_length=32)
        right = ForeignKeyField(Subject, field=Subject.id, on_delete='RESTRICT')
        right_region = CharField(index=True, max_length=6)
        right_type = CharField(max_length=40)
        right_key = CharField(max_length=32)
        from_on = DateField(null=True)
        until_on = DateField(null=True)
        filing = ForeignKeyField(Filing, field=Filing.id, null=True, on_delete='RESTRICT')
        found_at = UTCDateTimeField(index=True)
        status = CharField(index=True, max_length=10)
        reason = TextField(default='')
        decided_by = IntegerField(default=0)
        decided_name = CharField(default='', max_length=100)
        decided_at = UTCDateTimeField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_clash'

    db.create_tables([Claim, ClaimsKept, Expiry, Clash])


def down(migrator, db):
    for name in ('clash', 'expiry', 'claims_kept', 'claim'):
        db.execute_sql(f'DROP TABLE credit_collection_{name}')
