"""Passkeys of staff, the challenges that were answered, and which sessions a passkey opened."""

from peewee import *


def up(migrator, db):
    db.create_tables(_tables(db))
    field = BooleanField(default=False)
    migrator.migrate(migrator.add_column("staff_session", "by_passkey", field))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("staff_session", "by_passkey"))
    db.drop_tables(_tables(db)[::-1])


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class StaffMember(Base):
        id = BigAutoField()

        class Meta:
            table_name = "staff_member"

    class StaffPasskey(Base):
        id = BigAutoField()
        member = ForeignKeyField(StaffMember, index=True)
        credential_id = BlobField(unique=True)
        public_key = BlobField()
        sign_count = BigIntegerField()
        name = CharField(max_length=32)
        created_at = BigIntegerField()
        last_used_at = BigIntegerField(null=True)

        class Meta:
            table_name = "staff_passkey"

    class StaffPasskeyUse(Base):
        challenge_hash = BlobField(primary_key=True)
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "staff_passkey_use"

    return [StaffPasskey, StaffPasskeyUse]
