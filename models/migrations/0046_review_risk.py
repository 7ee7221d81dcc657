"""The risk of a request for a second person, and when it was escalated or its lapse was told."""

from peewee import *

TABLE = "second_person_request"
COLUMNS = {
    "risk": lambda: CharField(max_length=120, null=True),
    "risks": lambda: SmallIntegerField(null=True),
    "escalated_at": lambda: BigIntegerField(null=True),
    "warned_at": lambda: BigIntegerField(null=True),
}


def up(migrator, db):
    migrator.migrate(
        *(migrator.add_column(TABLE, name, field()) for name, field in COLUMNS.items())
    )


def down(migrator, db):
    migrator.migrate(*(migrator.drop_column(TABLE, name) for name in COLUMNS))
