"""Encrypt openids, deterministically: the columns are still found and joined by their values.

Conversations of the chat are named by openids, too. All values of one column that are equal are
written by one statement.
"""

from functools import partial

from peewee import *

from models.migrations.frozen import stored_values
from models.storage.fields import keys

CONTEXT = b"openid"
_LONGEST = 80
COLUMNS = [
    ("account", "wechat_openid"),
    ("session", "openid"),
    ("identity_check", "openid"),
    ("face_challenge", "openid"),
    ("face_handover", "openid"),
    ("handed_check", "openid"),
    ("client_report", "openid"),
    ("sms_code", "openid"),
    ("phone_proof", "openid"),
    ("ticket", "openid"),
    ("ticket", "conversation_id"),
    ("ticket_face_check", "openid"),
    ("subscription", "openid"),
    ("faq_message", "openid"),
    ("faq_message", "conversation_id"),
    ("chat_message", "openid"),
    ("chat_user", "openid"),
    ("chat_reply", "openid"),
]


def up(migrator, db):
    _convert(migrator, db, BlobField, "convert_to({}, 'UTF8')")
    for table, column in COLUMNS:
        for value in _values(db, table, column):
            text = bytes(value).decode() if not isinstance(value, str) else value
            sealed = stored_values.encrypt_deterministically(keys(), text, CONTEXT)
            _replace(db, table, column, value, sealed)


def down(migrator, db):
    for table, column in COLUMNS:
        for value in _values(db, table, column):
            text = stored_values.decrypt(keys(), bytes(value), CONTEXT)
            before = text if isinstance(db, SqliteDatabase) else text.encode()
            _replace(db, table, column, value, before)
    text = partial(CharField, max_length=_LONGEST)
    _convert(migrator, db, text, "convert_from({}, 'UTF8')")


def _convert(migrator, db, field, cast):
    for table, column in COLUMNS:
        if isinstance(db, SqliteDatabase) and table == "session":
            _convert_sessions(db, field is BlobField)
        elif isinstance(db, SqliteDatabase):
            [now] = [known for known in db.get_columns(table) if known.name == column]
            options = {"primary_key": True} if now.primary_key else {"null": now.null}
            migrator.migrate(migrator.alter_column_type(table, column, field(**options)))
        else:
            kind = "BYTEA" if field is BlobField else f"VARCHAR({_LONGEST})"
            using = cast.format(f'"{column}"')
            db.execute_sql(
                f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {kind} USING {using}'
            )


def _convert_sessions(db, to_blob):
    """Rebuild the table by hand: peewee's migrator would lose WITHOUT ROWID."""
    kinds = f'"openid" VARCHAR({_LONGEST})', '"openid" BLOB'
    master = "SELECT sql FROM sqlite_master WHERE tbl_name = 'session' AND sql IS NOT NULL"
    table, *indexes = [
        sql for (sql,) in db.execute_sql(f"{master} ORDER BY type = 'index'").fetchall()
    ]
    table = table.replace('"openid" VARCHAR(64)', kinds[0])
    changed = table.replace(*(kinds if to_blob else kinds[::-1]))
    db.execute_sql("ALTER TABLE session RENAME TO session_before")
    db.execute_sql(changed)
    db.execute_sql("INSERT INTO session SELECT * FROM session_before")
    db.execute_sql("DROP TABLE session_before")
    for index in indexes:
        db.execute_sql(index)


def _values(db, table, column):
    query = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'  # noqa: S608
    return [value for (value,) in db.execute_sql(query).fetchall()]


def _replace(db, table, column, before, after):
    place = "?" if isinstance(db, SqliteDatabase) else "%s"
    query = f'UPDATE "{table}" SET "{column}" = {place} WHERE "{column}" = {place}'  # noqa: S608
    db.execute_sql(query, (after, before))
