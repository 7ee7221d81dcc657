# Generated from a schema diff on 2026-11-24 20:51.
from peewee import *


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Subscription(Model):
        id = BigAutoField()
        openid = CharField(max_length=64)
        account = ForeignKeyField(Account, null=True)
        topic = CharField(max_length=32)
        template_id = CharField(max_length=64)
        subject = CharField(max_length=16, default="")
        accepted_at = BigIntegerField(index=True)
        cause = CharField(unique=True, null=True, max_length=128)
        content = BlobField(null=True)
        happened_at = BigIntegerField(null=True)
        sent_at = BigIntegerField(null=True)
        failed_at = BigIntegerField(index=True, null=True)
        errcode = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "subscription"
            indexes = (
                (("openid", "topic", "happened_at"), False),
                (("topic", "happened_at"), False),
            )

    db.create_tables([Subscription])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("subscription"))
