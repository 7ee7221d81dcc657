"""Codes that hand the face check of a browser's session over to WeChat."""

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

    class Account(Base):
        id = BigAutoField()

        class Meta:
            table_name = "account"

    class FaceHandover(Base):
        code_hash = BlobField(primary_key=True)
        account = ForeignKeyField(Account, unique=True)
        session_hash = BlobField()
        openid = CharField(max_length=64, null=True)
        challenge_id = CharField(max_length=32, null=True, index=True)
        expires_at = BigIntegerField(index=True)

        class Meta:
            table_name = "face_handover"

    return [FaceHandover]
