# Generated from a schema diff on 2026-11-24 20:44.
from peewee import *


def up(migrator, db):
    class ChatMessage(Model):
        id = BigAutoField()
        openid = CharField(max_length=64)
        push_key = BlobField(unique=True)
        nonce_key = BlobField(unique=True)
        kind = CharField(max_length=32)
        event = CharField(max_length=64, default="")
        content = BlobField()
        sent_at = BigIntegerField()
        received_at = BigIntegerField(index=True)
        attempts = SmallIntegerField(default=0)
        done_at = BigIntegerField(null=True)
        outcome = CharField(max_length=16, default="")
        last_error = CharField(max_length=64, default="")

        class Meta:
            database = db
            table_name = "chat_message"
            indexes = ((("openid", "done_at", "sent_at"), False),)

    db.create_tables([ChatMessage])

    class ChatReply(Model):
        id = BigAutoField()
        openid = CharField(max_length=64)
        message = ForeignKeyField(ChatMessage, unique=True, null=True)
        content = BlobField()
        created_at = BigIntegerField(index=True)
        attempts = SmallIntegerField(default=0)
        handed_over_at = BigIntegerField(null=True)
        sent_at = BigIntegerField(null=True)
        failed_at = BigIntegerField(index=True, null=True)
        errcode = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "chat_reply"
            indexes = ((("openid", "sent_at"), False),)

    db.create_tables([ChatReply])

    class ChatUser(Model):
        openid = CharField(primary_key=True, max_length=64)
        waiting = IntegerField(default=0)
        due_at = BigIntegerField(index=True, null=True)
        holder = CharField(null=True, max_length=32)
        leased_until = BigIntegerField(null=True)
        wrote_at = BigIntegerField(null=True)
        entered_at = BigIntegerField(null=True)
        with_humans_until = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "chat_user"

    db.create_tables([ChatUser])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("chat_user"))
    migrator.migrate(migrator.drop_table("chat_reply"))
    migrator.migrate(migrator.drop_table("chat_message"))
