"""WeChat subscription messages: topics and accepted subscriptions."""

from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import Filled, RawText
from handlers.auth import Auth
from miniprogram_api.messaging import subscription_occasions, subscriptions
from miniprogram_api.messaging.subscriptions import AcceptedSubscription, SubscriptionOffer
from subscription_templates import SubscriptionTopic

resource = Resource("subscriptions")


class Accept(Body):
    """An accepted subscription."""

    topic: SubscriptionTopic
    template_id: Filled = Field(description="Accepted by wx.requestSubscribeMessage.")
    segment: RawText | None = Field(
        None,
        description="For number_range_supported: the leading digits of the phone; by default the "
        "range last refused to this user.",
    )


class OffersAnswer(Answer):
    """The topics with their templates."""

    topics: list[SubscriptionOffer]


@resource.get("/subscriptions", auth=Auth.WECHAT, answer=OffersAnswer)
def list_subscriptions(call: Call) -> OffersAnswer:
    """List the topics that can be subscribed to, with their templates."""
    return OffersAnswer(topics=subscriptions.offers(call.services, call.holder))


@resource.post(
    "/subscriptions", auth=Auth.WECHAT, body=Accept, answer=AcceptedSubscription, status=201
)
def subscribe(call: Call, body: Accept) -> AcceptedSubscription:
    """Store one accepted subscription; it allows one message."""
    return subscription_occasions.subscribe(
        call.services,
        session=call.holder,
        topic=body.topic,
        template_id=body.template_id,
        segment=body.segment,
    )
