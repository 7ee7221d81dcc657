"""Acts of one clerk that are held: recorded, and without effect until a second person decides.

``holding`` tells which; ``second_person`` lets them take effect or ends them; the housekeeping job
ends the others.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from miniprogram_api import audit
from miniprogram_api.captures import evidence_seen, pictures
from miniprogram_api.captures.pictures import Taken
from miniprogram_api.desks import asking, risks
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.messaging import notices
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import tickets
from miniprogram_api.windows import held_confirmations
from miniprogram_api.windows.holding import HeldReason
from models.accounts.accounts import CANCELLED, Account
from models.desks import tickets as ticket_table
from models.desks.tickets import Ticket
from models.second_person import HELD_VERIFICATION, VOID, SecondPersonRequest
from models.storage.database import transaction

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
    member: StaffMember,
    row: Ticket,
    person: Person,
    act: HeldAct,
    reason: HeldReason,
    *,
    phone: str | None,
    taken: Taken,
) -> tuple[int, int]:
    """Record an act with its locked ticket; return the request's id and the ledger's number.

    ``phone``: of the person, who is told. The ledger line is the last step. Raises Refused
    VERIFICATION_HELD when the person's verification waits already.
    """
    if asking.held(row.id) is not None:
        raise Refused(Reason.VERIFICATION_HELD)
    asked = asking.ask(
        member,
        HELD_VERIFICATION,
        {"held": reason, "act": asdict(act)},
        ticket_id=row.id,
        account_id=person.account_id,
        evidence=taken.evidence,
    )
    risks.note(asked, member, person.id_number, phone, taken.evidence)
    pictures.store(member, asked.id, taken)
    if phone is not None:
        notices.add(person.account_id, notices.VERIFICATION_HELD, phone)
    row.window_id = member.window_id
    row.save(only=[Ticket.window_id])
    tickets.note(row, member.actor, HELD)
    number = ledger.append(
        member,
        HELD,
        person,
        reason=act.reason,
        ticket_id=row.id,
        evidence=evidence_seen.names(act.evidence_seen),
        place=act.place,
        act=act.action,
        held=reason,
        **taken.for_ledger(),
        **act.more,
    )
    return asked.id, number


def act_of(request: SecondPersonRequest) -> HeldAct | None:
    """Return the act of a verification while it is held."""
    act = json.loads(request.content).get("act") if request.content else None
    return None if act is None else HeldAct(**act)


def held_because(request: SecondPersonRequest) -> HeldReason | None:
    """Return why a verification was held, None for one that took effect at once."""
    if request.kind != HELD_VERIFICATION or not request.content:
        return None
    content = json.loads(request.content)
    # What was held before there were other reasons names the source's answer.
    return HeldReason(content.get("held") or content["denied"])


def without_act(request: SecondPersonRequest) -> str:
    """Return the content of a verification that is no longer held: without the form."""
    content = json.loads(request.content or "{}")
    return json.dumps({**content, "act": None}, ensure_ascii=False)


def void(ticket_id: int) -> None:
    """End what is held with a ticket whose person was verified otherwise, within that act."""
    for request in _held(SecondPersonRequest.ticket == ticket_id):
        if _void(request, asking.IS_HELD):
            held_confirmations.discard(ticket_id)


def void_old() -> int:
    """End what is held in vain, with its personal data; return how many.

    Its ticket ended otherwise, its account was cancelled, or its time for a decision is over. An
    unfinished ticket stays for the clerk.
    """
    finished = Ticket.select(Ticket.id).where(Ticket.state.not_in(ticket_table.UNFINISHED))
    cancelled = Account.select(Account.id).where(Account.status == CANCELLED)
    is_over = (
        SecondPersonRequest.ticket.in_(finished)
        | SecondPersonRequest.account.in_(cancelled)
        | (SecondPersonRequest.asked_at < Kept.HELD_VERIFICATIONS.cutoff())
    )
    ended = 0
    for request in _held(is_over):
        with transaction():
            # A decision at the same moment comes first.
            Ticket.locked(request.ticket_id)
            if _void(request, asking.IS_HELD & is_over):
                held_confirmations.discard(request.ticket_id)
                audit.write(
                    "job:verification:voided",
                    actor="worker",
                    account_id=request.account_id,
                    ticket=request.ticket_id,
                )
                ended += 1
    return ended


def locked_of(id_number: str, name: str) -> int | None:
    """Return the ticket, locked, with which a verification of this person is held; else None."""
    known = asking.held_of_person(id_number)
    if known is None:
        return None
    # A decision at the same moment comes first.
    Ticket.locked(known.ticket_id)
    request = asking.held_of_person(id_number)
    act = None if request is None else act_of(request)
    if request is None or act is None:
        return None
    if act.enrolment is None:
        held_name = Account.get_by_id(request.account_id).name
    else:
        held_name = act.enrolment["name"]
    return request.ticket_id if held_name == name else None


def _held(condition: Any) -> list[SecondPersonRequest]:
    return list(SecondPersonRequest.select().where(asking.IS_HELD & condition))


def _void(request: SecondPersonRequest, condition: Any) -> int:
    ended = SecondPersonRequest.update(state=VOID, content=without_act(request))
    return int(ended.where(condition & (SecondPersonRequest.id == request.id)).execute())
