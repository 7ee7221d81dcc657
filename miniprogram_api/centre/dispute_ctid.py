"""CTID for an identity dispute (冒名): freezes the impostor's account as the face check does."""

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.centre import dispute_faces
from miniprogram_api.proofing import ctid
from miniprogram_api.services import Services
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.tickets import Ticket
from models.storage.database import transaction


def verify(
    services: Services, session: SessionInfo, ticket_id: str, ctid_token: str, *, address: str
) -> Ticket:
    """Ask CTID about the person of a dispute; if it passed, freeze the disputed account.

    Raises Refused: NOT_FOUND, TICKET_CLOSED, NOT_APPLICABLE, TOO_MANY_ATTEMPTS, CTID_REJECTED (with
    ``attempts_left``), CTID_UNAVAILABLE.
    """
    row, name, id_number = dispute_faces.about(session, ticket_id)
    ctid.prove_person(services, session, name, id_number, address=address, ctid_token=ctid_token)
    with transaction():
        current = tickets.unfinished_locked(row.number)
        dispute_faces.freeze(current, id_number, "ctid_passed", actor=tickets.actor_of(session))
    return tickets.view(current)
