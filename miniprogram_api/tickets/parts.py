"""Who filed a ticket and who acted on it, for the rule of two people."""

from collections.abc import Collection

from models.desks.tickets import TicketEvent

FILED = ("opened", "with_centre")
"""The steps of filing a ticket, or handing it to the centre."""
ACTED = (*FILED, "account_frozen")
"""These, and the freeze on which a later act relies."""


def actors(ticket_id: int, steps: Collection[str]) -> set[str]:
    """Return the actors of these steps of a ticket."""
    return {
        event.actor
        for event in TicketEvent.select(TicketEvent.actor).where(
            (TicketEvent.ticket == ticket_id) & TicketEvent.action.in_(list(steps))
        )
    }


def acted_on(actor: str, ticket_ids: Collection[int]) -> set[int]:
    """Return those of the tickets on which the actor took a step of ``ACTED``."""
    return {
        event.ticket_id
        for event in TicketEvent.select(TicketEvent.ticket).where(
            TicketEvent.ticket.in_(list(ticket_ids))
            & TicketEvent.action.in_(ACTED)
            & (TicketEvent.actor == actor)
        )
    }
