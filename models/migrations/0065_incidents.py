"""The register of incidents."""

from peewee import *


def up(migrator, db):
    db.create_tables([_table(db)])


def down(migrator, db):
    db.drop_tables([_table(db)])


def _table(db):
    class Incident(Model):
        id = BigAutoField()
        title = CharField(max_length=60)
        kind = CharField(max_length=16)
        description = TextField()
        measures = TextField(default="")
        known_at = BigIntegerField()
        persons = TextField(null=True)
        reported_at = BigIntegerField(null=True)
        reported_as = TextField(default="")
        notice_at = BigIntegerField(null=True)
        notice_through = BigIntegerField(default=0)
        notice_count = IntegerField(default=0)
        no_notice = TextField(default="")
        closed_at = BigIntegerField(null=True, index=True)
        closing_report = TextField(default="")
        entered_at = BigIntegerField()
        entered_by = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "incident"
            legacy_table_names = False

    return Incident
