"""The ledger, and what makes the database itself refuse to change it."""

from peewee import *


def up(migrator, db):
    class LedgerDetail(Model):
        number = BigIntegerField(primary_key=True)
        salt = BlobField(null=True)
        id_number = BlobField(null=True)
        identity_index = BlobField(index=True, null=True)
        content = BlobField(null=True)

        class Meta:
            database = db
            table_name = "ledger_detail"

    db.create_tables([LedgerDetail])

    class LedgerLine(Model):
        number = BigIntegerField(primary_key=True)
        at = BigIntegerField(index=True)
        actor = CharField(index=True, max_length=64)
        action = CharField(max_length=32)
        window_id = BigIntegerField(null=True)
        ticket_id = BigIntegerField(index=True, null=True)
        account_id = BigIntegerField(null=True)
        about_number = BigIntegerField(null=True)
        personal_hash = BlobField()
        previous_hash = BlobField()
        hash = BlobField()

        class Meta:
            database = db
            table_name = "ledger_line"

    db.create_tables([LedgerLine])

    class LedgerSeal(Model):
        month = CharField(primary_key=True, max_length=7)
        number = BigIntegerField()
        hash = BlobField()
        sealed_at = BigIntegerField()
        public_key = BlobField()
        signature = BlobField()

        class Meta:
            database = db
            table_name = "ledger_seal"

    db.create_tables([LedgerSeal])
    _protect(db)


def down(migrator, db):
    migrator.migrate(migrator.drop_table("ledger_seal"))
    migrator.migrate(migrator.drop_table("ledger_detail"))
    migrator.migrate(migrator.drop_table("ledger_line"))
    if not isinstance(db, SqliteDatabase):
        db.execute_sql("DROP FUNCTION ledger_is_only_added_to()")


# Table → what nobody may do to its rows. The personal part is written anew by a rotation of keys
# and emptied by a lawful erasure.
_FORBIDDEN = {
    "ledger_line": ("UPDATE", "DELETE"),
    "ledger_seal": ("UPDATE", "DELETE"),
    "ledger_detail": ("DELETE",),
}


def _protect(db):
    if isinstance(db, SqliteDatabase):
        for table, acts in _FORBIDDEN.items():
            for act in acts:
                db.execute_sql(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'The ledger is only ever added to.'); END"
                )
            # INSERT OR REPLACE deletes without asking the triggers on deleting.
            key = "month" if table == "ledger_seal" else "number"
            db.execute_sql(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
                "BEGIN SELECT RAISE(ABORT, 'The ledger is only ever added to.'); END"
            )
        return
    # Emptying an empty table is what putting back a backup begins with.
    db.execute_sql(
        """
        CREATE FUNCTION ledger_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE found boolean;
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || quote_ident(TG_TABLE_NAME) || ')'
                    INTO found;
                IF NOT found THEN
                    RETURN NULL;
                END IF;
            END IF;
            RAISE EXCEPTION 'The ledger is only ever added to.' USING ERRCODE = '23001';
        END $$
        """
    )
    for table, acts in _FORBIDDEN.items():
        db.execute_sql(
            f"CREATE TRIGGER {table}_no_change BEFORE {' OR '.join(acts)} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_is_only_added_to()"
        )
        db.execute_sql(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_only_added_to()"
        )
