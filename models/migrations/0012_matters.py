"""Matters: applications at registration authorities, lines of persons, decisions and events."""

from peewee import *


def up(migrator, db):
    db.create_tables(_tables(db))


def down(migrator, db):
    db.drop_tables(_tables(db)[::-1])


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class RegistrarKey(Base):
        id = CharField(max_length=32, primary_key=True)

    class ServiceWindow(Base):
        id = BigAutoField()

    class Account(Base):
        id = BigAutoField()

    class Matter(Base):
        id = BigAutoField()
        public_id = CharField(max_length=32, unique=True)
        maker = CharField(max_length=48)
        key = ForeignKeyField(RegistrarKey, null=True)
        office = ForeignKeyField(ServiceWindow, null=True, index=True)
        number = BlobField()
        number_index = BlobField()
        kind = CharField(max_length=16)
        item_code = CharField(max_length=64, null=True)
        subject_name = BlobField()
        subject_type = CharField(max_length=64)
        subject_code = BlobField(null=True)
        district = CharField(max_length=32, null=True)
        details = BlobField()
        version = IntegerField(default=1)
        content_digest = CharField(max_length=64)
        body_digest = CharField(max_length=64)
        state = CharField(max_length=16, default="waiting")
        created_at = BigIntegerField()
        changed_at = BigIntegerField()
        expires_at = BigIntegerField()
        ended_at = BigIntegerField(null=True, index=True)
        sequence = IntegerField(default=0)
        sending_until = BigIntegerField(null=True)
        withdrawal_reason = BlobField(null=True)
        sheet_fetched_at = BigIntegerField(null=True)

        class Meta:
            table_name = "matter"
            indexes = ((("maker", "number_index"), True), (("state", "expires_at"), False))

    class Line(Base):
        id = BigAutoField()
        public_id = CharField(max_length=32, unique=True)
        matter = ForeignKeyField(Matter, index=True)
        position = IntegerField()
        name = BlobField()
        document_type = CharField(max_length=32)
        document_number = BlobField()
        document_index = BlobField(index=True)
        role = CharField(max_length=32)
        on_behalf_of = BlobField(null=True)
        guardian = BlobField(null=True)
        phone = BlobField(null=True)
        invitation = CharField(max_length=16, null=True)
        reminded_at = BigIntegerField(null=True)
        state = CharField(max_length=16, default="pending")
        reason = CharField(max_length=24, default="")
        confirmed_by = CharField(max_length=16, null=True)
        confirmed_at = BigIntegerField(null=True)
        account = ForeignKeyField(Account, null=True, index=True)
        receipt = CharField(max_length=32, null=True, index=True)
        since_version = IntegerField(default=1)
        removed_in = IntegerField(null=True)

        class Meta:
            table_name = "matter_line"

    class Decision(Base):
        id = BigAutoField()
        code = CharField(max_length=32, unique=True)
        matter = ForeignKeyField(Matter, index=True)
        kind = CharField(max_length=16)
        version = IntegerField()
        digest = CharField(max_length=64)
        statement = CharField(max_length=16)
        lines = TextField()
        way = CharField(max_length=16)
        at = BigIntegerField()
        source_number = CharField(max_length=128, null=True)
        pictures = TextField(default="{}")
        account = ForeignKeyField(Account, null=True, index=True)
        window_id = BigIntegerField(null=True)
        staff_id = BigIntegerField(null=True)
        reason = CharField(max_length=24, default="")
        note = BlobField(null=True)
        signature = CharField(max_length=88, null=True)
        public_key = CharField(max_length=44, null=True)

        class Meta:
            table_name = "matter_decision"

    class MatterEvent(Base):
        id = BigAutoField()
        number = CharField(max_length=32, unique=True)
        matter = ForeignKeyField(Matter)
        sequence = IntegerField()
        kind = CharField(max_length=24)
        content = TextField()
        created_at = BigIntegerField(index=True)
        tried_since = BigIntegerField(null=True)
        attempts = IntegerField(default=0)
        status = IntegerField(null=True)
        delivered_at = BigIntegerField(null=True)
        failed_at = BigIntegerField(null=True)

        class Meta:
            table_name = "matter_event"
            indexes = ((("matter", "sequence"), True),)

    return [Matter, Line, Decision, MatterEvent]
