"""Key the ledger's hashes, seal by number instead of month, and record anchors and comparisons.

Existing lines get a keyed hash after their old hash was checked. The monthly seals sign hashes that
are no more and are removed; the first seal over the new hashes is made by the worker.
"""

import hashlib
import hmac
import json
from importlib import import_module

from peewee import *

from models.desks import ledger_keys
from models.migrations.frozen import ledger_triggers


def up(migrator, db):
    ledger_triggers.drop(db)
    db.execute_sql("ALTER TABLE ledger_line ADD COLUMN key_id VARCHAR(16) DEFAULT '' NOT NULL")
    db.execute_sql("DROP TABLE ledger_seal")
    db.create_tables(_tables(db))
    _rewrite(db, _plain, _keyed)
    ledger_triggers.create(db)


def down(migrator, db):
    ledger_triggers.drop(db)
    _rewrite(db, _keyed, _plain, key_id="")
    db.drop_tables(_tables(db))
    db.execute_sql("ALTER TABLE ledger_line DROP COLUMN key_id")
    db.create_tables([_monthly_seal(db)])
    if not isinstance(db, SqliteDatabase):
        db.execute_sql("DROP FUNCTION ledger_is_only_added_to()")
    import_module("models.migrations.0001_initial")._protect_ledger(db)


def _rewrite(db, old, new, key_id=None):
    """Replace the hash of every line; stop where the old one is wrong."""
    mark = "?" if isinstance(db, SqliteDatabase) else "%s"
    before = after = bytes(32)
    rows = db.execute_sql(
        "SELECT number, at, actor, action, window_id, ticket_id, account_id, about_number, key_id, "
        "personal_hash, previous_hash, hash FROM ledger_line ORDER BY number"
    ).fetchall()
    for *head, was_key_id, personal, previous, found in rows:
        parts = [*head, was_key_id, bytes(personal), bytes(previous)]
        if bytes(previous) != before or old(parts) != bytes(found):
            raise RuntimeError(f"Line {head[0]} of the ledger was changed: nothing was migrated.")
        parts[8] = next(iter(ledger_keys.ring())) if key_id is None else key_id
        parts[10], before = after, bytes(found)
        after = new(parts)
        db.execute_sql(
            f"UPDATE ledger_line SET key_id = {mark}, previous_hash = {mark}, hash = {mark} "  # noqa: S608
            f"WHERE number = {mark}",
            (parts[8], parts[10], after, parts[0]),
        )


def _text(parts):
    listed = [part.hex() if isinstance(part, bytes) else part for part in parts]
    return json.dumps(listed, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def _plain(parts):
    return hashlib.sha256(_text([*parts[:8], *parts[9:]])).digest()


def _keyed(parts):
    return hmac.digest(ledger_keys.ring()[parts[8]], _text(parts), "sha256")


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class LedgerSeal(Base):
        sequence = BigIntegerField(primary_key=True)
        number = BigIntegerField(index=True)
        lines = BigIntegerField()
        hash = BlobField()
        sealed_at = BigIntegerField()
        trigger_faults = IntegerField(default=0)
        gives_up = BigIntegerField(default=0)
        reason = CharField(max_length=200, default="")
        public_key = BlobField()
        signature = BlobField()

    class LedgerAnchor(Base):
        place = CharField(max_length=16, primary_key=True)
        sequence = BigIntegerField()
        carried_at = BigIntegerField()

    class LedgerComparison(Base):
        id = BigAutoField()
        compared_at = BigIntegerField()
        differences = TextField()

    return [LedgerSeal, LedgerAnchor, LedgerComparison]


def _monthly_seal(db):
    class LedgerSeal(Model):
        month = CharField(primary_key=True, max_length=7)
        number = BigIntegerField()
        hash = BlobField()
        sealed_at = BigIntegerField()
        public_key = BlobField()
        signature = BlobField()

        class Meta:
            database = db
            legacy_table_names = False

    return LedgerSeal
