"""Registration systems: signed questions whether people are verified, each answer a receipt.

A request carries a key id, a time, a nonce and an HMAC-SHA256 over method, path, time, nonce and
the body's SHA-256. It holds for 300 seconds around its time and once. The person can read who
asked about him and what was answered.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from miniprogram_api import audit, clock
from miniprogram_api.clients.redis import Full, Limit, Window
from miniprogram_api.effectiveness import VERIFIED_LEVEL, judge
from miniprogram_api.identity_documents import names
from miniprogram_api.reasons import Reason, Refused, invalid_field
from miniprogram_api.services import Services
from models import canonical
from models.accounts import ACTIVE, Account
from models.database import transaction
from models.registrars import RegistrarKey, RegistrarReceipt

MOST_OFF = timedelta(seconds=300)
NONCE_KEPT_SECONDS = 600
MOST_PERSONS = 50
LONGEST_MATTER, LONGEST_ROLE = 100, 32
# As long as a matter can be disputed.
RECEIPTS_KEPT = timedelta(days=3 * 365)
MOST_LISTED = 100

_NONCE = re.compile("[A-Za-z0-9_-]{16,64}")
_TIMESTAMP = re.compile("[0-9]{10}")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What of a request was signed, and the signature in hexadecimal."""

    key_id: str
    timestamp: str
    """Seconds since 1970."""
    nonce: str
    signature: str = field(repr=False)
    method: str
    path: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A person as the system names him."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    role: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a registration system learns of one person, in the order of its question."""

    verified: bool
    verified_by: str | None
    level: int | None
    authorized_until: date | None
    reason: str
    """``ok``, or the first thing that keeps the person from handing in: ``not_found`` (nobody with
    this number and name), ``level_too_low``, ``card_expired``, ``off``, ``ended``, ``frozen``.
    """
    receipt: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the person reads: who asked about him, when, for which matter, and the answer."""

    number: str
    system: str
    matter: str = field(repr=False)
    role: str
    asked_at: datetime
    verified: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key; the secret (base64) is shown once."""

    key_id: str
    secret: str = field(repr=False)


def issue(name: str, *, daily_quota: int, networks: Sequence[str] = (), actor: str) -> Issued:
    """Let a system ask. ``networks`` are CIDRs from which alone it may; raises ValueError."""
    for network in networks:
        ipaddress.ip_network(network)
    if not 1 <= len(name.strip()) <= 64 or daily_quota < 1:
        raise ValueError("A system has a name of at most 64 characters and a quota of at least 1.")
    key_id, secret = f"r{secrets.token_hex(8)}", secrets.token_bytes(32)
    text = base64.b64encode(secret).decode()
    with transaction():
        RegistrarKey.create(
            id=key_id,
            name=name.strip(),
            secret=text,
            networks=",".join(networks),
            daily_quota=daily_quota,
            created_at=clock.now(),
        )
        audit.write("command:registrar:issued", actor=actor, key=key_id)
    return Issued(key_id, text)


def switch_off(key_id: str, *, actor: str) -> bool:
    """Let a key ask no more; False when there is none that is on."""
    with transaction():
        changed = (
            RegistrarKey.update(active=False)
            .where((RegistrarKey.id == key_id) & RegistrarKey.active)
            .execute()
        )
        if changed:
            audit.write("command:registrar:switched_off", actor=actor, key=key_id)
    return bool(changed)


def listed() -> list[tuple[str, str, int, bool]]:
    """Key id, name, quota a day, and whether it is on."""
    rows = RegistrarKey.select().order_by(RegistrarKey.created_at)
    return [(row.id, row.name, row.daily_quota, row.active) for row in rows]


def authenticate(services: Services, signed: SignedRequest, *, address: str) -> str:
    """The key id of a genuine, new request within its quota.

    Raises Refused: SIGNATURE_INVALID (``cause`` time when only the time is wrong), FORBIDDEN from
    an address that is not on the list, REPLAYED, QUOTA_EXCEEDED.
    """
    row = RegistrarKey.get_or_none((RegistrarKey.id == signed.key_id) & RegistrarKey.active)
    secret = base64.b64decode(row.secret) if row is not None else bytes(32)
    genuine = hmac.compare_digest(sign(secret, signed).encode(), signed.signature.lower().encode())
    if row is None or not genuine or not _NONCE.fullmatch(signed.nonce):
        raise Refused(Reason.SIGNATURE_INVALID)
    if not _TIMESTAMP.fullmatch(signed.timestamp):
        raise Refused(Reason.SIGNATURE_INVALID)
    if abs(clock.now().timestamp() - int(signed.timestamp)) > MOST_OFF.total_seconds():
        raise Refused(Reason.SIGNATURE_INVALID, cause="time")
    networks = [ipaddress.ip_network(text) for text in row.networks.split(",") if text]
    if networks and not any(ipaddress.ip_address(address) in network for network in networks):
        with transaction():
            audit.write("registrar:attempt:refused", actor=f"registrar:{row.id}", why="address")
        raise Refused(Reason.FORBIDDEN)
    _take(services, row, signed.nonce)
    return str(row.id)


def sign(secret: bytes, signed: SignedRequest) -> str:
    """The signature that belongs to a request, in lower-case hexadecimal."""
    digest = hashlib.sha256(signed.body).hexdigest()
    text = "\n".join((signed.method, signed.path, signed.timestamp, signed.nonce, digest))
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def query(key_id: str, matter: str, persons: Sequence[Asked]) -> list[Verdict]:
    """Answer for each person, and keep each answer as a receipt.

    Raises Refused INVALID_INPUT.
    """
    if not 1 <= len(matter.strip()) <= LONGEST_MATTER:
        raise invalid_field("matter", "required", "请填写业务编号，最多100个字符。")
    if not 1 <= len(persons) <= MOST_PERSONS:
        raise invalid_field("persons", "too_many", "一次可查1至50人。")
    people = [_read(number, asked) for number, asked in enumerate(persons)]
    with transaction():
        return [_answer(key_id, matter.strip(), asked) for asked in people]


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
                answer["reason"],
            )
        )
    return found


def remove_old() -> int:
    """Delete the receipts that are older than three years; returns how many."""
    too_old = RegistrarReceipt.asked_at < clock.now() - RECEIPTS_KEPT
    return int(RegistrarReceipt.delete().where(too_old).execute())


def _take(services: Services, row: RegistrarKey, nonce: str) -> None:
    """Use the nonce and a place in the quota up, both or none."""
    replay = Limit(f"registrar:nonce:{row.id}:{nonce}", (Window("n", NONCE_KEPT_SECONDS, 1),))
    quota = Limit(f"registrar:quota:{row.id}", (Window("day", 86_400, row.daily_quota),))
    answer = services.clients.store.take((replay, quota), clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        if answer.key == replay.key:
            with transaction():
                audit.write("registrar:attempt:refused", actor=f"registrar:{row.id}", why="nonce")
            raise Refused(Reason.REPLAYED)
        raise Refused(Reason.QUOTA_EXCEEDED, retry_after=answer.retry_after)


def _read(number: int, asked: Asked) -> Asked:
    try:
        id_number = canonical.id_number(asked.id_number)
    except ValueError:
        raise invalid_field(
            f"persons.{number}.id_number", "wrong_form", "身份证号码的格式不对。"
        ) from None
    if not 1 <= len(asked.role.strip()) <= LONGEST_ROLE:
        raise invalid_field(f"persons.{number}.role", "required", "请填写办理身份。")
    return Asked(names.check(asked.name).value or asked.name.strip(), id_number, asked.role.strip())


def _answer(key_id: str, matter: str, asked: Asked) -> Verdict:
    account = Account.get_or_none(Account.identity_index.matches(asked.id_number))
    verdict = _judge(account if account is not None and account.name == asked.name else None)
    until = verdict.authorized_until
    RegistrarReceipt.insert(
        number=verdict.receipt,
        key=key_id,
        matter=matter,
        name=asked.name,
        id_number=asked.id_number,
        identity_index=asked.id_number,
        role=asked.role,
        answer=json.dumps(
            {
                "verified": verdict.verified,
                "verified_by": verdict.verified_by,
                "level": verdict.level,
                "authorized_until": None if until is None else until.isoformat(),
                "reason": verdict.reason,
            }
        ),
        asked_at=clock.now(),
    ).execute()
    return verdict


def _judge(account: Account | None) -> Verdict:
    receipt = secrets.token_hex(12)
    if account is None:
        return Verdict(False, None, None, None, "not_found", receipt)
    state = judge(account, clock.today())
    verified = account.status == ACTIVE and account.level >= VERIFIED_LEVEL
    return Verdict(
        verified and state.reason != "card_expired",
        account.verified_by if verified else None,
        account.level,
        state.until if state.effective else None,
        state.reason,
        receipt,
    )
