"""Rows of workbooks of the authority: what they say is in the workbook itself, so it is not kept twice."""

from peewee import *

ROW = 'credit_collection_import_row'
OLD, NEW = ('batch_id', 'uscc'), ('batch_id', 'uscc', 'action')


def up(migrator, db):
    migrator.migrate(
        migrator.drop_column(ROW, 'texts'),
        migrator.drop_column(ROW, 'faults'),
        migrator.drop_index(ROW, index_on(db, OLD)),
        migrator.add_index(ROW, NEW),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index(ROW, index_on(db, NEW)),
        migrator.add_index(ROW, OLD),
        migrator.add_column(ROW, 'texts', JSONField(default='{}')),
        migrator.add_column(ROW, 'faults', JSONField(null=True)),
    )


def index_on(db, columns):
    return next(index.name for index in db.get_indexes(ROW) if tuple(index.columns) == columns)
