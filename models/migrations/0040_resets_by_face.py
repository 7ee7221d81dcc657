"""Whether a face check of the person opened a password reset."""

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column("password_reset", "by_face", BooleanField(default=False)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("password_reset", "by_face"))
