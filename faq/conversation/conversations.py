"""Owners of conversations and what the bot remembers for 24 hours, stored with each message."""

import os
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter
from pydantic_core import from_json

from faq.diagnosis.asker import Asker
from miniprogram_api import clock
from miniprogram_api.access import web_visitors
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.faq import messages
from models.faq.messages import LastTurn

CONVERSATION_ID = r"^[A-Za-z0-9_-]{22}$"
"""Conversation and message ids: 128 random bits."""

REMEMBERED = timedelta(hours=24)

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Memory:
    """What the next message may refer to.

    `slug`: the current entry; `step`: how many of its steps were given; `told`: earlier entries,
    newest last; `told_points`: names of the points told, newest last; `considered`: other
    candidates of the first message about it. `options`: choices of the message `clarified`;
    `offered`: the same after a choice, for corrections. `question`: id of the diagnosis's last
    question. `awaits`: whether a hand-over was offered, a phone number requested, or may still
    follow. `is_distressed`: whether the asker mentioned dying. `is_about_another`: whether the
    matter is another person's. `said`: the sentences of the last answer, `shown`: the texts of
    earlier ones, as numbers (`faq.conversation.turns.repetition`).
    """

    openid: str | None
    account_id: int | None
    slug: str | None = None
    step: int = 0
    told: tuple[str, ...] = ()
    told_points: tuple[str, ...] = ()
    considered: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    clarified: str | None = None
    question: str | None = None
    awaits: Literal["people", "contact", "number"] | None = None
    is_distressed: bool = False
    is_about_another: bool = False
    said: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()

    def of(self, asker: Asker) -> "Memory":
        """Return the memory with the asker's known identities."""
        if (self.openid, self.account_id) == (asker.openid, asker.account_id):
            return self
        return replace(
            self,
            openid=asker.openid or self.openid,
            account_id=self.account_id if asker.account_id is None else asker.account_id,
        )


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation at the start of a turn; `last_asked`: time of the message before, or None."""

    id: str
    memory: Memory
    last_asked: datetime | None = None


def new_id() -> str:
    """Return a random id of a conversation or message."""
    return urlsafe_b64encode(os.urandom(_ID_BYTES)).rstrip(b"=").decode()


def begin(asker: Asker) -> Conversation:
    """Return a new conversation."""
    return Conversation(new_id(), Memory(asker.openid, asker.account_id))


def resume(conversation_id: str, asker: Asker) -> Conversation:
    """Return the asker's conversation with its memory.

    It belongs to its account; else to its WeChat user, or the account bound to them; else to any
    caller with its id. Identities of the caller are added.
    """
    if re.fullmatch(CONVERSATION_ID, conversation_id) is None:
        raise Refused(Reason.NOT_FOUND)
    last = messages.last_turn(conversation_id)
    if last is None or not belongs((last.openid, last.account_id), asker):
        raise Refused(Reason.NOT_FOUND)
    return Conversation(conversation_id, _remembered(last).of(asker), last.asked_at)


def in_chat(asker: Asker, openid: str) -> Conversation:
    """Return the chat conversation of a WeChat user, without memory of another account."""
    last = messages.last_turn(openid)
    if last is None or last.account_id not in (None, asker.account_id):
        return Conversation(openid, Memory(asker.openid, asker.account_id))
    return Conversation(openid, _remembered(last).of(asker), last.asked_at)


def belongs(owner: tuple[str | None, int | None], asker: Asker) -> bool:
    """Return whether an item of `owner` (openid, account id) is open to the asker."""
    openid, account_id = owner
    if account_id is not None:
        return asker.account_id == account_id
    if openid is not None:
        return asker.openid == openid or _is_bound_to(asker, openid)
    return True


_MEMORY = TypeAdapter(Memory)


def dump_memory(memory: Memory) -> str:
    """Return the memory without its owner as JSON."""
    return _MEMORY.dump_json(memory, exclude={"openid", "account_id"}).decode()


def load_memory(text: str) -> Memory:
    """Read the JSON of `dump_memory`, without owner; unknown fields are ignored.

    Returns an empty memory for damaged text.
    """
    try:
        fields = from_json(text)
        return _MEMORY.validate_python({**fields, "openid": None, "account_id": None})
    except (ValueError, TypeError):
        return Memory(None, None)


def _remembered(last: LastTurn) -> Memory:
    is_over = clock.now() - last.asked_at >= REMEMBERED
    memory = Memory(None, None) if is_over else load_memory(last.memory)
    return replace(memory, openid=last.openid, account_id=last.account_id)


def _is_bound_to(asker: Asker, openid: str) -> bool:
    """Return whether the asker, signed in without WeChat, has an account bound to this openid."""
    if web_visitors.wechat_user(asker.openid) is not None or asker.account_id is None:
        return False
    query = Account.select(Account.wechat_openid).where(Account.id == asker.account_id)
    return bool(query.scalar() == openid)
