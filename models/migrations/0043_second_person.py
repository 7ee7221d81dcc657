"""One table for all that waits for a second person, with the rows of the three before it.

Verifications keep their ids, which messages name; the others get ids above all former ones, so that
an old address never leads to another request. Contents are encrypted for their new column.
"""

import json

from peewee import *

from models.migrations.frozen import stored_values
from models.storage.fields import keys

TABLE = "second_person_request"
CONTENT = b"second_person_request.content"
ACT, APPROVAL = b"manual_verification.act", b"approval.content"
CONFIRMATION = b"desk_confirmation.content"
FORMER = ("manual_verification", "approval", "desk_confirmation")
COLUMNS = (
    "id",
    "kind",
    "account_id",
    "ticket_id",
    "blocked_ticket",
    "decision_id",
    "window_id",
    "asked_by_id",
    "asked_at",
    "due_at",
    "state",
    "decided_by",
    "decided_at",
    "content",
)
REVIEWS = {"pending": "waiting", "held": "waiting", "confirmed": "agreed", "void": "void"}
REVIEWS |= {"revoked": "denied", "refused": "denied"}
APPROVALS = {"pending": "waiting", "approved": "agreed", "refused": "denied"}
APPROVALS |= {"withdrawn": "withdrawn"}
WAYS = {"on_site": "on_site_confirmation", "notarised": "notarised_papers"}


def up(migrator, db):
    db.create_tables([_table(db)])
    number = max(_highest(db, name) for name in FORMER)
    query = (
        "SELECT id, account_id, ticket_id, clerk_id, verified_at, review_due, state, reviewed_by,"
        " reviewed_at, held, act FROM manual_verification ORDER BY id"
    )
    for row in db.execute_sql(query).fetchall():
        same, account, ticket, clerk, at, due, state, by, decided, held, act = row
        content = None
        if held is not None:
            text = None if act is None else stored_values.decrypt(keys(), bytes(act), ACT)
            content = _sealed({"denied": held, "act": None if text is None else json.loads(text)})
        kind = "verification" if held is None else "held_verification"
        who = (clerk, at, due, REVIEWS[state], by, decided, content)
        _insert(db, (same, kind, account, ticket, None, None, None, *who))
    query = (
        "SELECT id, decision_id, window_id, way, clerk_id, recorded_at, review_due, state,"
        " reviewed_by, reviewed_at, content FROM desk_confirmation ORDER BY id"
    )
    for row in db.execute_sql(query).fetchall():
        _, decision, window, way, clerk, at, due, state, by, decided, content = row
        number += 1
        content = stored_values.encrypt(
            keys(), stored_values.decrypt(keys(), bytes(content), CONFIRMATION), CONTENT
        )
        who = (clerk, at, due, REVIEWS[state], by, decided, content)
        _insert(db, (number, WAYS[way], None, None, None, decision, window, *who))
    query = (
        "SELECT id, ticket_id, pending_ticket, act, requested_by_id, requested_at, expires_at,"
        " state, decided_by, decided_at, content FROM approval ORDER BY id"
    )
    for row in db.execute_sql(query).fetchall():
        _, ticket, pending, act, asker, at, due, state, by, decided, content = row
        number += 1
        content = stored_values.encrypt(
            keys(), stored_values.decrypt(keys(), bytes(content), APPROVAL), CONTENT
        )
        # A pending one whose ticket was asked for again had expired.
        state = "late" if state == "pending" and pending is None else APPROVALS[state]
        who = (asker, at, due, state, by, decided, content)
        _insert(db, (number, act, None, ticket, pending, None, None, *who))
    _count_on(db, TABLE)
    for name in FORMER:
        db.execute_sql(f'DROP TABLE "{name}"')


def down(migrator, db):
    db.create_tables(_former_tables(db))
    reviews = {"waiting": "pending", "late": "pending", "agreed": "confirmed", "denied": "revoked"}
    held = reviews | {"waiting": "held", "late": "void", "denied": "refused", "void": "void"}
    approvals = {new: old for old, new in APPROVALS.items()}
    approvals |= {"late": "pending", "void": "pending"}
    ways = {new: old for old, new in WAYS.items()}
    query = f"SELECT {', '.join(COLUMNS)} FROM {TABLE} ORDER BY id"  # noqa: S608
    for row in db.execute_sql(query).fetchall():
        values = dict(zip(COLUMNS, row, strict=True))
        kind, state = values["kind"], values["state"]
        text = None if row[-1] is None else stored_values.decrypt(keys(), bytes(row[-1]), CONTENT)
        asked = (values["id"], values["asked_by_id"], values["asked_at"], values["due_at"])
        decided = (values["decided_by"], values["decided_at"])
        if kind in ("verification", "held_verification"):
            names = "account_id, ticket_id, state, held, act"
            more = {} if text is None else json.loads(text)
            act = more.get("act")
            act = (
                None
                if act is None
                else stored_values.encrypt(keys(), json.dumps(act, ensure_ascii=False), ACT)
            )
            now = (held if kind == "held_verification" else reviews).get(state, "void")
            former = (values["account_id"], values["ticket_id"], now, more.get("denied"), act)
            columns = "id, clerk_id, verified_at, review_due, reviewed_by, reviewed_at"
            table = "manual_verification"
        elif kind in ways:
            names = "decision_id, window_id, way, state, content"
            content = stored_values.encrypt(keys(), text, CONFIRMATION)
            former = (values["decision_id"], values["window_id"], ways[kind])
            former = (*former, reviews[state], content)
            columns = "id, clerk_id, recorded_at, review_due, reviewed_by, reviewed_at"
            table = "desk_confirmation"
        else:
            names = "ticket_id, pending_ticket, act, state, content"
            content = stored_values.encrypt(keys(), text, APPROVAL)
            blocked = values["blocked_ticket"]
            former = (values["ticket_id"], blocked, kind, approvals[state], content)
            columns = "id, requested_by_id, requested_at, expires_at, decided_by, decided_at"
            table = "approval"
        _insert(db, (*asked, *decided, *former), table, f"{columns}, {names}")
    for name in FORMER:
        _count_on(db, name)
    db.drop_tables([_table(db)])


def _sealed(content):
    return stored_values.encrypt(keys(), json.dumps(content, ensure_ascii=False), CONTENT)


def _highest(db, table):
    return db.execute_sql(f'SELECT MAX(id) FROM "{table}"').fetchone()[0] or 0  # noqa: S608


def _insert(db, values, table=TABLE, columns=None):
    columns = columns or ", ".join(COLUMNS)
    places = ", ".join([db.param] * len(values))
    query = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608
    db.execute_sql(query, values)


def _count_on(db, table):
    """Let PostgreSQL number the next row behind those whose ids were given."""
    if not isinstance(db, SqliteDatabase):
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        query = f"SELECT setval({sequence}, COALESCE(MAX(id), 0) + 1, false) FROM {table}"  # noqa: S608
        db.execute_sql(query)


def _referenced(db):
    class Base(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False

    class Account(Base):
        pass

    class Ticket(Base):
        pass

    class StaffMember(Base):
        pass

    class Decision(Base):
        class Meta:
            table_name = "matter_decision"

    return Base, Account, Ticket, StaffMember, Decision


def _table(db):
    Base, Account, Ticket, StaffMember, Decision = _referenced(db)

    class SecondPersonRequest(Base):
        kind = CharField(max_length=24)
        account = ForeignKeyField(Account, null=True)
        ticket = ForeignKeyField(Ticket, null=True)
        blocked_ticket = BigIntegerField(null=True, unique=True)
        decision = ForeignKeyField(Decision, null=True, unique=True)
        window_id = BigIntegerField(null=True)
        asked_by = ForeignKeyField(StaffMember)
        asked_at = BigIntegerField()
        due_at = BigIntegerField()
        state = CharField(max_length=12, default="waiting")
        decided_by = BigIntegerField(null=True)
        decided_at = BigIntegerField(null=True)
        content = BlobField(null=True)

        class Meta:
            indexes = ((("state", "due_at"), False),)

    return SecondPersonRequest


def _former_tables(db):
    Base, Account, Ticket, StaffMember, Decision = _referenced(db)

    class ManualVerification(Base):
        account = ForeignKeyField(Account, null=True)
        ticket = ForeignKeyField(Ticket)
        clerk = ForeignKeyField(StaffMember)
        verified_at = BigIntegerField()
        review_due = BigIntegerField()
        state = CharField(max_length=12, default="pending")
        reviewed_by = BigIntegerField(null=True)
        reviewed_at = BigIntegerField(null=True)
        held = CharField(max_length=32, null=True)
        act = BlobField(null=True)

        class Meta:
            indexes = ((("state", "review_due"), False),)

    class Approval(Base):
        ticket = ForeignKeyField(Ticket)
        pending_ticket = BigIntegerField(unique=True, null=True)
        act = CharField(max_length=24)
        content = BlobField()
        requested_by = ForeignKeyField(StaffMember)
        requested_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)
        state = CharField(max_length=12, default="pending")
        decided_by = BigIntegerField(null=True)
        decided_at = BigIntegerField(null=True)

    class DeskConfirmation(Base):
        decision = ForeignKeyField(Decision, unique=True)
        clerk = ForeignKeyField(StaffMember)
        window_id = BigIntegerField(null=True)
        way = CharField(max_length=16)
        recorded_at = BigIntegerField()
        review_due = BigIntegerField()
        state = CharField(max_length=12, default="pending")
        reviewed_by = BigIntegerField(null=True)
        reviewed_at = BigIntegerField(null=True)
        content = BlobField()

        class Meta:
            indexes = ((("state", "review_due"), False),)

    return ManualVerification, Approval, DeskConfirmation
