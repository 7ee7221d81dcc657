"""Replies in the WeChat chat: sent at most once, within WeChat's limits.

WeChat allows 5 messages within 48 hours of a user's message, and 2 within a minute of their opening
the chat. A reply counts against the message that it answers, an unsolicited notice against the last
one. When WeChat reports an excess anyway (the user wrote more than five messages before the first
answer), sending stops until the user writes again.

WeChat has no idempotency key, so the hand-over is recorded right before the call; after a crash or
a time-out beyond that point the reply is marked as failed instead of being sent again.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from miniprogram_api import clock, texts
from miniprogram_api.delivery import sending
from miniprogram_api.delivery.channels import (
    Channel,
    HandOver,
    Letter,
    Outcome,
    Result,
    of_wechat,
)
from miniprogram_api.messaging import chat_inbox, chat_limits
from miniprogram_api.messaging.chat_inbox import ENTERED, Turn
from miniprogram_api.services import Services
from models.chat import ChatReply
from models.storage.database import release, transaction

SLOW_SECONDS = 1.0
"""The typing indicator is shown after this time."""
UNCERTAIN = 0
"""The code where WeChat gave no errcode."""


@contextmanager
def typing_when_slow(services: Services, openid: str) -> Iterator[None]:
    """Show the typing indicator while an answer takes long; a message ends it."""
    timer = Timer(SLOW_SECONDS, services.clients.wechat_messages.set_typing, (openid, True))
    timer.daemon = True
    timer.start()
    try:
        yield
    except BaseException:
        if not timer.is_alive():
            services.clients.wechat_messages.set_typing(openid, False)
        raise
    finally:
        timer.cancel()


def send_in_turn(services: Services, turn: Turn, reply: ChatReply) -> None:
    """Send the reply and end the turn, or postpone it. Raises LeaseLost.

    The lease of the turn takes the place of a claim.
    """

    def hand_over() -> None:
        with transaction():
            chat_inbox.extend_lease(services, turn)
            changes = {"handed_over_at": clock.now(), "attempts": ChatReply.attempts + 1}
            ChatReply.update(**changes).where(ChatReply.id == reply.id).execute()
            reply.attempts += 1

    refusal = chat_limits.refusal(turn) if reply.handed_over_at is None else UNCERTAIN
    if refusal is not None:
        result = Result(Outcome.FAILED, refusal)
    else:
        result = _call(services, reply, hand_over)
    is_retried = result.outcome is Outcome.LATER and turn.attempts < chat_inbox.MOST_ATTEMPTS
    with transaction():
        if result.outcome is Outcome.DONE:
            chat_inbox.finish(turn)
        elif is_retried:
            chat_inbox.postpone(turn, chat_inbox.BACKOFF.after(turn.attempts), str(result.code))
        elif turn.event == ENTERED:
            # A greeting is no loss.
            chat_inbox.finish(turn, chat_inbox.Outcome.IGNORED)
            reply.delete_instance()
            return
        else:
            chat_inbox.finish(turn, chat_inbox.Outcome.FAILED)
            if result.outcome is Outcome.LATER:
                # WeChat's customer-service desk still gets the user's messages.
                chat_inbox.hand_over(turn.openid)
                result = Result(Outcome.FAILED, result.code)
        sending.end_attempt(CHANNEL, reply, result)


def _send(services: Services, reply: ChatReply, hand_over: HandOver) -> Result:
    """Send a notice or a failed reply outside of a turn."""
    refusal = chat_limits.notice_refusal(reply.openid)
    if refusal is not None:
        return Result(Outcome.FAILED, refusal)
    return _call(services, reply, hand_over)


def _call(services: Services, reply: ChatReply, hand_over: HandOver) -> Result:
    def note() -> None:
        hand_over()
        release()

    release()
    content = json.loads(reply.content)
    result = services.clients.wechat_messages.send_chat(reply.openid, content, note)
    return of_wechat(result, in_doubt=Outcome.FAILED)


def _letter(reply: ChatReply) -> Letter:
    content = json.loads(reply.content)
    text = content.get("text", {}).get("content", f"[{content.get('msgtype')}]")
    return Letter(reply.openid, cause_of(reply.code), text)


def cause_of(errcode: int) -> str:
    """Word WeChat's errcode."""
    known = texts.words("dead_letters.causes").get(str(errcode))
    return known or texts.text("dead_letters.other_errcode", errcode=errcode)


CHANNEL = Channel(
    name="reply",
    table=ChatReply,
    letter=_letter,
    send=_send,
    retry_for=chat_limits.AFTER_MESSAGE,
    in_doubt=Result(Outcome.FAILED, UNCERTAIN),
)
