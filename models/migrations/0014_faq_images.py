"""Pictures of answers; and an index by which the messages that an entry answered are counted."""

from peewee import *


def up(migrator, db):
    class FaqImage(Model):
        name = CharField(max_length=40, primary_key=True)
        content = BlobField()
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_image"

    db.create_tables([FaqImage])
    migrator.migrate(
        migrator.add_index("faq_message", ("slug", "asked_at", "helpful"), unique=False)
    )


def down(migrator, db):
    migrator.migrate(migrator.drop_index("faq_message", "faq_message_slug_asked_at_helpful"))
    migrator.migrate(migrator.drop_table("faq_image"))
