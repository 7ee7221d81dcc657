"""The rows of the three former tables become requests for a second person, and back."""

import json
from typing import Any

import pytest

from models.desks.tickets import Ticket
from models.matters.decisions import Decision
from models.second_person import (
    AGREED,
    CANCEL_ACCOUNT,
    CORRECT_PHONE,
    DENIED,
    HELD_VERIFICATION,
    LATE,
    NOTARISED_PAPERS,
    ON_SITE_CONFIRMATION,
    VERIFICATION,
    VOID,
    WAITING,
    WITHDRAWN,
    SecondPersonRequest,
)
from models.storage import database as models
from models.storage.database import database
from models.storage.fields import keys
from tests.support.admin.staff import member_of
from tests.support.matters.matters import matter_of, named
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

NAME = "0043_second_person"
ACT, RECORDED, ASKED = {"action": "person_registered"}, {"reason": "本人到场"}, {"reason": "换号"}
VERIFICATIONS = "id, account_id, ticket_id, clerk_id, verified_at, review_due, state, held, act"
CONFIRMATIONS = "id, decision_id, window_id, way, clerk_id, recorded_at, review_due, state, content"
APPROVALS = (
    "id, ticket_id, pending_ticket, act, requested_by_id, requested_at, expires_at, state, content"
)
FORMER = {
    "manual_verification": VERIFICATIONS,
    "desk_confirmation": CONFIRMATIONS,
    "approval": APPROVALS,
}


def sealed(content: object, column: str) -> bytes:
    return keys().encrypt(json.dumps(content), f"{column}".encode())


def insert(table: str, *values: object) -> None:
    places = ", ".join([database.param] * len(values))
    database.execute_sql(f"INSERT INTO {table} ({FORMER[table]}) VALUES ({places})", values)


def former_rows() -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of the former tables without ids, with their contents decrypted."""
    columns = {"manual_verification": "act", "desk_confirmation": "content", "approval": "content"}
    found = {}
    for table, names in FORMER.items():
        context = f"{table}.{columns[table]}".encode()
        rows = database.execute_sql(f"SELECT {names} FROM {table} ORDER BY id").fetchall()
        found[table] = [
            (*row[1:-1], None if row[-1] is None else keys().decrypt(bytes(row[-1]), context))
            for row in rows
        ]
    return found


def decisions(rules: Rules, most: int) -> list[int]:
    """Create a matter, and store so many decisions about it."""
    matter = matter_of(rules.services, [named(person(number=5))])
    values: dict[str, Any] = {
        "matter": matter.id,
        "kind": "confirmation",
        "version": 1,
        "digest": "0" * 64,
        "statement": "x",
        "lines": "[]",
        "way": "on_site",
        "at": 1,
    }
    return [Decision.create(code=str(number), **values).id for number in range(most)]


def tickets(most: int) -> list[int]:
    values = {"kind": "other", "source": "user", "matter": "", "description": "", "facts": "{}"}
    return [
        Ticket.create(number=f"t{number}", created_at=0, due_at=0, **values).id
        for number in range(most)
    ]


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_former_rows_are_moved_and_back(rules: Rules) -> None:
    account, clerk = account_of(person(number=1)).id, member_of("clerk")
    first, second, third = decisions(rules, 3)
    verified, free, held, voided, *asked = tickets(9)
    models.migrations().down(NAME)
    table = "manual_verification"
    act = sealed(ACT, "manual_verification.act")
    insert(table, 3, account, verified, clerk.id, 10, 20, "pending", None, None)
    insert(table, 5, account, free, clerk.id, 11, 21, "revoked", None, None)
    insert(table, 6, None, held, clerk.id, 12, 22, "held", "four_elements_mismatch", act)
    insert(table, 7, None, voided, clerk.id, 13, 23, "void", "no_record", None)
    table, content = "desk_confirmation", sealed(RECORDED, "desk_confirmation.content")
    insert(table, 1, first, clerk.window_id, "on_site", clerk.id, 14, 24, "confirmed", content)
    insert(table, 2, second, 4, "notarised", clerk.id, 15, 25, "pending", content)
    insert(table, 9, third, 4, "notarised", clerk.id, 15, 25, "revoked", content)
    table, content = "approval", sealed(ASKED, "approval.content")
    states = ("pending", "approved", "refused", "withdrawn")
    for number, (ticket, state) in enumerate(zip(asked, states, strict=False), 1):
        pending = ticket if state == "pending" else None
        insert(table, number, ticket, pending, CORRECT_PHONE, clerk.id, 16, 26, state, content)
    # It had expired when its ticket was asked for again.
    insert(table, 8, asked[-1], None, CANCEL_ACCOUNT, clerk.id, 16, 26, "pending", content)
    former = former_rows()

    assert models.migrate()[0] == NAME

    rows = list(SecondPersonRequest.select().order_by(SecondPersonRequest.id))
    assert [(row.kind, row.state) for row in rows] == [
        (VERIFICATION, WAITING),
        (VERIFICATION, DENIED),
        (HELD_VERIFICATION, WAITING),
        (HELD_VERIFICATION, VOID),
        (ON_SITE_CONFIRMATION, AGREED),
        (NOTARISED_PAPERS, WAITING),
        (NOTARISED_PAPERS, DENIED),
        (CORRECT_PHONE, WAITING),
        (CORRECT_PHONE, AGREED),
        (CORRECT_PHONE, DENIED),
        (CORRECT_PHONE, WITHDRAWN),
        (CANCEL_ACCOUNT, LATE),
    ]
    # Verifications keep their ids; no other request has an id that was one before.
    assert [row.id for row in rows[:4]] == [3, 5, 6, 7]
    assert min(row.id for row in rows[4:]) > 9
    contents = [None if row.content is None else json.loads(row.content) for row in rows]
    assert contents[:4] == [
        None,
        None,
        {"denied": "four_elements_mismatch", "act": ACT},
        {"denied": "no_record", "act": None},
    ]
    assert contents[4:] == [RECORDED] * 3 + [ASKED] * 5
    assert [row.blocked_ticket for row in rows] == [None] * 7 + [asked[0], *[None] * 4]
    assert {row.asked_by_id for row in rows} == {clerk.id}
    # The next number is free.
    added = SecondPersonRequest.create(
        kind=VERIFICATION, asked_by=clerk.id, asked_at=1, due_at=1, ticket=verified, account=account
    )
    assert added.id > rows[-1].id
    added.delete_instance()

    models.migrations().down(NAME)
    assert former_rows() == former
    models.migrate()
    assert SecondPersonRequest.select().count() == 12
