"""Verifications at a window that wait for a second person, and notices without an account."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.drop_not_null("manual_verification", "account_id"),
        migrator.add_column("manual_verification", "held", CharField(max_length=32, null=True)),
        migrator.add_column("manual_verification", "act", BlobField(null=True)),
        migrator.drop_not_null("notice", "account_id"),
    )


def down(migrator, db):
    db.execute_sql("DELETE FROM notice WHERE account_id IS NULL")
    db.execute_sql("DELETE FROM manual_verification WHERE account_id IS NULL")
    migrator.migrate(
        migrator.add_not_null("notice", "account_id"),
        migrator.drop_column("manual_verification", "act"),
        migrator.drop_column("manual_verification", "held"),
        migrator.add_not_null("manual_verification", "account_id"),
    )
