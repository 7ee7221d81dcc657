"""Subscription messages: what a person can ask to be told in WeChat, and that he did."""

from flask import Blueprint
from pydantic import Field

from config import SubscriptionTopic
from handlers.api.endpoint import Answer, Body, Call, endpoint
from handlers.api.fields import Filled, RawText
from handlers.auth import Auth
from miniprogram_api.messaging import subscription_occasions, subscriptions
from miniprogram_api.messaging.subscriptions import AcceptedSubscription, SubscriptionOffer

blueprint = Blueprint("subscriptions", __name__)


class Accept(Body):
    topic: SubscriptionTopic
    template_id: Filled = Field(description="What wx.requestSubscribeMessage said accept to.")
    segment: RawText | None = Field(
        None,
        description="For number_range_supported: the leading digits that are waited for; without "
        "it the range that was refused to this person last.",
    )


class OffersAnswer(Answer):
    topics: list[SubscriptionOffer]


@endpoint(blueprint, "GET", "/subscriptions", auth=Auth.WECHAT, answer=OffersAnswer)
def list_subscriptions(call: Call) -> OffersAnswer:
    """The topics that can be subscribed to, with their templates."""
    return OffersAnswer(topics=subscriptions.offers(call.services, call.holder))


@endpoint(
    blueprint,
    "POST",
    "/subscriptions",
    auth=Auth.WECHAT,
    body=Accept,
    answer=AcceptedSubscription,
    status=201,
)
def subscribe(call: Call, body: Accept) -> AcceptedSubscription:
    """Keep one accept: the person is told once, when it happens."""
    return subscription_occasions.subscribe(
        call.services,
        session=call.holder,
        topic=body.topic,
        template_id=body.template_id,
        segment=body.segment,
    )
