"""Registration systems: signed questions whether people are verified, each answer a receipt.

A request carries a key id, a time, a nonce and an HMAC-SHA256 over method, path, time, nonce and
the body's SHA-256. It holds for 300 seconds around its time and once. The person can read who
asked about him and what was answered.
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

MOST_OFF = timedelta(seconds=300)
MOST_PERSONS = 50
LONGEST_MATTER, LONGEST_ROLE = 100, 32
MOST_LISTED = 100
MOST_NOTED = 10

_NONCE = re.compile("[A-Za-z0-9_-]{16,64}")
_TIMESTAMP = re.compile("[0-9]{10}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A person as the system names him."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    role: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a registration system learns of one person, in the order of its question."""

    standing: Standing
    receipt: str


@answer_class
class Receipt:
    """What the person reads: who asked about him, when, for which matter, and the answer."""

    number: str
    system: str
    """The system that asked."""
    matter: str = field(repr=False)
    role: str
    asked_at: datetime
    verified: bool
    """What was answered."""
    authorized_until: date | None
    """It was asked under an authorisation that held until then."""
    reason: str


def authenticate(services: Services, signed: SignedRequest, *, address: str) -> str:
    """The key id of a genuine, new request within its quota.

    Raises Refused: SIGNATURE_INVALID (``cause`` time when only the time is wrong), FORBIDDEN from
    an address that is not on the list, REPLAYED, QUOTA_EXCEEDED.
    """
    row = RegistrarKey.get_or_none((RegistrarKey.id == signed.key_id) & RegistrarKey.active)
    secret = base64.b64decode(row.secret) if row is not None else bytes(32)
    genuine = hmac.compare_digest(sign(secret, signed).encode(), signed.signature.lower().encode())
    if row is None:
        _note(services, "unknown", "key")
        raise Refused(Reason.SIGNATURE_INVALID)
    well_formed = _NONCE.fullmatch(signed.nonce) and _TIMESTAMP.fullmatch(signed.timestamp)
    if not genuine or not well_formed:
        _note(services, row.id, "signature")
        raise Refused(Reason.SIGNATURE_INVALID)
    if abs(clock.now().timestamp() - int(signed.timestamp)) > MOST_OFF.total_seconds():
        _note(services, row.id, "time")
        raise Refused(Reason.SIGNATURE_INVALID, cause="time")
    networks = [ipaddress.ip_network(text) for text in row.networks.split(",") if text]
    if networks and not any(ipaddress.ip_address(address) in network for network in networks):
        _note(services, row.id, "address")
        raise Refused(Reason.FORBIDDEN)
    _take(services, row, signed.nonce)
    return str(row.id)


def query(key_id: str, matter: str, persons: Sequence[Asked]) -> list[Verdict]:
    """Answer for each person, and keep each answer as a receipt.

    A system with a webhook awaits them all from now on. Raises Refused INVALID_INPUT.
    """
    if not 1 <= len(matter.strip()) <= LONGEST_MATTER:
        raise invalid("registrars.matter.required")
    if not 1 <= len(persons) <= MOST_PERSONS:
        raise invalid("registrars.persons.too_many")
    people = [_read(number, asked) for number, asked in enumerate(persons)]
    with transaction():
        awaits = registrar_watches.awaits(key_id)
        if awaits:
            registrar_watches.lock_persons([asked.id_number for asked in people])
        return [_answer(key_id, matter.strip(), asked, awaits=awaits) for asked in people]


def receipts_of(account_id: int) -> list[Receipt]:
    """Who asked about the holder of an account, newest first, at most 100."""
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
    found = []
    for row in rows:
        answer = json.loads(row.answer)
        found.append(
            Receipt(
                row.number,
                row.key.name,
                row.matter,
                row.role,
                row.asked_at,
                answer["verified"],
                _day(answer["authorized_until"]),
                answer["reason"],
            )
        )
    return found


def remove_old() -> int:
    """Delete the receipts that are older than three years; returns how many."""
    too_old = RegistrarReceipt.asked_at < Kept.REGISTRAR_RECEIPTS.cutoff()
    return int(RegistrarReceipt.delete().where(too_old).execute())


def _note(services: Services, key_id: str, why: str) -> None:
    """Leave a line in the audit log of a refusal: ten a minute for each key and cause at most.

    Whoever floods the service with wrong requests must not flood the log with them.
    """
    limit = Limit(f"registrar:refused:{key_id}:{why}", (Window("minute", 60, MOST_NOTED),))
    taken = services.clients.store.take((limit,), clock.milliseconds(clock.now()))
    if not isinstance(taken, Full):
        audit.write_own("registrar:attempt:refused", actor=f"registrar:{key_id}", why=why)


def _take(services: Services, row: RegistrarKey, nonce: str) -> None:
    """Use the nonce and a place in the quota up, both or none."""
    seconds = int(Kept.REGISTRAR_NONCES.time.total_seconds())
    replay = Limit(f"registrar:nonce:{row.id}:{nonce}", (Window("n", seconds, 1),))
    quota = Limit(f"registrar:quota:{row.id}", (Window("day", 86_400, row.daily_quota),))
    answer = services.clients.store.take((replay, quota), clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        if answer.key == replay.key:
            _note(services, row.id, "nonce")
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


def _answer(key_id: str, matter: str, asked: Asked, *, awaits: bool) -> Verdict:
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
    if awaits:
        registrar_watches.begin(key_id, asked.name, asked.id_number, standing)
    return Verdict(standing, receipt)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
