"""The triggers of the ledger from 0006 on, for SQLite and as PostgreSQL prints them."""

from peewee import SqliteDatabase

_TABLES = {
    "ledger_line": ("number", ("DELETE", "UPDATE")),
    "ledger_seal": ("sequence", ("DELETE", "UPDATE")),
    "ledger_detail": ("number", ("DELETE",)),
}
_REFUSAL = "The ledger is only ever added to."
_FUNCTION = "ledger_is_only_added_to"

# Emptying an empty table is what putting back a backup begins with.
_BODY = f"""
DECLARE found boolean;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || quote_ident(TG_TABLE_NAME) || ')' INTO found;
        IF NOT found THEN
            RETURN NULL;
        END IF;
    END IF;
    RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = '23001';
END """  # noqa: S608


def create(db):
    """Make the triggers in place of those that the three tables have."""
    drop(db)
    if isinstance(db, SqliteDatabase):
        _create_on_sqlite(db)
    else:
        _create_on_postgresql(db)


def drop(db):
    """Remove all triggers of the three tables."""
    is_sqlite = isinstance(db, SqliteDatabase)
    names = "', '".join(_TABLES)
    if is_sqlite:
        found = f"SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('{names}')"  # noqa: S608, E501
    else:
        found = (
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "  # noqa: S608
            "WHERE NOT tgisinternal AND pg_class.oid IN "
            f"(SELECT to_regclass(name) FROM unnest(ARRAY['{names}']) AS name)"
        )
    for name, table in db.execute_sql(found).fetchall():
        db.execute_sql(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}"))


def _create_on_sqlite(db):
    for table, (key, acts) in _TABLES.items():
        for act in acts:
            db.execute_sql(
                f"CREATE TRIGGER {table}_no_{act.lower()} "
                f"BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        # INSERT OR REPLACE deletes without asking the triggers on deleting.
        db.execute_sql(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _create_on_postgresql(db):
    db.execute_sql(
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"
    )
    for table, (_, acts) in _TABLES.items():
        db.execute_sql(
            f"CREATE TRIGGER {table}_no_change BEFORE {' OR '.join(acts)} "
            f"ON {table} FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
        )
        db.execute_sql(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
        )
