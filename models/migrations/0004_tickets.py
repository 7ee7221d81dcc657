"""Phones proved by hand for a person without an account."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("phone_proof", "name", BlobField(null=True)),
        migrator.add_column("phone_proof", "id_number", BlobField(null=True)),
        migrator.add_column("phone_proof", "identity_index", BlobField(null=True, index=True)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("phone_proof", "phone_proof_identity_index"),
        migrator.drop_column("phone_proof", "identity_index"),
        migrator.drop_column("phone_proof", "id_number"),
        migrator.drop_column("phone_proof", "name"),
    )
