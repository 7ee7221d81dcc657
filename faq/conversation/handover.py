"""Hand conversations over to people by tickets."""

from faq.conversation import conversations
from faq.conversation.conversations import Conversation
from faq.diagnosis.asker import Asker
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid, words
from miniprogram_api.tickets import districts, opening, tickets
from miniprogram_api.tickets import filling as ticket_filling
from miniprogram_api.tickets import forms as ticket_forms
from miniprogram_api.tickets.forms import TicketForm
from miniprogram_api.tickets.opening import Opening
from miniprogram_api.tickets.tickets import Ticket

KIND = "other"


def request(
    services: Services,
    conversation_id: str,
    asker: Asker,
    contact: str | None,
    address: str,
    district: str | None = None,
) -> Ticket:
    """Hand over a conversation; repeated calls return the open ticket.

    A visitor's first call needs a mobile number as `contact`. Raises Refused: NOT_FOUND,
    INVALID_INPUT on fields contact and district, TOO_MANY_ATTEMPTS; StoreUnavailable.
    """
    conversation = conversations.resume(conversation_id, asker)
    phone = None if contact is None else phone_numbers.parse_phone("contact", contact)
    wanted = districts.parse(district)
    return hand_over(services, conversation, asker, phone, address, district=wanted)


def open_ticket(
    services: Services, conversation_id: str, form: TicketForm, session: SessionInfo
) -> Ticket:
    """Open the ticket of an answer's button, with all known fields filled in.

    Raises Refused: NOT_FOUND for a conversation of another asker, INVALID_INPUT for missing fields,
    TOO_MANY_ATTEMPTS; StoreUnavailable.
    """
    asker = Asker(session.openid, session.account_id)
    conversation = conversations.resume(conversation_id, asker)
    return ticket_forms.submit(
        services,
        ticket_filling.prefill(form, session),
        session=session,
        source="bot",
        facts=_facts(conversation),
        conversation_id=conversation.id,
    )


def hand_over(
    services: Services,
    conversation: Conversation,
    asker: Asker,
    phone: str | None,
    address: str,
    is_distressed: bool = False,
    district: str | None = None,
) -> Ticket:
    """Open the ticket. `phone`: canonical; `is_distressed`: the person may be suicidal.

    Raises Refused: INVALID_INPUT on field contact, TOO_MANY_ATTEMPTS; StoreUnavailable.
    """
    facts = _facts(conversation)
    description = words("chat.tickets")["distressed" if is_distressed else "asked"]
    if asker.openid is not None and conversation.id == asker.openid:
        # Later chat messages go to people instead of the bot.
        chat_inbox.hand_over(asker.openid)
    asked = Opening(
        kind=KIND,
        source="bot",
        account_id=asker.account_id,
        openid=asker.openid,
        description=description,
        facts=facts,
        conversation_id=conversation.id,
        contact=phone,
        district=district,
        is_urgent=is_distressed,
    )
    if not asker.is_anonymous:
        # Emergencies are not limited by address.
        return opening.open_ticket(services, asked, address="" if is_distressed else address)
    topic = f"{KIND}:conversation:{conversation.id}"
    if phone is None and tickets.unfinished(topic) is None:
        raise invalid("handover.contact.required")
    if not is_distressed:
        limits = attempts.handovers_from_address(services.settings, address, conversation.id)
        attempts.take(services, limits, scope="tickets")
    row = opening.insert(asked, topic, actor="visitor")
    return tickets.view(row)


def _facts(conversation: Conversation) -> dict[str, str]:
    slug = conversation.memory.slug
    return {} if slug is None else {"entry": slug}
