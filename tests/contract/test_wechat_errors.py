"""WeChat's errors of signing in and of the phone: the code, the user, the operator, or busy."""

from collections.abc import Callable

import pytest

from miniprogram_api.clients.wechat import (
    WeChatCodeInvalid,
    WeChatUnavailable,
    WeChatUserBlocked,
)
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build

PHONE_PATH = "/wxa/business/getuserphonenumber"
# Every documented errcode of the two calls: who can help.
INVALID = {40029, 40163, 41008}
OPERATORS = {40013, 40125, 40164, 45009, 48001, 48004, 50002, 61004, 61007, 89503}
BUSY = {-1, 45011}


@pytest.mark.parametrize("errcode", sorted({40226} | INVALID | OPERATORS | BUSY))
def test_documented_errors_say_who_can_help(
    build: Build, canned: CannedServer, errcode: int
) -> None:
    canned.answer("/cgi-bin/stable_token", {"access_token": "t", "expires_in": 7200})
    refused = {"errcode": errcode, "errmsg": "no"}
    canned.answer("/sns/jscode2session", refused, content_type="text/plain")
    canned.answer(PHONE_PATH, refused)
    wechat = build(wechat_api_base=canned.url).wechat
    calls: tuple[Callable[[], object], ...] = (
        lambda: wechat.user_of_code("c"),
        lambda: wechat.phone_of_code("c", "o-a"),
    )
    for call in calls:
        if errcode in INVALID:
            with pytest.raises(WeChatCodeInvalid):
                call()
        elif errcode == 40226:
            with pytest.raises(WeChatUserBlocked):
                call()
        else:
            with pytest.raises(WeChatUnavailable) as caught:
                call()
            assert caught.value.details == ({"side": "operator"} if errcode in OPERATORS else {})
