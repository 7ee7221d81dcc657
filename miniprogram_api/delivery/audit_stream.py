"""The audit log to the bureau's log server, gapless and numbered.

Each line of the audit log has one link of its chain, whose number leaves with it: a number that the
server misses or has twice tells what was lost or repeated. The form is RFC 5424 with CEF in it.
"""

import socket
from datetime import timedelta
from typing import Any

from miniprogram_api import clock
from miniprogram_api.delivery.channels import Channel, HandOver, Letter, Outcome, Result
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import text, word
from models.audit_batches import AuditBatch
from models.desks.audit import AuditEntry
from models.desks.links import AuditLink, last
from models.storage.database import release, transaction

BATCH = 500
VENDOR, PRODUCT, VERSION = "registration-authority", "identity-verification", "1"
# Facility 13 (log audit), severity 6 (informational).
PRIORITY = 13 * 8 + 6
# CEF's, of 0 to 10.
SEVERITY = {"failed": 6, "locked": 7, "refused": 5}
USUAL_SEVERITY = 3
_LONGEST_TAG = 32
_LARGEST_SEQUENCE = 2**31 - 1


def queue(services: Services) -> int:
    """Make batches of the chained lines that are in none yet; return how many.

    The first ones hold the whole log. Does nothing without a log server.
    """
    if not services.clients.log_server.is_set:
        return 0
    made = 0
    with transaction():
        before = AuditBatch.select(AuditBatch.last).order_by(AuditBatch.last.desc()).scalar() or 0
        newest = last(AuditLink)
        end = 0 if newest is None else newest[0]
        now = clock.now()
        for first in range(before + 1, end + 1, BATCH):
            AuditBatch.insert(
                first=first, last=min(first + BATCH - 1, end), created_at=now, due_at=now
            ).on_conflict_ignore().execute()
            made += 1
    return made


def remove_old() -> int:
    """Delete batches that were sent long ago; the last one says where the next begins."""
    newest = AuditBatch.select(AuditBatch.last).order_by(AuditBatch.last.desc()).scalar()
    old = (AuditBatch.done_at < Kept.AUDIT_BATCHES.cutoff()) & (AuditBatch.last != newest)
    return int(AuditBatch.delete().where(old).execute())


def lines_of(batch: AuditBatch) -> list[str]:
    """Return the lines of a batch as they are sent, by their numbers."""
    rows: Any = (
        AuditLink.select(AuditLink.number, AuditEntry)
        .join(AuditEntry, on=(AuditEntry.id == AuditLink.row_id))
        .where(
            AuditLink.number.between(batch.first, batch.last),
            AuditLink.source == AuditEntry._meta.table_name,
        )
        .order_by(AuditLink.number)
        .objects()
    )
    host = socket.gethostname()
    return [line(row.number, row, host) for row in rows]


def line(number: int, entry: AuditEntry, host: str) -> str:
    """Return one audit line; ``number`` is that of its link."""
    act = entry.tag.rpartition(":")[2]
    head = (
        f"<{PRIORITY}>1 {entry.at.isoformat(timespec='milliseconds')} {host} {PRODUCT} - "
        f'{entry.tag[:_LONGEST_TAG]} [meta sequenceId="{(number - 1) % _LARGEST_SEQUENCE + 1}"]'
    )
    severity = str(SEVERITY.get(act, USUAL_SEVERITY))
    name = word("audit.tags", entry.tag)
    cef = "|".join(map(_header, ("CEF:0", VENDOR, PRODUCT, VERSION, entry.tag, name, severity)))
    extension = {
        "externalId": str(number),
        "rt": str(clock.milliseconds(entry.at)),
        "suser": entry.actor,
        **({} if entry.account_id is None else {"duid": str(entry.account_id)}),
        "cs1Label": "details",
        "cs1": entry.details,
    }
    return f"{head} {cef}|" + " ".join(f"{key}={_value(it)}" for key, it in extension.items())


def _header(part: str) -> str:
    return part.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _value(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("=", "\\=")
    return escaped.replace("\r", "\\r").replace("\n", "\\n")


def _send(services: Services, batch: AuditBatch, _hand_over: HandOver) -> Result:
    waits = AuditBatch.due_at.is_null(False) & (AuditBatch.first < batch.first)
    if AuditBatch.select().where(waits).exists():
        # In the order of the numbers.
        return Result(Outcome.POSTPONED, wait=timedelta(seconds=5))
    lines = lines_of(batch)
    release()
    sent = services.clients.log_server.send(lines)
    return Result(Outcome.DONE if sent else Outcome.LATER)


def _letter(batch: AuditBatch) -> Letter:
    lines = text("dead_letters.audit_batch", first=batch.first, last=batch.last)
    return Letter("", text("dead_letters.no_log_server"), lines)


def _keep(batch: AuditBatch) -> None:
    AuditBatch.update(failed_at=None).where(AuditBatch.id == batch.id).execute()


CHANNEL = Channel(name="audit", table=AuditBatch, letter=_letter, send=_send, drop=_keep)
