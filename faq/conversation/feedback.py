"""What askers think of an answer; it tells editors where to look."""

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
    """Keep what the asker of a message thinks of its answer; he may change his mind.

    `comment` is kept with personal data masked. An answer that did not help goes to the editors, as
    long as they did not decide about it; one that helped is none of their concern any more. Raises
    Refused NOT_FOUND for a message of somebody else, or of nobody; INVALID_INPUT on field comment
    for words that WeChat lets nobody read; StoreUnavailable when only Redis could tell.
    """
    if re.fullmatch(conversations.CONVERSATION_ID, message_id) is None:
        raise Refused(Reason.NOT_FOUND)
    message = messages.find(message_id)
    if message is None or not conversations.belongs((message.openid, message.account_id), asker):
        raise Refused(Reason.NOT_FOUND)
    if comment:
        _require_fit(services, comment, asker.openid)
    masked = messages.masked(comment, asker) if comment else None
    same = FaqMessage.id == message.id
    undecided = FaqMessage.state.is_null() | (FaqMessage.state == NEW)
    concern, state = (None, None) if helpful else (UNHELPFUL, NEW)
    with transaction():
        FaqMessage.update(helpful=helpful, comment=masked, rated_at=clock.now()).where(
            same
        ).execute()
        FaqMessage.update(concern=concern, state=state).where(same & undecided).execute()


def _require_fit(services: Services, comment: str, openid: str | None) -> None:
    if content_safety.check(services, comment, openid) is Verdict.RISKY:
        raise invalid("feedback.comment.not_fit")
