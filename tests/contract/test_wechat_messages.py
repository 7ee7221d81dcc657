"""The client of WeChat's messages: the outcome of each send, and of each content check."""

import pytest

from miniprogram_api.clients import Clients
from miniprogram_api.clients.wechat import WeChatUnavailable
from miniprogram_api.clients.wechat_messages import SendOutcome, SendResult
from miniprogram_api.messaging.content_safety import COMMENT
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.service.sandbox import SandboxServer

SEND_PATH = "/cgi-bin/message/custom/send"
TOKEN_PATH = "/cgi-bin/stable_token"
TEXT = {"msgtype": "text", "text": {"content": "您好“😀”\\ud83d <a>"}}


class Notes:
    """Count the callbacks directly before sending."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def send(outside: Clients, openid: str = "o-a", note: Notes | None = None) -> SendResult:
    return outside.wechat_messages.send_chat(openid, TEXT, note or Notes())


def test_message_arrives_unchanged(outside: Clients, sandbox: SandboxServer) -> None:
    note = Notes()
    assert send(outside, note=note) == SendResult(SendOutcome.SENT)
    (message,) = sandbox.wechat_messages("o-a")
    assert message["body"] == {"touser": "o-a", **TEXT}
    assert note.count == 1


def test_text_is_sent_unescaped(build: Build, canned: CannedServer) -> None:
    canned.answer(TOKEN_PATH, {"access_token": "t", "expires_in": 7200})
    canned.answer(SEND_PATH, {"errcode": 0})
    text = {"msgtype": "text", "text": {"content": "好\ud800"}}
    build(wechat_api_base=canned.url).wechat_messages.send_chat("o-a", text, Notes())
    sent = canned.requests[-1]
    assert b'"content": "\xe5\xa5\xbd?"' in sent.body
    assert sent.headers["Content-Length"] == str(len(sent.body))
    assert sent.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("mode", "errcode"), [("busy", -1), ("limit", 45009)])
def test_busy_is_not_sent(
    outside: Clients, sandbox: SandboxServer, mode: str, errcode: int
) -> None:
    sandbox.fault("wechat", mode, action="custom/send")
    assert send(outside) == SendResult(SendOutcome.NOT_SENT, errcode)


@pytest.mark.parametrize("mode", ["error", "reset"])
def test_broken_connection_is_not_sent(outside: Clients, sandbox: SandboxServer, mode: str) -> None:
    sandbox.fault("wechat", mode, action="custom/send")
    assert send(outside) == SendResult(SendOutcome.NOT_SENT)
    assert send(outside).outcome is SendOutcome.SENT


def test_time_out_is_uncertain(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("wechat", "slow", action="custom/send", seconds=2)
    assert send(outside) == SendResult(SendOutcome.UNCERTAIN)
    assert len(sandbox.wechat_messages()) == 1


def test_slow_token_is_not_sent(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("wechat", "slow", action="stable_token", seconds=2)
    note = Notes()
    assert send(outside, note=note) == SendResult(SendOutcome.NOT_SENT)
    assert note.count == 0


def test_closed_port_is_not_sent(build: Build, closed_port: str) -> None:
    outside = build(wechat_api_base=f"http://{closed_port}")
    assert send(outside) == SendResult(SendOutcome.NOT_SENT)


@pytest.mark.parametrize("errcode", [40003, 45015, 45047, 48002])
def test_permanent_refusals_are_final(build: Build, canned: CannedServer, errcode: int) -> None:
    canned.answer(TOKEN_PATH, {"access_token": "t", "expires_in": 7200})
    canned.answer(SEND_PATH, {"errcode": errcode, "errmsg": "no"})
    outside = build(wechat_api_base=canned.url)
    assert send(outside) == SendResult(SendOutcome.REFUSED, errcode)
    assert sum(request.path.startswith(SEND_PATH) for request in canned.requests) == 1


def test_error_before_sending_prevents_the_send(outside: Clients, sandbox: SandboxServer) -> None:
    def lost() -> None:
        raise KeyError("turn")

    with pytest.raises(KeyError):
        outside.wechat_messages.send_chat("o-a", TEXT, lost)
    assert sandbox.wechat_messages() == []
    assert send(outside).outcome is SendOutcome.SENT


def test_typing_is_sent(outside: Clients, build: Build, sandbox: SandboxServer) -> None:
    outside.wechat_messages.set_typing("o-a", True)
    outside.wechat_messages.set_typing("o-a", False)
    sent = [call["request"]["command"] for call in sandbox.calls("typing")]
    assert sent == ["Typing", "CancelTyping"]
    # A path unknown to WeChat must not block an answer.
    build(wechat_typing_path="/none").wechat_messages.set_typing("o-a", True)


def test_subscription_message_arrives(outside: Clients, sandbox: SandboxServer) -> None:
    values = {"thing1": "199号段已支持", "date2": "2026-12-01"}
    sent = outside.wechat_messages.send_subscribed("o-a", "t-1", "pages/register/index", values)
    assert sent.outcome is SendOutcome.SENT
    (message,) = sandbox.wechat_messages("o-a")
    assert message["body"] == {
        "touser": "o-a",
        "template_id": "t-1",
        "page": "pages/register/index",
        "data": {"thing1": {"value": "199号段已支持"}, "date2": {"value": "2026-12-01"}},
        "miniprogram_state": "developer",
        "lang": "zh_CN",
    }


def test_subscription_message_with_a_bad_field_is_refused(outside: Clients) -> None:
    messages = outside.wechat_messages
    assert messages.send_subscribed("o-a", "t", "p", {"thing1": ""}).errcode == 47003


@pytest.mark.parametrize(
    ("text", "suggestion"), [("怎样注册", "pass"), ("加微信聊", "review"), ("教你赌博", "risky")]
)
def test_content_check_verdicts(outside: Clients, text: str, suggestion: str) -> None:
    assert outside.wechat_messages.judge_text(text, "o-a", COMMENT) == suggestion


@pytest.mark.parametrize("mode", ["busy", "error", "reset"])
def test_content_check_faults_are_unavailable(
    outside: Clients, sandbox: SandboxServer, mode: str
) -> None:
    sandbox.fault("wechat", mode, action="msg_sec_check")
    with pytest.raises(WeChatUnavailable):
        outside.wechat_messages.judge_text("怎样注册", "o-a", COMMENT)


@pytest.mark.parametrize("result", [None, {}, {"suggest": "maybe"}, {"suggest": ["pass"]}])
def test_malformed_verdict_is_unavailable(
    build: Build, canned: CannedServer, result: object
) -> None:
    canned.answer(TOKEN_PATH, {"access_token": "t", "expires_in": 7200})
    canned.answer("/wxa/msg_sec_check", {"errcode": 0, "result": result})
    with pytest.raises(WeChatUnavailable):
        build(wechat_api_base=canned.url).wechat_messages.judge_text("字", "o-a", COMMENT)
