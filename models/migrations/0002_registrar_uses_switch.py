"""Record whether a registration system still asks for the switch 是否办理工商登记注册."""

from peewee import *


def up(migrator, db):
    # The column of existing systems is filled by its default; SQLite would rebuild the table.
    kind = "INTEGER NOT NULL DEFAULT 1"
    if not isinstance(db, SqliteDatabase):
        kind = "BOOLEAN NOT NULL DEFAULT true"
    db.execute_sql(f'ALTER TABLE "registrar_key" ADD COLUMN "uses_switch" {kind}')


def down(migrator, db):
    db.execute_sql('ALTER TABLE "registrar_key" DROP COLUMN "uses_switch"')
