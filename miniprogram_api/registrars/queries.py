"""Signed queries of registration systems whether people are verified, with receipts.

A request carries a key id, a time, a nonce and an HMAC-SHA256 over method, path, time, nonce and
the body's SHA-256. It is valid once, within 300 seconds of its time. People can read the receipts
about them.
"""

import base64
import hmac
import ipaddress
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from miniprogram_api import audit, clock
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.redis import Full, Limit, Window
from miniprogram_api.identity.documents import names
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars import watches as registrar_watches
from miniprogram_api.registrars.signatures import SignedRequest, sign
from miniprogram_api.registrars.verdicts import Standing, of_account
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.registrars import RegistrarKey, RegistrarReceipt
from models.storage import canonical
from models.storage.database import transaction

MAX_CLOCK_SKEW = timedelta(seconds=300)
MOST_PERSONS = 50
LONGEST_MATTER, LONGEST_ROLE = 100, 32
MOST_LISTED = 100
MOST_LOGGED = 10

_NONCE = re.compile("[A-Za-z0-9_-]{16,64}")
_TIMESTAMP = re.compile("[0-9]{10}")


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

    number: str
    system: str
    """The name of the system."""
    matter: str = field(repr=False)
    role: str
    asked_at: datetime
    verified: bool
    """The answer."""
    authorized_until: date | None
    """The end of the authorisation at that time."""
    reason: str


def authenticate(services: Services, signed: SignedRequest, *, address: str) -> str:
    """Return the key id of a genuine, new request within its quota.

    Raises Refused: SIGNATURE_INVALID (``cause`` time when only the time is wrong), FORBIDDEN from
    an address that is not allowed, REPLAYED, QUOTA_EXCEEDED.
    """
    row = RegistrarKey.get_or_none((RegistrarKey.id == signed.key_id) & RegistrarKey.active)
    secret = base64.b64decode(row.secret) if row is not None else bytes(32)
    genuine = hmac.compare_digest(sign(secret, signed).encode(), signed.signature.lower().encode())
    if row is None:
        _log_refusal(services, "unknown", "key")
        raise Refused(Reason.SIGNATURE_INVALID)
    well_formed = _NONCE.fullmatch(signed.nonce) and _TIMESTAMP.fullmatch(signed.timestamp)
    if not genuine or not well_formed:
        _log_refusal(services, row.id, "signature")
        raise Refused(Reason.SIGNATURE_INVALID)
    if abs(clock.now().timestamp() - int(signed.timestamp)) > MAX_CLOCK_SKEW.total_seconds():
        _log_refusal(services, row.id, "time")
        raise Refused(Reason.SIGNATURE_INVALID, cause="time")
    networks = [ipaddress.ip_network(text) for text in row.networks.split(",") if text]
    if networks and not any(ipaddress.ip_address(address) in network for network in networks):
        _log_refusal(services, row.id, "address")
        raise Refused(Reason.FORBIDDEN)
    _take(services, row, signed.nonce)
    return str(row.id)


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


def receipts_of(account_id: int) -> list[Receipt]:
    """Return the receipts about the holder of an account, newest first, at most 100."""
    number = Account.select(Account.id_number).where(Account.id == account_id).scalar()
    if number is None:
        return []
    rows = (
        RegistrarReceipt.select(RegistrarReceipt, RegistrarKey)
        .join(RegistrarKey)
        .where(RegistrarReceipt.identity_index.matches(number))
        .order_by(RegistrarReceipt.id.desc())
        .limit(MOST_LISTED)
    )
    return [_receipt(row, json.loads(row.answer)) for row in rows]


def remove_old() -> int:
    """Delete expired receipts; return how many."""
    too_old = RegistrarReceipt.asked_at < Kept.REGISTRAR_RECEIPTS.cutoff()
    return int(RegistrarReceipt.delete().where(too_old).execute())


def _log_refusal(services: Services, key_id: str, why: str) -> None:
    """Write a refusal to the audit log, at most ten a minute per key and cause."""
    limit = Limit(f"registrar:refused:{key_id}:{why}", (Window("minute", 60, MOST_LOGGED),))
    taken = services.clients.store.take((limit,), clock.milliseconds(clock.now()))
    if not isinstance(taken, Full):
        audit.write_own("registrar:attempt:refused", actor=f"registrar:{key_id}", why=why)


def _take(services: Services, row: RegistrarKey, nonce: str) -> None:
    """Consume the nonce and a place in the quota, both or none."""
    seconds = int(Kept.REGISTRAR_NONCES.time.total_seconds())
    replay = Limit(f"registrar:nonce:{row.id}:{nonce}", (Window("n", seconds, 1),))
    quota = Limit(f"registrar:quota:{row.id}", (Window("day", 86_400, row.daily_quota),))
    answer = services.clients.store.take((replay, quota), clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        if answer.key == replay.key:
            _log_refusal(services, row.id, "nonce")
            raise Refused(Reason.REPLAYED)
        raise Refused(Reason.QUOTA_EXCEEDED, retry_after=answer.retry_after)


def _read(number: int, asked: Asked) -> Asked:
    try:
        id_number = canonical.id_number(asked.id_number)
    except ValueError:
        raise invalid(
            "registrars.id_number.wrong_form", field=f"persons.{number}.id_number"
        ) from None
    if not 1 <= len(asked.role.strip()) <= LONGEST_ROLE:
        raise invalid("registrars.role.required", field=f"persons.{number}.role")
    return Asked(names.check(asked.name).value or asked.name.strip(), id_number, asked.role.strip())


def _answer(key_id: str, matter: str, asked: Asked, *, has_webhook: bool) -> Verdict:
    account = Account.get_or_none(Account.identity_index.matches(asked.id_number))
    standing, receipt = of_account(account, asked.name), secrets.token_hex(12)
    RegistrarReceipt.insert(
        number=receipt,
        key=key_id,
        matter=matter,
        name=asked.name,
        id_number=asked.id_number,
        identity_index=asked.id_number,
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
        row.number,
        row.key.name,
        row.matter,
        row.role,
        row.asked_at,
        answer["verified"],
        None if until is None else date.fromisoformat(until),
        answer["reason"],
    )
