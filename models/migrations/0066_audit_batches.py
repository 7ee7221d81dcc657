"""Audit lines on their way to the log server."""

from peewee import *


def up(migrator, db):
    db.create_tables([_table(db)])


def down(migrator, db):
    db.drop_tables([_table(db)])


def _table(db):
    class AuditBatch(Model):
        id = BigAutoField()
        due_at = BigIntegerField(null=True)
        since = BigIntegerField(null=True)
        leased_until = BigIntegerField(null=True)
        attempts = IntegerField(default=0)
        handed_over_at = BigIntegerField(null=True)
        done_at = BigIntegerField(null=True)
        failed_at = BigIntegerField(null=True)
        code = IntegerField(default=0)
        last_error = CharField(max_length=255, default="")
        request_id = CharField(max_length=64, null=True)
        first = BigIntegerField(unique=True)
        last = BigIntegerField()
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "audit_batch"
            legacy_table_names = False

    for column, ending in ((AuditBatch.due_at, "due"), (AuditBatch.failed_at, "failed")):
        AuditBatch.add_index(column, where=column.is_null(False), name=f"audit_batch_{ending}")
    return AuditBatch
