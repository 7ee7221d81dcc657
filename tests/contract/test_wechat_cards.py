"""The WeChat client reads ID cards."""

import pytest

from miniprogram_api.clients import Clients
from miniprogram_api.clients.wechat import (
    CardTexts,
    WeChatCardQuotaUsed,
    WeChatCardUnread,
    WeChatUnavailable,
)
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.people import photos
from tests.support.people.persons import person
from tests.support.service.sandbox import SandboxServer

PATH = "/cv/ocr/idcard"
TOKEN = {"access_token": "80_token", "expires_in": 7200}


def test_card_is_read(outside: Clients, sandbox: SandboxServer) -> None:
    holder = person(number=5)
    front = sandbox.card("front", name=holder.name, id_number=holder.id_number)
    assert outside.wechat.read_card(front) == CardTexts("front", holder.name, holder.id_number)
    back = sandbox.card("back", valid_from="20171025", valid_until="20271025")
    assert outside.wechat.read_card(back) == CardTexts("back", valid_date="20171025-20271025")
    assert holder.id_number not in repr(CardTexts("front", holder.name, holder.id_number))


def test_picture_without_a_card_is_unread(outside: Clients) -> None:
    with pytest.raises(WeChatCardUnread) as caught:
        outside.wechat.read_card(photos.portrait())
    assert caught.value.reason == "no_card"
    with pytest.raises(WeChatCardUnread) as caught:
        outside.wechat.read_card(b"GIF89a")
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_faults_are_unavailable(outside: Clients, sandbox: SandboxServer, mode: str) -> None:
    sandbox.fault("wechat", mode, action="idcard")
    with pytest.raises(WeChatUnavailable):
        outside.wechat.read_card(photos.portrait())
    assert len(sandbox.calls("idcard")) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        # The quota is used up.
        ({"errcode": 101002, "errmsg": "not enough market quota"}, WeChatCardQuotaUsed),
        ({"errcode": 0, "type": "Side"}, WeChatCardUnread),
        ({"errcode": 0, "type": ["Front"]}, WeChatCardUnread),
        ([], WeChatUnavailable),
    ],
)
def test_other_answers_are_no_card(
    build: Build, canned: CannedServer, answer: object, error: type[Exception]
) -> None:
    canned.answer("/cgi-bin/stable_token", TOKEN)
    canned.answer(PATH, answer)
    with pytest.raises(error):
        build(wechat_api_base=canned.url, wechat_appid="wx-cards").wechat.read_card(b"jpeg")


def test_call_has_the_documented_form(build: Build, canned: CannedServer) -> None:
    canned.answer("/cgi-bin/stable_token", TOKEN)
    # The number comes as text, and other types than text are no texts.
    canned.answer(PATH, {"errcode": "0", "type": "Front", "name": " 张三 ", "id": None})
    outside = build(wechat_api_base=canned.url, wechat_appid="wx-card-form")
    assert outside.wechat.read_card(b"jpeg") == CardTexts("front", "张三")
    sent = canned.requests[-1]
    assert sent.path == f"{PATH}?type=photo&access_token=80_token"
    assert sent.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="img"; filename="card.jpg"\r\nContent-Type: image/jpeg\r\n\r\njpeg' in sent.body
