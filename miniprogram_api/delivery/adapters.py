"""The channels of messages; ``background_jobs`` has that of background jobs."""

from miniprogram_api.delivery import (
    audit_stream,
    background_jobs,
    matter_messages,
    sms_notices,
    subscription_messages,
    webhooks,
    wechat_chat,
)
from miniprogram_api.delivery.channels import Kind

MESSAGES = (
    wechat_chat.CHANNEL,
    subscription_messages.CHANNEL,
    webhooks.PERSONS,
    webhooks.MATTERS,
    matter_messages.CHANNEL,
    sms_notices.CHANNEL,
    audit_stream.CHANNEL,
)
ALL: tuple[Kind, ...] = (*MESSAGES, background_jobs.KIND)
