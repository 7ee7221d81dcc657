"""Accepts of long-term templates (长期订阅), which allow more than one message."""

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column("subscription", "is_long", BooleanField(null=True)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("subscription", "is_long"))
