"""Subscription messages in WeChat: sent once for an accept and an occurrence."""

import json
import re
from datetime import datetime, timedelta
from typing import cast

from miniprogram_api import clock, texts
from miniprogram_api.delivery.channels import (
    Channel,
    HandOver,
    Letter,
    Outcome,
    Result,
    of_wechat,
)
from miniprogram_api.delivery.wechat_chat import cause_of
from miniprogram_api.messaging.subscriptions import News, refused_by_wechat
from miniprogram_api.services import Services
from models.storage.database import release
from models.subscriptions import Subscription
from subscription_templates import SubscriptionTemplate, SubscriptionTopic

PAGES: dict[SubscriptionTopic, str] = {
    "number_range_supported": "pages/register/index",
    "sms_window_over": "pages/register/index",
    "ticket": "pages/tickets/index",
    "review": "pages/tickets/index",
    "authorisation_ending": "pages/account/authorization",
    "matter": "pages/matters/index",
}
"""The page that a tap on the message opens."""
RETRY_FOR = timedelta(hours=12)

USED_UP = 43101
"""WeChat's errcode: the user declines, or the accept was used before."""
NO_TEMPLATE = 40037
"""WeChat's errcode for an unknown template; ours where the settings have another one."""

# WeChat's limits for each kind of key (subscribe/send, 订阅消息参数值内容限制说明).
_LONGEST = {"thing": 20, "phrase": 5, "name": 10, "character_string": 32}
_NOT_HAN = re.compile("[^\u4e00-\u9fff]")
_NOT_ASCII = re.compile("[^!-~]")


def values(template: SubscriptionTemplate, news: News) -> dict[str, str]:
    """Return the values of the template's keys, in the forms that WeChat accepts."""
    return {
        key: _fit(key.rstrip("0123456789"), news, name) for key, name in template.fields.items()
    }


def _send(services: Services, row: Subscription, _hand_over: HandOver) -> Result:
    """Send one message; after a time-out it counts as sent, because it may have arrived."""
    topic = cast(SubscriptionTopic, row.topic)
    template = services.settings.wechat_templates.get(topic)
    if template is None or template.id != row.template_id:
        return Result(Outcome.FAILED, NO_TEMPLATE)
    content = json.loads(row.content or "")
    news = News(**{**content, "at": datetime.fromisoformat(content["at"])})
    release()
    result = services.clients.wechat_messages.send_subscribed(
        row.openid, row.template_id, PAGES[topic], values(template, news)
    )
    if result.errcode == USED_UP:
        refused_by_wechat(row)
    return of_wechat(result, in_doubt=Outcome.DONE)


def _fit(kind: str, news: News, name: str) -> str:
    if name == "at":
        at = news.at.astimezone(clock.SHANGHAI)
        text = texts.text("times.year_month_day", year=at.year, month=at.month, day=at.day)
        if kind != "date":
            text += f" {at:%H:%M}"
    else:
        text = " ".join(str(getattr(news, name)).split())
    if kind == "phrase":
        text = _NOT_HAN.sub("", text)
    elif kind == "character_string":
        text = _NOT_ASCII.sub("", text)
    longest = _LONGEST.get(kind, len(text))
    if len(text) > longest:
        text = text[: longest - 1] + "…" if kind == "thing" else text[:longest]
    return text or ("-" if kind == "character_string" else texts.text("truth.nothing"))


def _letter(row: Subscription) -> Letter:
    news = json.loads(row.content or "{}")
    text = " · ".join(str(news.get(name, "")) for name in ("subject", "state", "note"))
    return Letter(row.openid, cause_of(row.code), text)


CHANNEL = Channel(
    name="subscription",
    table=Subscription,
    letter=_letter,
    send=_send,
    retry_for=RETRY_FOR,
    # A declined message is no fault.
    failed=Subscription.code != USED_UP,
)
