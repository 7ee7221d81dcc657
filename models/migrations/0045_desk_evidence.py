"""What desks see of people: evidence and pictures of acts, card readers and their nonces."""

from peewee import *

TABLE = "second_person_request"


def up(migrator, db):
    migrator.migrate(migrator.add_column(TABLE, "evidence", BlobField(null=True)))
    db.create_tables(_tables(db))


def down(migrator, db):
    db.drop_tables(_tables(db)[::-1])
    migrator.migrate(migrator.drop_column(TABLE, "evidence"))


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class StaffMember(Base):
        id = BigAutoField()

        class Meta:
            table_name = "staff_member"

    class ServiceWindow(Base):
        id = BigAutoField()

        class Meta:
            table_name = "service_window"

    class SecondPersonRequest(Base):
        id = BigAutoField()

        class Meta:
            table_name = TABLE

    class DeskPicture(Base):
        id = BigAutoField()
        request = ForeignKeyField(SecondPersonRequest, index=True)
        name = CharField(max_length=24)
        added_at = BigIntegerField()
        sha256 = CharField(max_length=64)
        size = IntegerField()
        key = BlobField()
        content = BlobField()

        class Meta:
            table_name = "desk_picture"
            indexes = ((("request", "name"), True),)

    class CardReader(Base):
        id = BigAutoField()
        name = CharField(max_length=64)
        serial = CharField(max_length=64, unique=True)
        public_key = CharField(max_length=64)
        window = ForeignKeyField(ServiceWindow, null=True)
        added_at = BigIntegerField()
        withdrawn_at = BigIntegerField(null=True)

        class Meta:
            table_name = "card_reader"

    class CardNonce(Base):
        nonce_hash = BlobField(primary_key=True)
        member = ForeignKeyField(StaffMember)
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "card_nonce"

    return [DeskPicture, CardReader, CardNonce]
