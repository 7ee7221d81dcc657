"""The looks through the whole ledger that pages ask for, and indexes for what they filter by."""

from peewee import *


def up(migrator, db):
    class LedgerVerification(Model):
        id = BigAutoField()
        asked_by = CharField(max_length=64)
        asked_at = BigIntegerField()
        seen_at = BigIntegerField(null=True)
        finished_at = BigIntegerField(null=True)
        total = BigIntegerField(default=0)
        lines = BigIntegerField(default=0)
        erased = BigIntegerField(default=0)
        seals = BigIntegerField(default=0)
        faults = TextField(default="[]")

        class Meta:
            database = db
            table_name = "ledger_verification"

    db.create_tables([LedgerVerification])
    migrator.migrate(
        migrator.add_index("ledger_line", ("action", "number")),
        migrator.add_index("ledger_line", ("window_id", "number")),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("ledger_line", "ledger_line_window_id_number"),
        migrator.drop_index("ledger_line", "ledger_line_action_number"),
    )
    migrator.migrate(migrator.drop_table("ledger_verification"))
