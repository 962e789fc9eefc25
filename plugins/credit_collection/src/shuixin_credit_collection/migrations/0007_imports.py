"""Workbooks of the authority: batches, their units, their rows."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField


def up(migrator, db):
    class Filing(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_filing'

    class ImportBatch(Model):
        row_version = IntegerField(default=1)
        name = CharField(max_length=200)
        file = CharField(default='', max_length=40)
        digest = CharField(index=True, max_length=64)
        stage = CharField(index=True, max_length=10)
        message = TextField(default='')
        created_by = IntegerField(index=True)
        creator_name = CharField(max_length=100)
        created_at = UTCDateTimeField()
        total = IntegerField(default=0)
        counts = JSONField(null=True)
        filed_at = UTCDateTimeField(null=True)
        undone_at = UTCDateTimeField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_import_batch'

    class ImportUnit(Model):
        batch = ForeignKeyField(ImportBatch, on_delete='CASCADE')
        uscc = CharField(max_length=40)
        name = CharField(default='', max_length=100)
        register_version = IntegerField(default=-1)
        counts = JSONField(null=True)
        left_out = BooleanField(default=False)
        filing = ForeignKeyField(Filing, null=True, on_delete='RESTRICT', backref='+')
        undo_filing = ForeignKeyField(Filing, null=True, on_delete='RESTRICT', backref='+')
        kept = JSONField(null=True)
        message = TextField(default='')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_import_unit'
            indexes = ((('batch', 'uscc'), True),)

    class ImportRow(Model):
        batch = ForeignKeyField(ImportBatch, on_delete='CASCADE')
        position = IntegerField()
        sheet = CharField(max_length=40)
        number = IntegerField()
        record_type = CharField(max_length=40)
        uscc = CharField(max_length=40)
        texts = JSONField()
        action = CharField(default='waiting', max_length=8)
        key = CharField(default='', max_length=32)
        title = CharField(default='', max_length=200)
        before = JSONField(null=True)
        after = JSONField(null=True)
        base_version = IntegerField(default=0)
        faults = JSONField(null=True)
        problems = JSONField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_import_row'
            indexes = ((('batch', 'position'), True), (('batch', 'uscc'), False), (('batch', 'action'), False))

    db.create_tables([ImportBatch, ImportUnit, ImportRow])


def down(migrator, db):
    db.execute_sql('DROP TABLE credit_collection_import_row')
    db.execute_sql('DROP TABLE credit_collection_import_unit')
    db.execute_sql('DROP TABLE credit_collection_import_batch')
