"""The ledger (台账): every act of the windows and the information centre, for good.

Numbers have no gap, and each line holds the hash of the one before it, so a line that was changed,
taken out or put in is found (``ledger_check``). What is personal is in a side table; the line holds
its hash with a salt, which is erased with it, so that nobody can guess what was there.
See docs/adr/0009-the-ledger.md.
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
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid, words
from models.desks import ledger as table
from models.desks.ledger import LedgerDetail, LedgerLine, Line, Stored
from models.storage.database import database, instant, lock, transaction
from models.storage.fields import DecryptionFailed, keys

BEGINNING = bytes(32)
"""What stands as the previous hash in line 1."""
MOST_FOUND = 200

_SALT_LENGTH = 16
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an act is about; canonical values, None where nobody knows."""

    id_number: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as it is read; ``content`` is empty once it was erased."""

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
    id_number: str | None = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)
    """``name``, ``actor_name``, ``reason``, ``evidence``, ``before``, ``after`` and so on."""

    @property
    def erased(self) -> bool:
        """Whether its personal part was erased as the law demands."""
        return not self.content


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are looked for; None: it does not matter."""

    number: int | None = None
    actor: str | None = None
    action: str | None = None
    window_id: int | None = None
    ticket_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    person_of: int | None = None
    """The lines about the person whom the line with this number is about: so no address has to
    say who he is.
    """


def append(
    member: StaffMember,
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
    """Write one line in the transaction of the act, as its last step; returns its number.

    From here to the end of the transaction nobody else writes a line, so whatever else must be
    locked is locked before. ``before``, ``after``, ``evidence`` and ``more`` are JSON values.
    Raises RuntimeError outside a transaction, KeyError for an action without words.
    """
    if not database.in_transaction():
        raise RuntimeError("A line of the ledger is written in the transaction of its act.")
    if action not in words("ledger.actions"):
        raise KeyError(action)
    content = {
        "actor_name": member.name,
        "name": person.name,
        "reason": reason,
        "evidence": evidence,
        "before": before,
        "after": after,
        **more,
    }
    text = canonical({name: value for name, value in content.items() if value not in (None, "")})
    salt = secrets.token_bytes(_SALT_LENGTH)
    lock("ledger")
    number, previous = table.last() or (0, BEGINNING)
    at_ms = clock.milliseconds(clock.now())
    personal = personal_hash(salt, person.id_number, text)
    line = Line(
        number + 1,
        at_ms,
        member.actor,
        action,
        member.window_id,
        ticket_id,
        person.account_id,
        about_number,
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
    """SHA-256 of everything else in a line; the parts as one JSON list, so none can run over."""
    parts = [part.hex() if isinstance(part, bytes) else part for part in line]
    return hashlib.sha256(canonical(parts).encode()).digest()


def personal_hash(salt: bytes, id_number: str | None, content: str) -> bytes:
    """SHA-256 of the salt and the personal part."""
    return hashlib.sha256(salt + canonical([id_number, content]).encode()).digest()


def canonical(value: Any) -> str:
    """JSON in one spelling: sorted, ASCII, without spaces."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)


def of_person(member: StaffMember, id_number: str, most: int = MOST_FOUND) -> list[Entry]:
    """The lines about a person (canonical ID number), newest first. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    return about(id_number, most)


def about(id_number: str, most: int = MOST_FOUND) -> list[Entry]:
    """``of_person`` for rules that have asked for a permission themselves."""
    found = (
        LedgerDetail.select(LedgerDetail.number)
        .where(LedgerDetail.identity_index.matches(id_number))
        .order_by(LedgerDetail.number.desc())
        .limit(most)
    )
    return [read(stored) for stored in table.by_numbers([row.number for row in found])]


def of_ticket(ticket_id: int, actions: Collection[str]) -> Entry | None:
    """The last line of such an act on a ticket, for rules that have asked for a permission."""
    number = (
        LedgerLine.select(fn.MAX(LedgerLine.number))
        .where((LedgerLine.ticket_id == ticket_id) & LedgerLine.action.in_(list(actions)))
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
    """Lines newest first, those below number ``before``. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    query = _query(wanted).order_by(LedgerLine.number.desc()).limit(most)
    if before is not None:
        query = query.where(LedgerLine.number < before)
    return [read(stored) for stored in table.by_numbers([row.number for row in query])]


def walk(member: StaffMember, wanted: Wanted | None = None) -> Iterator[Entry]:
    """All lines that are wanted, oldest first, some at a time. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    query = _query(wanted).order_by(LedgerLine.number).limit(_BATCH)
    after = 0
    while True:
        numbers = [row.number for row in query.where(LedgerLine.number > after)]
        yield from map(read, reversed(table.by_numbers(numbers)))
        if len(numbers) < _BATCH:
            return
        after = numbers[-1]


def count(member: StaffMember, wanted: Wanted | None = None) -> int:
    """How many lines are wanted. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    return int(_query(wanted).count())


def get(member: StaffMember, number: int) -> Entry:
    """One line. Raises Refused: FORBIDDEN, NOT_FOUND."""
    require(member, Permission.READ_LEDGER)
    found = table.by_numbers([number])
    if not found:
        raise Refused(Reason.NOT_FOUND)
    return read(found[0])


def newest_about(member: StaffMember, id_number: str) -> int | None:
    """The number of the last line about a person (canonical ID number), which pages then go by.

    Looking leaves a line in the audit log. Raises Refused FORBIDDEN.
    """
    require(member, Permission.READ_LEDGER)
    found: int | None = (
        LedgerDetail.select(fn.MAX(LedgerDetail.number))
        .where(LedgerDetail.identity_index.matches(id_number))
        .scalar()
    )
    audit.write_own("staff:ledger:searched", actor=member.actor, line=found)
    return found


def _query(wanted: Wanted | None) -> "ModelSelect[LedgerLine]":
    query: ModelSelect[LedgerLine] = LedgerLine.select(LedgerLine.number)
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
        # Of a line without a person, or one that was erased, there is nobody to find.
        same = LedgerDetail.identity_index.matches(number) if number else LedgerDetail.number < 0
        query = query.where(
            LedgerLine.number.in_(LedgerDetail.select(LedgerDetail.number).where(same))
        )
    return query


def read(stored: Stored) -> Entry:
    """A stored line with its personal part decrypted; of a damaged one its reason says so.

    Whoever looks for the damage must find the line, and the others around it.
    """
    ring = keys()
    try:
        text = stored.content and ring.decrypt(stored.content, LedgerDetail.content.context)
        number = stored.id_number and ring.decrypt(stored.id_number, LedgerDetail.id_number.context)
    except DecryptionFailed:
        text, number = canonical({"reason": texts.text("ledger.unreadable")}), None
    line = stored.line
    return Entry(
        number=line.number,
        at=instant(line.at),
        actor=line.actor,
        action=line.action,
        window_id=line.window_id,
        ticket_id=line.ticket_id,
        account_id=line.account_id,
        about_number=line.about_number,
        hash=stored.hash,
        previous_hash=line.previous_hash,
        personal_hash=line.personal_hash,
        id_number=number or None,
        content=json.loads(text) if text else {},
    )


def erase(member: StaffMember, number: int, reason: str) -> int:
    """Erase the personal part of a line as the law demands (PIPL art. 47), by a line of its own.

    The line, its hash and its place stay. Nobody erases what he did himself. Raises Refused:
    FORBIDDEN, INVALID_INPUT on ``reason``, NOT_FOUND (also when it was erased before),
    SECOND_PERSON_REQUIRED.
    """
    require(member, Permission.WORK_AT_CENTRE)
    if not reason.strip():
        raise invalid("ledger.reason.required")
    with transaction():
        line = LedgerLine.get_or_none(LedgerLine.number == number)
        if line is not None and line.actor == member.actor:
            raise Refused(Reason.SECOND_PERSON_REQUIRED)
        detail = LedgerDetail.get_or_none(LedgerDetail.number == number)
        if detail is None or detail.salt is None:
            raise Refused(Reason.NOT_FOUND)
        LedgerDetail.update(salt=None, id_number=None, identity_index=None, content=None).where(
            LedgerDetail.number == number
        ).execute()
        return append(member, "erased", Person(), reason=reason, about_number=number)
