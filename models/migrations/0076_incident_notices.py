"""The member that asks for the notice of an incident, which another one begins."""

from peewee import *


def up(migrator, db):
    field = CharField(max_length=64, default="")
    migrator.migrate(migrator.add_column("incident", "notice_asked_by", field))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("incident", "notice_asked_by"))
