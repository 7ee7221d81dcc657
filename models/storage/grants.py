"""Rights of the service's role on PostgreSQL, whose tables belong to another role.

The service may append to the chains and the audit log, and rewrite the personal parts, as rotation
and lawful erasure need. It cannot change lines, links and seals, truncate tables, or touch
triggers, which only owners may.
"""

from models.storage.database import database

_APPEND_ONLY = ("ledger_line", "ledger_seal", "decision_link", "audit_link", "audit_entry")
_READ_ONLY = ("schema_migration",)
_DETAIL, _SALT = "ledger_detail", "decision_salt"


def present_role() -> str:
    """Return the role of the present connection."""
    return str(database.execute_sql("SELECT current_user").fetchone()[0])


def apply(role: str) -> None:
    """Grant a role exactly what the service needs, as the owner of the tables.

    Nothing is taken from the owner itself. Raises peewee.OperationalError for another role that
    owns nothing.
    """
    if role == present_role():
        return
    with database.atomic():
        for statement in statements(role):
            database.execute_sql(statement)


def statements(role: str) -> list[str]:
    """Return the GRANT and REVOKE statements for a role."""
    name = '"' + role.replace('"', '""') + '"'
    schema = '"' + database.execute_sql("SELECT current_schema()").fetchone()[0] + '"'
    appended, read = ", ".join(_APPEND_ONLY), ", ".join(_READ_ONLY)
    return [
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {name}",
        f"GRANT USAGE ON SCHEMA {schema} TO {name}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON {read} FROM {name}",
        f"REVOKE UPDATE, DELETE ON {appended}, {_DETAIL}, {_SALT} FROM {name}",
        f"GRANT UPDATE (salt, id_number, identity_index, content) ON {_DETAIL} TO {name}",
        f"GRANT UPDATE (salt) ON {_SALT} TO {name}",
    ]
