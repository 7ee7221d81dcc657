"""Acts of one clerk against the source: recorded, and without effect until a second person decides.

``hold_decisions`` lets them take effect or ends them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from miniprogram_api import clock
from miniprogram_api.desks import acts as desk
from miniprogram_api.effectiveness import VERIFIED_LEVEL
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import words
from miniprogram_api.tickets import tickets
from miniprogram_api.windows import doubts
from models.desks import desks
from models.desks.desks import ManualVerification
from models.desks.tickets import Ticket

HELD = "verification_held"
"""The ledger's action, and the step of the ticket."""


@dataclass(frozen=True, slots=True)
class HeldAct:
    """What takes effect by the approval, as the clerk recorded it."""

    action: str
    """The ledger's action of the effect."""
    evidence_seen: Sequence[str]
    reason: str = field(repr=False)
    place: str
    enrolment: Mapping[str, Any] | None = field(repr=False)
    """The account to be registered or activated; None for one that exists."""
    more: Mapping[str, Any] = field(repr=False)
    """Further content of the ledger line: ``source_said``, ``guardian`` and so on."""


def hold(
    member: StaffMember, row: Ticket, person: Person, act: HeldAct, denied: str
) -> tuple[int, int]:
    """Record an act with its locked ticket; return the verification's id and the ledger's number.

    ``denied``: the source's answer. The ledger line is the last step. Raises Refused
    VERIFICATION_HELD when the person's verification waits already.
    """
    if is_held(row.id):
        raise Refused(Reason.VERIFICATION_HELD)
    now = clock.now()
    verification = ManualVerification.create(
        account=person.account_id,
        ticket=row.id,
        clerk=member.id,
        verified_at=now,
        review_due=desk.review_due(now),
        state=desks.HELD,
        held=denied,
        act=json.dumps(asdict(act), ensure_ascii=False),
    )
    row.window_id = member.window_id
    row.save(only=[Ticket.window_id])
    tickets.note(row, member.actor, HELD)
    number = ledger.append(
        member,
        HELD,
        person,
        reason=act.reason,
        ticket_id=row.id,
        evidence=[words("desk.evidence_seen")[key] for key in act.evidence_seen],
        place=act.place,
        act=act.action,
        **act.more,
    )
    return verification.id, number


def act_of(row: ManualVerification) -> HeldAct | None:
    """Return the act of a verification while it is held."""
    return None if row.act is None else HeldAct(**json.loads(row.act))


def is_held(ticket_id: int) -> bool:
    """Return whether a verification of this ticket waits for a second person."""
    return bool(ManualVerification.select().where(_of_ticket(ticket_id)).exists())


def void(ticket_id: int) -> None:
    """End what is held with a ticket whose person was verified otherwise, within that act."""
    ManualVerification.update(state=desks.VOID, act=None).where(_of_ticket(ticket_id)).execute()


def stops(id_number: str) -> bool:
    """Return whether an act that verifies the account's holder on the way is not possible.

    Where the source denies the person, the verification is an act of its own, because nothing may
    rely on it before its approval.
    """
    account = desk.known_account(id_number)
    is_verified = account is None or account.level >= VERIFIED_LEVEL
    return not is_verified and doubts.denied(id_number) is not None


def _of_ticket(ticket_id: int) -> Any:
    return (ManualVerification.ticket == ticket_id) & (ManualVerification.state == desks.HELD)
