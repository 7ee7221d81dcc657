"""Handing a conversation over to people: a ticket with the conversation beside it."""

from faq.conversation import conversations
from faq.conversation.conversations import Conversation
from faq.diagnosis.asker import Asker
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from miniprogram_api.tickets import filling as ticket_filling
from miniprogram_api.tickets import forms as ticket_forms
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.forms import TicketForm
from miniprogram_api.tickets.tickets import Subject, Ticket

KIND = "other"
ASKED = "在智能答复中请求转人工。"
# The person may read it, so it says no more than that it is urgent.
DISTRESSED = "【加急】这位群众需要帮助，请看对话并尽快联系。"


def request(
    services: Services, conversation_id: str, asker: Asker, contact: str | None, address: str
) -> Ticket:
    """Hand over a conversation of the asker's; twice gives the ticket that is open already.

    A visitor must leave a mobile number as `contact` the first time. Raises Refused: NOT_FOUND,
    INVALID_INPUT on field contact, TOO_MANY_ATTEMPTS; StoreUnavailable.
    """
    conversation = conversations.resume(conversation_id, asker)
    phone = None if contact is None else phone_numbers.parse_phone("contact", contact)
    return hand_over(services, conversation, asker, phone, address)


def open_ticket(
    services: Services, conversation_id: str, form: TicketForm, session: SessionInfo
) -> Ticket:
    """Open the ticket that a button of an answer offers, with everything filled in that is known.

    Raises Refused: NOT_FOUND for a conversation that is not the session's holder's, INVALID_INPUT
    with what nobody knows yet, TOO_MANY_ATTEMPTS; StoreUnavailable.
    """
    asker = Asker(session.openid, session.account_id)
    conversation = conversations.resume(conversation_id, asker)
    return ticket_forms.submit(
        services,
        ticket_filling.filled(form, session),
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
) -> Ticket:
    """Open the ticket. `phone`: canonical; `is_distressed`: somebody speaks of harming himself.

    Raises Refused: INVALID_INPUT on field contact when nobody would know whom to answer,
    TOO_MANY_ATTEMPTS; StoreUnavailable.
    """
    facts = _facts(conversation)
    description = DISTRESSED if is_distressed else ASKED
    if asker.openid is not None and conversation.id == asker.openid:
        # In the chat. What he writes from now on reaches people and not the bot that did not help.
        chat_inbox.hand_over(asker.openid)
    if not asker.is_anonymous:
        return tickets.open_ticket(
            services,
            kind=KIND,
            account_id=asker.account_id,
            openid=asker.openid,
            source="bot",
            description=description,
            facts=facts,
            conversation_id=conversation.id,
            contact=phone,
            is_urgent=is_distressed,
        )
    matter = f"{KIND}:conversation:{conversation.id}"
    if phone is None and tickets.unfinished(matter) is None:
        raise invalid("handover.contact.required")
    if not is_distressed:
        # Nobody in distress is turned away because others called from the same address.
        limit = attempts.handovers_from_address(address, conversation.id)
        attempts.take(services, [limit], scope="tickets")
    row = tickets.insert(
        KIND,
        matter,
        Subject(),
        source="bot",
        actor="visitor",
        account_id=None,
        openid=None,
        description=description,
        facts=facts,
        conversation_id=conversation.id,
        contact=phone,
        is_urgent=is_distressed,
    )
    return tickets.view(row)


def _facts(conversation: Conversation) -> dict[str, str]:
    slug = conversation.memory.slug
    return {} if slug is None else {"entry": slug}
