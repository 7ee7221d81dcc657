"""Keep what later versions of a matter changed, and until when a switch stood for a line."""

from peewee import *


def up(migrator, db):
    data = "BLOB" if isinstance(db, SqliteDatabase) else "BYTEA"
    db.execute_sql(f"ALTER TABLE matter ADD COLUMN edits {data}")
    db.execute_sql(f"ALTER TABLE matter_line ADD COLUMN confirmed_content {data}")
    db.execute_sql("ALTER TABLE matter_line ADD COLUMN switch_until VARCHAR(10)")


def down(migrator, db):
    db.execute_sql("ALTER TABLE matter DROP COLUMN edits")
    db.execute_sql("ALTER TABLE matter_line DROP COLUMN confirmed_content")
    db.execute_sql("ALTER TABLE matter_line DROP COLUMN switch_until")
