"""Looking through the whole ledger in the background, asked for on a page."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from config import Settings
from miniprogram_api import audit, clock, outbox
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger.integrity import Fault
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission, StaffMember, require
from models.desks import ledger as table
from models.desks.ledger import LedgerVerification
from models.storage.database import lock, transaction

JOB = "ledger.verify"
MOST_LISTED = 10
# Whoever has said nothing for so long has died.
SILENT = timedelta(seconds=30)


class UnderWay(Exception):
    """Another worker looks through the ledger now; the outbox comes back to see that it ends."""


@dataclass(frozen=True, slots=True)
class Verification:
    """One look: how far it is, or what it found."""

    id: int
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    total: int
    lines: int
    erased: int
    seals: int
    faults: tuple[Fault, ...]

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 if not self.total else min(100, 100 * self.lines // self.total)


def request(member: StaffMember) -> int:
    """Let the ledger be looked through; the id, that of an unfinished look if there is one.

    Raises Refused FORBIDDEN.
    """
    require(member, Permission.READ_LEDGER)
    with transaction():
        lock("ledger:verification")
        unfinished = LedgerVerification.get_or_none(LedgerVerification.finished_at.is_null())
        if unfinished is not None:
            if (unfinished.seen_at or unfinished.asked_at) < clock.now() - SILENT:
                # Its job may have been given up; else nobody could ask for another look again.
                outbox.add(JOB, {"verification_id": unfinished.id})
            return int(unfinished.id)
        number = LedgerVerification.insert(asked_by=member.actor, asked_at=clock.now()).execute()
        outbox.add(JOB, {"verification_id": number})
        audit.write("staff:ledger:verified", actor=member.actor, verification=number)
    return int(number)


def run(settings: Settings, verification_id: int) -> None:
    """Look through the ledger and keep what was found. Raises UnderWay."""
    now = clock.now()
    this = LedgerVerification.id == verification_id
    silent = LedgerVerification.seen_at.is_null() | (LedgerVerification.seen_at < now - SILENT)
    last = table.last()
    begun = (
        LedgerVerification.update(seen_at=now, total=last[0] if last else 0, lines=0)
        .where(this & silent & LedgerVerification.finished_at.is_null())
        .execute()
    )
    if not begun:
        if LedgerVerification.get_or_none(this & LedgerVerification.finished_at.is_null()):
            raise UnderWay
        return

    def progress(lines: int) -> None:
        LedgerVerification.update(seen_at=clock.now(), lines=lines).where(this).execute()

    verdict = ledger_check.verify(ledger_seals.public_key(settings), progress)
    LedgerVerification.update(
        finished_at=clock.now(),
        lines=verdict.lines,
        erased=verdict.erased,
        seals=verdict.seals,
        faults=json.dumps([[fault.number, fault.what] for fault in verdict.faults]),
    ).where(this).execute()


def listed(member: StaffMember) -> list[Verification]:
    """The last ten looks, newest first. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    rows = LedgerVerification.select().order_by(LedgerVerification.id.desc()).limit(MOST_LISTED)
    return [_view(row) for row in rows]


def get(member: StaffMember, verification_id: int) -> Verification:
    """One look. Raises Refused: FORBIDDEN, NOT_FOUND."""
    require(member, Permission.READ_LEDGER)
    row = LedgerVerification.get_or_none(LedgerVerification.id == verification_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return _view(row)


def _view(row: LedgerVerification) -> Verification:
    return Verification(
        row.id,
        row.asked_by,
        row.asked_at,
        row.finished_at,
        row.total,
        row.lines,
        row.erased,
        row.seals,
        tuple(Fault(number, what) for number, what in json.loads(row.faults)),
    )
