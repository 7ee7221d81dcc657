"""The WeChat client asks for links that open the mini program (URL Link)."""

from datetime import timedelta

import pytest
import requests

from miniprogram_api import clock
from miniprogram_api.clients import Clients
from miniprogram_api.clients.wechat import WeChatUnavailable
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.service.sandbox import SandboxServer

PATH = "/wxa/generate_urllink"
TOKEN = {"access_token": "80_token", "expires_in": 7200}
PAGE, QUERY = "pages/handover/index", "code=abc"


def link(outside: Clients, minutes: float = 12) -> str:
    ends_at = clock.now() + timedelta(minutes=minutes)
    return outside.wechat.url_link(PAGE, QUERY, ends_at)


def test_link_opens_the_page_until_its_end(outside: Clients, sandbox: SandboxServer) -> None:
    ends_at = clock.now() + timedelta(minutes=12)
    address = outside.wechat.url_link(PAGE, QUERY, ends_at)
    page = requests.get(address, timeout=10)
    assert page.status_code == 200
    assert f"{PAGE}?{QUERY}" in page.text
    [call] = sandbox.calls("generate_urllink")
    assert call["request"] == {
        "path": PAGE,
        "query": QUERY,
        "expire_type": 0,
        "expire_time": int(ends_at.timestamp()),
    }


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_faults_are_unavailable(outside: Clients, sandbox: SandboxServer, mode: str) -> None:
    sandbox.fault("wechat", mode, action="generate_urllink")
    with pytest.raises(WeChatUnavailable):
        link(outside)
    assert len(sandbox.calls("generate_urllink")) == 1


def test_end_that_wechat_refuses_is_unavailable(outside: Clients) -> None:
    with pytest.raises(WeChatUnavailable):
        link(outside, minutes=0.5)


@pytest.mark.parametrize("answer", [{}, {"url_link": ""}, {"url_link": "weixin://dl"}, []])
def test_answers_without_an_address_are_unavailable(
    build: Build, canned: CannedServer, answer: object
) -> None:
    canned.answer("/cgi-bin/stable_token", TOKEN)
    canned.answer(PATH, answer)
    with pytest.raises(WeChatUnavailable):
        link(build(wechat_api_base=canned.url, wechat_appid="wx-links"))
