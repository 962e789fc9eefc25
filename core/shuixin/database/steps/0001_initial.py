"""The first tables. Frozen copies of the models of that day, independent of the models of today."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField

def up(migrator, db):
    class Attachment(Model):
        id = CharField(primary_key=True, max_length=32)
        owner_kind = CharField(max_length=60)
        owner_key = CharField(max_length=60)
        label = CharField(max_length=200, default='')
        original_name = CharField(max_length=200)
        media_type = CharField(max_length=100)
        extension = CharField(max_length=10)
        size = BigIntegerField()
        sha256 = CharField(max_length=64)
        created_at = UTCDateTimeField()
        created_by = IntegerField()
        public = BooleanField(default=False)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_attachment'
            indexes = ((('owner_kind', 'owner_key'), False),)
    db.create_tables([Attachment])

    class AuditEntry(Model):
        id = BigAutoField()
        number = BigIntegerField(unique=True)
        at = UTCDateTimeField(index=True)
        actor_id = IntegerField(index=True)
        actor_name = CharField(max_length=100)
        unit_name = CharField(max_length=100, default='')
        action = CharField(index=True, max_length=80)
        object_kind = CharField(max_length=60)
        object_key = CharField(index=True, max_length=100)
        detail = JSONField()
        previous_hash = CharField(max_length=64)
        hash = CharField(max_length=64)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_audit_entry'
    db.create_tables([AuditEntry])

    class AuditHead(Model):
        number = BigIntegerField(default=0)
        hash = CharField(max_length=64, default='0000000000000000000000000000000000000000000000000000000000000000')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_audit_head'
    db.create_tables([AuditHead])

    class Counter(Model):
        key = CharField(max_length=100)
        year = IntegerField()
        value = BigIntegerField(default=0)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_counter'
            indexes = ((('key', 'year'), True),)
    db.create_tables([Counter])

    class Generation(Model):
        number = IntegerField(default=1)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_generation'
    db.create_tables([Generation])

    class JobRun(Model):
        name = CharField(index=True, max_length=80)
        started_at = UTCDateTimeField(index=True)
        finished_at = UTCDateTimeField(null=True)
        ok = BooleanField(default=False)
        message = TextField(default='')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_job_run'
    db.create_tables([JobRun])

    class Unit(Model):
        code = CharField(unique=True, max_length=18)
        name = CharField(max_length=100)
        region = CharField(index=True, max_length=6)
        organ_word = CharField(max_length=8, default='')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_unit'
    db.create_tables([Unit])

    class User(Model):
        username = CharField(unique=True, max_length=40)
        name = CharField(max_length=40)
        password = CharField()
        active = BooleanField(default=True)
        fs_uniquifier = CharField(unique=True, max_length=64)
        email = CharField(null=True, max_length=120)
        unit = ForeignKeyField(Unit, null=True, on_delete='RESTRICT')
        subject = CharField(index=True, max_length=18, default='')
        must_change_password = BooleanField(default=False)
        created_at = UTCDateTimeField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_user'
    db.create_tables([User])

    class LoginSession(Model):
        token_hash = CharField(unique=True, max_length=64)
        user = ForeignKeyField(User, on_delete='CASCADE')
        created_at = UTCDateTimeField()
        seen_at = UTCDateTimeField()
        ended_at = UTCDateTimeField(null=True)
        address = CharField(max_length=60, default='')
        agent = TextField(default='')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_login_session'
    db.create_tables([LoginSession])

    class PluginSwitch(Model):
        plugin = CharField(primary_key=True, max_length=60)
        enabled = BooleanField(default=False)
        changed_at = UTCDateTimeField()
        changed_by = CharField(max_length=100)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_plugin_switch'
    db.create_tables([PluginSwitch])

    class RoleGrant(Model):
        user = ForeignKeyField(User, on_delete='RESTRICT')
        role = CharField(max_length=40)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_role_grant'
            indexes = ((('user', 'role'), True),)
    db.create_tables([RoleGrant])


def down(migrator, db):
    db.execute_sql('DROP TABLE shuixin_role_grant')
    db.execute_sql('DROP TABLE shuixin_plugin_switch')
    db.execute_sql('DROP TABLE shuixin_login_session')
    db.execute_sql('DROP TABLE shuixin_user')
    db.execute_sql('DROP TABLE shuixin_unit')
    db.execute_sql('DROP TABLE shuixin_job_run')
    db.execute_sql('DROP TABLE shuixin_generation')
    db.execute_sql('DROP TABLE shuixin_counter')
    db.execute_sql('DROP TABLE shuixin_audit_head')
    db.execute_sql('DROP TABLE shuixin_audit_entry')
    db.execute_sql('DROP TABLE shuixin_attachment')
