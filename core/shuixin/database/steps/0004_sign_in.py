"""Signing in: attempts, challenges, passwords used before, the second factor and its recovery codes."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column('shuixin_user', 'password_changed_at', UTCDateTimeField(null=True)),
        migrator.add_column('shuixin_user', 'totp_secret', CharField(default='', max_length=200)),
        migrator.add_column('shuixin_user', 'totp_step', BigIntegerField(default=0)),
    )

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_user'

    class SignInAttempt(Model):
        username = CharField(max_length=40)
        address = CharField(max_length=60)
        agent = CharField(max_length=300)
        at = UTCDateTimeField(index=True)
        outcome = CharField(max_length=16)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_sign_in_attempt'
            indexes = ((('username', 'at'), False), (('address', 'at'), False))

    class Challenge(Model):
        token = CharField(primary_key=True, max_length=43)
        kind = CharField(max_length=10)
        text = CharField(max_length=60)
        answer = CharField(max_length=20)
        at = UTCDateTimeField(index=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_challenge'

    class PasswordUse(Model):
        user = ForeignKeyField(User, on_delete='CASCADE')
        password = CharField(max_length=255)
        at = UTCDateTimeField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_password_use'

    class RecoveryCode(Model):
        user = ForeignKeyField(User, on_delete='CASCADE')
        code_hash = CharField(max_length=64)
        used_at = UTCDateTimeField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_recovery_code'
    db.create_tables([SignInAttempt, Challenge, PasswordUse, RecoveryCode])


def down(migrator, db):
    for table in ('recovery_code', 'password_use', 'challenge', 'sign_in_attempt'):
        db.execute_sql('DROP TABLE shuixin_' + table)
    for column in ('totp_step', 'totp_secret', 'password_changed_at'):
        migrator.migrate(migrator.drop_column('shuixin_user', column))
