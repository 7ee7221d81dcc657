"""Who confirmed a roll-back afterwards, and when; earlier ones count as confirmed."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("faq_release", "confirmed_by", CharField(max_length=64, default="")),
        migrator.add_column("faq_release", "confirmed_at", BigIntegerField(null=True)),
    )
    db.execute_sql("UPDATE faq_release SET confirmed_by = author WHERE restores IS NOT NULL")


def down(migrator, db):
    migrator.migrate(
        migrator.drop_column("faq_release", "confirmed_at"),
        migrator.drop_column("faq_release", "confirmed_by"),
    )
