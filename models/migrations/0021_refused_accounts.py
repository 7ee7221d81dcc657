"""Which account a refusal was about, so that the bot can ask whether it would still be refused."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("refusal_note", "account_id", BigIntegerField(null=True)),
    )


def down(migrator, db):
    migrator.migrate(migrator.drop_column("refusal_note", "account_id"))
