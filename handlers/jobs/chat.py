"""Answers what people do in the WeChat chat, one message of theirs with one message of ours."""

import structlog

from faq.conversation import answering
from handlers.jobs import chat_texts
from miniprogram_api import texts
from miniprogram_api.messaging import chat_inbox, chat_replies, subscriptions
from miniprogram_api.messaging.chat_inbox import ENTERED, EVENT, Outcome, Turn
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services

# What a person does with the switches of subscription messages in WeChat's settings.
SWITCHED = "subscribe_msg_change_event"
TRIES_OF_BOT = 3
"""After so many failures of the bot the person is told so, and a human gets what he says next."""

log = structlog.get_logger("chat")


def answer(services: Services, turn: Turn) -> None:
    """Answer one message or event; what goes wrong on the way is raised and tried again.

    An answer that an earlier try wrote is sent as it is: the bot is not asked twice.
    """
    reply = chat_replies.stored_for(turn)
    if reply is None:
        said = _said_to_event(turn) if turn.kind == EVENT else _said(services, turn)
        if said is None:
            chat_inbox.finish(turn, Outcome.IGNORED)
            return
        reply = chat_replies.write(turn, chat_replies.text(said))
    chat_replies.send(services, turn, reply)


def send_alone(services: Services, payload: Payload) -> None:
    """Send the reply ``reply_id`` outside of a turn; raises when WeChat did not take it now."""
    chat_replies.send_alone(services, int(payload["reply_id"]))


def _said_to_event(turn: Turn) -> str | None:
    if turn.event == ENTERED:
        return texts.text("chat.greeting") if chat_replies.should_greet(turn) else None
    if turn.event == SWITCHED:
        listed = turn.content.get("List")
        entries = [entry for entry in listed or () if isinstance(entry, dict)]
        off = [e for e in entries if e.get("SubscribeStatusString") == "reject"]
        subscriptions.revoke(turn.openid, [str(entry.get("TemplateId")) for entry in off])
    return None


def _said(services: Services, turn: Turn) -> str:
    if turn.kind != "text":
        return chat_texts.to_kind(turn.kind)
    try:
        with chat_replies.typing_when_slow(services, turn.openid):
            answered = answering.ask_in_chat(services, turn.text, turn.openid)
    except Exception as error:
        if turn.attempts < TRIES_OF_BOT:
            raise
        log.error("bot failed", message_id=turn.message_id, exc_info=error)
        chat_inbox.hand_over(turn.openid)
        return texts.text("chat.failed")
    return chat_texts.of_answer(answered, services.settings.wechat_appid)
