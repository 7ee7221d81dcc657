"""The operator's calendar, and user names encrypted with a blind index.

The user names are encrypted with the keys of the process that migrates.
"""

from peewee import *

from models.migrations.frozen import stored_values
from models.storage.fields import keys

_USERNAME, _INDEX = b"account.username", b"username"
_BATCH = 2000


def up(migrator, db):
    db.create_tables([_calendar_day(db)])
    if isinstance(db, SqliteDatabase):
        # Else the names remain readable in the file's free space.
        db.execute_sql("PRAGMA secure_delete = ON")
    migrator.migrate(
        migrator.add_column("account", "username_sealed", BlobField(null=True)),
        migrator.add_column("account", "username_index", BlobField(null=True)),
    )
    _rewrite(db, ("username", "username_key"), ("username_sealed", "username_index"), _seal)
    migrator.migrate(
        migrator.drop_index("account", "account_username_key"),
        migrator.drop_column("account", "username_key"),
        migrator.drop_column("account", "username"),
        migrator.rename_column("account", "username_sealed", "username"),
        migrator.add_index("account", ("username_index",), True),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.add_column("account", "username_clear", CharField(max_length=32, null=True)),
        migrator.add_column("account", "username_key", CharField(max_length=32, null=True)),
    )
    _rewrite(db, ("username", "username_index"), ("username_clear", "username_key"), _open)
    migrator.migrate(
        migrator.drop_index("account", "account_username_index"),
        migrator.drop_column("account", "username_index"),
        migrator.drop_column("account", "username"),
        migrator.rename_column("account", "username_clear", "username"),
        migrator.add_index("account", ("username_key",), True),
    )
    db.drop_tables([_calendar_day(db)])


def _seal(username, key):
    index = None if key is None else stored_values.digest(keys(), key, _INDEX)
    return stored_values.encrypt(keys(), username, _USERNAME), index


def _open(stored, index):
    username = stored_values.decrypt(keys(), bytes(stored), _USERNAME)
    return username, None if index is None else username.lower()


def _rewrite(db, old, new, convert):
    """Fill the new columns of every account with a user name."""
    mark = "?" if isinstance(db, SqliteDatabase) else "%s"
    select = (
        f"SELECT id, {old[0]}, {old[1]} FROM account "  # noqa: S608
        f"WHERE {old[0]} IS NOT NULL AND id > {mark} ORDER BY id LIMIT {_BATCH}"
    )
    update = f"UPDATE account SET {new[0]} = {mark}, {new[1]} = {mark} WHERE id = {mark}"  # noqa: S608
    after = 0
    while rows := db.execute_sql(select, (after,)).fetchall():
        for number, first, second in rows:
            db.execute_sql(update, (*convert(first, second), number))
        after = rows[-1][0]


def _calendar_day(db):
    class CalendarDay(Model):
        day = CharField(max_length=10, primary_key=True)
        kind = CharField(max_length=8)
        name = CharField(max_length=50, default="")
        changed_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "calendar_day"

    return CalendarDay
