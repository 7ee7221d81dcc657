"""The sandbox's WeChat chat: pushes to a service, limits of messages, and the page."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.contract.canned import CannedServer
from tests.sandbox.conftest import WeChat
from tests.support.admin.browser import PHONE, browsing
from tests.support.api.pushes import Partner
from tests.support.service.sandbox import CREDENTIALS, SandboxServer

SEND = "/cgi-bin/message/custom/send"
KEYS = {"WECHAT_TOKEN": "AAAAA", "WECHAT_ENCODING_AES_KEY": "A" * 43}
NOTICE = {
    "touser": "o-alice",
    "template_id": "t-1",
    "data": {"thing1": {"value": "工单已办结"}},
}


def say(wechat: WeChat, openid: str = "o-alice") -> int:
    body = {"touser": openid, "msgtype": "text", "text": {"content": "您好"}}
    errcode: int = wechat.post(SEND, body)["errcode"]
    return errcode


@pytest.fixture
def service() -> Iterator[CannedServer]:
    """Serve a service that accepts every push."""
    with CannedServer() as server:
        server.answer("/wechat/push", "success", content_type="text/plain")
        yield server


def pushing(service: CannedServer, **environment: str) -> SandboxServer:
    url = f"{service.url}/wechat/push"
    return SandboxServer({**KEYS, "WECHAT_PUSH_URL": url, **environment})


# Pushes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
def test_push_has_the_form_of_wechat(service: CannedServer, mode: str, form: str) -> None:
    partner = Partner("AAAAA", "A" * 43, CREDENTIALS["WECHAT_APPID"], form)
    environment = {"WECHAT_PUSH_MODE": mode, "WECHAT_PUSH_FORMAT": form}
    with pushing(service, **environment) as sandbox:
        answer = sandbox.push("o-alice", "收不到验证码😀 ]]> <a>")
    (received,) = service.requests
    query = {name: value for name, (value,) in parse_qs(urlsplit(received.path).query).items()}
    stamp = (query["timestamp"], query["nonce"])
    assert query["signature"] == partner.sign(*stamp)
    fields = partner.read(received.body)
    if mode != "plain":
        assert query["encrypt_type"] == "aes"
        assert query["msg_signature"] == partner.sign(*stamp, fields["Encrypt"])
        assert ("Content" in fields) is (mode == "compatible")
        fields = partner.read(partner.decrypt(fields["Encrypt"]))
    assert (fields["FromUserName"], fields["MsgType"]) == ("o-alice", "text")
    assert fields["Content"] == "收不到验证码😀 ]]> <a>"
    assert int(fields["MsgId"]) == answer["fields"]["MsgId"]
    assert answer["answer"] == "success"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "event"}, {"MsgType": "event", "Event": "user_enter_tempsession"}),
        ({"kind": "event", "event": "x_y"}, {"MsgType": "event", "Event": "x_y"}),
        ({"kind": "image"}, {"MsgType": "image", "MediaId": "sandbox-media"}),
        ({"kind": "miniprogrampage", "page": "p/q"}, {"PagePath": "p/q"}),
    ],
)
def test_pushes_of_other_kinds(
    service: CannedServer, body: dict[str, str], expected: dict[str, str]
) -> None:
    with pushing(service, WECHAT_PUSH_MODE="plain") as sandbox:
        sandbox.push("o-alice", **body)
    fields = json.loads(service.requests[0].body)
    assert {name: fields.get(name) for name in expected} == expected
    assert ("MsgId" in fields) is (body["kind"] != "event")


def test_encrypted_answer_is_decrypted(service: CannedServer) -> None:
    partner = Partner("AAAAA", "A" * 43, CREDENTIALS["WECHAT_APPID"])
    encrypted = partner.encrypt(b'{"MsgType": "transfer_customer_service"}')
    sealed = {"Encrypt": encrypted, "TimeStamp": 1, "Nonce": "n",
              "MsgSignature": partner.sign("1", "n", encrypted)}  # fmt: skip
    with pushing(service) as sandbox:
        service.answer("/wechat/push", sealed)
        assert sandbox.push("o-alice", "人工")["answer"] == {"MsgType": "transfer_customer_service"}
        for wrong in ({**sealed, "MsgSignature": "0"}, {}, "nonsense"):
            service.answer("/wechat/push", wrong)
            with pytest.raises(ValueError, match="service's answer"):
                sandbox.push("o-alice", "人工")
        service.answer("/wechat/push", "SIGNATURE_INVALID", status=403, content_type="text/plain")
        with pytest.raises(ValueError, match="403: SIGNATURE_INVALID"):
            sandbox.push("o-alice", "人工")


def test_invalid_pushes_are_refused(sandbox: SandboxServer) -> None:
    for openid, body in (("alice", {"text": "x"}), ("o-a", {}), ("o-a", {"kind": "voice"})):
        with pytest.raises(ValueError, match="refused"):
            sandbox.push(openid, **body)
    with pytest.raises(ValueError, match="not told where to push"):
        sandbox.push("o-alice", "你好")


# Allowances -------------------------------------------------------------------------------------


def test_five_messages_per_user_message_and_two_after_opening(service: CannedServer) -> None:
    with pushing(service) as sandbox, requests.Session() as http:
        wechat = WeChat(sandbox, http)
        sandbox.push("o-alice", kind="event")
        assert [say(wechat) for _ in range(3)] == [0, 0, 45047]
        sandbox.push("o-alice", "在吗")
        sandbox.push("o-alice", "在吗")
        # Allowances are not added up.
        assert [say(wechat) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
        sandbox.push("o-alice", kind="event")
        assert [say(wechat) for _ in range(3)] == [0, 0, 45047]
        sandbox.allow("o-alice", 5, seconds=-1)
        assert say(wechat) == 45015
        # An unknown user.
        assert [say(wechat, "o-bob") for _ in range(7)] == [0] * 7


def test_each_accept_allows_one_message(wechat: WeChat) -> None:
    def send() -> int:
        errcode: int = wechat.post("/cgi-bin/message/subscribe/send", NOTICE)["errcode"]
        return errcode

    assert [send(), send()] == [0, 0]
    wechat.sandbox.subscribe("o-alice", "t-1", 2)
    assert [send() for _ in range(3)] == [0, 0, 43101]
    wechat.sandbox.subscribe("o-alice", "t-1", 0)
    assert send() == 43101
    for wrong in (-1, True, "1"):
        with pytest.raises(ValueError, match="accepted"):
            wechat.sandbox.subscribe("o-alice", "t-1", wrong)  # type: ignore[arg-type]


# The conversation -------------------------------------------------------------------------------


def test_chat_shows_both_sides_and_typing(service: CannedServer) -> None:
    with pushing(service) as sandbox, requests.Session() as http:
        wechat = WeChat(sandbox, http)

        def conversation() -> dict[str, Any]:
            answer = http.get(
                f"{sandbox.url}/sandbox/wechat/conversation",
                params={"openid": "o-alice"},
                timeout=5,
            )
            found: dict[str, Any] = answer.json()
            return found

        def type_(command: str) -> None:
            body = {"touser": "o-alice", "command": command}
            wechat.post("/cgi-bin/message/custom/business/typing", body)

        sandbox.push("o-alice", "在吗")
        type_("Typing")
        assert conversation()["typing"]
        type_("CancelTyping")
        assert not conversation()["typing"]
        type_("Typing")
        say(wechat)
        found = conversation()
        assert not found["typing"]
        assert [(message["side"], message["text"]) for message in found["messages"]] == [
            ("user", "在吗"),
            ("service", "您好"),
        ]


def test_page_is_served(service: CannedServer) -> None:
    with (
        pushing(service) as sandbox,
        requests.Session() as http,
        browsing(PHONE) as visit,
    ):
        wechat = WeChat(sandbox, http)
        page = visit.page
        page.goto(f"{sandbox.url}/sandbox/wechat/chat?openid=o-alice")
        page.get_by_role("button", name="进入会话").click()
        page.get_by_label("消息").fill("<b>怎么</b>注册")
        page.get_by_role("button", name="发送").click()
        page.locator(".user .bubble", has_text="<b>怎么</b>注册").wait_for()
        link = (
            '<a data-miniprogram-appid="wx" data-miniprogram-path="pages/register/index">去注册</a>'
        )
        text = {"touser": "o-alice", "msgtype": "text", "text": {"content": f"请点\n→ {link}"}}
        assert wechat.post(SEND, text)["errcode"] == 0
        page.locator(".service .bubble a", has_text="去注册").wait_for()
        assert page.get_by_title("小程序页面 pages/register/index").is_visible()
        service.answer("/wechat/push", "no", status=500, content_type="text/plain")
        page.get_by_role("button", name="发图片").click()
        page.get_by_text("没有送达").wait_for()
        refused = [text for text in visit.complaints if "502" in text]
        assert len(refused) == len(visit.complaints) == 1
        assert all(url.startswith(sandbox.url) for url in visit.asked)
