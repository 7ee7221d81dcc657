"""What registration systems are told by webhook: whom they await, and the events."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("registrar_key", "webhook_url", CharField(max_length=300, default="")),
    )

    class RegistrarKey(Model):
        id = CharField(primary_key=True, max_length=32)

        class Meta:
            database = db
            table_name = "registrar_key"

    class RegistrarWatch(Model):
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

        class Meta:
            database = db
            table_name = "registrar_watch"

    db.create_tables([RegistrarWatch])

    class RegistrarEvent(Model):
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

        class Meta:
            database = db
            table_name = "registrar_event"

    db.create_tables([RegistrarEvent])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("registrar_event"))
    migrator.migrate(migrator.drop_table("registrar_watch"))
    migrator.migrate(migrator.drop_column("registrar_key", "webhook_url"))
