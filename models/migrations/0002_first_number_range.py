"""Lists 199 as unsupported, with no day known.

A migration runs once, so an operator who takes 199 off the list does not see it come back.
"""

import time

from peewee import *


def up(migrator, db):
    class NumberRange(Model):
        prefix = CharField(primary_key=True, max_length=7)
        supported_from = CharField(null=True, max_length=10)
        note = CharField(max_length=200, default="")
        changed_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "number_range"

    NumberRange.insert(prefix="199", changed_at=int(time.time() * 1000)).execute()


def down(migrator, db):
    db.execute_sql("DELETE FROM number_range WHERE prefix = '199'")
