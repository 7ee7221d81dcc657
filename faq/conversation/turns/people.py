"""Hand over to people: emergencies, requests for a human, and offers."""

import re
from dataclasses import replace
from functools import lru_cache

from faq.content.entries import Action, Content
from faq.conversation.turns.turn import Response, Turn, memory_about, remark
from faq.language import grammar
from faq.language.grammar import compact
from faq.matching.match import Match
from faq.release.publishing import Published
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import StoreUnavailable
from miniprogram_api.texts.sentences import moment_in_words

# A request from this probability on, as it opens a ticket; beside a sure subject, which may be work
# of people (人工核验), from the second one.
SURE, SURE_BESIDE_A_SUBJECT = 0.9, 0.98

_PHONE = re.compile(r"(?:(?:\+|00)86[\s-]*)?1(?:[\s-]?[0-9]){9,12}")
_TICKETS = "pages/tickets/index"
# More beside a number is a question.
_LONGEST_BESIDE = 8


def is_call(published: Published, message: str) -> bool:
    """Return whether a message asks for a human, and is no emergency."""
    if _is_distress(published.content, message):
        return False
    return _wants_people(published, published.matcher.match(message))


def _wants_people(published: Published, match: Match) -> bool:
    intents = dict(match.intents)
    is_beside = match.entry not in (None, published.matcher.about_people)
    sure = SURE_BESIDE_A_SUBJECT if is_beside and match.confidence >= SURE else SURE
    wanted = intents.get("people", 0.0)
    return wanted >= sure and wanted > intents.get("no_people", 0.0)


def _is_distress(content: Content, message: str) -> bool:
    text = compact(message)
    words, unlike = _distress_words(content.distress.words, content.distress.unlike)
    for other in unlike:
        text = text.replace(other, " ")
    return any(word in text for word in words)


@lru_cache(maxsize=4)
def _distress_words(
    words: tuple[str, ...], unlike: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(map(compact, words)), tuple(map(compact, unlike))


def distressed(turn: Turn) -> Response | None:
    """Respond to suicidal messages and alert people."""
    if not _is_distress(turn.published.content, turn.question):
        return None
    replies = turn.replies
    response = _handed_over(turn, None, is_distressed=True)
    call = Action.model_validate(
        {"type": "call", "label": replies.help_line_label, "call": replies.help_line}
    )
    return replace(
        response,
        text=f"{replies.distress}{response.text}",
        memory=replace(response.memory, is_distressed=True),
        actions=(call, *response.actions),
    )


def called(turn: Turn) -> Response | None:
    """Hand over on request, with the subject and the phone number in the message."""
    if not _wants_people(turn.published, turn.match):
        return None
    number = _PHONE.search(turn.question)
    response = _handed_over(_with_subject(turn), None if number is None else _read(number[0]))
    return replace(response, entry=turn.published.matcher.about_people)


def _with_subject(turn: Turn) -> Turn:
    """Return the turn with the subject of a request as its open entry: 转人工，收不到验证码."""
    entry = turn.match.entry
    if entry in (None, turn.open, turn.published.matcher.about_people):
        return turn
    memory = memory_about(turn.memory, entry, 0)
    return replace(turn, conversation=replace(turn.conversation, memory=memory))


def contact(turn: Turn) -> Response | None:
    """Read a phone number that was requested, or that follows a hand-over."""
    awaits = turn.memory.awaits
    if awaits not in ("contact", "number"):
        return None
    number = _PHONE.search(turn.question)
    if number is None:
        return _declined(turn) if awaits == "contact" else None
    if awaits == "number" and len(compact(_PHONE.sub("", turn.question))) > _LONGEST_BESIDE:
        return None
    phone = _read(number[0])
    if phone is None:
        response = remark(turn, turn.replies.not_a_phone)
        return replace(response, may_repeat=True)
    return _handed_over(turn, phone, is_distressed=turn.memory.is_distressed)


def offer(turn: Turn) -> Response | None:
    """Read the reply to the offer of a human."""
    if turn.memory.awaits != "people" or turn.match.entry not in (None, turn.open):
        return None
    if turn.means("declines", "no_people"):
        return remark(turn, turn.replies.stay, replace(turn.memory, awaits=None))
    if turn.means("agrees", "still_fails", "tried_all", "next_step"):
        return _handed_over(turn, None)
    return None


def _read(phone: str) -> str | None:
    try:
        return phone_numbers.parse_phone("contact", phone)
    except Refused:
        return None


def _declined(turn: Turn) -> Response | None:
    """Lead a visitor to the windows who leaves no number, but names no subject either."""
    # What is left and refused may resemble a subject: 不留 (照片).
    refuses = len(turn.text) <= _LONGEST_BESIDE and grammar.is_refusal(turn.text)
    if not refuses and turn.match.entry is not None and turn.match.confidence >= SURE:
        return None
    memory = replace(turn.memory, awaits=None)
    return remark(turn, turn.replies.without_number, memory)


def _handed_over(turn: Turn, phone: str | None, *, is_distressed: bool = False) -> Response:
    """Open a ticket, or ask for what it lacks."""
    replies, memory = turn.replies, replace(turn.memory, awaits=None)
    try:
        ticket = turn.hand_over(
            turn.services, turn.conversation, turn.asker, phone, turn.address, is_distressed
        )
    except StoreUnavailable:
        # In an emergency nothing but help is said.
        return remark(turn, "" if is_distressed else replies.cannot_hand_over, memory)
    except Refused as refused:
        if refused.reason is Reason.TOO_MANY_ATTEMPTS:
            return remark(turn, "" if is_distressed else replies.too_many_tickets, memory)
        text = replies.distress_contact if is_distressed else replies.ask_for_contact
        response = remark(turn, text, replace(memory, awaits="contact"))
        return replace(response, may_repeat=True)
    if is_distressed:
        text = replies.distress_handed_over.format(number=ticket.id)
    elif turn.memory.awaits == "number" and phone is not None:
        text = replies.number_noted.format(number=ticket.id)
    else:
        text = replies.handed_over.format(number=ticket.id, due=moment_in_words(ticket.due_at))
    response = remark(turn, text, replace(memory, awaits="number"))
    response = replace(response, may_repeat=True)
    if turn.asker.is_anonymous:
        return response
    tickets = Action.model_validate(
        {"type": "page", "label": replies.tickets_label, "page": _TICKETS}
    )
    return replace(response, actions=(tickets, *response.actions))
