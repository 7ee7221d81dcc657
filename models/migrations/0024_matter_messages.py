"""Messages to persons about their matters."""

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

    class Matter(Base):
        id = BigAutoField()

    class MatterLine(Base):
        id = BigAutoField()

    class MatterMessage(Base):
        id = BigAutoField()
        matter = ForeignKeyField(Matter, index=True)
        line = ForeignKeyField(MatterLine, index=True)
        kind = CharField(max_length=16)
        reason = CharField(max_length=24, default="")
        created_at = BigIntegerField()
        subscription = CharField(max_length=128, null=True)
        phone = BlobField(null=True)
        phone_index = BlobField(null=True, index=True)
        claimed_at = BigIntegerField(null=True)
        outcome = CharField(max_length=16, null=True)

    return [MatterMessage]
