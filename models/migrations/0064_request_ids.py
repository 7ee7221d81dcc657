"""The request that caused what is sent; a null column, which rewrites no table."""

from peewee import *

# One table after the other, so that no lock is held while another one is waited for.
atomic = False

_TABLES = (
    *("outbox_job", "notice", "chat_message", "chat_reply", "subscription"),
    *("registrar_event", "matter_event", "matter_message"),
)


def up(migrator, db):
    for table in _TABLES:
        # A step may have been taken before another one failed.
        if not _has_column(db, table):
            migrator.migrate(
                migrator.add_column(table, "request_id", CharField(max_length=64, null=True))
            )


def down(migrator, db):
    for table in _TABLES:
        if _has_column(db, table):
            migrator.migrate(migrator.drop_column(table, "request_id"))


def _has_column(db, table):
    return any(column.name == "request_id" for column in db.get_columns(table))
