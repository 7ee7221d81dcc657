# Generated from a schema diff on 2026-11-25 00:40.
from peewee import *


def up(migrator, db):
    class FaqTask(Model):
        id = AutoField()
        kind = CharField(max_length=16)
        key = CharField(max_length=64)
        arguments = TextField(default="{}")
        actor = CharField(max_length=64)
        state = CharField(max_length=12)
        step = CharField(max_length=16, default="")
        done = IntegerField(default=0)
        total = IntegerField(default=0)
        outcome = TextField(default="{}")
        begun_at = BigIntegerField(index=True)
        seen_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_task"
            indexes = ((("kind", "key"), False),)

    db.create_tables([FaqTask])

    class FaqUpload(Model):
        id = AutoField()
        name = CharField(max_length=200)
        target = IntegerField(null=True)
        replaces = BooleanField(default=False)
        data = BlobField()
        actor = CharField(max_length=64)
        sent_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "faq_upload"

    db.create_tables([FaqUpload])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("faq_upload"))
    migrator.migrate(migrator.drop_table("faq_task"))
