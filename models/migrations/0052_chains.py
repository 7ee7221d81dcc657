"""Chain the decisions, the steps of tickets and the audit log as the ledger is.

Nothing that is there is rewritten: the worker chains it in batches, oldest first.
"""

from peewee import *

from models.migrations.frozen import chain_triggers

_COLUMNS = (
    ("audit_entry", "stamp", "VARCHAR(64)"),
    ("ticket_event", "stamp", "VARCHAR(64)"),
    ("ledger_seal", "heads", "TEXT NOT NULL DEFAULT ''"),
    ("ledger_verification", "links", "WHOLE NOT NULL DEFAULT 0"),
)


def up(migrator, db):
    whole = "INTEGER" if isinstance(db, SqliteDatabase) else "BIGINT"
    for table, column, kind in _COLUMNS:
        kind = kind.replace("WHOLE", whole)
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    db.create_tables(_tables(db))
    chain_triggers.create(db)


def down(migrator, db):
    chain_triggers.drop(db)
    db.drop_tables(_tables(db))
    for table, column, _ in _COLUMNS:
        db.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class ChainLink(Base):
        number = BigIntegerField(primary_key=True)
        at = BigIntegerField(index=True)
        source = CharField(max_length=24)
        row_id = BigIntegerField()
        key_id = CharField(max_length=16)
        content_hash = BlobField()
        personal_hash = BlobField(null=True)
        previous_hash = BlobField()
        hash = BlobField()

    class DecisionLink(ChainLink):
        class Meta:
            table_name = "decision_link"
            indexes = ((("source", "row_id"), True),)

    class AuditLink(ChainLink):
        class Meta:
            table_name = "audit_link"
            indexes = ((("source", "row_id"), True),)

    class DecisionSalt(Base):
        number = BigIntegerField(primary_key=True)
        salt = BlobField(null=True)

        class Meta:
            table_name = "decision_salt"

    return [DecisionLink, AuditLink, DecisionSalt]
