"""Receive a user who opens the chat: with the help of the refusal that led there, or a greeting.

The mini program's contact buttons tell WeChat ``pages/… CODE``, which comes as ``SessionFrom``.
"""

import re

from faq.conversation.help import help_of
from handlers.jobs import chat_texts
from miniprogram_api import clock, texts
from miniprogram_api.access import refusals
from miniprogram_api.messaging import chat_replies
from miniprogram_api.messaging.chat_inbox import Turn
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts.sentences import sentence

_FROM = re.compile(r"pages/[\w/-]{1,80} (?P<code>[A-Z_]{3,40})", re.ASCII)


def text_for(services: Services, turn: Turn) -> str | None:
    """Return what to send, or None: too late, with a human, or greeted lately."""
    if not chat_replies.may_receive(turn):
        return None
    refused = _refusal(turn)
    if refused is None:
        return None if chat_replies.was_written_to(turn) else texts.text("chat.greeting")
    said = sentence(refused.reason, refused.details)
    return chat_texts.of_help(said, help_of(refused), services.settings.wechat_appid)


def _refusal(turn: Turn) -> Refused | None:
    """Return the refusal that the user saw last of the named kind, with its details if noted."""
    match = _FROM.fullmatch(str(turn.content.get("SessionFrom", "")))
    reason = Reason.__members__.get(match["code"]) if match else None
    if reason is None:
        return None
    notes = refusals.last(turn.openid, None)
    note = next((note for note in notes if note.reason is reason), None)
    return Refused(reason) if note is None else note.refused(clock.now())
