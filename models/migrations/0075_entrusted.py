"""When a member of staff was last given a password or a role by another person."""

from peewee import *


def up(migrator, db):
    field = BigIntegerField(null=True)
    migrator.migrate(migrator.add_column("staff_member", "entrusted_at", field))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("staff_member", "entrusted_at"))
