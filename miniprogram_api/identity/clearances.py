"""Store four elements that the centre confirmed although the source rejects them (case 4).

Two people approve a clearance; these exact elements are then valid for 30 days without the source.
"""

from datetime import date

from miniprogram_api import clock
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.retention import Kept
from models.desks.clearances import IdentityClearance

VALID = Kept.IDENTITY_CLEARANCES.time


def add(
    ticket_id: int, name: str, id_number: str, valid_from: date, valid_until: date | None
) -> None:
    """Clear these elements, inside the transaction of the approval."""
    now = clock.now()
    IdentityClearance.insert(
        id_number=id_number,
        identity_index=id_number,
        name=name,
        valid_from=valid_from,
        valid_until=valid_until,
        ticket=ticket_id,
        cleared_at=now,
        expires_at=now + VALID,
    ).execute()


def covers(elements: IdentityElements) -> bool:
    """Return whether exactly these elements are cleared now."""
    rows = IdentityClearance.select().where(
        IdentityClearance.identity_index.matches(elements.id_number)
        & (IdentityClearance.expires_at > clock.now())
    )
    return any(
        (row.name, row.valid_from, row.valid_until)
        == (elements.name, elements.valid_from, elements.valid_until)
        for row in rows
    )


def remove_old() -> int:
    """Delete expired clearances, which stay in the ledger, and return their number."""
    ended = IdentityClearance.expires_at <= clock.now()
    return int(IdentityClearance.delete().where(ended).execute())
