"""Lists: exports, arguments of jobs, search indexes of accounts, sign-ins and the audit log."""

from peewee import *
from shuixin.database.fields import JSONField, UTCDateTimeField
from shuixin.kit.search import Index

INDEXES = (
    ('shuixin_user_search', 'shuixin_user', ('username', 'name', 'subject')),
    ('shuixin_sign_in_search', 'shuixin_sign_in_attempt', ('username', 'address')),
    ('shuixin_audit_search', 'shuixin_audit_entry', ('actor_name', 'unit_name', 'action', 'object_key')),
)
RUN, REQUEST = 'shuixin_job_run', 'shuixin_job_request'
ATTEMPT = 'shuixin_sign_in_attempt'


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_user'

    class Export(Model):
        owner = ForeignKeyField(User, on_delete='CASCADE')
        view = CharField(max_length=100)
        title = CharField(max_length=100)
        selection = JSONField()
        format = CharField(max_length=4)
        requested_at = UTCDateTimeField()
        finished_at = UTCDateTimeField(null=True)
        expires_at = UTCDateTimeField(null=True, index=True)
        rows = IntegerField(default=0)
        size = BigIntegerField(default=0)
        file = CharField(default='', max_length=40)
        reason = TextField(default='')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'shuixin_export'
    db.create_tables([Export])
    for table in (RUN, REQUEST):  # in three steps, since the tool does not know how to store a default of JSON
        migrator.migrate(migrator.add_column(table, 'arguments', JSONField(null=True)))
        db.execute_sql(f"UPDATE {table} SET arguments = '{{}}'")
        migrator.migrate(migrator.add_not_null(table, 'arguments'))
    migrator.migrate(migrator.add_index(ATTEMPT, ('outcome',), False))
    for name, table, columns in INDEXES:
        index = Index(name)
        index.create(db)
        fill(db, index, Table(table, ('id', *columns)), columns)


def fill(db, index, table, columns):
    """Key by key and a thousand at a time: a log of years does not fit into memory."""
    last, rows = 0, True
    while rows:
        query = table.select(table.id, *(getattr(table, name) for name in columns)).where(table.id > last)
        rows = list(query.order_by(table.id).limit(1000).tuples().execute(db))
        for last, *texts in rows:
            index.put(db, last, texts)


def down(migrator, db):
    for name, _table, _columns in INDEXES:
        Index(name).drop(db)
    migrator.migrate(
        migrator.drop_index(ATTEMPT, 'shuixin_sign_in_attempt_outcome'),
        migrator.drop_column(REQUEST, 'arguments'),
        migrator.drop_column(RUN, 'arguments'),
    )
    db.execute_sql('DROP TABLE shuixin_export')
