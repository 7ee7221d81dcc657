"""CTID for an identity dispute (冒名): freezes the impostor's account as the face check does."""

from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.centre import dispute_faces
from miniprogram_api.clients.ctid import CtidOutcome
from miniprogram_api.operations import outages
from miniprogram_api.proofing import ctid
from miniprogram_api.services import Services
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.tickets import Ticket
from models.storage.database import release, transaction


def verify(
    services: Services, session: SessionInfo, ticket_id: str, ctid_token: str, *, address: str
) -> Ticket:
    """Ask CTID about the person of a dispute; if it passed, freeze the disputed account.

    Raises Refused: NOT_FOUND, TICKET_CLOSED, NOT_APPLICABLE, TOO_MANY_ATTEMPTS, CTID_REJECTED (with
    ``attempts_left``), CTID_UNAVAILABLE.
    """
    row, name, id_number = dispute_faces.about(session, ticket_id)
    limits = [
        attempts.ctid_of_asker(services.settings, id_number, session),
        *attempts.failures_of_address(services.settings, session, address),
    ]
    taken, counts = attempts.take(services, limits), False
    try:
        outages.require_on("ctid")
        release()
        answer = services.clients.ctid.verify(ctid_token, name, id_number)
        counts = answer.outcome is CtidOutcome.REJECTED
    finally:
        if not counts:
            attempts.give_back(services, taken)
    if answer.outcome is not CtidOutcome.PASSED:
        raise ctid.refusal(answer, attempts_left=taken.remaining["day"])
    with transaction():
        current = tickets.unfinished_locked(row.number)
        dispute_faces.freeze(current, id_number, "ctid_passed", actor=tickets.actor_of(session))
    return tickets.view(current)
