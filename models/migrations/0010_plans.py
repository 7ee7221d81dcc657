"""Planned publications, hand-ins of single entries, and an index for ratings by time."""

from peewee import *


def up(migrator, db):
    db.create_tables([_table(db)])
    migrator.migrate(
        migrator.add_column("faq_submission", "parts", TextField(default="[]")),
        migrator.add_column("faq_submission", "publish_at", BigIntegerField(null=True)),
        migrator.add_column("faq_submission", "ends_at", BigIntegerField(null=True)),
        migrator.add_index("faq_message", ["rated_at"]),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("faq_message", "faq_message_rated_at"),
        migrator.drop_column("faq_submission", "ends_at"),
        migrator.drop_column("faq_submission", "publish_at"),
        migrator.drop_column("faq_submission", "parts"),
    )
    db.drop_tables([_table(db)])


def _table(db):
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class FaqPlan(Base):
        id = AutoField()
        kind = CharField(max_length=12)
        name = CharField(max_length=50)
        parts = TextField()
        due_at = BigIntegerField()
        content = TextField()
        release = IntegerField()
        submission = IntegerField(null=True)
        note = CharField(max_length=200)
        override = CharField(max_length=200)
        actor = CharField(max_length=64)
        state = CharField(max_length=12)
        problem = TextField()
        made_at = BigIntegerField()

        class Meta:
            indexes = ((("state", "due_at"), False), (("name", "state"), False))

    return FaqPlan
