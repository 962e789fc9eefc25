"""How often an attempt to sign in was repeated within a minute, in the place of one row each."""

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column('shuixin_sign_in_attempt', 'times', IntegerField(default=1)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column('shuixin_sign_in_attempt', 'times'))
