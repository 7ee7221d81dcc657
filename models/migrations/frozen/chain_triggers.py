"""The triggers of the chains and the audit log from 0052 on, beside those of the ledger."""

from peewee import SqliteDatabase

_TABLES = {
    "decision_link": ("number", ("DELETE", "UPDATE")),
    "decision_salt": ("number", ("DELETE",)),
    "audit_link": ("number", ("DELETE", "UPDATE")),
    "audit_entry": ("id", ("DELETE", "UPDATE")),
}
_REFUSAL = "The ledger is only ever added to."
_FUNCTION = "ledger_is_only_added_to"


def create(db):
    """Make the triggers; the function of the ledger's serves them, too."""
    make = _of_sqlite if isinstance(db, SqliteDatabase) else _of_postgresql
    for table, (key, acts) in _TABLES.items():
        for statement in make(table, key, acts):
            db.execute_sql(statement)


def drop(db):
    """Remove the triggers of the four tables."""
    is_sqlite = isinstance(db, SqliteDatabase)
    for table, (_, acts) in _TABLES.items():
        ends = [f"no_{act.lower()}" for act in acts] + ["no_replace"]
        for end in ends if is_sqlite else ("no_change", "no_truncate"):
            db.execute_sql(f"DROP TRIGGER {table}_{end}" + ("" if is_sqlite else f" ON {table}"))


def _of_sqlite(table, key, acts):
    for act in acts:
        yield (
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
    yield (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )


def _of_postgresql(table, _key, acts):
    yield (
        f"CREATE TRIGGER {table}_no_change BEFORE {' OR '.join(acts)} "
        f"ON {table} FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
    )
    yield (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE "
        f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
    )
