# Generated from a schema diff on 2026-11-24 20:45.
from peewee import *


def up(migrator, db):
    class FaqDraft(Model):
        kind = CharField(max_length=16)
        name = CharField(max_length=50)
        revision = IntegerField()
        content = TextField()
        digest = CharField(max_length=64)
        position = IntegerField(default=0)
        retired = BooleanField(default=False)
        held = BooleanField(default=False)
        editor = CharField(max_length=64)
        saved_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_draft"
            indexes = ((("kind", "name"), True),)

    db.create_tables([FaqDraft])

    class FaqRevision(Model):
        kind = CharField(max_length=16)
        name = CharField(max_length=50)
        number = IntegerField()
        content = TextField()
        act = CharField(max_length=24)
        note = CharField(max_length=200, default="")
        autosaved = BooleanField(default=False)
        editor = CharField(max_length=64)
        saved_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_revision"
            indexes = ((("kind", "name", "number"), True),)

    db.create_tables([FaqRevision])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("faq_revision"))
    migrator.migrate(migrator.drop_table("faq_draft"))
