"""WeChat's server side: who a code belongs to, which phone it carries."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class WeChatUser:
    """Who called wx.login; the session key is not kept anywhere."""

    openid: str
    unionid: str | None = None


class WeChatUnavailable(Exception):
    """WeChat did not answer, or answered that it is busy."""


class WeChatCodeInvalid(Exception):
    """The code is unknown, used or too old."""


class WeChat(Protocol):
    """Raises WeChatUnavailable and WeChatCodeInvalid only."""

    def user_of_code(self, code: str) -> WeChatUser:
        """The user of a wx.login code (jscode2session)."""

    def phone_of_code(self, code: str, openid: str) -> str:
        """The phone, 11 digits, that a getPhoneNumber code carries; its watermark is checked."""
