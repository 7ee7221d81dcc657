"""Answers of the bot that were drawn at random for editors to mark."""

from peewee import *


def up(migrator, db):
    db.create_tables([_table(db)])


def down(migrator, db):
    db.drop_tables([_table(db)])


def _table(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class FaqMessage(Base):
        id = BigAutoField()

    class FaqSpotCheck(Base):
        message = ForeignKeyField(FaqMessage, primary_key=True, on_delete="CASCADE")
        week = CharField(max_length=8, index=True)
        mark = CharField(max_length=8, null=True)
        expected = CharField(max_length=50, null=True)
        marked_by = CharField(max_length=64, null=True)
        marked_at = BigIntegerField(null=True)

    return FaqSpotCheck
