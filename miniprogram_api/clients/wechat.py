"""Exchange the mini program's codes for users and phones, and read ID cards."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from urllib3.filepost import encode_multipart_formdata

from config import Settings
from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.guards.slots import RETRY_AFTER_SECONDS, SlotsFull
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.upstream import UpstreamError
from miniprogram_api.clients.wechat_api import OPERATORS_FAULTS, WeChatApi, WeChatError


@dataclass(frozen=True)
class WeChatUser:
    """Identify the user of wx.login; the session key is never stored."""

    openid: str
    unionid: str | None = None


OPERATOR = "operator"
"""The side of a failure that only the operator can mend."""


class WeChatUnavailable(Exception):
    """Report that WeChat did not answer, is busy, or refuses the service itself."""

    def __init__(self, **details: int | str) -> None:
        """Take details of the refusal.

        ``retry_after`` (seconds): WeChat was not asked for want of a slot. ``side`` operator: what
        only the operator can mend, such as the secret, the list of addresses or a used-up quota.
        """
        self.details: dict[str, Any] = details
        super().__init__()


class WeChatCodeInvalid(Exception):
    """Report an unknown, used or expired code."""


class WeChatUserBlocked(Exception):
    """Report a user whom WeChat itself blocks (高风险等级用户)."""


class WeChatPhoneForeign(Exception):
    """Report a phone that is not of the mainland."""


CardSide = Literal["front", "back"]


@dataclass(frozen=True)
class CardTexts:
    """The texts of one side of an ID card as WeChat read them; empty where it read nothing."""

    side: CardSide
    name: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)
    valid_date: str = field(default="", repr=False)
    """For example 20171025-20271025 or 20171025-长期."""


class WeChatCardUnread(Exception):
    """Report a picture without an ID card; ``reason``: no_card or unreadable."""

    def __init__(self, reason: Literal["no_card", "unreadable"]) -> None:
        self.reason = reason
        super().__init__(reason)


class WeChatCardQuotaUsed(WeChatUnavailable):
    """Report that WeChat reads no more cards today."""


class WeChat(Protocol):
    """Call WeChat; raises only WeChatUnavailable and the errors that a method names."""

    def user_of_code(self, code: str) -> WeChatUser:
        """Return the user of a wx.login code (jscode2session).

        Raises WeChatCodeInvalid, WeChatUserBlocked.
        """

    def phone_of_code(self, code: str, openid: str) -> str:
        """Return the phone (11 digits) of a getPhoneNumber code; its watermark is checked.

        Raises WeChatCodeInvalid, WeChatUserBlocked, WeChatPhoneForeign.
        """

    def read_card(self, jpeg: bytes) -> CardTexts:
        """Read the ID card in a JPEG of less than 2 MB.

        Raises WeChatCardUnread, WeChatCardQuotaUsed.
        """

    def url_link(self, page: str, query: str, expires_at: datetime) -> str:
        """Return an address that opens a page of the mini program from a browser (URL Link)."""

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the breaker of signing in."""


# 40029 invalid code, 40163 used code, 41008 no code.
_BAD_CODE = frozenset({40029, 40163, 41008})
_BLOCKED = 40226
# No more calls of the day, which the operator can have raised.
_QUOTA = 45009

# 101000 picture not readable, 101001 no ID card found.
_UNREAD: dict[int, Literal["no_card", "unreadable"]] = {101000: "unreadable", 101001: "no_card"}
# 101002 no quota left or bought, 45009 no more calls of the day.
_QUOTA_USED = frozenset({101002, 45009})
_SIDES: dict[str, CardSide] = {"Front": "front", "Back": "back"}

# WeChat's codes have about 32 characters; a much longer text may not fit into an address.
_LONGEST_CODE = 256

# expire_type of a URL Link: 0 a time, 1 a number of days.
_AT_A_TIME = 0
_ADDRESS = re.compile(r"https?://[!-~]{1,500}", re.ASCII)

_MAINLAND = "86"
_MOBILE = re.compile(r"1\d{10}", re.ASCII)


class WeChatClient:
    """Call jscode2session, getuserphonenumber and the reader of ID cards, each behind a guard.

    wechatpy's own methods fetch a needless access token for the first and omit the openid, which
    binds the code to its user, for the second.
    """

    def __init__(self, settings: Settings, api: WeChatApi, guards: Guards) -> None:
        self._appid = settings.wechat_appid
        self._api = api
        # Apart, because jscode2session needs no access token and so may work alone.
        self._login = guards.of("wechat", "wechat-login")
        self._phone = guards.of("wechat", "wechat-phone")
        self._card = guards.of("wechat", "wechat-card")
        self._link = guards.of("wechat", "wechat-link")

    def user_of_code(self, code: str) -> WeChatUser:
        """Return the user of a wx.login code (jscode2session)."""
        _require_short(code)
        try:
            answer = self._login.call(lambda: self._api.code_to_session(code))
        except (UpstreamError, WeChatError) as error:
            failure: Exception = _failure(error)
        else:
            openid, unionid = answer.get("openid"), answer.get("unionid")
            if isinstance(openid, str) and openid:
                return WeChatUser(openid, unionid if isinstance(unionid, str) else None)
            failure = WeChatUnavailable()
        raise failure

    def phone_of_code(self, code: str, openid: str) -> str:
        """Return the mainland phone (11 digits) of a getPhoneNumber code of this mini program."""
        _require_short(code)
        sent = {"code": code, "openid": openid}
        try:
            answer = self._phone.call(
                lambda: self._api.post("/wxa/business/getuserphonenumber", data=sent)
            )
        except (UpstreamError, WeChatError) as error:
            failure: Exception = _failure(error)
        else:
            phone = self._phone_in(answer.get("phone_info"))
            if phone:
                return phone
            failure = WeChatCodeInvalid() if phone is None else WeChatPhoneForeign()
        raise failure

    def read_card(self, jpeg: bytes) -> CardTexts:
        """Read the ID card in a JPEG of less than 2 MB (cv/ocr/idcard)."""
        body, content_type = encode_multipart_formdata({"img": ("card.jpg", jpeg, "image/jpeg")})
        headers = {"Content-Type": content_type}
        failure: Exception
        try:
            answer = self._card.call(
                lambda: self._api.post("/cv/ocr/idcard?type=photo", data=body, headers=headers)
            )
        except (UpstreamError, WeChatError) as error:
            code = error.errcode if isinstance(error, WeChatError) else 0
            unread = _UNREAD.get(code)
            failure = _unavailable(error) if unread is None else WeChatCardUnread(unread)
            if code in _QUOTA_USED:
                failure = WeChatCardQuotaUsed()
        else:
            side = _SIDES.get(_text(answer, "type"))
            if side is not None:
                return CardTexts(
                    side, _text(answer, "name"), _text(answer, "id"), _text(answer, "valid_date")
                )
            failure = WeChatCardUnread("no_card")
        raise failure

    def url_link(self, page: str, query: str, expires_at: datetime) -> str:
        """Return an address that opens a page of the mini program (generate_urllink)."""
        sent = {
            "path": page,
            "query": query,
            "expire_type": _AT_A_TIME,
            "expire_time": int(expires_at.timestamp()),
        }
        try:
            answer = self._link.call(lambda: self._api.post("/wxa/generate_urllink", data=sent))
        except (UpstreamError, WeChatError) as error:
            failure: Exception = _unavailable(error)
        else:
            link = _text(answer, "url_link")
            if _ADDRESS.fullmatch(link):
                return link
            failure = WeChatUnavailable()
        raise failure

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the breaker of signing in."""
        return self._login.state_inquiry()

    def _phone_in(self, info: Any) -> str | None:
        """Return the phone, an empty text for a foreign one, None where none of ours is named."""
        try:
            # The country code is a string or a number.
            mainland = str(info["countryCode"]) == _MAINLAND
            ours = info["watermark"]["appid"] == self._appid
            is_named = info["countryCode"] is not None
            phone = info["purePhoneNumber"]
        except (LookupError, TypeError):
            return None
        if not (ours and is_named and isinstance(phone, str)):
            return None
        if not mainland:
            return ""
        return phone if _MOBILE.fullmatch(phone) else None


def _require_short(code: str) -> None:
    if len(code) > _LONGEST_CODE:
        raise WeChatCodeInvalid()


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    return value.strip() if isinstance(value, str) else ""


def _failure(
    error: UpstreamError | WeChatError,
) -> WeChatUnavailable | WeChatCodeInvalid | WeChatUserBlocked:
    if isinstance(error, WeChatError) and error.errcode in _BAD_CODE:
        return WeChatCodeInvalid()
    if isinstance(error, WeChatError) and error.errcode == _BLOCKED:
        return WeChatUserBlocked()
    return _unavailable(error)


def _unavailable(error: UpstreamError | WeChatError) -> WeChatUnavailable:
    if isinstance(error, WeChatError) and error.errcode in {_QUOTA, *OPERATORS_FAULTS}:
        return WeChatUnavailable(side=OPERATOR)
    if isinstance(error, SlotsFull):
        return WeChatUnavailable(retry_after=RETRY_AFTER_SECONDS)
    return WeChatUnavailable()
