"""Jobs: progress of runs; tries, next try and end of requests."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField

RUN, REQUEST = 'shuixin_job_run', 'shuixin_job_request'


def up(migrator, db):
    migrator.migrate(
        migrator.add_column(RUN, 'done', BigIntegerField(default=0)),
        migrator.add_column(RUN, 'total', BigIntegerField(default=0)),
        migrator.add_column(RUN, 'note', TextField(default='')),
        migrator.add_column(REQUEST, 'tries', IntegerField(default=0)),
        migrator.add_column(REQUEST, 'not_before', UTCDateTimeField(null=True)),
        migrator.add_column(REQUEST, 'dead_at', UTCDateTimeField(null=True)),
        migrator.add_column(REQUEST, 'reason', TextField(default='')),
    )


def down(migrator, db):
    migrator.migrate(
        *(migrator.drop_column(REQUEST, name) for name in ('reason', 'dead_at', 'not_before', 'tries')),
        *(migrator.drop_column(RUN, name) for name in ('note', 'total', 'done')),
    )
