"""The conversations that are kept of the asker, to read and to delete."""

import re
from datetime import datetime
from typing import Any

from faq.conversation.conversations import CONVERSATION_ID
from faq.conversation.messages import MOST_OF_TRANSCRIPT
from faq.diagnosis.asker import Asker
from miniprogram_api.answers import answer_class
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.faq import messages as stored_messages
from models.faq.messages import FaqMessage
from models.faq.spot_checks import FaqSpotCheck
from models.storage.database import transaction

PAGE = 10
CHAT = "chat"
"""The id that clients see of the conversation in WeChat's chat, whose own id is the openid."""
_LONGEST_NUMBER = 15


@answer_class
class OwnMessage:
    """A question with its answer, as stored: personal data is masked."""

    message_id: str
    asked_at: datetime
    question: str
    answer: str
    kind: str
    slug: str | None
    helpful: bool | None
    comment: str | None


@answer_class
class OwnConversation:
    """A conversation with at most 100 of its messages, oldest first. The copy has them all."""

    id: str
    """`chat`: the one in WeChat's chat."""
    count: int
    messages: list[OwnMessage]


@answer_class
class OwnConversations:
    """A page of conversations, newest first."""

    conversations: list[OwnConversation]
    next: str | None


def page(asker: Asker, after: str | None = None) -> OwnConversations:
    """Return ten conversations of the asker after those of the previous page."""
    openid = _openid_of(asker)
    if after is None or not (after.isdecimal() and after.isascii()):
        before = None
    else:
        before = int(after[:_LONGEST_NUMBER])
    found = stored_messages.conversations_of(openid, asker.account_id, before, PAGE + 1)
    own = stored_messages.is_of(openid, asker.account_id) | stored_messages.is_of_nobody()
    shown = [_conversation(openid, talk, own, MOST_OF_TRANSCRIPT) for talk, _ in found[:PAGE]]
    return OwnConversations(shown, str(found[PAGE - 1][1]) if len(found) > PAGE else None)


def earlier(asker: Asker, conversation_id: str, before: str) -> OwnConversation:
    """Return a conversation with 100 messages before that one."""
    openid, talk = _owned(asker, conversation_id)
    own = stored_messages.is_of(openid, asker.account_id) | stored_messages.is_of_nobody()
    return _conversation(openid, talk, own, MOST_OF_TRANSCRIPT, before)


def delete(asker: Asker, conversation_id: str) -> None:
    """Empty the asker's messages of a conversation, so that the bot forgets it.

    The figures of past days remain. Messages of the last days lose texts and asker, but keep kind
    and entry until they are counted (`messages.remove_old`).
    """
    with transaction():
        openid, own = _owned(asker, conversation_id)
        here = FaqMessage.conversation_id == own
        mine = stored_messages.is_of(openid, asker.account_id)
        rows = FaqMessage.select(FaqMessage.id).where(
            here & (mine | stored_messages.is_of_nobody())
        )
        ids = [row.id for row in rows]
        # Marked ones are figures of the release check.
        FaqSpotCheck.delete().where(
            FaqSpotCheck.message.in_(ids) & FaqSpotCheck.mark.is_null()
        ).execute()
        FaqMessage.update(stored_messages.EMPTIED).where(FaqMessage.id.in_(ids)).execute()
        if conversation_id == CHAT:
            chat_inbox.forget_texts(own)


def _owned(asker: Asker, conversation_id: str) -> tuple[str | None, str]:
    """Return the asker's WeChat user, and the stored id of an own conversation."""
    openid = _openid_of(asker)
    talk = openid if conversation_id == CHAT else conversation_id
    # An openid is not accepted as an id.
    if talk is not None and re.fullmatch(f"{CHAT}|{CONVERSATION_ID}", conversation_id):
        here = FaqMessage.conversation_id == talk
        mine = stored_messages.is_of(openid, asker.account_id)
        if FaqMessage.select().where(here & mine).exists():
            return openid, talk
    raise Refused(Reason.NOT_FOUND)


def _openid_of(asker: Asker) -> str | None:
    """Return the asker's WeChat user; of an account without WeChat, the bound one."""
    if asker.openid is not None or asker.account_id is None:
        return asker.openid
    found: str | None = (
        Account.select(Account.wechat_openid).where(Account.id == asker.account_id).scalar()
    )
    return found


def all_of(account_id: int) -> list[OwnConversation]:
    """Return all that an account and its bound WeChat user asked, newest conversation first.

    A browser's questions without an account are left out, also in the same conversation: another
    person may have asked them there.
    """
    openid = _openid_of(Asker(None, account_id))
    own = stored_messages.is_of(openid, account_id)
    found = stored_messages.conversations_of(openid, account_id, None, None)
    return [_conversation(openid, talk, own, None) for talk, _ in found]


def _conversation(
    openid: str | None, talk: str, shown: Any, most: int | None, before: str | None = None
) -> OwnConversation:
    here: Any = FaqMessage.select().where((FaqMessage.conversation_id == talk) & shown)
    asked = here
    if before is not None:
        limit = here.where(FaqMessage.message_id == before).get_or_none()
        if limit is None:
            raise Refused(Reason.NOT_FOUND)
        asked = here.where(FaqMessage.id < limit.id)
    rows = list(asked.order_by(FaqMessage.id.desc()).limit(most))
    return OwnConversation(
        CHAT if talk == openid else talk,
        here.count() if before is not None or len(rows) == most else len(rows),
        [
            OwnMessage(
                row.message_id,
                row.asked_at,
                row.question,
                row.answer,
                row.kind,
                row.slug,
                row.helpful,
                row.comment,
            )
            for row in reversed(rows)
        ],
    )
