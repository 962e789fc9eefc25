"""Plugins: suspension, safe mode, faults, inventory, settings; jobs that were asked for."""

from peewee import *
from shuixin.database.fields import JSONField, UTCDateTimeField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column('shuixin_plugin_switch', 'suspended', BooleanField(default=False)),
        migrator.add_column('shuixin_generation', 'safe_since', UTCDateTimeField(null=True)),
        migrator.add_column('shuixin_generation', 'safe_reason', TextField(default='')),
    )

    class PluginFault(Model):
        plugin = CharField(primary_key=True, max_length=60)
        stage = CharField(max_length=60)
        reason = TextField()
        traceback = TextField(default='')
        count = IntegerField(default=1)
        at = UTCDateTimeField()
        by = CharField(max_length=100)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_plugin_fault'

    class PluginAsset(Model):
        plugin = CharField(max_length=60, index=True)
        kind = CharField(max_length=20)
        name = CharField(max_length=120)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_plugin_asset'
            indexes = ((('plugin', 'kind', 'name'), True),)

    class PluginSettings(Model):
        plugin = CharField(primary_key=True, max_length=60)
        version = IntegerField(default=1)
        data = JSONField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_plugin_settings'

    class JobRequest(Model):
        name = CharField(max_length=80, index=True)
        requested_at = UTCDateTimeField()
        requested_by = CharField(max_length=100)
        taken_at = UTCDateTimeField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_job_request'
    db.create_tables([PluginFault, PluginAsset, PluginSettings, JobRequest])


def down(migrator, db):
    for table in ('job_request', 'plugin_settings', 'plugin_asset', 'plugin_fault'):
        db.execute_sql('DROP TABLE shuixin_' + table)
    migrator.migrate(
        migrator.drop_column('shuixin_generation', 'safe_reason'),
        migrator.drop_column('shuixin_generation', 'safe_since'),
        migrator.drop_column('shuixin_plugin_switch', 'suspended'),
    )
