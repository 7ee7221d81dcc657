"""The account that a query of a system was about; whether a copy of own data holds earlier rows.

Queries of before stay without an account: which one answered is not certain.
"""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column(
            "registrar_receipt", "account_id", BigIntegerField(null=True, index=True)
        ),
        # Copies of before hold all rows of the ID number.
        migrator.add_column("data_export", "of_person", BooleanField(default=True)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("registrar_receipt", "registrar_receipt_account_id"),
        migrator.drop_column("registrar_receipt", "account_id"),
        migrator.drop_column("data_export", "of_person"),
    )
