"""Records: the days on which a version holds; filings: the day from which on their changes hold."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField
from shuixin.kit.clock import legal_day

FILING = 'credit_collection_filing'
#: Every table of records that there is at this step.
RECORDS = (
    'credit_collection_basic_information',
    'credit_collection_qualification',
    'credit_collection_good_record',
    'credit_collection_subsidiary',
    'credit_collection_management_certificate',
    'credit_collection_history_event',
    'credit_collection_founding_approval',
    'credit_collection_person',
    'credit_collection_person_cert',
    'credit_collection_headcount',
    'credit_collection_performance',
    'credit_collection_performance_staff',
    'credit_collection_performance_award',
    'credit_collection_asset',
    'credit_collection_equipment',
    'credit_collection_bad_record',
    'credit_collection_outside_filing',
    'credit_collection_outside_staff',
    'credit_collection_outside_equipment',
)
OLD, NEW = ('subject_id', 'key', 'version'), ('subject_id', 'key', 'version', 'holds_from')


def up(migrator, db):
    migrator.migrate(migrator.add_column(FILING, 'effective_on', DateField(null=True)))
    for table in RECORDS:
        migrator.migrate(
            migrator.add_column(table, 'holds_from', DateField(null=True)),
            migrator.add_column(table, 'holds_to', DateField(null=True)),
        )
        fill(db, table)
        migrator.migrate(
            migrator.add_not_null(table, 'holds_from'),
            migrator.drop_index(table, index_on(db, table, OLD)),
            migrator.add_index(table, NEW, True),
        )
        divide(db, table)


def fill(db, table):
    """A version holds from the legal day on which it was recorded."""
    model = model_of(db, table)
    last, rows = 0, True
    while rows:
        query = model.select(model.id, model.recorded_at).where(model.id > last).order_by(model.id).limit(500)
        rows, days = list(query.tuples()), {}
        for last, recorded_at in rows:
            days.setdefault(legal_day(recorded_at), []).append(last)
        for day, ids in days.items():
            model.update(holds_from=day).where(model.id.in_(ids)).execute()


def divide(db, table):
    """Record what held before each later version: it was superseded by that version for the days after only."""
    columns = [column.name for column in db.get_columns(table) if column.name != 'id']
    old, new, target = Table(table, columns, alias='a'), Table(table, columns, alias='b'), Table(table, columns)
    said = {
        'version': new.version,
        'holds_to': new.holds_from,
        'recorded_at': new.recorded_at,
        'superseded_at': SQL('NULL'),
        'filing_id': new.filing_id,
    }
    follows = (new.subject_id == old.subject_id) & (new.key == old.key) & (new.version == old.version + 1)
    query = (
        old.select(*(said.get(name, getattr(old, name)) for name in columns))
        .join(new, on=follows)
        .where(old.holds_from < new.holds_from)
    )
    target.insert(query, columns=[getattr(target, name) for name in columns]).execute(db)


def model_of(db, table):
    class Row(Model):
        recorded_at = UTCDateTimeField()
        holds_from = DateField(null=True)
        class Meta:
            database = db
            table_name = table
    return Row


def index_on(db, table, columns):
    return next(index.name for index in db.get_indexes(table) if tuple(index.columns) == columns)


def down(migrator, db):
    for table in RECORDS:
        ended = Table(table, ('id', 'holds_to'))
        ended.delete().where(ended.holds_to.is_null(False)).execute(db)
        migrator.migrate(
            migrator.drop_index(table, index_on(db, table, NEW)),
            migrator.add_index(table, OLD, True),
            migrator.drop_column(table, 'holds_to'),
            migrator.drop_column(table, 'holds_from'),
        )
    migrator.migrate(migrator.drop_column(FILING, 'effective_on'))
