# Generated from a schema diff on 2026-11-24 21:05.
from peewee import *


def up(migrator, db):
    class ChatMessage(Model):
        id = BigAutoField()
        openid = CharField(max_length=64)
        sent_at = BigIntegerField()
        push_id = CharField(max_length=72)
        nonce_key = BlobField(unique=True)
        kind = CharField(max_length=32)
        event = CharField(max_length=64)
        content = BlobField()
        received_at = BigIntegerField()
        due_at = BigIntegerField(null=True)
        attempts = SmallIntegerField(default=0)
        done_at = BigIntegerField(null=True)
        outcome = CharField(max_length=16)
        last_error = CharField(max_length=64, default="")

        class Meta:
            database = db
            table_name = "chat_message"
            indexes = ((("openid", "sent_at", "push_id"), True),)

    db.create_tables([ChatMessage])
    db.execute_sql(
        "CREATE INDEX chat_message_waiting ON chat_message (due_at) WHERE due_at IS NOT NULL"
    )

    class ChatReply(Model):
        id = BigAutoField()
        openid = CharField(max_length=64)
        message = ForeignKeyField(ChatMessage, unique=True, null=True, on_delete="SET NULL")
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
        holder = CharField(null=True, max_length=32)
        held_until = BigIntegerField(null=True)
        with_humans_until = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "chat_user"

    db.create_tables([ChatUser])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("chat_user"))
    migrator.migrate(migrator.drop_table("chat_reply"))
    migrator.migrate(migrator.drop_table("chat_message"))
