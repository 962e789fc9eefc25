"""Filings: when the present step began and when it is due; whom an act was done on behalf of."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField

FILING, EVENT = 'credit_collection_filing', 'credit_collection_filing_event'


def up(migrator, db):
    migrator.migrate(
        migrator.add_column(FILING, 'step_began_at', UTCDateTimeField(null=True)),
        migrator.add_column(FILING, 'step_pauses', JSONField(null=True)),
        migrator.add_column(FILING, 'due_on', DateField(null=True)),
        migrator.add_index(FILING, ('due_on',), False),
        migrator.add_column(FILING, 'warn_on', DateField(null=True)),
        migrator.add_column(FILING, 'term_policy', CharField(default='', max_length=40)),
        migrator.add_column(EVENT, 'behalf_id', IntegerField(default=0)),
        migrator.add_column(EVENT, 'behalf_name', CharField(default='', max_length=100)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_column(EVENT, 'behalf_name'),
        migrator.drop_column(EVENT, 'behalf_id'),
        migrator.drop_column(FILING, 'term_policy'),
        migrator.drop_column(FILING, 'warn_on'),
        migrator.drop_index(FILING, 'credit_collection_filing_due_on'),
        migrator.drop_column(FILING, 'due_on'),
        migrator.drop_column(FILING, 'step_pauses'),
        migrator.drop_column(FILING, 'step_began_at'),
    )
