"""Face checks bound to what they confirm."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("face_challenge", "bound", CharField(max_length=64, null=True))
    )


def down(migrator, db):
    db.execute_sql("DELETE FROM face_challenge WHERE bound IS NOT NULL")
    migrator.migrate(migrator.drop_column("face_challenge", "bound"))
