"""Notices, confirmed mail addresses, delegations."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField


def up(migrator, db):
    migrator.migrate(migrator.add_column('shuixin_user', 'email_confirmed_at', UTCDateTimeField(null=True)))

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_user'

    class Notice(Model):
        addressee = IntegerField()
        kind = CharField(max_length=60)
        key = CharField(max_length=120)
        title = JSONField()
        text = JSONField()
        link = CharField(max_length=300)
        created_at = UTCDateTimeField(index=True)
        read_at = UTCDateTimeField(null=True)
        mailing = CharField(default='due', index=True, max_length=10)
        mailed_at = UTCDateTimeField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_notice'
            indexes = ((('addressee', 'key'), True), (('addressee', 'read_at'), False))

    class AddressCheck(Model):
        user = ForeignKeyField(User, unique=True, on_delete='CASCADE')
        address = CharField(max_length=120)
        code_hash = CharField(max_length=64)
        at = UTCDateTimeField()
        tries = IntegerField(default=0)
        sent = IntegerField(default=1)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_address_check'

    class Delegation(Model):
        giver = ForeignKeyField(User, backref='+', on_delete='RESTRICT')
        taker = ForeignKeyField(User, backref='+', on_delete='RESTRICT')
        permissions = JSONField()
        first_day = DateField()
        last_day = DateField()
        reason = CharField(max_length=200)
        made_at = UTCDateTimeField()
        ended_at = UTCDateTimeField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_delegation'
    db.create_tables([Notice, AddressCheck, Delegation])


def down(migrator, db):
    for table in ('delegation', 'address_check', 'notice'):
        db.execute_sql('DROP TABLE shuixin_' + table)
    migrator.migrate(migrator.drop_column('shuixin_user', 'email_confirmed_at'))
