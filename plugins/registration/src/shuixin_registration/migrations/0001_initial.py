"""The first tables. Frozen copies of the models of that day, independent of the models of today."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_user'

    class MainAccount(Model):
        row_version = IntegerField(default=1)
        subject = CharField(max_length=18, unique=True)
        user = ForeignKeyField(User, on_delete='RESTRICT', unique=True)
        region = CharField(max_length=6, index=True)
        since = UTCDateTimeField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'registration_main_account'

    class Registration(Model):
        row_version = IntegerField(default=1)
        receipt = CharField(max_length=20, unique=True)
        code_hash = CharField(max_length=64)
        uscc = CharField(max_length=18, index=True)
        enterprise = CharField(max_length=100)
        region = CharField(max_length=6, index=True)
        contact = CharField(max_length=40)
        mobile = CharField(max_length=200)
        username = CharField(max_length=40)
        password = CharField(max_length=255)
        notice = CharField(max_length=40)
        notice_hash = CharField(max_length=64)
        address = CharField(max_length=60)
        created_at = UTCDateTimeField(index=True)
        submitted_at = UTCDateTimeField()
        stage = CharField(max_length=10, index=True)
        stage_at = UTCDateTimeField()
        reason = TextField(default='')
        user = ForeignKeyField(User, null=True, on_delete='RESTRICT')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'registration_request'
            indexes = ((('address', 'created_at'), False),)
    db.create_tables([MainAccount, Registration])


def down(migrator, db):
    for table in ('request', 'main_account'):
        db.execute_sql('DROP TABLE registration_' + table)
