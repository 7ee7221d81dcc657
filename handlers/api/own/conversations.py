"""The conversations with the bot that are kept of the user."""

from pydantic import Field

from faq.conversation import own
from faq.conversation.own import OwnConversation, OwnConversations
from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import RawText
from handlers.api.public.faq import asker_of
from handlers.auth import Auth
from miniprogram_api.reasons import Reason

resource = Resource("conversations")


class ConversationsQuery(Body):
    """Where the page begins."""

    after: RawText | None = Field(None, description="``next`` of the previous page.")


class EarlierQuery(Body):
    """Where the part of a conversation ends."""

    before: RawText = Field(description="``message_id`` of the first message at hand.")


@resource.get(
    "/account/conversations", auth=Auth.WECHAT, query=ConversationsQuery, answer=OwnConversations
)
def list_conversations(call: Call, query: ConversationsQuery) -> OwnConversations:
    """List the user's conversations with the bot, newest first, as stored."""
    return own.page(asker_of(call), query.after)


@resource.get(
    "/account/conversations/<conversation_id>",
    auth=Auth.WECHAT,
    query=EarlierQuery,
    answer=OwnConversation,
    reasons=(Reason.NOT_FOUND,),
)
def read_earlier(call: Call, query: EarlierQuery, conversation_id: str) -> OwnConversation:
    """Read earlier messages of one of the user's conversations with the bot, 100 at most."""
    return own.earlier(asker_of(call), conversation_id, query.before)


@resource.delete(
    "/account/conversations/<conversation_id>", auth=Auth.WECHAT, reasons=(Reason.NOT_FOUND,)
)
def delete_conversation(call: Call, conversation_id: str) -> None:
    """Delete a conversation: its texts and what the bot remembers of it."""
    own.delete(asker_of(call), conversation_id)
