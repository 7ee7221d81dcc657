"""Find the questions of a WeChat user and of an account."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_index("faq_message", ("openid",), False),
        migrator.add_index("faq_message", ("account_id",), False),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("faq_message", "faq_message_openid"),
        migrator.drop_index("faq_message", "faq_message_account_id"),
    )
