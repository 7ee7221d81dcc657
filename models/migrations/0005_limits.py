"""Wrong entries of a code by asker, face checks that clear a limit, and origins of sign-ins."""

from peewee import *


def up(migrator, db):
    db.create_tables(_tables(db))
    migrator.migrate(
        migrator.drop_not_null("face_challenge", "account_id"),
        migrator.add_column("face_challenge", "openid", CharField(max_length=64, null=True)),
        migrator.add_column("face_challenge", "name", BlobField(null=True)),
        migrator.add_column("face_challenge", "id_number", BlobField(null=True)),
        migrator.add_column("face_challenge", "identity_index", BlobField(null=True, index=True)),
        migrator.add_column(
            "face_challenge", "consent_version", CharField(max_length=32, null=True)
        ),
    )


def down(migrator, db):
    db.execute_sql("DELETE FROM face_challenge WHERE account_id IS NULL")
    migrator.migrate(
        migrator.drop_index("face_challenge", "face_challenge_identity_index"),
        migrator.drop_column("face_challenge", "consent_version"),
        migrator.drop_column("face_challenge", "identity_index"),
        migrator.drop_column("face_challenge", "id_number"),
        migrator.drop_column("face_challenge", "name"),
        migrator.drop_column("face_challenge", "openid"),
        migrator.add_not_null("face_challenge", "account_id"),
    )
    db.drop_tables(_tables(db))


def _tables(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class SmsCode(Base):
        id = BigAutoField()

    class SmsCodeAttempt(Base):
        code = ForeignKeyField(SmsCode, on_delete="CASCADE")
        asker = CharField(max_length=80)
        wrong_tries = SmallIntegerField()

        class Meta:
            primary_key = CompositeKey("code", "asker")

    class Account(Base):
        id = BigAutoField()

    class SignInOrigin(Base):
        account = ForeignKeyField(Account, on_delete="CASCADE")
        origin = BlobField()
        seen_at = BigIntegerField(index=True)

        class Meta:
            primary_key = CompositeKey("account", "origin")

    return [SmsCodeAttempt, SignInOrigin]
