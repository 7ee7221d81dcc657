"""Since when a reset keeps the switch 是否办理 off until a check of the person."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("account", "authorization_closed_at", BigIntegerField(null=True))
    )


def down(migrator, db):
    migrator.migrate(migrator.drop_column("account", "authorization_closed_at"))
