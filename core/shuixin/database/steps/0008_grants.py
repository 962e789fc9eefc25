"""Grants with region, days, giver and end; roles made in the page; the last use of each right."""

from peewee import *
from shuixin.database.fields import JSONField, UTCDateTimeField

GRANT = 'shuixin_role_grant'
COLUMNS = {
    'region': CharField(max_length=6, default=''),
    'first_day': DateField(null=True),
    'last_day': DateField(null=True),
    'given_at': UTCDateTimeField(null=True),
    'given_by': CharField(max_length=100, default=''),
    'ended_at': UTCDateTimeField(null=True),
    'ended_by': CharField(max_length=100, default=''),
}


def up(migrator, db):
    migrator.migrate(
        migrator.drop_index(GRANT, 'shuixin_role_grant_user_id_role'),
        *(migrator.add_column(GRANT, name, field) for name, field in COLUMNS.items()),
        migrator.add_index(GRANT, ('role',)),
    )

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_user'

    class MadeRole(Model):
        code = CharField(max_length=40, unique=True)
        label = CharField(max_length=40)
        description = TextField(default='')
        scope = CharField(max_length=10)
        permissions = JSONField(default=list)
        active = BooleanField(default=True)
        row_version = IntegerField(default=1)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_role'

    class RightUse(Model):
        user = ForeignKeyField(User, on_delete='CASCADE')
        permission = CharField(max_length=100)
        day = DateField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_right_use'
            indexes = ((('user', 'permission'), True),)
    db.create_tables([MadeRole, RightUse])


def down(migrator, db):
    db.execute_sql('DROP TABLE shuixin_right_use')
    db.execute_sql('DROP TABLE shuixin_role')
    # The former table knew neither ends nor two grants of one role.
    db.execute_sql('DELETE FROM shuixin_role_grant WHERE ended_at IS NOT NULL')
    db.execute_sql(
        'DELETE FROM shuixin_role_grant WHERE id NOT IN (SELECT MIN(id) FROM shuixin_role_grant GROUP BY user_id, role)'
    )
    migrator.migrate(
        migrator.drop_index(GRANT, 'shuixin_role_grant_role'),
        *(migrator.drop_column(GRANT, name) for name in COLUMNS),
        migrator.add_index(GRANT, ('user_id', 'role'), True),
    )
