"""Drafts, histories, checks, reviews and question sets; releases say by whom and why.

The columns are added in plain SQL, because the migrator would build SQLite's table anew, which the
pointer's reference to it forbids.
"""

import hashlib

from peewee import *

COLUMNS = {
    "digest": "VARCHAR(64) NOT NULL DEFAULT ''",
    "author": "VARCHAR(64) NOT NULL DEFAULT ''",
    "note": "VARCHAR(200) NOT NULL DEFAULT ''",
    "override": "VARCHAR(200) NOT NULL DEFAULT ''",
    "check_id": "INTEGER",
    "restores": "INTEGER",
}


def up(migrator, db):
    for column, form in COLUMNS.items():
        db.execute_sql(f'ALTER TABLE faq_release ADD COLUMN "{column}" {form}')

    class FaqRelease(Model):
        number = IntegerField(primary_key=True)
        content = TextField()
        digest = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "faq_release"

    for number, content in list(FaqRelease.select(FaqRelease.number, FaqRelease.content).tuples()):
        digest = hashlib.sha256(content.encode()).hexdigest()
        FaqRelease.update(digest=digest).where(FaqRelease.number == number).execute()

    class FaqCheck(Model):
        digest = CharField(max_length=64)
        release = IntegerField()
        questions = CharField(max_length=64)
        result = TextField()
        checked_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "faq_check"
            indexes = ((("digest", "release", "questions"), False),)

    db.create_tables([FaqCheck])

    class FaqCompiled(Model):
        digest = CharField(max_length=64)
        form = CharField(max_length=32)
        data = BlobField()
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_compiled"
            primary_key = CompositeKey("digest", "form")

    db.create_tables([FaqCompiled])

    class FaqDraft(Model):
        kind = CharField(max_length=16)
        name = CharField(max_length=50)
        revision = IntegerField()
        content = TextField()
        digest = CharField(max_length=64)
        title = CharField(max_length=200, default="")
        category = CharField(max_length=200, default="")
        position = IntegerField(default=0)
        retired = BooleanField(default=False)
        held = BooleanField(default=False)
        editor = CharField(max_length=64)
        saved_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_draft"
            indexes = ((("kind", "name"), True), (("kind", "position"), False))

    db.create_tables([FaqDraft])

    class FaqQuestionSet(Model):
        name = CharField(unique=True, max_length=50)
        archived = BooleanField(default=False)
        editor = CharField(max_length=64)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_question_set"

    db.create_tables([FaqQuestionSet])

    class FaqQuestion(Model):
        question_set = ForeignKeyField(FaqQuestionSet, on_delete="CASCADE")
        question = CharField(max_length=500)
        expected = TextField()
        note = CharField(max_length=200, default="")
        editor = CharField(max_length=64)
        saved_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_question"
            indexes = ((("question_set", "question"), True),)

    db.create_tables([FaqQuestion])

    class FaqSubmission(Model):
        content = TextField()
        release = IntegerField()
        check_id = IntegerField()
        authors = TextField()
        note = CharField(max_length=200, default="")
        override = CharField(max_length=200, default="")
        state = CharField(index=True, max_length=16)
        submitted_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_submission"

    db.create_tables([FaqSubmission])

    class FaqReviewStep(Model):
        submission = ForeignKeyField(FaqSubmission, on_delete="CASCADE")
        step = CharField(max_length=16)
        actor = CharField(max_length=64)
        comment = CharField(max_length=200, default="")
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_review_step"

    db.create_tables([FaqReviewStep])

    class FaqRevision(Model):
        kind = CharField(max_length=16)
        name = CharField(max_length=50)
        number = IntegerField()
        content = TextField()
        act = CharField(max_length=24)
        note = CharField(max_length=200, default="")
        autosaved = BooleanField(default=False)
        editor = CharField(max_length=64)
        saved_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "faq_revision"
            indexes = ((("kind", "name", "number"), True),)

    db.create_tables([FaqRevision])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("faq_revision"))
    migrator.migrate(migrator.drop_table("faq_review_step"))
    migrator.migrate(migrator.drop_table("faq_submission"))
    migrator.migrate(migrator.drop_table("faq_question"))
    migrator.migrate(migrator.drop_table("faq_question_set"))
    migrator.migrate(migrator.drop_table("faq_draft"))
    migrator.migrate(migrator.drop_table("faq_compiled"))
    migrator.migrate(migrator.drop_table("faq_check"))
    for column in COLUMNS:
        db.execute_sql(f'ALTER TABLE faq_release DROP COLUMN "{column}"')
