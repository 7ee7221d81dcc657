# Generated from a schema diff on 2026-11-24 20:52.
from peewee import *


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class ServiceWindow(Model):
        id = BigAutoField()
        name = CharField(max_length=64)
        address = CharField(max_length=200)
        hours = CharField(max_length=100)
        phone = CharField(max_length=32)
        districts = TextField(default="[]")
        closed_days = TextField(default="[]")
        active = BooleanField(default=True)
        changed_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "service_window"

    db.create_tables([ServiceWindow])

    class StaffMember(Model):
        id = BigAutoField()
        username = CharField(max_length=32)
        username_key = CharField(unique=True, max_length=32)
        name = BlobField()
        password_hash = CharField()
        password_changed_at = BigIntegerField()
        must_change_password = BooleanField(default=True)
        totp_secret = BlobField(null=True)
        totp_confirmed_at = BigIntegerField(null=True)
        totp_last_step = BigIntegerField(null=True)
        roles = CharField(max_length=128, default="")
        window_id = BigIntegerField(index=True, null=True)
        active = BooleanField(default=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "staff_member"

    db.create_tables([StaffMember])

    class StaffRecoveryCode(Model):
        code_hash = BlobField(primary_key=True)
        member = ForeignKeyField(StaffMember)
        used_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "staff_recovery_code"

    db.create_tables([StaffRecoveryCode])

    class StaffSession(Model):
        token_hash = BlobField(primary_key=True)
        member = ForeignKeyField(StaffMember)
        created_at = BigIntegerField()
        last_seen_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "staff_session"

    db.create_tables([StaffSession])

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
    migrator.migrate(migrator.drop_table("staff_session"))
    migrator.migrate(migrator.drop_table("staff_recovery_code"))
    migrator.migrate(migrator.drop_table("staff_member"))
    migrator.migrate(migrator.drop_table("service_window"))
