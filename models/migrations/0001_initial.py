"""All tables, the triggers that keep the ledger from being changed, and the first number range."""

import time

from peewee import *

# Table → the statements that are refused. A rotation of keys rewrites the personal part, and a
# lawful erasure empties it.
_FORBIDDEN = {
    "ledger_line": ("UPDATE", "DELETE"),
    "ledger_seal": ("UPDATE", "DELETE"),
    "ledger_detail": ("DELETE",),
}


def up(migrator, db):
    tables = _tables(db)
    db.create_tables(tables.values())
    db.execute_sql(
        'CREATE INDEX "chat_message_waiting" ON "chat_message" ("due_at") WHERE due_at IS NOT NULL'
    )
    _protect_ledger(db)
    # A migration runs once: when an operator takes 199 off the list, it does not come back.
    tables["NumberRange"].insert(prefix="199", changed_at=int(time.time() * 1000)).execute()


def down(migrator, db):
    db.drop_tables(_tables(db).values())
    if not isinstance(db, SqliteDatabase):
        db.execute_sql("DROP FUNCTION ledger_is_only_added_to()")


def _protect_ledger(db):
    if isinstance(db, SqliteDatabase):
        for table, acts in _FORBIDDEN.items():
            for act in acts:
                db.execute_sql(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'The ledger is only ever added to.'); END"
                )
            # INSERT OR REPLACE deletes without asking the triggers on deleting.
            key = "month" if table == "ledger_seal" else "number"
            db.execute_sql(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
                "BEGIN SELECT RAISE(ABORT, 'The ledger is only ever added to.'); END"
            )
        return
    # Emptying an empty table is what putting back a backup begins with.
    db.execute_sql(
        """
        CREATE FUNCTION ledger_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE found boolean;
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || quote_ident(TG_TABLE_NAME) || ')'
                    INTO found;
                IF NOT found THEN
                    RETURN NULL;
                END IF;
            END IF;
            RAISE EXCEPTION 'The ledger is only ever added to.' USING ERRCODE = '23001';
        END $$
        """
    )
    for table, acts in _FORBIDDEN.items():
        db.execute_sql(
            f"CREATE TRIGGER {table}_no_change BEFORE {' OR '.join(acts)} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_is_only_added_to()"
        )
        db.execute_sql(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_only_added_to()"
        )


def _tables(db):
    """The tables by the names of their models."""

    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Account(Base):
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

    class SmsCode(Base):
        id = BigAutoField()
        phone = BlobField()
        phone_index = BlobField(index=True)
        purpose = CharField(max_length=16)
        code_hash = BlobField()
        state = CharField(max_length=12)
        openid = CharField(index=True, null=True, max_length=64)
        account_id = BigIntegerField(null=True)
        created_at = BigIntegerField()
        expires_at = BigIntegerField()
        wrong_tries = SmallIntegerField(default=0)
        confirmed_by = BlobField(null=True)
        confirmed_until = BigIntegerField(null=True)
        used_at = BigIntegerField(null=True)

    class PhoneProof(Base):
        token_hash = BlobField(primary_key=True)
        phone = BlobField()
        phone_index = BlobField(index=True)
        method = CharField(max_length=8)
        openid = CharField(index=True, null=True, max_length=64)
        account_id = BigIntegerField(index=True, null=True)
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()
        used_at = BigIntegerField(null=True)

    class Activation(Base):
        token_hash = BlobField(primary_key=True)
        account = ForeignKeyField(Account)
        session_hash = BlobField(index=True)
        step = SmallIntegerField(default=1)
        sms_code = ForeignKeyField(SmsCode, null=True)
        phone_proof = ForeignKeyField(PhoneProof, null=True)
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()

    class Announcement(Base):
        id = BigAutoField()
        title = CharField(max_length=60)
        text = TextField()
        districts = TextField(default="[]")
        starts_at = BigIntegerField()
        ends_at = BigIntegerField(null=True)
        withdrawn = BooleanField(default=False)
        changed_at = BigIntegerField()
        changed_by = CharField(max_length=64)

        class Meta:
            indexes = ((("withdrawn", "starts_at"), False),)

    class Ticket(Base):
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
        erased_at = BigIntegerField(null=True)

        class Meta:
            indexes = ((("state", "due_at"), False),)

    class StaffMember(Base):
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
        id_number = BlobField(null=True)
        identity_index = BlobField(index=True, null=True)
        roles = CharField(max_length=128, default="")
        window_id = BigIntegerField(index=True, null=True)
        active = BooleanField(default=True)
        created_at = BigIntegerField()

    class Approval(Base):
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

    class AuditEntry(Base):
        id = BigAutoField()
        at = BigIntegerField(index=True)
        tag = CharField(max_length=64)
        actor = CharField(max_length=64)
        account_id = BigIntegerField(null=True)
        details = TextField(default="{}")

        class Meta:
            indexes = (
                (("tag", "at"), False),
                (("actor", "at"), False),
                (("account_id", "at"), False),
            )

    class ChatMessage(Base):
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
            indexes = ((("openid", "sent_at", "push_id"), True),)

    class ChatReply(Base):
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
            indexes = ((("openid", "sent_at"), False),)

    class ChatUser(Base):
        openid = CharField(primary_key=True, max_length=64)
        holder = CharField(null=True, max_length=32)
        held_until = BigIntegerField(null=True)
        with_humans_until = BigIntegerField(null=True)

    class ClientReport(Base):
        id = BigAutoField()
        openid = CharField(index=True, null=True, max_length=64)
        account = ForeignKeyField(Account, null=True)
        kind = CharField(max_length=16)
        step = CharField(max_length=64)
        detail = CharField(max_length=500, default="")
        reported_at = BigIntegerField(index=True)

    class ConsentRecord(Base):
        id = BigAutoField()
        account = ForeignKeyField(Account)
        key = CharField(max_length=16)
        version = CharField(max_length=32)
        given_at = BigIntegerField()
        withdrawn_at = BigIntegerField(null=True)

    class DailyFigure(Base):
        day = CharField(max_length=10)
        name = CharField(max_length=16)
        key = CharField(max_length=80)
        amount = BigIntegerField()

        class Meta:
            primary_key = CompositeKey("day", "name", "key")

    class DeskSitting(Base):
        id = CharField(primary_key=True, max_length=32)
        member = ForeignKeyField(StaffMember)
        content = BlobField()
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

    class FaceChallenge(Base):
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

    class FaqCheck(Base):
        digest = CharField(max_length=64)
        release = IntegerField()
        questions = CharField(max_length=64)
        result = TextField()
        checked_at = BigIntegerField(index=True)

        class Meta:
            indexes = ((("digest", "release", "questions"), False),)

    class FaqCompiled(Base):
        digest = CharField(max_length=64)
        form = CharField(max_length=32)
        data = BlobField()
        created_at = BigIntegerField()

        class Meta:
            primary_key = CompositeKey("digest", "form")

    class FaqDraft(Base):
        kind = CharField(max_length=16)
        name = CharField(max_length=50)
        revision = IntegerField()
        content = TextField()
        digest = CharField(max_length=64)
        title = CharField(max_length=200, default="")
        category = CharField(max_length=200, default="")
        position = IntegerField(default=0)
        retired = BooleanField(default=False)
        held = BooleanField(default=False)
        editor = CharField(max_length=64)
        saved_at = BigIntegerField()

        class Meta:
            indexes = ((("kind", "name"), True), (("kind", "position"), False))

    class FaqImage(Base):
        name = CharField(primary_key=True, max_length=40)
        content = BlobField()
        created_at = BigIntegerField()

    class FaqMessage(Base):
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
            indexes = (
                (("conversation_id", "asked_at"), False),
                (("state", "asked_at"), False),
                (("slug", "asked_at", "helpful"), False),
            )

    class FaqRelease(Base):
        number = IntegerField(primary_key=True)
        content = TextField()
        created_at = BigIntegerField()
        digest = CharField(max_length=64, default="")
        author = CharField(max_length=64, default="")
        note = CharField(max_length=200, default="")
        override = CharField(max_length=200, default="")
        check_id = IntegerField(null=True)
        restores = IntegerField(null=True)

    class FaqPointer(Base):
        id = IntegerField(primary_key=True)
        release = ForeignKeyField(FaqRelease, on_delete="RESTRICT")

    class FaqQuestionSet(Base):
        name = CharField(unique=True, max_length=50)
        archived = BooleanField(default=False)
        editor = CharField(max_length=64)
        created_at = BigIntegerField()

    class FaqQuestion(Base):
        question_set = ForeignKeyField(FaqQuestionSet, on_delete="CASCADE")
        question = CharField(max_length=500)
        expected = TextField()
        note = CharField(max_length=200, default="")
        editor = CharField(max_length=64)
        saved_at = BigIntegerField()

        class Meta:
            indexes = ((("question_set", "question"), True),)

    class FaqSubmission(Base):
        content = TextField()
        release = IntegerField()
        check_id = IntegerField()
        authors = TextField()
        note = CharField(max_length=200, default="")
        override = CharField(max_length=200, default="")
        state = CharField(index=True, max_length=16)
        submitted_at = BigIntegerField()

    class FaqReviewStep(Base):
        submission = ForeignKeyField(FaqSubmission, on_delete="CASCADE")
        step = CharField(max_length=16)
        actor = CharField(max_length=64)
        comment = CharField(max_length=200, default="")
        at = BigIntegerField()

    class FaqRevision(Base):
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
            indexes = ((("kind", "name", "number"), True),)

    class FaqTask(Base):
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
            indexes = ((("kind", "key"), False),)

    class FaqUpload(Base):
        name = CharField(max_length=200)
        target = IntegerField(null=True)
        replaces = BooleanField(default=False)
        data = BlobField()
        actor = CharField(max_length=64)
        sent_at = BigIntegerField(index=True)

    class IdempotentCall(Base):
        key_hash = BlobField(primary_key=True)
        body_digest = BlobField()
        holder = CharField(max_length=32)
        created_at = BigIntegerField(index=True)
        lease_until = BigIntegerField()
        status = SmallIntegerField(null=True)
        body = BlobField(null=True)
        session_hash = BlobField(null=True)

    class IdentityCheck(Base):
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

    class IdentityClaim(Base):
        identity_index = BlobField(primary_key=True)
        holder = BlobField()
        lease_until = BigIntegerField()

    class IdentityClearance(Base):
        id = BigAutoField()
        id_number = BlobField()
        identity_index = BlobField(index=True)
        name = BlobField()
        valid_from = CharField(max_length=10)
        valid_until = CharField(null=True, max_length=10)
        ticket = ForeignKeyField(Ticket)
        cleared_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

    class IdentityDatesChange(Base):
        id = BigAutoField()
        account = ForeignKeyField(Account)
        changed_at = BigIntegerField()
        valid_from_before = CharField(null=True, max_length=10)
        valid_until_before = CharField(null=True, max_length=10)
        long_term_before = BooleanField()
        valid_from = CharField(max_length=10)
        valid_until = CharField(null=True, max_length=10)
        long_term = BooleanField()

    class LedgerDetail(Base):
        number = BigIntegerField(primary_key=True)
        salt = BlobField(null=True)
        id_number = BlobField(null=True)
        identity_index = BlobField(index=True, null=True)
        content = BlobField(null=True)

    class LedgerLine(Base):
        number = BigIntegerField(primary_key=True)
        at = BigIntegerField(index=True)
        actor = CharField(index=True, max_length=64)
        action = CharField(max_length=32)
        window_id = BigIntegerField(null=True)
        ticket_id = BigIntegerField(index=True, null=True)
        account_id = BigIntegerField(null=True)
        about_number = BigIntegerField(null=True)
        personal_hash = BlobField()
        previous_hash = BlobField()
        hash = BlobField()

        class Meta:
            indexes = ((("action", "number"), False), (("window_id", "number"), False))

    class LedgerSeal(Base):
        month = CharField(primary_key=True, max_length=7)
        number = BigIntegerField()
        hash = BlobField()
        sealed_at = BigIntegerField()
        public_key = BlobField()
        signature = BlobField()

    class LedgerVerification(Base):
        id = BigAutoField()
        asked_by = CharField(max_length=64)
        asked_at = BigIntegerField()
        seen_at = BigIntegerField(null=True)
        finished_at = BigIntegerField(null=True)
        total = BigIntegerField(default=0)
        lines = BigIntegerField(default=0)
        erased = BigIntegerField(default=0)
        seals = BigIntegerField(default=0)
        faults = TextField(default="[]")

    class ManualVerification(Base):
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
            indexes = ((("state", "review_due"), False),)

    class Notice(Base):
        id = BigAutoField()
        account = ForeignKeyField(Account)
        kind = CharField(max_length=32)
        phone = BlobField()
        created_at = BigIntegerField(index=True)
        sent_at = BigIntegerField(null=True)

    class NumberRange(Base):
        prefix = CharField(primary_key=True, max_length=7)
        supported_from = CharField(null=True, max_length=10)
        note = CharField(max_length=200, default="")
        changed_at = BigIntegerField()

    class OutboxJob(Base):
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
            indexes = ((("done_at", "failed_at", "run_at"), False),)

    class PasswordReset(Base):
        token_hash = BlobField(primary_key=True)
        account = ForeignKeyField(Account)
        session_hash = BlobField()
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()
        used_at = BigIntegerField(null=True)

    class RefusalNote(Base):
        id = BigAutoField()
        asker = CharField(max_length=80)
        reason = CharField(max_length=40)
        problem_case = SmallIntegerField()
        refused_at = BigIntegerField(index=True)
        phone = BlobField(null=True)
        details = TextField(default="{}")
        account_id = BigIntegerField(null=True)

        class Meta:
            indexes = ((("asker", "reason"), True),)

    class RegistrarKey(Base):
        id = CharField(primary_key=True, max_length=32)
        name = CharField(max_length=64)
        secret = BlobField()
        networks = CharField(max_length=500, default="")
        daily_quota = IntegerField()
        active = BooleanField(default=True)
        created_at = BigIntegerField()
        webhook_url = CharField(max_length=300, default="")

    class RegistrarWatch(Base):
        id = BigAutoField()
        key = ForeignKeyField(RegistrarKey)
        name = BlobField()
        id_number = BlobField()
        identity_index = BlobField(index=True)
        told = TextField()
        sequence = IntegerField(default=0)
        until = BigIntegerField(index=True)
        looked_on = CharField(max_length=10)
        sending_until = BigIntegerField(null=True)

    class RegistrarEvent(Base):
        id = BigAutoField()
        number = CharField(unique=True, max_length=32)
        watch = ForeignKeyField(RegistrarWatch)
        sequence = IntegerField()
        kind = CharField(max_length=24)
        content = TextField()
        created_at = BigIntegerField(index=True)
        tried_since = BigIntegerField()
        attempts = IntegerField(default=0)
        status = IntegerField(null=True)
        delivered_at = BigIntegerField(null=True)
        failed_at = BigIntegerField(null=True)

    class RegistrarReceipt(Base):
        id = BigAutoField()
        number = CharField(unique=True, max_length=32)
        key = ForeignKeyField(RegistrarKey)
        matter = BlobField()
        name = BlobField()
        id_number = BlobField()
        identity_index = BlobField(index=True)
        role = CharField(max_length=32)
        answer = TextField()
        asked_at = BigIntegerField(index=True)

    class ServiceWindow(Base):
        id = BigAutoField()
        name = CharField(max_length=64)
        address = CharField(max_length=200)
        hours = CharField(max_length=100)
        phone = CharField(max_length=32)
        districts = TextField(default="[]")
        closed_days = TextField(default="[]")
        active = BooleanField(default=True)
        changed_at = BigIntegerField()

    class Session(Base):
        token_hash = BlobField(primary_key=True)
        openid = CharField(index=True, null=True, max_length=64)
        account = ForeignKeyField(Account, null=True)
        created_at = BigIntegerField()
        last_seen_at = BigIntegerField()

        class Meta:
            # Of SQLite: the row lies where its token is looked up.
            without_rowid = isinstance(db, SqliteDatabase)

    class SourceOutage(Base):
        source = CharField(primary_key=True, max_length=16)
        notice = CharField(max_length=60)
        since = BigIntegerField()
        until = BigIntegerField(null=True)
        changed_by = CharField(max_length=64)

    class StaffRecoveryCode(Base):
        code_hash = BlobField(primary_key=True)
        member = ForeignKeyField(StaffMember)
        used_at = BigIntegerField(null=True)

    class StaffSession(Base):
        token_hash = BlobField(primary_key=True)
        member = ForeignKeyField(StaffMember)
        created_at = BigIntegerField()
        last_seen_at = BigIntegerField(index=True)

    class Subscription(Base):
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
            indexes = (
                (("openid", "topic", "happened_at"), False),
                (("topic", "happened_at"), False),
            )

    class TicketEvent(Base):
        id = BigAutoField()
        ticket = ForeignKeyField(Ticket)
        at = BigIntegerField()
        state = CharField(max_length=16)
        actor = CharField(max_length=64)
        action = CharField(max_length=24)
        note = BlobField(null=True)

    class TicketEvidence(Base):
        id = BigAutoField()
        ticket = ForeignKeyField(Ticket)
        added_at = BigIntegerField()
        actor = CharField(max_length=64)
        sha256 = CharField(max_length=64)
        size = IntegerField()
        key = BlobField()
        content = BlobField()

    class TicketFaceCheck(Base):
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

    return {table.__name__: table for table in Base.__subclasses__()}
