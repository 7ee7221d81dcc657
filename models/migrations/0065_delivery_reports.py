"""Keep the vendor's number of every SMS, and what the carrier reported of it."""

from peewee import *

_TABLES = ("sms_code", "notice", "matter_message")
_COLUMNS = {
    "sms_vendor": "VARCHAR(16)",
    "sms_serial": "VARCHAR(64)",
    "report": "VARCHAR(12)",
    "report_reason": "VARCHAR(16)",
}


def up(migrator, db):
    columns = _COLUMNS | {"reported_at": "INTEGER" if isinstance(db, SqliteDatabase) else "BIGINT"}
    for table in _TABLES:
        for column, kind in columns.items():
            db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        db.execute_sql(
            f"CREATE INDEX {table}_unreported ON {table} (sms_serial) "
            "WHERE sms_serial IS NOT NULL AND report IS NULL"
        )


def down(migrator, db):
    for table in _TABLES:
        db.execute_sql(f"DROP INDEX {table}_unreported")
        for column in (*_COLUMNS, "reported_at"):
            db.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
