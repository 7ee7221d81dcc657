"""Conversations: whose one is, and what the bot remembers of it for 24 hours.

The memory is kept with each message; the next turn of the conversation reads the latest one's.
"""

import json
import os
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from faq.diagnosis.asker import Asker
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.faq import messages as table
from models.faq.messages import LastTurn

CONVERSATION_ID = r"^[A-Za-z0-9_-]{22}$"
"""The form of the ids of conversations and messages: 128 random bits."""

REMEMBERED = timedelta(hours=24)

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Memory:
    """What was said so far, as far as the next message may refer to it.

    `slug`: the entry that is being talked about. `step`: how many of its steps were gone through.
    `told`: the entries that were talked about before it, the last of them.
    `considered`: the other entries that the first message about it might have meant. `options`: the
    entries that `clarified` (a message's id) lets the asker choose from; `offered`: the same after
    he went on from there, for he may correct himself. `question`: the id of the deciding question
    that was asked just now. `awaits`: whether the asker was offered to be handed over to
    people, was asked for a phone number for them, or was handed over and may yet send a number.
    `is_distressed`: whether he spoke of dying. `is_about_another`: whether he asked for somebody
    else.
    """

    openid: str | None
    account_id: int | None
    slug: str | None = None
    step: int = 0
    told: tuple[str, ...] = ()
    considered: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    clarified: str | None = None
    question: str | None = None
    awaits: Literal["people", "contact", "number"] | None = None
    is_distressed: bool = False
    is_about_another: bool = False

    def of(self, asker: Asker) -> "Memory":
        """The same, belonging to `asker` as far as he says who he is."""
        if (self.openid, self.account_id) == (asker.openid, asker.account_id):
            return self
        return replace(
            self,
            openid=asker.openid or self.openid,
            account_id=self.account_id if asker.account_id is None else asker.account_id,
        )


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation at the beginning of a turn.

    `last_asked`: when the message before came; None at its beginning.
    """

    id: str
    memory: Memory
    last_asked: datetime | None = None


def new_id() -> str:
    """A new id of a conversation or a message."""
    return urlsafe_b64encode(os.urandom(_ID_BYTES)).rstrip(b"=").decode()


def begin(asker: Asker) -> Conversation:
    """A new conversation, which remembers nothing."""
    return Conversation(new_id(), Memory(asker.openid, asker.account_id))


def resume(conversation_id: str, asker: Asker) -> Conversation:
    """A conversation of the asker's, with what is remembered of it.

    An account's conversation is the account's alone, a WeChat user's the user's (and that of the
    account bound to him), a visitor's whoever's that knows its id; it belongs from then on to the
    most that was ever known of its asker. Raises Refused NOT_FOUND for one of somebody else, or of
    nobody.
    """
    if re.fullmatch(CONVERSATION_ID, conversation_id) is None:
        raise Refused(Reason.NOT_FOUND)
    last = table.last_turn(conversation_id)
    if last is None or not belongs((last.openid, last.account_id), asker):
        raise Refused(Reason.NOT_FOUND)
    return Conversation(conversation_id, _remembered(last).of(asker), last.asked_at)


def in_chat(asker: Asker, openid: str) -> Conversation:
    """The conversation of a WeChat user in the chat; what he said under another account is gone."""
    last = table.last_turn(openid)
    if last is None or last.account_id not in (None, asker.account_id):
        return Conversation(openid, Memory(asker.openid, asker.account_id))
    return Conversation(openid, _remembered(last).of(asker), last.asked_at)


def belongs(owner: tuple[str | None, int | None], asker: Asker) -> bool:
    """Whether what belongs to `owner` (openid, account id) is this asker's."""
    openid, account_id = owner
    if account_id is not None:
        return asker.account_id == account_id
    if openid is not None:
        return asker.openid == openid or _is_bound_to(asker, openid)
    return True


_KEPT = tuple(name for name in Memory.__slots__ if name not in ("openid", "account_id"))
_values = attrgetter(*_KEPT)
_MEMORY = TypeAdapter(Memory)


def written(memory: Memory) -> str:
    """What the memory holds besides whose it is, as JSON text."""
    return to_json(dict(zip(_KEPT, _values(memory), strict=True))).decode()


def read(text: str) -> Memory:
    """What `written` wrote, belonging to nobody yet. Raises ValueError for anything else."""
    fields = from_json(text)
    if not isinstance(fields, dict):
        raise ValueError("This is no memory")
    return _MEMORY.validate_python({"openid": None, "account_id": None, **fields})


def _remembered(last: LastTurn) -> Memory:
    memory = Memory(last.openid, last.account_id)
    if clock.now() - last.asked_at >= REMEMBERED:
        return memory
    fields: dict[str, Any] = json.loads(last.memory)
    # Another version of the product may have remembered more, or less.
    known = {name: fields[name] for name in _KEPT if name in fields}
    for name in ("told", "considered", "options", "offered"):
        known[name] = tuple(known.get(name, ()))
    return replace(memory, **known)


def _is_bound_to(asker: Asker, openid: str) -> bool:
    """Whether the asker's account is bound to the WeChat user; he may sign in without WeChat."""
    if asker.openid is not None or asker.account_id is None:
        return False
    query = Account.select(Account.wechat_openid).where(Account.id == asker.account_id)
    return bool(query.scalar() == openid)
