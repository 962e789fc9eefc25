"""Plugins: the version that people have taken into use."""

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column('shuixin_plugin_switch', 'version', CharField(default='', max_length=60)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column('shuixin_plugin_switch', 'version'))
