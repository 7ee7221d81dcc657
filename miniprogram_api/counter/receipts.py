"""Receipts: what one member of staff did for a person today, on paper, each act with a code.

A code names the ledger line and carries a MAC of its hash, so nothing is stored for it, and a line
that was changed after the print no longer fits its paper.
"""

import base64
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime

from miniprogram_api import clock, masking
from miniprogram_api.desks import asking
from miniprogram_api.ledger import lines
from miniprogram_api.ledger.lines import Entry
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember, require
from models.desks import ledger_keys
from models.desks.ledger import LedgerDetail, LedgerLine, Stored, by_numbers

PRINTED = (
    "person_registered",
    "person_activated",
    "manual_verification",
    "verification_held",
    "authorization_enabled",
    "authorization_declined",
    "dates_corrected",
    "approval_requested",
    "account_frozen",
    "ticket_filed",
    "matter_confirmed",
    "matter_confirmation_held",
    "matter_papers_filed",
    "matter_refused",
)
"""The ledger's actions that a receipt tells, those for the person and not for the desk."""
STANDS, AGREED, WAITS, TAMPERED = "stands", "confirmed", "waits", "tampered"
"""Validities of an act that no later act undid."""
# What has no effect until a second person agrees to the verification of a ticket.
_HELD = ("verification_held", "matter_confirmation_held")
# Later acts on the same ticket → what they make of the printed one.
_LATER = {
    "verification_confirmed": AGREED,
    "verification_revoked": "revoked",
    "verification_refused": "refused",
    "phone_corrected": AGREED,
    "approval_refused": "refused",
    "account_unfrozen": "revoked",
}
_CODE = re.compile(r"T([1-9][0-9]{0,17})([0-9A-HJKMNP-TV-Z]{12})")
# RFC 4648's base 32 → Crockford's, which the look-alikes of a typed code are read as.
_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@dataclass(frozen=True, slots=True)
class PrintedAct:
    """One act on a receipt."""

    number: int
    """Of the ledger line."""
    at: datetime
    action: str
    asked: str | None
    """What a second person has to approve first: a key of ``ledger.acts``."""
    evidence: tuple[str, ...]
    guardian: str = field(repr=False)
    code: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is printed of one person's acts today; name and number are masked."""

    name: str
    id_number: str
    clerk_number: str
    office: windows.Window | None
    printed_at: datetime
    acts: tuple[PrintedAct, ...]


@dataclass(frozen=True, slots=True)
class VerifiedAct:
    """An act as the page ``/verify/{code}`` shows it."""

    code: str
    action: str
    office: str
    at: datetime
    name: str
    """Masked; empty after erasure."""
    validity: str
    """Whether it has effect and why not: a key of ``sheets.receipt_validity``."""


def of_person(member: StaffMember, id_number: str) -> Receipt:
    """Return what the member did for a person (canonical ID number) today.

    Raises Refused FORBIDDEN.
    """
    require(member, Permission.READ_WINDOW)
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    about = LedgerDetail.select(LedgerDetail.number).where(
        LedgerDetail.identity_index.matches(id_number)
    )
    own = (LedgerLine.actor == member.actor) & (LedgerLine.at >= today)
    rows = LedgerLine.select(LedgerLine.number).where(
        own & LedgerLine.number.in_(about) & LedgerLine.action.in_(PRINTED)
    )
    stored = by_numbers([row.number for row in rows])[::-1]
    entries = [lines.read(one) for one in stored]
    name = next((entry.content["name"] for entry in entries if entry.content.get("name")), "")
    return Receipt(
        name=masking.name(name),
        id_number=masking.id_number(id_number),
        clerk_number=f"{member.id:04d}",
        office=None if member.window_id is None else windows.get(member.window_id),
        printed_at=now,
        acts=tuple(map(_printed, entries, stored)),
    )


def verify(code: str) -> VerifiedAct | None:
    """Find the act of a code, in capitals without hyphens; None for an unknown code."""
    read = _CODE.fullmatch(code)
    if read is None:
        return None
    stored = by_numbers([int(read[1])])
    if not stored or not ledger_keys.known(stored[0].line.key_id):
        return None
    if not hmac.compare_digest(_mac(stored[0]), read[2]):
        return None
    entry = lines.read(stored[0])
    office = "" if entry.window_id is None else windows.get(entry.window_id).name
    return VerifiedAct(
        code=code_of(stored[0]),
        action=entry.action,
        office=office,
        at=entry.at,
        name=masking.name(entry.content.get("name") or ""),
        validity=_validity(stored[0], entry),
    )


def code_of(stored: Stored) -> str:
    """Return the code of a line as it is printed: T, its number, and 60 bits in groups of four."""
    mac = _mac(stored)
    groups = "-".join(mac[start : start + 4] for start in range(0, len(mac), 4))
    return f"T{stored.line.number}-{groups}"


def _mac(stored: Stored) -> str:
    digest = ledger_keys.mac(stored.line.key_id, b"receipt\0" + stored.hash)
    return base64.b32encode(digest).decode()[:12].translate(_CROCKFORD)


def _printed(entry: Entry, stored: Stored) -> PrintedAct:
    guardian = entry.content.get("guardian") or {}
    relation = guardian.get("relation", "")
    return PrintedAct(
        number=entry.number,
        at=entry.at,
        action=entry.action,
        asked=_asked(entry),
        evidence=_texts(entry.content.get("evidence")),
        guardian=f"{masking.name(guardian['name'])}（{relation}）" if guardian else "",
        code=code_of(stored),
    )


def _asked(entry: Entry) -> str | None:
    """Return the act that waits for a second person, None for one in effect."""
    if entry.action == "verification_held":
        return str(entry.content.get("act", "manual_verification"))
    if entry.action == "matter_confirmation_held":
        return "matter_confirmed"
    if entry.action == "approval_requested":
        return str((entry.content.get("after") or {}).get("act", "correct_phone"))
    return None


def _texts(value: object) -> tuple[str, ...]:
    """Return a list of texts of a line, empty for what is none."""
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _validity(stored: Stored, entry: Entry) -> str:
    """Return TAMPERED for a line that does not fit its hash, else what became of the act."""
    if not hmac.compare_digest(lines.line_hash(stored.line), stored.hash):
        return TAMPERED
    return _later(entry) or (WAITS if _asked(entry) else STANDS)


def _later(entry: Entry) -> str | None:
    """Return what the last deciding act on the same ticket made of the printed one."""
    if entry.ticket_id is None:
        return None
    last = (
        LedgerLine.select(LedgerLine.action)
        .where(
            (LedgerLine.ticket_id == entry.ticket_id)
            & (LedgerLine.number > entry.number)
            & LedgerLine.action.in_([*_LATER])
        )
        .order_by(LedgerLine.number.desc())
        .limit(1)
        .scalar()
    )
    if last is None and entry.action in _HELD and asking.held(entry.ticket_id) is None:
        return "lapsed"
    return None if last is None else _LATER[last]
