"""Copies of the data of accounts, for a day."""

from peewee import *


def up(migrator, db):
    db.create_tables(_tables(db))


def down(migrator, db):
    db.drop_tables(_tables(db)[::-1])


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Account(Base):
        id = BigAutoField()

        class Meta:
            table_name = "account"

    class DataExport(Base):
        id = CharField(primary_key=True, max_length=22)
        account = ForeignKeyField(Account, unique=True)
        requested_at = BigIntegerField(index=True)
        key = BlobField(null=True)
        content = BlobField(null=True)

        class Meta:
            table_name = "data_export"

    return [DataExport]
