"""Sessions lie under their token itself, and not beside it; who is dead is found without an index.

Every call with a token reads a session, and every sign-in writes one: each tree of pages that it
needs not touch is felt. The dead ones are looked for all at once, over the whole table.
"""

from peewee import SqliteDatabase

_COLUMNS = (
    '"token_hash" BLOB NOT NULL PRIMARY KEY, "openid" VARCHAR(64), "account_id" INTEGER, '
    '"created_at" INTEGER NOT NULL, "last_seen_at" INTEGER NOT NULL, '
    'FOREIGN KEY ("account_id") REFERENCES "account" ("id")'
)
_INDEXED = ("openid", "account_id")


def up(migrator, db):
    if isinstance(db, SqliteDatabase):
        _rebuild(db, " WITHOUT ROWID")
    else:
        db.execute_sql('DROP INDEX "session_last_seen_at"')


def down(migrator, db):
    if isinstance(db, SqliteDatabase):
        _rebuild(db, "")
    db.execute_sql('CREATE INDEX "session_last_seen_at" ON "session" ("last_seen_at")')


def _rebuild(db, form):
    db.execute_sql(f'CREATE TABLE "session_new" ({_COLUMNS}){form}')
    db.execute_sql('INSERT INTO "session_new" SELECT * FROM "session"')
    db.execute_sql('DROP TABLE "session"')
    db.execute_sql('ALTER TABLE "session_new" RENAME TO "session"')
    for column in _INDEXED:
        db.execute_sql(f'CREATE INDEX "session_{column}" ON "session" ("{column}")')
