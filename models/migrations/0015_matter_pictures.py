"""Pictures of decisions, and versions of the sheet's template."""

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

    class Decision(Base):
        id = BigAutoField()

        class Meta:
            table_name = "matter_decision"

    class MatterPicture(Base):
        id = BigAutoField()
        decision = ForeignKeyField(Decision, index=True)
        name = CharField(max_length=24)
        added_at = BigIntegerField()
        sha256 = CharField(max_length=64)
        size = IntegerField()
        key = BlobField()
        content = BlobField()

        class Meta:
            table_name = "matter_picture"
            indexes = ((("decision", "name"), True),)

    class SheetTemplate(Base):
        id = BigAutoField()
        content = TextField()
        created_at = BigIntegerField()
        actor = CharField(max_length=64)

        class Meta:
            table_name = "sheet_template"

    return [MatterPicture, SheetTemplate]
