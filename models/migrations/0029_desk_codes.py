"""Codes that a person shows to the scanner of a desk."""

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

    class DeskCode(Base):
        code_hash = BlobField(primary_key=True)
        account = ForeignKeyField(Account, unique=True)
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "desk_code"

    return [DeskCode]
