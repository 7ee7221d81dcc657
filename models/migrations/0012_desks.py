"""Verifications by hand, approvals, clearances, and whose a phone verified by hand is."""

from peewee import *


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class StaffMember(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "staff_member"

    class Ticket(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "ticket"

    class Approval(Model):
        id = BigAutoField()
        ticket = ForeignKeyField(Ticket)
        pending_ticket = BigIntegerField(unique=True, null=True)
        act = CharField(max_length=24)
        content = BlobField()
        requested_by = ForeignKeyField(StaffMember)
        requested_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)
        state = CharField(max_length=12, default="pending")
        decided_by = BigIntegerField(null=True)
        decided_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "approval"

    db.create_tables([Approval])

    class IdentityClearance(Model):
        id = BigAutoField()
        id_number = BlobField()
        identity_index = BlobField(index=True)
        name = BlobField()
        valid_from = CharField(max_length=10)
        valid_until = CharField(null=True, max_length=10)
        ticket = ForeignKeyField(Ticket)
        cleared_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "identity_clearance"

    db.create_tables([IdentityClearance])

    class ManualVerification(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account)
        ticket = ForeignKeyField(Ticket)
        clerk = ForeignKeyField(StaffMember)
        verified_at = BigIntegerField()
        review_due = BigIntegerField()
        state = CharField(max_length=12, default="pending")
        reviewed_by = BigIntegerField(null=True)
        reviewed_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "manual_verification"
            indexes = ((("state", "review_due"), False),)

    db.create_tables([ManualVerification])

    class TicketFaceCheck(Model):
        id = CharField(primary_key=True, max_length=32)
        ticket = ForeignKeyField(Ticket)
        openid = CharField(max_length=64)
        verify_id = BlobField()
        consent_version = CharField(max_length=32)
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()
        used_at = BigIntegerField(null=True)
        outcome = CharField(null=True, max_length=24)
        source_request_id = CharField(null=True, max_length=64)

        class Meta:
            database = db
            table_name = "ticket_face_check"

    db.create_tables([TicketFaceCheck])

    migrator.migrate(
        migrator.add_column("phone_proof", "account_id", BigIntegerField(null=True, index=True)),
        migrator.add_column("staff_member", "id_number", BlobField(null=True)),
        migrator.add_column("staff_member", "identity_index", BlobField(null=True, index=True)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("staff_member", "staff_member_identity_index"),
        migrator.drop_index("phone_proof", "phone_proof_account_id"),
        migrator.drop_column("staff_member", "identity_index"),
        migrator.drop_column("staff_member", "id_number"),
        migrator.drop_column("phone_proof", "account_id"),
    )
    migrator.migrate(migrator.drop_table("ticket_face_check"))
    migrator.migrate(migrator.drop_table("identity_clearance"))
    migrator.migrate(migrator.drop_table("approval"))
    migrator.migrate(migrator.drop_table("manual_verification"))
