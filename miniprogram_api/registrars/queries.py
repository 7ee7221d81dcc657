"""Queries of registration systems whether people are verified, with receipts for these people."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from miniprogram_api import clock, person_rows
from miniprogram_api.answers import answer_class
from miniprogram_api.identity.documents import names
from miniprogram_api.registrars import watches as registrar_watches
from miniprogram_api.registrars.verdicts import Standing, of_account
from miniprogram_api.retention import Kept
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.registrars import RegistrarKey, RegistrarReceipt
from models.storage import canonical
from models.storage.database import transaction
from models.storage.removal import remove_before

MOST_PERSONS = 50
Ground = Literal["face", "ctid", "on_site", "notarised", "switch"]
LONGEST_MATTER, LONGEST_ROLE = 100, 32
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A person as named by the system."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    role: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one person, in the order of the query."""

    standing: Standing
    receipt: str


@answer_class
class Receipt:
    """A receipt as shown to the person."""

    kind: Literal["query", "acceptance"]
    """acceptance: a matter was accepted with the person's line."""
    number: str
    system: str
    """The name of the system."""
    matter: str = field(repr=False)
    role: str
    asked_at: datetime
    """When it was asked or accepted."""
    verified: bool
    """The answer."""
    authorized_until: date | None
    """The end of the authorisation at that time."""
    reason: str
    ground: Ground | None
    """What an acceptance rests on: the way of the confirmation, or the switch."""


def query(key_id: str, matter: str, persons: Sequence[Asked]) -> list[Verdict]:
    """Answer for each person and store each answer as a receipt.

    Persons asked about by a system with a webhook are watched from now on. Raises Refused
    INVALID_INPUT.
    """
    if not 1 <= len(matter.strip()) <= LONGEST_MATTER:
        raise invalid("registrars.matter.required")
    if not 1 <= len(persons) <= MOST_PERSONS:
        raise invalid("registrars.persons.too_many")
    people = [_read(number, asked) for number, asked in enumerate(persons)]
    with transaction():
        has_webhook = registrar_watches.has_webhook(key_id)
        if has_webhook:
            registrar_watches.lock_persons([asked.id_number for asked in people])
        return [_answer(key_id, matter.strip(), asked, has_webhook=has_webhook) for asked in people]


def receipts_of(account_id: int, most: int | None = MOST_LISTED) -> list[Receipt]:
    """Return the receipts about the holder of an account, newest first; ``most`` None: all.

    Below level 4 those of answers about the account itself.
    """
    account = Account.get_or_none(Account.id == account_id)
    if account is None:
        return []
    rows = (
        RegistrarReceipt.select(RegistrarReceipt, RegistrarKey)
        .join(RegistrarKey)
        .where(
            person_rows.shown(
                account,
                RegistrarReceipt.account_id == account.id,
                RegistrarReceipt.identity_index.matches(account.id_number),
            )
        )
        .order_by(RegistrarReceipt.id.desc())
        .limit(most)
    )
    return [_receipt(row, json.loads(row.answer)) for row in rows]


def remove_old() -> int:
    """Delete expired receipts; return how many."""
    return remove_before(RegistrarReceipt.asked_at, Kept.REGISTRAR_RECEIPTS.cutoff())


def _read(number: int, asked: Asked) -> Asked:
    try:
        id_number = canonical.id_number(asked.id_number)
    except ValueError:
        raise invalid(
            "registrars.id_number.wrong_form", field=f"persons.{number}.id_number"
        ) from None
    if not asked.role.strip():
        raise invalid("registrars.role.required", field=f"persons.{number}.role")
    if len(asked.role.strip()) > LONGEST_ROLE:
        raise invalid("registrars.role.too_long", field=f"persons.{number}.role", most=LONGEST_ROLE)
    return Asked(names.check(asked.name).value or asked.name.strip(), id_number, asked.role.strip())


def _answer(key_id: str, matter: str, asked: Asked, *, has_webhook: bool) -> Verdict:
    account = Account.get_or_none(Account.identity_index.matches(asked.id_number))
    standing, receipt = of_account(account, asked.name), secrets.token_hex(12)
    # An answer about another name is "not found": it says nothing about the account.
    about = account if account is not None and account.name == asked.name else None
    RegistrarReceipt.insert(
        number=receipt,
        key=key_id,
        matter=matter,
        name=asked.name,
        id_number=asked.id_number,
        identity_index=asked.id_number,
        account_id=None if about is None else about.id,
        role=asked.role,
        answer=json.dumps(standing.as_json()),
        asked_at=clock.now(),
    ).execute()
    if has_webhook:
        registrar_watches.watch(key_id, asked.name, asked.id_number, standing)
    return Verdict(standing, receipt)


def _receipt(row: RegistrarReceipt, answer: dict[str, Any]) -> Receipt:
    until = answer["authorized_until"]
    return Receipt(
        "query",
        row.number,
        row.key.name,
        row.matter,
        row.role,
        row.asked_at,
        answer["verified"],
        None if until is None else date.fromisoformat(until),
        answer["reason"],
        None,
    )
