"""Checks handed over to WeChat: the opener's own number, and results that count later."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.drop_index("face_handover", "face_handover_account_id"),
        migrator.add_index("face_handover", ("account_id",), False),
        migrator.add_column("face_handover", "purpose", CharField(max_length=16, default="verify")),
        migrator.add_column("face_handover", "phone_proof", BlobField(null=True)),
    )
    db.create_tables(_tables(db))


def down(migrator, db):
    db.drop_tables(_tables(db)[::-1])
    db.execute_sql("DELETE FROM face_handover")
    migrator.migrate(
        migrator.drop_column("face_handover", "phone_proof"),
        migrator.drop_column("face_handover", "purpose"),
        migrator.drop_index("face_handover", "face_handover_account_id"),
        migrator.add_index("face_handover", ("account_id",), True),
    )


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Account(Base):
        id = BigAutoField()

        class Meta:
            table_name = "account"

    class HandedCheck(Base):
        id = CharField(max_length=32, primary_key=True)
        account = ForeignKeyField(Account, index=True)
        openid = CharField(max_length=64, index=True)
        way = CharField(max_length=8)
        purpose = CharField(max_length=16)
        passed_at = BigIntegerField(index=True)
        due_at = BigIntegerField()
        state = CharField(max_length=8)
        ended_at = BigIntegerField(null=True)
        cause = CharField(max_length=16, null=True)
        ticket = CharField(max_length=10, null=True)

        class Meta:
            table_name = "handed_check"

    return [HandedCheck]
