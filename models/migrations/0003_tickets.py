"""Public numbers, districts and complaints of tickets; phones proved by hand for a person."""

import secrets

from peewee import *

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("phone_proof", "name", BlobField(null=True)),
        migrator.add_column("phone_proof", "id_number", BlobField(null=True)),
        migrator.add_column("phone_proof", "identity_index", BlobField(null=True, index=True)),
        migrator.add_column("ticket", "district", CharField(max_length=32, null=True)),
    )
    db.execute_sql('ALTER TABLE "ticket" ADD COLUMN "number" VARCHAR(10) NOT NULL DEFAULT \'\'')
    statement = 'UPDATE "ticket" SET "number" = ? WHERE "id" = ?'.replace("?", db.param)
    for (ticket_id,) in db.execute_sql('SELECT "id" FROM "ticket"').fetchall():
        number = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        db.execute_sql(statement, (number, ticket_id))
    db.execute_sql('CREATE UNIQUE INDEX "ticket_number" ON "ticket" ("number")')
    db.create_tables([_complaint_subject(db)])


def down(migrator, db):
    db.drop_tables([_complaint_subject(db)])
    migrator.migrate(
        migrator.drop_index("ticket", "ticket_number"),
        migrator.drop_column("ticket", "number"),
        migrator.drop_column("ticket", "district"),
        migrator.drop_index("phone_proof", "phone_proof_identity_index"),
        migrator.drop_column("phone_proof", "identity_index"),
        migrator.drop_column("phone_proof", "id_number"),
        migrator.drop_column("phone_proof", "name"),
    )


def _complaint_subject(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Ticket(Base):
        id = BigAutoField()

    class ComplaintSubject(Base):
        id = BigAutoField()
        ticket = ForeignKeyField(Ticket)
        staff_id = BigIntegerField(index=True)

    return ComplaintSubject
