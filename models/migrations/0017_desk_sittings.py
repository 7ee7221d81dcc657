from peewee import *


def up(migrator, db):
    class StaffMember(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "staff_member"

    class DeskSitting(Model):
        id = CharField(primary_key=True, max_length=32)
        member = ForeignKeyField(StaffMember)
        content = BlobField()
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "desk_sitting"

    db.create_tables([DeskSitting])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("desk_sitting"))
