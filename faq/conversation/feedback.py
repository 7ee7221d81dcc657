"""Ratings of answers."""

import re

from faq.conversation import conversations, messages
from faq.diagnosis.asker import Asker
from miniprogram_api import clock
from miniprogram_api.messaging import content_safety
from miniprogram_api.messaging.content_safety import Verdict
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.faq.messages import NEW, FaqMessage
from models.storage.database import transaction

LONGEST_COMMENT = 500
UNHELPFUL = "unhelpful"


def rate(
    services: Services, message_id: str, asker: Asker, helpful: bool, comment: str | None
) -> None:
    """Store the asker's rating of an answer; a later one replaces it.

    `comment` is masked. An unhelpful answer enters the inbox unless it was decided; a helpful one
    leaves it. Raises Refused: NOT_FOUND for a message of another asker; INVALID_INPUT on field
    comment for content that WeChat rejects; StoreUnavailable.
    """
    if re.fullmatch(conversations.CONVERSATION_ID, message_id) is None:
        raise Refused(Reason.NOT_FOUND)
    message = messages.find(message_id)
    if message is None or not conversations.belongs((message.openid, message.account_id), asker):
        raise Refused(Reason.NOT_FOUND)
    if comment:
        verdict = content_safety.check(services, comment, asker.openid)
        if verdict is Verdict.RISKY:
            raise invalid("feedback.comment.not_fit")
    masked = messages.masked(comment, asker) if comment else None
    same = FaqMessage.id == message.id
    undecided = FaqMessage.state.is_null() | (FaqMessage.state == NEW)
    concern, state = (None, None) if helpful else (UNHELPFUL, NEW)
    with transaction():
        FaqMessage.update(helpful=helpful, comment=masked, rated_at=clock.now()).where(
            same
        ).execute()
        FaqMessage.update(concern=concern, state=state).where(same & undecided).execute()
