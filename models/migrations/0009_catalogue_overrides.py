"""What districts add to the items of the service catalogue."""

from peewee import *


def up(migrator, db):
    db.create_tables([_table(db)])


def down(migrator, db):
    db.drop_tables([_table(db)])


def _table(db):
    class CatalogueOverride(Model):
        district = CharField(max_length=32)
        code = CharField(max_length=50)
        item_code = CharField(max_length=64, default="")
        online_url = CharField(max_length=300, default="")
        promised = CharField(max_length=200, default="")
        materials_note = CharField(max_length=300, default="")
        note = CharField(max_length=300, default="")
        changed_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "catalogue_override"
            primary_key = CompositeKey("district", "code")

    return CatalogueOverride
