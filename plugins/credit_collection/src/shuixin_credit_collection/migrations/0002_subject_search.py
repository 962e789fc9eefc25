"""The subjects by name and code, for the office's lists."""

from peewee import *
from shuixin.kit.search import Index

INDEX = Index('credit_collection_subject_search')


def up(migrator, db):
    INDEX.create(db)
    subject = Table('credit_collection_subject', ('id', 'name', 'uscc'))
    last, rows = 0, True
    while rows:
        query = subject.select(subject.id, subject.name, subject.uscc).where(subject.id > last)
        rows = list(query.order_by(subject.id).limit(1000).tuples().execute(db))
        for last, *texts in rows:
            INDEX.put(db, last, texts)


def down(migrator, db):
    INDEX.drop(db)
