"""One set of columns for everything that is sent; what waits is its own job.

Jobs that sent a message become the due date, attempts and lease of its row; a job that was given up
makes its message a dead letter. Messages of matters that ended before stay as they were.
"""

# ruff: noqa: S608 - the names of tables and columns are constants of this file.
import json
import time

from peewee import *

# Table → the columns that it lacks, in the order of ``models.deliveries``.
_ALL = ("due_at", "since", "leased_until", "attempts", "handed_over_at", "done_at", "failed_at")
_ALL += ("code", "last_error")
_HAD = {
    "outbox_job": {"due_at", "leased_until", "attempts", "done_at", "failed_at", "last_error"},
    "notice": {"done_at"},
    "chat_reply": {"attempts", "handed_over_at", "done_at", "failed_at", "code"},
    "subscription": {"done_at", "failed_at", "code"},
    "registrar_event": {"since", "attempts", "code", "done_at", "failed_at"},
    "matter_event": {"since", "attempts", "code", "done_at", "failed_at"},
    "matter_message": {"handed_over_at"},
}
_RENAMED = [
    ("outbox_job", "run_at", "due_at"),
    ("notice", "sent_at", "done_at"),
    ("chat_reply", "sent_at", "done_at"),
    ("chat_reply", "errcode", "code"),
    ("subscription", "sent_at", "done_at"),
    ("subscription", "errcode", "code"),
    ("registrar_event", "tried_since", "since"),
    ("registrar_event", "delivered_at", "done_at"),
    ("registrar_event", "status", "code"),
    ("matter_event", "tried_since", "since"),
    ("matter_event", "delivered_at", "done_at"),
    ("matter_event", "status", "code"),
    ("matter_message", "claimed_at", "handed_over_at"),
]
# Job → the table of its message, and the key of its payload.
_SENDING = {
    "notice.send": ("notice", "notice_id"),
    "chat.reply": ("chat_reply", "reply_id"),
    "subscription.send": ("subscription", "subscription_id"),
    "matter.tell": ("matter_message", "message_id"),
}
# Job → the tables of its events and of what they are about.
_DELIVERING = {
    "registrar.deliver": ("registrar_event", "registrar_watch", "watch_id"),
    "matter.deliver": ("matter_event", "matter", "matter_id"),
}
_NAMES = ", ".join(f"'{name}'" for name in (*_SENDING, *_DELIVERING))
_OPEN = "done_at IS NULL AND failed_at IS NULL"


def up(migrator, db):
    migrator.migrate(
        migrator.drop_index("outbox_job", "outbox_job_done_at_failed_at_run_at"),
        migrator.drop_index("chat_reply", "chat_reply_failed_at"),
        migrator.drop_index("chat_reply", "chat_reply_openid_sent_at"),
        migrator.drop_index("subscription", "subscription_failed_at"),
        *(migrator.rename_column(*names) for names in _RENAMED),
        migrator.drop_not_null("outbox_job", "due_at"),
        migrator.drop_not_null("registrar_event", "since"),
        migrator.alter_column_type("chat_reply", "attempts", IntegerField(default=0)),
    )
    for table, had in _HAD.items():
        missing = [name for name in _ALL if name not in had]
        migrator.migrate(*(migrator.add_column(table, name, _field(name)) for name in missing))
    for table in ("registrar_event", "matter_event"):
        db.execute_sql(f"UPDATE {table} SET code = 0 WHERE code IS NULL")
        migrator.migrate(migrator.add_not_null(table, "code"))
    _move_to_rows(db)
    migrator.migrate(
        migrator.drop_column("registrar_watch", "sending_until"),
        migrator.drop_column("matter", "sending_until"),
        migrator.add_index("chat_reply", ("openid", "done_at"), False),
    )
    for table in _HAD:
        for column, ending in (("due_at", "due"), ("failed_at", "failed")):
            db.execute_sql(
                f'CREATE INDEX "{table}_{ending}" ON "{table}" ("{column}") '
                f'WHERE "{column}" IS NOT NULL'
            )


def down(migrator, db):
    for table in _HAD:
        for ending in ("due", "failed"):
            db.execute_sql(f'DROP INDEX "{table}_{ending}"')
    migrator.migrate(
        migrator.drop_index("chat_reply", "chat_reply_openid_done_at"),
        migrator.add_column("registrar_watch", "sending_until", BigIntegerField(null=True)),
        migrator.add_column("matter", "sending_until", BigIntegerField(null=True)),
        *(migrator.drop_not_null(table, "code") for table in ("registrar_event", "matter_event")),
    )
    _move_to_jobs(db)
    for table, had in _HAD.items():
        missing = [name for name in _ALL if name not in had]
        migrator.migrate(*(migrator.drop_column(table, name) for name in missing))
    migrator.migrate(
        migrator.alter_column_type("chat_reply", "attempts", SmallIntegerField(default=0)),
        migrator.add_not_null("registrar_event", "since"),
        migrator.add_not_null("outbox_job", "due_at"),
        *(migrator.rename_column(table, new, old) for table, old, new in _RENAMED),
        migrator.add_index("outbox_job", ("done_at", "failed_at", "run_at"), False),
        migrator.add_index("chat_reply", ("failed_at",), False),
        migrator.add_index("chat_reply", ("openid", "sent_at"), False),
        migrator.add_index("subscription", ("failed_at",), False),
    )


def _field(name):
    if name in ("attempts", "code"):
        return IntegerField(default=0)
    return CharField(default="") if name == "last_error" else BigIntegerField(null=True)


def _move_to_rows(db):
    now = int(time.time() * 1000)
    jobs = db.execute_sql(
        "SELECT name, payload, due_at, attempts, leased_until, failed_at, last_error "
        f"FROM outbox_job WHERE name IN ({_NAMES}) AND done_at IS NULL ORDER BY id"
    ).fetchall()
    for name, payload, due_at, attempts, leased_until, failed_at, last_error in jobs:
        if name in _SENDING:
            table, key = _SENDING[name]
            row_id = json.loads(payload)[key]
            if failed_at is None:
                values = (due_at, attempts, leased_until, row_id)
                changes = "due_at = ?, attempts = ?, leased_until = ?, failed_at = NULL"
            else:
                values = (failed_at, last_error, row_id)
                changes = "failed_at = ?, last_error = ?"
            is_open = "done_at IS NULL" if failed_at is None else f"{_OPEN} AND due_at IS NULL"
            is_open += " AND failed_at IS NULL" if table != "notice" else ""
            is_open += " AND outcome IS NULL" if table == "matter_message" else ""
            _execute(db, f"UPDATE {table} SET {changes} WHERE id = ? AND {is_open}", values)
    for table, owner, key in _DELIVERING.values():
        _execute(
            db,
            f"UPDATE {table} SET due_at = ?, leased_until = (SELECT sending_until FROM {owner} "
            f"WHERE {owner}.id = {table}.{key}) WHERE {_OPEN} AND since IS NOT NULL",
            (now,),
        )
    # What has no job: an operator decides, rather than that it is lost.
    for table, open_rows in (
        ("notice", "1 = 1"),
        ("chat_reply", "message_id IS NULL"),
        ("subscription", "happened_at IS NOT NULL"),
    ):
        is_left = f"{_OPEN} AND due_at IS NULL AND {open_rows}"
        _execute(db, f"UPDATE {table} SET failed_at = ? WHERE {is_left}", (now,))
    db.execute_sql(
        "UPDATE matter_message SET outcome = 'failed' WHERE outcome IS NULL "
        "AND failed_at IS NOT NULL"
    )
    db.execute_sql(
        "UPDATE matter_message SET done_at = COALESCE(handed_over_at, created_at) "
        "WHERE outcome IS NOT NULL AND failed_at IS NULL"
    )
    is_left = f"{_OPEN} AND due_at IS NULL"
    _execute(db, f"UPDATE matter_message SET due_at = ? WHERE {is_left}", (now,))
    db.execute_sql("UPDATE subscription SET since = happened_at WHERE due_at IS NOT NULL")
    db.execute_sql(f"DELETE FROM outbox_job WHERE name IN ({_NAMES})")
    db.execute_sql(
        "UPDATE outbox_job SET due_at = NULL WHERE done_at IS NOT NULL OR failed_at IS NOT NULL"
    )


def _move_to_jobs(db):
    db.execute_sql(
        "UPDATE outbox_job SET due_at = COALESCE(done_at, failed_at, created_at) "
        "WHERE due_at IS NULL"
    )
    for name, (table, key) in _SENDING.items():
        rows = db.execute_sql(
            f"SELECT id, due_at, attempts, leased_until, created_at FROM {_dated(table)} "
            "WHERE due_at IS NOT NULL ORDER BY id"
        ).fetchall()
        for row_id, *values in rows:
            _add_job(db, name, {key: row_id}, *values)
    failed = db.execute_sql(
        "SELECT id, failed_at, attempts, created_at FROM notice WHERE failed_at IS NOT NULL"
    ).fetchall()
    for row_id, failed_at, attempts, created_at in failed:
        payload = {"notice_id": row_id}
        _add_job(db, "notice.send", payload, failed_at, attempts, None, created_at, failed_at)
    for name, (table, owner, key) in _DELIVERING.items():
        rows = db.execute_sql(
            f"SELECT {key}, MIN(due_at), 0, NULL, MIN(created_at) FROM {table} "
            f"WHERE due_at IS NOT NULL GROUP BY {key} ORDER BY {key}"
        ).fetchall()
        for owner_id, *values in rows:
            _add_job(db, name, {key: owner_id}, *values)
        db.execute_sql(
            f"UPDATE {owner} SET sending_until = (SELECT MAX(leased_until) FROM {table} "
            f"WHERE {table}.{key} = {owner}.id AND due_at IS NOT NULL)"
        )
        db.execute_sql(f"UPDATE {table} SET code = NULL WHERE attempts = 0")
    db.execute_sql("UPDATE registrar_event SET since = created_at WHERE since IS NULL")


def _dated(table):
    """Name a table with the time of its rows' causes as ``created_at``."""
    if table != "subscription":
        return table
    columns = "id, due_at, attempts, leased_until, happened_at AS created_at"
    return f"(SELECT {columns} FROM subscription) AS dated"


def _add_job(db, name, payload, due_at, attempts, leased_until, created_at, failed_at=None):
    _execute(
        db,
        "INSERT INTO outbox_job (name, payload, due_at, attempts, leased_until, created_at, "
        "failed_at, last_error, code) VALUES (?, ?, ?, ?, ?, ?, ?, '', 0)",
        (name, json.dumps(payload), due_at, attempts, leased_until, created_at, failed_at),
    )


def _execute(db, query, values):
    db.execute_sql(query if isinstance(db, SqliteDatabase) else query.replace("?", "%s"), values)
