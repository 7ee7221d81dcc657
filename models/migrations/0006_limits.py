"""Wrong entries of a code by asker."""

from peewee import *


def up(migrator, db):
    db.create_tables(_tables(db))


def down(migrator, db):
    db.drop_tables(_tables(db))


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class SmsCode(Base):
        id = BigAutoField()

    class SmsCodeAttempt(Base):
        code = ForeignKeyField(SmsCode, on_delete="CASCADE")
        asker = CharField(max_length=80)
        wrong_tries = SmallIntegerField()

        class Meta:
            primary_key = CompositeKey("code", "asker")

    return [SmsCodeAttempt]
