"""Background verification of all chains, requested on a page."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from config import Settings
from miniprogram_api import audit, clock, outbox
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import links
from miniprogram_api.ledger.faults import Fault, of_stored
from miniprogram_api.staff.members import Permission, StaffMember, require
from models.desks import ledger as table
from models.desks.ledger import LedgerVerification
from models.storage.database import lock, transaction

JOB = "ledger.verify"
MOST_LISTED = 10
HEARTBEAT_TIMEOUT = timedelta(seconds=30)


class AlreadyRunning(Exception):
    """Another worker verifies the ledger now; the outbox retries to confirm that it ends."""


@dataclass(frozen=True, slots=True)
class Verification:
    """One verification: its progress or result."""

    id: int
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    total: int
    lines: int
    erased: int
    links: int
    seals: int
    faults: tuple[Fault, ...]

    @property
    def percent(self) -> int:
        """Return the progress in percent."""
        return 100 if not self.total else min(100, 100 * self.lines // self.total)


def request(member: StaffMember) -> int:
    """Queue a verification; return its id or an unfinished one's. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    with transaction():
        lock("ledger:verification")
        unfinished = LedgerVerification.get_or_none(LedgerVerification.finished_at.is_null())
        if unfinished is not None:
            if (unfinished.seen_at or unfinished.asked_at) < clock.now() - HEARTBEAT_TIMEOUT:
                # Its job may have failed for good, which would block further requests.
                outbox.add(JOB, {"verification_id": unfinished.id})
            return int(unfinished.id)
        number = LedgerVerification.insert(asked_by=member.actor, asked_at=clock.now()).execute()
        outbox.add(JOB, {"verification_id": number})
        audit.write("staff:ledger:verified", actor=member.actor, verification=number)
    return int(number)


def run(settings: Settings, verification_id: int) -> None:
    """Verify all chains and store the result. Raises AlreadyRunning."""
    now = clock.now()
    this = LedgerVerification.id == verification_id
    timed_out = LedgerVerification.seen_at.is_null() | (
        LedgerVerification.seen_at < now - HEARTBEAT_TIMEOUT
    )
    last = table.last()
    total = (last[0] if last else 0) + sum(number for number, _ in links.heads().values())
    begun = (
        LedgerVerification.update(seen_at=now, total=total, lines=0)
        .where(this & timed_out & LedgerVerification.finished_at.is_null())
        .execute()
    )
    if not begun:
        if LedgerVerification.get_or_none(this & LedgerVerification.finished_at.is_null()):
            raise AlreadyRunning
        return

    def progress(lines: int) -> None:
        LedgerVerification.update(seen_at=clock.now(), lines=lines).where(this).execute()

    verdict = ledger_check.verify(settings, progress)
    LedgerVerification.update(
        finished_at=clock.now(),
        lines=verdict.lines,
        erased=verdict.erased,
        links=verdict.links,
        seals=verdict.seals,
        faults=json.dumps([fault.stored() for fault in verdict.faults]),
    ).where(this).execute()


def listed(member: StaffMember) -> list[Verification]:
    """Return the last ten verifications, newest first. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_LEDGER)
    rows = LedgerVerification.select().order_by(LedgerVerification.id.desc()).limit(MOST_LISTED)
    return [_view(row) for row in rows]


def _view(row: LedgerVerification) -> Verification:
    return Verification(
        row.id,
        row.asked_by,
        row.asked_at,
        row.finished_at,
        row.total,
        row.lines,
        row.erased,
        row.links,
        row.seals,
        tuple(of_stored(*fault) for fault in json.loads(row.faults)),
    )
