"""Confirmations at a window, and their review."""

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

    class Decision(Base):
        id = BigAutoField()

        class Meta:
            table_name = "matter_decision"

    class StaffMember(Base):
        id = BigAutoField()

        class Meta:
            table_name = "staff_member"

    class DeskConfirmation(Base):
        id = BigAutoField()
        decision = ForeignKeyField(Decision, unique=True)
        clerk = ForeignKeyField(StaffMember)
        window_id = BigIntegerField(null=True)
        way = CharField(max_length=16)
        recorded_at = BigIntegerField()
        review_due = BigIntegerField()
        state = CharField(max_length=12, default="pending")
        reviewed_by = BigIntegerField(null=True)
        reviewed_at = BigIntegerField(null=True)
        content = BlobField()

        class Meta:
            table_name = "desk_confirmation"
            indexes = ((("state", "review_due"), False),)

    return DeskConfirmation
