"""Slips of checked names."""

from peewee import *


def up(migrator, db):
    db.create_tables(_tables(db))


def down(migrator, db):
    db.drop_tables(_tables(db))


def _tables(db):
    class NameSlip(Model):
        id = BigAutoField()
        code = CharField(max_length=16, unique=True)
        content = TextField()
        made_at = BigIntegerField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "name_slip"

    return [NameSlip]
