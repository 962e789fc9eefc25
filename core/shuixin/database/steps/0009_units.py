"""Units with all that a set-up asks for; officers; what people change about regions."""

from peewee import *
from shuixin.database.fields import JSONField, UTCDateTimeField

UNIT = 'shuixin_unit'


def columns():
    class Above(Model):
        class Meta:
            table_name = UNIT
    return {
        'short_name': CharField(default='', max_length=20),
        'parent_id': ForeignKeyField(Above, Above.id, null=True, on_delete='RESTRICT'),
        'address': CharField(default='', max_length=200),
        'phone': CharField(default='', max_length=40),
        'fine_bank': CharField(default='', max_length=100),
        'fine_account_name': CharField(default='', max_length=100),
        'fine_account': CharField(default='', max_length=40),
        'hearing_person': BigIntegerField(null=True),
        'hearing_unit': BigIntegerField(null=True),
        'hearing_basis': CharField(default='', max_length=200),
        'seal': CharField(default='', max_length=32),
        'numbering_year': IntegerField(default=0),
        # Units that are there already are at work.
        'state': CharField(default='enabled', max_length=16),
        'enabled_at': UTCDateTimeField(null=True),
        'row_version': IntegerField(default=1),
    }


def up(migrator, db):
    migrator.migrate(*(migrator.add_column(UNIT, name, field) for name, field in columns().items()))

    class Unit(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = UNIT

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_user'

    class Officer(Model):
        row_version = IntegerField(default=1)
        unit = ForeignKeyField(Unit, on_delete='RESTRICT')
        name = CharField(max_length=40)
        card_number = CharField(index=True, max_length=20)
        valid_from = DateField()
        valid_to = DateField()
        active = BooleanField(default=True)
        account = ForeignKeyField(User, null=True, on_delete='RESTRICT')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_officer'

    class RegionChange(Model):
        row_version = IntegerField(default=1)
        code = CharField(max_length=6)
        name = CharField(max_length=60)
        local = BooleanField(default=False)
        stands_for = JSONField()
        since = DateField()
        ended = BooleanField(default=False)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_region_change'
            indexes = ((('code', 'since'), True),)
    db.create_tables([Officer, RegionChange])


def down(migrator, db):
    for table in ('officer', 'region_change'):
        db.execute_sql('DROP TABLE shuixin_' + table)
    migrator.migrate(migrator.drop_index(UNIT, 'shuixin_unit_parent_id'))
    for name in reversed(columns()):
        migrator.migrate(migrator.drop_column(UNIT, name))
