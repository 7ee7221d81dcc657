"""Indexes for deletions and for jobs that looked at every row; built beside running writes."""

from peewee import PostgresqlDatabase

# CREATE INDEX CONCURRENTLY runs in no transaction.
atomic = False

# Name → table, column, and the rows that it holds.
_INDEXES = {
    "sms_code_created_at": ("sms_code", "created_at", ""),
    "session_created_at": ("session", "created_at", ""),
    "session_last_seen_at": ("session", "last_seen_at", ""),
    "account_erasable": (
        *("account", "cancelled_at"),
        ' WHERE ("former_identity_index" IS NOT NULL)',
    ),
    "matter_line_confirmed": ("matter_line", "confirmed_at", ' WHERE ("confirmed_at" IS NOT NULL)'),
    "outbox_job_done": ("outbox_job", "done_at", ' WHERE ("done_at" IS NOT NULL)'),
    "subscription_happened": (
        *("subscription", "happened_at"),
        ' WHERE ("happened_at" IS NOT NULL)',
    ),
}


def up(migrator, db):
    how = ""
    if isinstance(db, PostgresqlDatabase):
        how = "CONCURRENTLY "
        # It waits for older transactions, and no reader or writer waits for it.
        db.execute_sql("SET lock_timeout = 0")
    for name, (table, column, rows) in _INDEXES.items():
        # An interrupted build leaves an index that is not valid.
        db.execute_sql(f'DROP INDEX {how}IF EXISTS "{name}"')
        db.execute_sql(f'CREATE INDEX {how}"{name}" ON "{table}" ("{column}"){rows}')


def down(migrator, db):
    how = "CONCURRENTLY " if isinstance(db, PostgresqlDatabase) else ""
    for name in _INDEXES:
        db.execute_sql(f'DROP INDEX {how}IF EXISTS "{name}"')
