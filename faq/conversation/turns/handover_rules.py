"""Rules of `dialogue` for handing over: emergencies, requests for a human, and offers."""

import re
from dataclasses import replace

from faq.content import phrases
from faq.conversation.turns.turn import Response, Turn, remark
from faq.language import wording
from faq.language.wording import POLITE, Remark
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import StoreUnavailable
from miniprogram_api.texts.sentences import moment_in_words

_PHONE = re.compile(r"(?:(?:\+|00)86[\s-]*)?1(?:[\s-]?[0-9]){9,12}")
_AROUND_PHONE = re.compile(
    r"(?:请|就|可以|麻烦|[我打拨这那个的是给到]|换成?|改成?|联系|电话|手机|号码?|[\s,，.。:：!！~])*"
)
_NO_NUMBER = Remark(
    "不想留 不留 不方便 不方便留 不给 不想给 不愿意 不愿意留 不愿意给 不愿 不说 不想说 不填 不想填"
    " 不写 没手机 没有手机 没号码 没有号码 算了",
    f"我 就 还是 手机 手机号 手机号码 号码 号 电话 联系方式 现在 暂时 那 {POLITE}",
)
# Matches the entry about reaching people.
_PEOPLE = "人工"


def distressed(turn: Turn) -> Response | None:
    """Respond to suicidal messages and alert people."""
    if not turn.calls.is_distress:
        return None
    response = _handed_over(turn, None, is_distressed=True)
    told = phrases.WHAT_PEOPLE_DO_IN_DISTRESS.get(response.text, response.text)
    return replace(
        response,
        text=phrases.DISTRESS + told,
        memory=replace(response.memory, is_distressed=True),
        actions=(phrases.AID, *response.actions),
    )


def human(turn: Turn) -> Response | None:
    """Hand over on request, with the matter and the phone number in the message."""
    if not turn.calls.wants_human:
        return None
    found = _PHONE.search(turn.question)
    return _handed_over(_about(turn), None if found is None else _read(found[0]))


def _about(turn: Turn) -> Turn:
    """Return the turn with the matter of a request as its current entry: 转人工，收不到验证码."""
    if not turn.calls.rest:
        return turn
    match = turn.published.matcher.match
    entry = match(turn.calls.rest).entry
    # The entry about reaching people is not the matter: 我要投诉，转人工.
    if entry is None or entry.slug == turn.memory.slug or entry is match(_PEOPLE).entry:
        return turn
    memory = replace(turn.memory, slug=entry.slug, step=0, considered=(), options=())
    return replace(turn, conversation=replace(turn.conversation, memory=memory))


def contact(turn: Turn) -> Response | None:
    """Read a phone number that was requested, or that follows a hand-over."""
    awaits = turn.memory.awaits
    if awaits not in ("contact", "number"):
        return None
    found = _PHONE.search(turn.question)
    if awaits == "number":
        around = _PHONE.sub("", turn.question)
        if found is None or _AROUND_PHONE.fullmatch(around) is None:
            return None
    elif found is None:
        return _declined(turn)
    phone = _read(found[0])
    if phone is None:
        return remark(turn, phrases.NOT_A_PHONE, turn.memory)
    return _handed_over(turn, phone, is_distressed=turn.memory.is_distressed)


def offer(turn: Turn) -> Response | None:
    """Read the reply to the offer of a human."""
    if turn.memory.awaits != "people":
        return None
    if wording.is_yes(turn.text) or wording.is_follow_up(turn.text):
        return _handed_over(turn, None)
    return _declined(turn)


def _read(phone: str) -> str | None:
    try:
        return phone_numbers.parse_phone("contact", phone)
    except Refused:
        return None


def _declined(turn: Turn) -> Response | None:
    if turn.memory.awaits == "contact" and _NO_NUMBER.matches(turn.text):
        return remark(turn, phrases.WITHOUT_NUMBER, replace(turn.memory, awaits=None))
    if not wording.is_no(turn.text):
        return None
    return remark(turn, phrases.STAY_WITH_BOT, replace(turn.memory, awaits=None))


def _handed_over(turn: Turn, phone: str | None, *, is_distressed: bool = False) -> Response:
    """Open a ticket, or ask for what it lacks."""
    memory = replace(turn.memory, awaits=None)
    try:
        ticket = turn.hand_over(
            turn.services, turn.conversation, turn.asker, phone, turn.address, is_distressed
        )
    except StoreUnavailable:
        return remark(turn, phrases.CANNOT_HAND_OVER, memory)
    except Refused as refused:
        if refused.reason is Reason.TOO_MANY_ATTEMPTS:
            return remark(turn, phrases.TOO_MANY_TICKETS, memory)
        return remark(turn, phrases.ASK_FOR_CONTACT, replace(memory, awaits="contact"))
    if is_distressed:
        text = phrases.HANDED_OVER_IN_DISTRESS.format(number=ticket.id)
    elif turn.memory.awaits == "number" and phone is not None:
        text = phrases.NUMBER_NOTED.format(number=ticket.id)
    else:
        text = phrases.HANDED_OVER.format(number=ticket.id, due=moment_in_words(ticket.due_at))
    response = remark(turn, text, replace(memory, awaits="number"))
    if turn.asker.is_anonymous:
        return response
    return replace(response, actions=(phrases.TICKETS, *response.actions))
