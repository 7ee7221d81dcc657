"""The ledger (台账): every act of the windows and the information centre.

Numbers have no gap, and each line holds its predecessor's hash. The hash is an HMAC under a key
outside the database (LEDGER_KEYS), so every changed, removed or inserted line is detected
(``integrity``). Personal data is in a side table; the line holds its salted hash, and the salt is
erased with it, so that erased content cannot be guessed. See docs/adr/0009-the-ledger.md.
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peewee import ModelSelect, fn

from miniprogram_api import audit, clock, texts
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import another_member
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid, words
from models.desks import ledger as table
from models.desks import ledger_keys
from models.desks.ledger import LedgerDetail, LedgerLine, Line, Stored
from models.desks.tickets import ComplaintSubject
from models.storage.database import database, instant, lock, transaction
from models.storage.fields import DecryptionFailed, keys

BEGINNING = bytes(32)
"""The previous hash of line 1."""

SALT_LENGTH = 16
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Person:
    """The subject of an act; canonical values, None where unknown."""

    id_number: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One decrypted line; ``content`` is empty after erasure."""

    number: int
    at: datetime
    actor: str
    action: str
    window_id: int | None
    ticket_id: int | None
    account_id: int | None
    about_number: int | None
    hash: bytes
    previous_hash: bytes
    personal_hash: bytes
    key_id: str
    id_number: str | None = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)
    """``name``, ``actor_name``, ``reason``, ``evidence``, ``before``, ``after`` and so on."""

    @property
    def erased(self) -> bool:
        """Return whether the personal part was erased."""
        return not self.content


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of lines; None matches any value."""

    number: int | None = None
    actor: str | None = None
    action: str | None = None
    window_id: int | None = None
    ticket_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    person_of: int | None = None
    """Match lines about the same person as the line with this number, so that no URL needs an ID
    number.
    """


def append(  # noqa: PLR0913 - the columns of a line.
    member: StaffMember | None,
    action: str,
    person: Person,
    *,
    reason: str = "",
    ticket_id: int | None = None,
    evidence: Any = None,
    before: Any = None,
    after: Any = None,
    about_number: int | None = None,
    **more: Any,
) -> int:
    """Append one line as the last step of an act's transaction; return its number.

    Without a member it is an act of the worker. Holds the ledger's lock until the transaction ends,
    so take all other locks before. ``before``, ``after``, ``evidence`` and ``more`` are JSON
    values. Raises RuntimeError outside a transaction, KeyError for an action without a text.
    """
    if not database.in_transaction():
        raise RuntimeError("A line of the ledger is written in the transaction of its act.")
    if action not in words("ledger.actions"):
        raise KeyError(action)
    content = {
        "actor_name": texts.text("ledger.worker") if member is None else member.name,
        "name": person.name,
        "reason": reason,
        "evidence": evidence,
        "before": before,
        "after": after,
        **more,
    }
    text = canonical({name: value for name, value in content.items() if value not in (None, "")})
    salt = secrets.token_bytes(SALT_LENGTH)
    lock("ledger")
    number, previous = table.last() or (0, BEGINNING)
    at_ms = clock.milliseconds(clock.now())
    personal = personal_hash(salt, person.id_number, text)
    line = Line(
        number + 1,
        at_ms,
        "worker" if member is None else member.actor,
        action,
        None if member is None else member.window_id,
        ticket_id,
        person.account_id,
        about_number,
        ledger_keys.writing(),
        personal,
        previous,
    )
    LedgerLine.insert(hash=line_hash(line), **line._asdict()).execute()
    LedgerDetail.insert(
        number=number + 1,
        salt=salt,
        id_number=person.id_number,
        identity_index=person.id_number,
        content=text,
    ).execute()
    return number + 1


def line_hash(line: Line) -> bytes:
    """Compute HMAC-SHA256 of the other columns as one JSON list, which is unambiguous.

    Raises KeyError when this process lacks the line's key.
    """
    parts = [part.hex() if isinstance(part, bytes) else part for part in line]
    return ledger_keys.mac(line.key_id, canonical(parts).encode())


def personal_hash(salt: bytes, id_number: str | None, content: str) -> bytes:
    """Compute SHA-256 of the salt and the personal part; the line's hash covers it."""
    return hashlib.sha256(salt + canonical([id_number, content]).encode()).digest()


def canonical(value: Any) -> str:
    """Serialise to canonical JSON: sorted, ASCII, without spaces."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)


def of_ticket(ticket_id: int, actions: Collection[str], since: datetime) -> Entry | None:
    """Return the first line of such an act on a ticket from a time on; checks no permission."""
    number = (
        LedgerLine.select(fn.MIN(LedgerLine.number))
        .where(
            (LedgerLine.ticket_id == ticket_id)
            & LedgerLine.action.in_(list(actions))
            & (LedgerLine.at >= since)
        )
        .scalar()
    )
    return None if number is None else read(table.by_numbers([number])[0])


def page(
    member: StaffMember,
    wanted: Wanted | None = None,
    *,
    before: int | None = None,
    most: int = 50,
) -> list[Entry]:
    """Return lines below number ``before``, newest first. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    query = _query(member, wanted).order_by(LedgerLine.number.desc()).limit(most)
    if before is not None:
        query = query.where(LedgerLine.number < before)
    return [read(stored) for stored in table.by_numbers([row.number for row in query])]


def walk(member: StaffMember, wanted: Wanted | None = None) -> Iterator[Entry]:
    """Yield all matching lines, oldest first, in batches. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    query = _query(member, wanted).order_by(LedgerLine.number).limit(_BATCH)
    after = 0
    while True:
        numbers = [row.number for row in query.where(LedgerLine.number > after)]
        yield from map(read, reversed(table.by_numbers(numbers)))
        if len(numbers) < _BATCH:
            return
        after = numbers[-1]


def count(member: StaffMember, wanted: Wanted | None = None) -> int:
    """Count the matching lines. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    return int(_query(member, wanted).count())


def get(member: StaffMember, number: int) -> Entry:
    """Return one line. Raises Refused: FORBIDDEN, NOT_FOUND."""
    require(member, Permission.READ_LEDGER)
    rows = table.by_numbers([number])
    if not rows or rows[0].line.ticket_id in _hidden_from(member):
        raise Refused(Reason.NOT_FOUND)
    return read(rows[0])


def newest_about(member: StaffMember, id_number: str) -> int | None:
    """Return the number of the last line about a person (canonical ID number), for use in URLs.

    Writes to the audit log. Raises Refused FORBIDDEN.
    """
    require(member, Permission.READ_LEDGER)
    number: int | None = (
        LedgerDetail.select(fn.MAX(LedgerDetail.number))
        .where(LedgerDetail.identity_index.matches(id_number))
        .scalar()
    )
    audit.write_own("staff:ledger:searched", actor=member.actor, line=number)
    return number


def _hidden_from(member: StaffMember) -> list[int]:
    """Return the ids of the complaints about the member, which the member does not see."""
    of_member = ComplaintSubject.select().where(ComplaintSubject.staff_id == member.id)
    return [subject.ticket_id for subject in of_member]


def _query(member: StaffMember, wanted: Wanted | None) -> "ModelSelect[LedgerLine]":
    query: ModelSelect[LedgerLine] = LedgerLine.select(LedgerLine.number)
    hidden = _hidden_from(member)
    if hidden:
        seen = LedgerLine.ticket_id.is_null() | LedgerLine.ticket_id.not_in(hidden)
        query = query.where(seen)
    if wanted is None:
        return query
    for condition, value in (
        (LedgerLine.number == wanted.number, wanted.number),
        (LedgerLine.actor == wanted.actor, wanted.actor),
        (LedgerLine.action == wanted.action, wanted.action),
        (LedgerLine.window_id == wanted.window_id, wanted.window_id),
        (LedgerLine.ticket_id == wanted.ticket_id, wanted.ticket_id),
        (LedgerLine.at >= wanted.since, wanted.since),
        (LedgerLine.at < wanted.until, wanted.until),
    ):
        if value is not None:
            query = query.where(condition)
    if wanted.person_of is not None:
        detail = LedgerDetail.get_or_none(LedgerDetail.number == wanted.person_of)
        number = detail and detail.id_number
        # Lines without a person, or erased ones, match nothing.
        same = LedgerDetail.identity_index.matches(number) if number else LedgerDetail.number < 0
        query = query.where(
            LedgerLine.number.in_(LedgerDetail.select(LedgerDetail.number).where(same))
        )
    return query


def read(stored: Stored) -> Entry:
    """Decrypt a stored line; a damaged one stays readable, with a reason that says so."""
    ring = keys()
    try:
        text = stored.content and ring.decrypt(stored.content, LedgerDetail.content.context)
        number = stored.id_number and ring.decrypt(stored.id_number, LedgerDetail.id_number.context)
    except DecryptionFailed:
        text, number = canonical({"reason": texts.text("ledger.unreadable")}), None
    return Entry(
        **{**stored.line._asdict(), "at": instant(stored.line.at)},
        hash=stored.hash,
        id_number=number or None,
        content=json.loads(text) if text else {},
    )


def erase(member: StaffMember, number: int, reason: str) -> int:
    """Erase the personal part of a line as the law demands (PIPL art. 47); append a line for it.

    The line and its hash stay. Members cannot erase their own lines. Raises Refused: FORBIDDEN,
    INVALID_INPUT on ``reason``, NOT_FOUND (also when erased before), SECOND_PERSON_REQUIRED.
    """
    require(member, Permission.WORK_AT_CENTRE)
    if not reason.strip():
        raise invalid("ledger.reason.required")
    with transaction():
        line = LedgerLine.get_or_none(LedgerLine.number == number)
        if line is not None:
            another_member.require_another(member, [line.actor])
        detail = LedgerDetail.get_or_none(LedgerDetail.number == number)
        if detail is None or detail.salt is None:
            raise Refused(Reason.NOT_FOUND)
        empty([number])
        return append(member, "erased", Person(), reason=reason, about_number=number)


def empty(numbers: Collection[int]) -> None:
    """Delete the personal parts of lines; a line of the same transaction has to say so."""
    emptied = LedgerDetail.update(salt=None, id_number=None, identity_index=None, content=None)
    emptied.where(LedgerDetail.number.in_([*numbers])).execute()
