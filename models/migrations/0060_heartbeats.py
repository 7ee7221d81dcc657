"""Signs of life of the processes."""

from peewee import *


def up(migrator, db):
    db.create_tables([_table(db)])


def down(migrator, db):
    db.drop_tables([_table(db)])


def _table(db):
    class Heartbeat(Model):
        process = CharField(max_length=128, primary_key=True)
        role = CharField(max_length=16)
        at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "heartbeat"
            legacy_table_names = False

    return Heartbeat
