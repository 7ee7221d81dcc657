# Generated from a schema diff on 2026-11-24 21:09.
from peewee import *


def up(migrator, db):
    class Announcement(Model):
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
            database = db
            table_name = "announcement"
            indexes = ((("withdrawn", "starts_at"), False),)

    db.create_tables([Announcement])

    class SourceOutage(Model):
        source = CharField(primary_key=True, max_length=16)
        notice = CharField(max_length=60)
        since = BigIntegerField()
        until = BigIntegerField(null=True)
        changed_by = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "source_outage"

    db.create_tables([SourceOutage])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("source_outage"))
    migrator.migrate(migrator.drop_table("announcement"))
