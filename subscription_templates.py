"""Types of the setting WECHAT_TEMPLATES: the templates of WeChat's subscription messages."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SubscriptionTopic = Literal[
    "number_range_supported", "sms_window_over", "ticket", "review", "authorisation_ending",
    "matter",
]  # fmt: skip
"""Topics of WeChat subscription messages."""

SubscriptionKind = Literal["once", "long"]
"""once: an accept permits one message; long (长期订阅, 政务民生): each until it is switched off."""

_TemplateKey = Annotated[str, Field(pattern=r"^(thing|phrase|name|character_string|date|time)\d+$")]


class SubscriptionTemplate(BaseModel):
    """A template of WeChat's console; ``fields`` maps its keys to our values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=64)
    kind: SubscriptionKind = "once"
    fields: dict[_TemplateKey, Literal["subject", "state", "at", "note"]] = Field(min_length=1)
