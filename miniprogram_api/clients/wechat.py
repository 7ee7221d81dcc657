"""Exchange the mini program's codes for users and phones."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

from config import Settings
from miniprogram_api.clients.upstream import UpstreamError, log
from miniprogram_api.clients.wechat_api import WeChatApi, WeChatError


@dataclass(frozen=True)
class WeChatUser:
    """Identify the user of wx.login; the session key is never stored."""

    openid: str
    unionid: str | None = None


class WeChatUnavailable(Exception):
    """Report that WeChat did not answer or is busy."""


class WeChatCodeInvalid(Exception):
    """Report an unknown, used or expired code."""


class WeChat(Protocol):
    """Exchange codes; raises only WeChatUnavailable and WeChatCodeInvalid."""

    def user_of_code(self, code: str) -> WeChatUser:
        """Return the user of a wx.login code (jscode2session)."""

    def phone_of_code(self, code: str, openid: str) -> str:
        """Return the phone (11 digits) of a getPhoneNumber code; its watermark is checked."""


# 40029 invalid code, 40163 used code, 40226 blocked user (高风险等级用户), 41008 no code.
_BAD_CODE = frozenset({40029, 40163, 40226, 41008})

# WeChat's codes have about 32 characters; a much longer text may not fit into an address.
_LONGEST_CODE = 256

_MAINLAND = "86"
_MOBILE = re.compile(r"1\d{10}", re.ASCII)


class WeChatClient:
    """Call jscode2session and getuserphonenumber.

    wechatpy's own methods fetch a needless access token for the first and omit the openid, which
    binds the code to its user, for the second.
    """

    def __init__(self, settings: Settings, api: WeChatApi) -> None:
        self._appid = settings.wechat_appid
        self._api = api

    def user_of_code(self, code: str) -> WeChatUser:
        """Return the user of a wx.login code (jscode2session)."""
        _require_short(code)
        try:
            answer = self._api.code_to_session(code)
        except (UpstreamError, WeChatError) as error:
            failure = _failure(error)
        else:
            openid, unionid = answer.get("openid"), answer.get("unionid")
            if isinstance(openid, str) and openid:
                return WeChatUser(openid, unionid if isinstance(unionid, str) else None)
            failure = WeChatUnavailable()
        raise failure

    def phone_of_code(self, code: str, openid: str) -> str:
        """Return the mainland phone (11 digits) of a getPhoneNumber code of this mini program."""
        _require_short(code)
        try:
            answer = self._api.post(
                "/wxa/business/getuserphonenumber", data={"code": code, "openid": openid}
            )
        except (UpstreamError, WeChatError) as error:
            failure = _failure(error)
        else:
            phone = self._phone(answer.get("phone_info"))
            if phone:
                return phone
            failure = WeChatCodeInvalid()
        raise failure

    def _phone(self, info: Any) -> str | None:
        try:
            # The country code is a string or a number.
            mainland = str(info["countryCode"]) == _MAINLAND
            ours = info["watermark"]["appid"] == self._appid
            phone = info["purePhoneNumber"]
        except (LookupError, TypeError):
            return None
        if mainland and ours and isinstance(phone, str) and _MOBILE.fullmatch(phone):
            return phone
        return None


def _require_short(code: str) -> None:
    if len(code) > _LONGEST_CODE:
        raise WeChatCodeInvalid()


def _failure(error: UpstreamError | WeChatError) -> WeChatUnavailable | WeChatCodeInvalid:
    if isinstance(error, WeChatError):
        if error.errcode in _BAD_CODE:
            return WeChatCodeInvalid()
        log.error("vendor_error", upstream="wechat", code=error.errcode)
    return WeChatUnavailable()
