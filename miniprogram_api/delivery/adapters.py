"""The channels of messages; ``jobs`` has that of background jobs."""

from miniprogram_api.delivery import (
    chat_replies,
    jobs,
    matter_messages,
    sms_notices,
    subscription_messages,
    webhooks,
)
from miniprogram_api.delivery.channels import Kind

MESSAGES = (
    chat_replies.CHANNEL,
    subscription_messages.CHANNEL,
    webhooks.PERSONS,
    webhooks.MATTERS,
    matter_messages.CHANNEL,
    sms_notices.CHANNEL,
)
ALL: tuple[Kind, ...] = (*MESSAGES, jobs.KIND)
