"""Levels × operations: what a caller of each level meets at every operation for users.

What is expected is read from the operations' declarations; the tables below say which doors must
declare what, so that a door loses no guard unnoticed.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask

from handlers.api import routes
from handlers.api.endpoint import MINI_PROGRAM, Operation
from handlers.auth import Auth
from miniprogram_api.access import sessions
from miniprogram_api.accounts import consents
from miniprogram_api.reasons import Reason
from models.accounts.accounts import FROZEN
from tests.support.api.operations import body_of, name_of, operations, path_of
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import person
from tests.support.service.service import Service

NO_TOKEN, VISITOR, LEVEL_3, LEVEL_4, FROZEN_4 = CALLERS = (
    "no token", "no account", "level 3", "level 4", "frozen",
)  # fmt: skip
SERVED = "served"
"""Neither of the guards: a success, or a refusal that has nothing to do with the level."""
GUARDS = {
    reason.name
    for reason in (
        Reason.UNAUTHENTICATED,
        Reason.ACCOUNT_REQUIRED,
        Reason.LEVEL_TOO_LOW,
        Reason.ALREADY_VERIFIED,
        Reason.ACCOUNT_FROZEN,
    )
}
DOORS = {name_of(o): o for o in operations() if o.auth not in (Auth.STAFF, Auth.SIGNED)}

OPENS_MATTERS = {
    "GET /matters/<matter_id>",
    "GET /matters/<matter_id>/sheet",
    "POST /matters/<matter_id>/challenges",
    "POST /matters/<matter_id>/confirmations",
    "POST /matters/<matter_id>/refusals",
    "POST /matters/<matter_id>/reminders",
}
CTID = "POST /ctid-challenges"
VERIFIES = {
    CTID,
    "POST /ctid-verifications",
    "POST /face-challenges",
    "POST /face-verifications",
    "POST /handovers",
}
CHANGES = {
    "POST /account/cancellation",
    "PUT /account/identity-dates",
    "PUT /account/password",
    "PUT /account/phone",
}
COPIES = {"POST /account/export", "GET /account/export/<export_id>"}
SWITCH = "PUT /account/authorization"

DECLARING = {
    Reason.LEVEL_TOO_LOW: {*OPENS_MATTERS, SWITCH},
    Reason.ALREADY_VERIFIED: VERIFIES,
    Reason.ACCOUNT_FROZEN: {
        *OPENS_MATTERS, *VERIFIES, *CHANGES, *COPIES, SWITCH, "GET /matters",
    },
}  # fmt: skip
# These declare what the account meets that the body or a code names, not the caller's.
ABOUT_ANOTHER = {
    "POST /sessions",
    "POST /activations",
    "POST /password-resets",
    "POST /password-resets/<token>/password",
    "POST /handovers/<code>",
    # The consent to matters alone stays while an account is frozen.
    "DELETE /account/consents/<key>",
}
# Without name and ID number it is about the caller's account.
BODIES: dict[str, dict[str, str | None]] = {
    # With a proof of the phone it takes a token.
    "POST /identity-checks": person(number=61).four_elements,
    "POST /face-challenges": {"consent_version": consents.current_text().version},
    CTID: {"purpose": None},
    "POST /ctid-verifications": {"ctid_token": "ctid-bad"},
}
OF_ACCOUNT = {"POST /face-challenges", "POST /ctid-verifications"}


def expected(operation: Operation, caller: str) -> str:
    """Return the guard that a caller meets at an operation, as it is declared."""
    door = name_of(operation)
    declared = set() if door in ABOUT_ANOTHER else {*operation.reasons}
    if caller == NO_TOKEN and operation.auth in (Auth.WECHAT, Auth.ACCOUNT):
        return Reason.UNAUTHENTICATED.name
    if caller == VISITOR and (operation.auth is Auth.ACCOUNT or door in OF_ACCOUNT):
        return Reason.ACCOUNT_REQUIRED.name
    met = {
        LEVEL_3: Reason.LEVEL_TOO_LOW,
        LEVEL_4: Reason.ALREADY_VERIFIED,
        FROZEN_4: Reason.ACCOUNT_FROZEN,
    }.get(caller)
    return met.name if met in declared else SERVED


def wrong(answers: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the cells that differ from what is declared."""
    return [
        f"{door} for {caller}: {answer}, not {expected(DOORS[door], caller)}"
        for (door, caller), answer in answers.items()
        if answer != expected(DOORS[door], caller)
    ]


def test_every_address_of_the_api_is_an_operation() -> None:
    app = Flask("api")
    routes.register(app)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(MINI_PROGRAM.base)]
    found = {
        f"{method} {rule.rule.removeprefix(MINI_PROGRAM.base)}"
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert found == {name_of(operation) for operation in operations()}
    assert len(DOORS) > 60


@pytest.mark.parametrize("reason", DECLARING, ids=lambda reason: reason.name)
def test_doors_declare_the_guards_of_levels(reason: Reason) -> None:
    declaring = {door for door, operation in DOORS.items() if reason in operation.reasons}
    assert declaring - ABOUT_ANOTHER == DECLARING[reason]


def test_every_level_meets_at_every_door_what_is_declared(service: Service) -> None:
    answers = {
        (door, caller): guard_of(service, DOORS[door], token)
        for (door, caller), token in tokens(service).items()
    }
    assert wrong(answers) == []
    assert {*answers} == {(door, caller) for door in DOORS for caller in CALLERS}


def test_an_open_door_is_found() -> None:
    table = {
        (door, c): expected(operation, c) for door, operation in DOORS.items() for c in CALLERS
    }
    assert wrong(table) == []
    assert set(table.values()) == {*GUARDS, SERVED}
    opened = [
        ("GET /account", NO_TOKEN),
        ("GET /account/receipts", VISITOR),
        ("GET /matters/<matter_id>/sheet", LEVEL_3),
        ("GET /matters", FROZEN_4),
    ]
    assert len(wrong({**table, **dict.fromkeys(opened, SERVED)})) == len(opened)


def tokens(service: Service) -> dict[tuple[str, str], str | None]:
    """Return a session of its own for each cell, since an operation may end the one that it got."""
    with tables_of(service):
        accounts: dict[str, Any] = {
            VISITOR: None,
            LEVEL_3: account_of(person(number=61)).id,
            LEVEL_4: account_of(person(number=62), level=4).id,
            FROZEN_4: account_of(person(number=63), level=4, status=FROZEN).id,
        }
        found: dict[tuple[str, str], str | None] = {(door, NO_TOKEN): None for door in DOORS}
        for number, (caller, account_id) in enumerate(accounts.items()):
            for door in DOORS:
                opened = sessions.start(f"o-caller{number}", account_id)
                found[door, caller] = opened.token
        return found


def guard_of(service: Service, operation: Operation, token: str | None) -> str:
    """Make a well-formed call; return the guard that refused it, or SERVED."""
    body = None
    if operation.body is not None:
        body = BODIES.get(name_of(operation)) or body_of(operation)
    answer = service.request(operation.method, path_of(operation), token=token, json=body)
    kind = answer.headers["Content-Type"]
    code = answer.json()["code"] if kind.startswith("application/json") else "OK"
    assert code not in ("MALFORMED_JSON", "METHOD_NOT_ALLOWED", "INTERNAL_ERROR"), answer.text
    return code if code in GUARDS else SERVED
