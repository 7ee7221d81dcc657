"""Answer WeChat chat messages and events, each with at most one message."""

import structlog

from faq.conversation import answering
from handlers.jobs import chat_entering, chat_texts
from miniprogram_api import texts
from miniprogram_api.delivery import wechat_chat
from miniprogram_api.messaging import chat_inbox, chat_replies, subscriptions
from miniprogram_api.messaging.chat_inbox import ENTERED, EVENT, Outcome, Turn
from miniprogram_api.services import Services

# The user changed the switches of subscription messages in WeChat's settings.
SWITCHED = "subscribe_msg_change_event"
TRIES_OF_BOT = 3
"""Failures of the bot after which the user gets an apology and is handed over to a human."""

log = structlog.get_logger("chat")


def answer(services: Services, turn: Turn) -> None:
    """Answer one message or event; raises to be retried.

    A retry sends the reply that an earlier try stored, without asking the bot again.
    """
    reply = chat_replies.stored_for(turn)
    if reply is None:
        of_event = turn.kind == EVENT
        text = _text_for_event(services, turn) if of_event else _text_for_message(services, turn)
        if text is None:
            chat_inbox.finish(turn, Outcome.IGNORED)
            return
        reply = chat_replies.write(turn, chat_replies.text(text))
    wechat_chat.send_in_turn(services, turn, reply)


def _text_for_event(services: Services, turn: Turn) -> str | None:
    if turn.event == ENTERED:
        return chat_entering.text_for(services, turn)
    if turn.event == SWITCHED:
        listed = turn.content.get("List")
        entries = [entry for entry in listed or () if isinstance(entry, dict)]
        off = [e for e in entries if e.get("SubscribeStatusString") == "reject"]
        subscriptions.revoke(turn.openid, [str(entry.get("TemplateId")) for entry in off])
    return None


def _text_for_message(services: Services, turn: Turn) -> str:
    if turn.kind != "text":
        return chat_texts.for_kind(turn.kind)
    try:
        with wechat_chat.typing_when_slow(services, turn.openid):
            answered = answering.ask_in_chat(services, turn.text, turn.openid)
    except Exception as error:
        if turn.attempts < TRIES_OF_BOT:
            raise
        log.error("bot failed", message_id=turn.message_id, exc_info=error)
        chat_inbox.hand_over(turn.openid)
        return texts.text("chat.failed")
    return chat_texts.of_answer(answered, services.settings.wechat_appid)
