"""Keep the vendor's number of every SMS, and what the carrier reported of it."""

from peewee import *

_TABLES = ("sms_code", "notice", "matter_message")
_COLUMNS = {
    "sms_vendor": "VARCHAR(16)",
    "sms_serial": "VARCHAR(64)",
    "report": "VARCHAR(12)",
    "report_reason": "VARCHAR(16)",
    "reported_at": "BIGINT",
}


def up(migrator, db):
    for table in _TABLES:
        for column, kind in _COLUMNS.items():
            db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")


def down(migrator, db):
    for table in _TABLES:
        for column in _COLUMNS:
            db.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
