"""Whether a person typed the name in place of a signature."""

from peewee import *


def up(migrator, db):
    for table in ("matter_decision", "matter_line"):
        migrator.migrate(migrator.add_column(table, "typed_name", BooleanField(default=False)))


def down(migrator, db):
    for table in ("matter_decision", "matter_line"):
        migrator.migrate(migrator.drop_column(table, "typed_name"))
