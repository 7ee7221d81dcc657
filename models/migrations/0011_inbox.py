"""A question's group in the inbox, the asker's state, and the text that the entry lacked."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("faq_message", "missing", CharField(max_length=16, null=True)),
        migrator.add_column("faq_message", "findings", TextField(null=True)),
        migrator.add_column("faq_message", "placed", BigIntegerField(null=True)),
        migrator.add_index("faq_message", ("missing", "asked_at", "slug"), False),
        migrator.add_index("faq_message", ("placed",), False),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("faq_message", "faq_message_missing_asked_at_slug"),
        migrator.drop_index("faq_message", "faq_message_placed"),
        migrator.drop_column("faq_message", "missing"),
        migrator.drop_column("faq_message", "findings"),
        migrator.drop_column("faq_message", "placed"),
    )
