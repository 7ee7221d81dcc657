"""The triggers that keep the chains from being changed: made, and compared with their definitions.

The migration makes them from ``DEFINITIONS``; ``faults`` finds missing, changed and disabled ones.
PostgreSQL's are written as ``pg_get_triggerdef`` prints them.
"""

from typing import Any, Literal, NamedTuple

from models.storage.database import database, is_sqlite

# Table → its key and the statements that are refused. A rotation of keys rewrites the personal
# part, and a lawful erasure empties it.
_TABLES = {
    "ledger_line": ("number", ("DELETE", "UPDATE")),
    "ledger_seal": ("sequence", ("DELETE", "UPDATE")),
    "ledger_detail": ("number", ("DELETE",)),
    "decision_link": ("number", ("DELETE", "UPDATE")),
    "decision_salt": ("number", ("DELETE",)),
    "audit_link": ("number", ("DELETE", "UPDATE")),
    "audit_entry": ("id", ("DELETE", "UPDATE")),
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

SQLITE = {
    **{
        f"{table}_no_{act.lower()}": f"CREATE TRIGGER {table}_no_{act.lower()} "
        f"BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for table, (_, acts) in _TABLES.items()
        for act in acts
    },
    # INSERT OR REPLACE deletes without asking the triggers on deleting.
    **{
        f"{table}_no_replace": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for table, (key, _) in _TABLES.items()
    },
}
POSTGRESQL = {
    **{
        f"{table}_no_change": f"CREATE TRIGGER {table}_no_change BEFORE {' OR '.join(acts)} "
        f"ON {table} FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
        for table, (_, acts) in _TABLES.items()
    },
    **{
        f"{table}_no_truncate": f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE "
        f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
        for table in _TABLES
    },
}


def create(db: Any) -> None:
    """Make the triggers in place of those that the protected tables have."""
    drop(db)
    if not is_sqlite():
        db.execute_sql(
            f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql "
            f"AS $${_BODY}$$"
        )
    for statement in (SQLITE if is_sqlite() else POSTGRESQL).values():
        db.execute_sql(statement)


def drop(db: Any) -> None:
    """Remove all triggers of the protected tables."""
    for name, table, *_ in _present(db):
        db.execute_sql(f"DROP TRIGGER {name}" + ("" if is_sqlite() else f" ON {table}"))


class TriggerFault(NamedTuple):
    """A trigger, function or rule of the protected tables that is not as defined here."""

    part: Literal["TRIGGER", "FUNCTION", "RULE"]
    trouble: Literal["MISSING", "UNKNOWN", "CHANGED", "DISABLED"]
    name: str


def faults() -> list[TriggerFault]:
    """Compare triggers, function and rules with the definitions here; sorted."""
    wanted = SQLITE if is_sqlite() else POSTGRESQL
    present = {name: (definition, enabled) for name, _, definition, enabled in _present(database)}
    faults = [TriggerFault("TRIGGER", "MISSING", name) for name in wanted.keys() - present.keys()]
    faults += [TriggerFault("TRIGGER", "UNKNOWN", name) for name in present.keys() - wanted.keys()]
    for name in wanted.keys() & present.keys():
        definition, enabled = present[name]
        if definition != wanted[name]:
            faults.append(TriggerFault("TRIGGER", "CHANGED", name))
        elif enabled not in ("O", "A"):
            faults.append(TriggerFault("TRIGGER", "DISABLED", name))
    if not is_sqlite():
        faults += _faults_of_postgresql()
    return sorted(faults)


def _present(db: Any) -> list[tuple[str, str, str, str]]:
    """Return name, table, definition and state of the triggers of the protected tables."""
    names = "', '".join(_TABLES)
    if is_sqlite():
        # A trigger of a temporary schema is gone with its connection.
        statement = (
            "SELECT name, tbl_name, sql, 'O' FROM sqlite_master "  # noqa: S608
            f"WHERE type = 'trigger' AND tbl_name IN ('{names}')"
        )
    else:
        statement = (
            "SELECT tgname, relname, pg_get_triggerdef(pg_trigger.oid, true), tgenabled::text "  # noqa: S608
            "FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            f"WHERE NOT tgisinternal AND pg_class.oid IN (SELECT to_regclass(name) FROM "
            f"unnest(ARRAY['{names}']) AS name)"
        )
    return [tuple(row) for row in db.execute_sql(statement).fetchall()]


def _faults_of_postgresql() -> list[TriggerFault]:
    row = database.execute_sql(
        "SELECT prosrc FROM pg_proc WHERE oid = to_regproc(%s)", (_FUNCTION,)
    ).fetchone()
    is_right = row and row[0] == _BODY
    faults = [] if is_right else [TriggerFault("FUNCTION", "CHANGED", _FUNCTION)]
    rules = database.execute_sql(
        "SELECT rulename FROM pg_rules WHERE schemaname = current_schema() AND tablename = ANY(%s)",
        (list(_TABLES),),
    )
    return faults + [TriggerFault("RULE", "UNKNOWN", name) for (name,) in rules.fetchall()]
