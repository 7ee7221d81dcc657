"""When what is personal in a ticket was erased, so that nobody looks for it again."""

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column("ticket", "erased_at", BigIntegerField(null=True)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("ticket", "erased_at"))
