"""What the bot looks up of an asker: his last refusals, his codes, the activation under way."""

from peewee import *


def up(migrator, db):
    class RefusalNote(Model):
        id = BigAutoField()
        asker = CharField(max_length=80)
        reason = CharField(max_length=40)
        problem_case = SmallIntegerField()
        refused_at = BigIntegerField(index=True)
        phone = BlobField(null=True)
        details = TextField(default="{}")

        class Meta:
            database = db
            table_name = "refusal_note"
            indexes = ((("asker", "reason"), True),)

    db.create_tables([RefusalNote])
    migrator.migrate(
        migrator.add_index("sms_code", ("openid",)),
        migrator.add_index("activation", ("session_hash",)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("activation", "activation_session_hash"),
        migrator.drop_index("sms_code", "sms_code_openid"),
    )
    migrator.migrate(migrator.drop_table("refusal_note"))
