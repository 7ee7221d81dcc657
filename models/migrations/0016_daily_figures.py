"""What the dashboard shows, as one number for each day."""

from peewee import *


def up(migrator, db):
    class DailyFigure(Model):
        day = CharField(max_length=10)
        name = CharField(max_length=16)
        key = CharField(max_length=80)
        amount = BigIntegerField()

        class Meta:
            database = db
            table_name = "daily_figure"
            primary_key = CompositeKey("day", "name", "key")

    db.create_tables([DailyFigure])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("daily_figure"))
