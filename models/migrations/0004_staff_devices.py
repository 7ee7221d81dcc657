"""The browsers in which a member of staff signed in before."""

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

    class StaffMember(Base):
        id = BigAutoField()

    class StaffDevice(Base):
        id = BigAutoField()
        token_hash = BlobField()
        member = ForeignKeyField(StaffMember)
        expires_at = BigIntegerField(index=True)

        class Meta:
            indexes = ((("token_hash", "member"), True),)

    return StaffDevice
