# Generated from a schema diff on 2026-11-24 22:02.
from peewee import *


def up(migrator, db):
    class RegistrarKey(Model):
        id = CharField(primary_key=True, max_length=32)
        name = CharField(max_length=64)
        secret = BlobField()
        networks = CharField(max_length=500, default="")
        daily_quota = IntegerField()
        active = BooleanField(default=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "registrar_key"

    db.create_tables([RegistrarKey])

    class RegistrarReceipt(Model):
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

        class Meta:
            database = db
            table_name = "registrar_receipt"

    db.create_tables([RegistrarReceipt])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("registrar_receipt"))
    migrator.migrate(migrator.drop_table("registrar_key"))
