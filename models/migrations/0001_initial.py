# Generated from a schema diff on 2026-11-24 18:56.
from peewee import *


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()
        status = CharField(max_length=16)
        level = SmallIntegerField(default=3)
        source = CharField(max_length=16, default="self")
        name = BlobField()
        id_number = BlobField()
        identity_index = BlobField(unique=True, null=True)
        former_identity_index = BlobField(index=True, null=True)
        valid_from = CharField(null=True, max_length=10)
        valid_until = CharField(null=True, max_length=10)
        long_term = BooleanField(default=False)
        phone = BlobField(null=True)
        phone_index = BlobField(index=True, null=True)
        phone_verified_by = CharField(null=True, max_length=8)
        username = CharField(null=True, max_length=32)
        username_key = CharField(unique=True, null=True, max_length=32)
        password_hash = CharField(null=True)
        password_changed_at = BigIntegerField(null=True)
        password_reset_at = BigIntegerField(null=True)
        verified_by = CharField(null=True, max_length=8)
        verified_at = BigIntegerField(null=True)
        wechat_openid = CharField(unique=True, null=True, max_length=64)
        authorization_enabled = BooleanField(default=False)
        authorization_until = CharField(null=True, max_length=10)
        created_at = BigIntegerField()
        activated_at = BigIntegerField(null=True)
        cancelled_at = BigIntegerField(null=True)
        cancellation_reason = BlobField(null=True)

        class Meta:
            database = db
            table_name = "account"

    db.create_tables([Account])

    class SmsCode(Model):
        id = BigAutoField()
        phone = BlobField()
        phone_index = BlobField(index=True)
        purpose = CharField(max_length=16)
        code_hash = BlobField()
        state = CharField(max_length=12)
        openid = CharField(null=True, max_length=64)
        account_id = BigIntegerField(null=True)
        created_at = BigIntegerField()
        expires_at = BigIntegerField()
        wrong_tries = SmallIntegerField(default=0)
        confirmed_by = BlobField(null=True)
        confirmed_until = BigIntegerField(null=True)
        used_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "sms_code"

    db.create_tables([SmsCode])

    class PhoneProof(Model):
        token_hash = BlobField(primary_key=True)
        phone = BlobField()
        phone_index = BlobField(index=True)
        method = CharField(max_length=8)
        openid = CharField(index=True, null=True, max_length=64)
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()
        used_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "phone_proof"

    db.create_tables([PhoneProof])

    class Activation(Model):
        token_hash = BlobField(primary_key=True)
        account = ForeignKeyField(Account)
        session_hash = BlobField()
        step = SmallIntegerField(default=1)
        sms_code = ForeignKeyField(SmsCode, null=True)
        phone_proof = ForeignKeyField(PhoneProof, null=True)
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "activation"

    db.create_tables([Activation])

    class AuditEntry(Model):
        id = BigAutoField()
        at = BigIntegerField(index=True)
        tag = CharField(index=True, max_length=64)
        actor = CharField(max_length=64)
        account_id = BigIntegerField(index=True, null=True)
        details = TextField(default="{}")

        class Meta:
            database = db
            table_name = "audit_entry"

    db.create_tables([AuditEntry])

    class ClientReport(Model):
        id = BigAutoField()
        openid = CharField(index=True, null=True, max_length=64)
        account = ForeignKeyField(Account, null=True)
        kind = CharField(max_length=16)
        step = CharField(max_length=64)
        detail = CharField(max_length=500, default="")
        reported_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "client_report"

    db.create_tables([ClientReport])

    class ConsentRecord(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account)
        key = CharField(max_length=16)
        version = CharField(max_length=32)
        given_at = BigIntegerField()
        withdrawn_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "consent_record"

    db.create_tables([ConsentRecord])

    class FaceChallenge(Model):
        id = CharField(primary_key=True, max_length=32)
        account = ForeignKeyField(Account)
        session_hash = BlobField()
        mode = CharField(max_length=8)
        verify_id = BlobField(null=True)
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()
        used_at = BigIntegerField(null=True)
        outcome = CharField(null=True, max_length=24)
        source_request_id = CharField(null=True, max_length=64)

        class Meta:
            database = db
            table_name = "face_challenge"

    db.create_tables([FaceChallenge])

    class FaqRelease(Model):
        number = IntegerField(primary_key=True)
        content = TextField()
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_release"

    db.create_tables([FaqRelease])

    class FaqPointer(Model):
        id = IntegerField(primary_key=True)
        release = ForeignKeyField(FaqRelease, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "faq_pointer"

    db.create_tables([FaqPointer])

    class IdempotentCall(Model):
        key_hash = BlobField(primary_key=True)
        body_digest = BlobField()
        holder = CharField(max_length=32)
        created_at = BigIntegerField(index=True)
        lease_until = BigIntegerField()
        status = SmallIntegerField(null=True)
        body = BlobField(null=True)
        session_hash = BlobField(null=True)

        class Meta:
            database = db
            table_name = "idempotent_call"

    db.create_tables([IdempotentCall])

    class IdentityCheck(Model):
        id = BigAutoField()
        id_number = BlobField()
        identity_index = BlobField(index=True)
        account = ForeignKeyField(Account, null=True)
        openid = CharField(index=True, null=True, max_length=64)
        purpose = CharField(max_length=16)
        checked_at = BigIntegerField(index=True)
        outcome = CharField(max_length=24)
        source = CharField(max_length=16)
        source_request_id = CharField(null=True, max_length=64)
        long_term = BooleanField()
        name_has_dot = BooleanField()
        warnings = CharField(default="")

        class Meta:
            database = db
            table_name = "identity_check"

    db.create_tables([IdentityCheck])

    class IdentityClaim(Model):
        identity_index = BlobField(primary_key=True)
        holder = BlobField()
        lease_until = BigIntegerField()

        class Meta:
            database = db
            table_name = "identity_claim"

    db.create_tables([IdentityClaim])

    class IdentityDatesChange(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account)
        changed_at = BigIntegerField()
        valid_from_before = CharField(null=True, max_length=10)
        valid_until_before = CharField(null=True, max_length=10)
        long_term_before = BooleanField()
        valid_from = CharField(max_length=10)
        valid_until = CharField(null=True, max_length=10)
        long_term = BooleanField()

        class Meta:
            database = db
            table_name = "identity_dates_change"

    db.create_tables([IdentityDatesChange])

    class Notice(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account)
        kind = CharField(max_length=32)
        phone = BlobField()
        created_at = BigIntegerField(index=True)
        sent_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "notice"

    db.create_tables([Notice])

    class NumberRange(Model):
        prefix = CharField(primary_key=True, max_length=7)
        supported_from = CharField(null=True, max_length=10)
        note = CharField(max_length=200, default="")
        changed_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "number_range"

    db.create_tables([NumberRange])

    class OutboxJob(Model):
        id = BigAutoField()
        name = CharField(max_length=48)
        payload = TextField(default="{}")
        unique_key = CharField(unique=True, null=True, max_length=96)
        created_at = BigIntegerField()
        run_at = BigIntegerField()
        leased_until = BigIntegerField(null=True)
        attempts = IntegerField(default=0)
        done_at = BigIntegerField(null=True)
        failed_at = BigIntegerField(null=True)
        last_error = CharField(default="")

        class Meta:
            database = db
            table_name = "outbox_job"
            indexes = ((("done_at", "failed_at", "run_at"), False),)

    db.create_tables([OutboxJob])

    class PasswordReset(Model):
        token_hash = BlobField(primary_key=True)
        account = ForeignKeyField(Account)
        session_hash = BlobField()
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()
        used_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "password_reset"

    db.create_tables([PasswordReset])

    class Session(Model):
        token_hash = BlobField(primary_key=True)
        openid = CharField(index=True, null=True, max_length=64)
        account = ForeignKeyField(Account, null=True)
        created_at = BigIntegerField()
        last_seen_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "session"

    db.create_tables([Session])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("session"))
    migrator.migrate(migrator.drop_table("password_reset"))
    migrator.migrate(migrator.drop_table("outbox_job"))
    migrator.migrate(migrator.drop_table("number_range"))
    migrator.migrate(migrator.drop_table("notice"))
    migrator.migrate(migrator.drop_table("identity_dates_change"))
    migrator.migrate(migrator.drop_table("identity_claim"))
    migrator.migrate(migrator.drop_table("identity_check"))
    migrator.migrate(migrator.drop_table("idempotent_call"))
    migrator.migrate(migrator.drop_table("faq_pointer"))
    migrator.migrate(migrator.drop_table("faq_release"))
    migrator.migrate(migrator.drop_table("face_challenge"))
    migrator.migrate(migrator.drop_table("consent_record"))
    migrator.migrate(migrator.drop_table("client_report"))
    migrator.migrate(migrator.drop_table("audit_entry"))
    migrator.migrate(migrator.drop_table("activation"))
    migrator.migrate(migrator.drop_table("phone_proof"))
    migrator.migrate(migrator.drop_table("sms_code"))
    migrator.migrate(migrator.drop_table("account"))
