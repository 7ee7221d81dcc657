# Generated from a schema diff on 2026-11-24 21:06.
from peewee import *


def up(migrator, db):
    class FaqMessage(Model):
        id = BigAutoField()
        message_id = CharField(unique=True, max_length=22)
        conversation_id = CharField(max_length=64)
        openid = CharField(null=True, max_length=64)
        account_id = BigIntegerField(null=True)
        asked_at = BigIntegerField(index=True)
        question = BlobField()
        answer = BlobField()
        kind = CharField(max_length=12)
        slug = CharField(null=True, max_length=50)
        case = IntegerField(null=True)
        confidence = DoubleField()
        version = IntegerField()
        memory = TextField()
        chosen = CharField(null=True, max_length=50)
        helpful = BooleanField(null=True)
        comment = BlobField(null=True)
        rated_at = BigIntegerField(null=True)
        concern = CharField(null=True, max_length=12)
        state = CharField(null=True, max_length=12)
        decided_at = BigIntegerField(null=True)
        decided_by = CharField(null=True, max_length=64)
        decided_slug = CharField(null=True, max_length=50)
        decided_version = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "faq_message"
            indexes = ((("conversation_id", "asked_at"), False), (("state", "asked_at"), False))

    db.create_tables([FaqMessage])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("faq_message"))
