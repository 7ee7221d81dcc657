"""Keep the vendor's number of every SMS, and what the carrier reported of it."""

from peewee import *

# One table after the other; CREATE INDEX CONCURRENTLY runs in no transaction.
atomic = False

_TABLES = ("sms_code", "notice", "matter_message")
_COLUMNS = {
    "sms_vendor": "VARCHAR(16)",
    "sms_serial": "VARCHAR(64)",
    "report": "VARCHAR(12)",
    "report_reason": "VARCHAR(16)",
}


def up(migrator, db):
    is_postgres = isinstance(db, PostgresqlDatabase)
    columns = _COLUMNS | {"reported_at": "BIGINT" if is_postgres else "INTEGER"}
    for table in _TABLES:
        # A step may have been taken before another one failed.
        there = _columns(db, table)
        for column, kind in columns.items():
            if column not in there:
                db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN "{column}" {kind}')
    how = ""
    if is_postgres:
        how = "CONCURRENTLY "
        # It waits for older transactions, and no reader or writer waits for it.
        db.execute_sql("SET lock_timeout = 0")
    for table in _TABLES:
        # An interrupted build leaves an index that is not valid.
        db.execute_sql(f'DROP INDEX {how}IF EXISTS "{table}_unreported"')
        db.execute_sql(
            f'CREATE INDEX {how}"{table}_unreported" ON "{table}" ("sms_serial") '
            'WHERE (("sms_serial" IS NOT NULL) AND ("report" IS NULL))'
        )


def down(migrator, db):
    how = "CONCURRENTLY " if isinstance(db, PostgresqlDatabase) else ""
    for table in _TABLES:
        db.execute_sql(f'DROP INDEX {how}IF EXISTS "{table}_unreported"')
        for column in _columns(db, table) & {*_COLUMNS, "reported_at"}:
            db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')


def _columns(db, table):
    return {column.name for column in db.get_columns(table)}
