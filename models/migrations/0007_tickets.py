# Generated from a schema diff on 2026-11-24 20:40.
from peewee import *


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Ticket(Model):
        id = BigAutoField()
        kind = CharField(max_length=24)
        state = CharField(max_length=16, default="open")
        source = CharField(max_length=16)
        account = ForeignKeyField(Account, null=True)
        openid = CharField(index=True, null=True, max_length=64)
        matter = BlobField()
        matter_index = BlobField(unique=True, null=True)
        name = BlobField(null=True)
        id_number = BlobField(null=True)
        identity_index = BlobField(index=True, null=True)
        phone = BlobField(null=True)
        contact = BlobField(null=True)
        description = BlobField()
        facts = BlobField()
        conversation_id = CharField(null=True, max_length=64)
        window_id = BigIntegerField(index=True, null=True)
        created_at = BigIntegerField()
        due_at = BigIntegerField(index=True)
        reminded_at = BigIntegerField(null=True)
        owner_id = BigIntegerField(null=True)
        owned_since = BigIntegerField(null=True)
        closed_at = BigIntegerField(index=True, null=True)
        reason = BlobField(null=True)

        class Meta:
            database = db
            table_name = "ticket"
            indexes = ((("state", "due_at"), False),)

    db.create_tables([Ticket])

    class TicketEvent(Model):
        id = BigAutoField()
        ticket = ForeignKeyField(Ticket)
        at = BigIntegerField()
        state = CharField(max_length=16)
        actor = CharField(max_length=64)
        action = CharField(max_length=24)
        note = BlobField(null=True)

        class Meta:
            database = db
            table_name = "ticket_event"

    db.create_tables([TicketEvent])

    class TicketEvidence(Model):
        id = BigAutoField()
        ticket = ForeignKeyField(Ticket)
        added_at = BigIntegerField()
        actor = CharField(max_length=64)
        sha256 = CharField(max_length=64)
        size = IntegerField()
        key = BlobField()
        content = BlobField()

        class Meta:
            database = db
            table_name = "ticket_evidence"

    db.create_tables([TicketEvidence])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("ticket_evidence"))
    migrator.migrate(migrator.drop_table("ticket_event"))
    migrator.migrate(migrator.drop_table("ticket"))
