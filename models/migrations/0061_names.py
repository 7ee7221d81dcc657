"""The register of enterprises' names with their keys."""

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

    class RegisteredName(Base):
        id = BigAutoField()
        digest = BigIntegerField(unique=True)
        city = IntegerField()
        name = CharField(max_length=100)
        district = CharField(max_length=6)
        status = CharField(max_length=12)
        since = CharField(max_length=10, null=True)
        until = CharField(max_length=10, null=True)
        free_from = CharField(max_length=10, null=True, index=True)
        word = CharField(max_length=100)
        industry = CharField(max_length=100)
        industry_class = CharField(max_length=3)

        class Meta:
            table_name = "registered_name"

    class NameKey(Base):
        key = BigIntegerField()
        trade = SmallIntegerField()
        name_id = BigIntegerField()

        class Meta:
            table_name = "name_key"
            primary_key = CompositeKey("key", "trade", "name_id")
            without_rowid = isinstance(db, SqliteDatabase)

    class NameLibrary(Base):
        id = SmallIntegerField(primary_key=True)
        library_date = CharField(max_length=10, null=True)
        is_sample = BooleanField(default=False)
        keyed_through = BigIntegerField(default=0)
        keys_version = SmallIntegerField(default=0)
        changed_at = BigIntegerField()

        class Meta:
            table_name = "name_library"

    return [RegisteredName, NameKey, NameLibrary]
