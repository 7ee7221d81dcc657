"""The sandbox's WeChat server API."""

import base64
import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import WeChat
from tests.support.service.sandbox import CREDENTIALS, SandboxServer

TEXT = {"touser": "o-alice", "msgtype": "text", "text": {"content": "您好"}}
NOTICE = {
    "touser": "o-alice",
    "template_id": "t-1",
    "data": {"thing1": {"value": "工单已办结"}, "date2": {"value": "2026-11-25"}},
}


def test_sign_in_code_works_once(wechat: WeChat) -> None:
    answer = wechat.sign_in("wx-alice")
    assert answer["openid"] == "o-alice"
    assert len(base64.b64decode(answer["session_key"])) == 16
    assert "errcode" not in answer
    assert wechat.sign_in("wx-alice")["errcode"] == 40163


def test_second_code_gives_the_same_user(wechat: WeChat) -> None:
    first, second = wechat.sign_in("wx-alice~1"), wechat.sign_in("wx-alice~2")
    assert first["openid"] == second["openid"] == "o-alice"
    assert first["session_key"] != second["session_key"]


@pytest.mark.parametrize("code", ["alice", "wx-", "wx-~2", "phone-13800138011"])
def test_unknown_sign_in_codes_are_refused(wechat: WeChat, code: str) -> None:
    assert wechat.sign_in(code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "another"}, 40125),
        ({"grant_type": "client_credential"}, 40002),
        ({"js_code": ""}, 41008),
    ],
)
def test_wrong_sign_in_calls_are_refused(
    wechat: WeChat, changes: dict[str, str], errcode: int
) -> None:
    assert wechat.sign_in("wx-bob", **changes)["errcode"] == errcode
    # The code was not used up.
    assert wechat.sign_in("wx-bob")["openid"] == "o-bob"


def test_stable_token_is_kept_until_a_forced_refresh(wechat: WeChat) -> None:
    first = wechat.stable_token()
    assert first["access_token"] == wechat.token
    # Fetched by the first test.
    assert 0 < first["expires_in"] <= 7200
    forced = wechat.stable_token(force_refresh=True)
    assert forced["access_token"] != wechat.token

    stale = wechat.post("/cgi-bin/message/custom/send", TEXT)
    assert stale["errcode"] == 40001
    assert stale["errmsg"].startswith("invalid credential")
    wechat.token = forced["access_token"]
    assert wechat.post("/cgi-bin/message/custom/send", TEXT)["errcode"] == 0


def test_token_expires() -> None:
    with SandboxServer({"SANDBOX_TOKEN_SECONDS": "1"}) as server, requests.Session() as http:
        caller = WeChat(server, http)
        assert caller.post("/cgi-bin/message/custom/send", TEXT)["errcode"] == 0
        time.sleep(1.1)
        assert caller.post("/cgi-bin/message/custom/send", TEXT)["errcode"] == 40001
        assert caller.stable_token()["access_token"] != caller.token


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": ""}, 40125),
        ({"grant_type": "x"}, 40002),
    ],
)
def test_wrong_credentials_get_no_token(
    wechat: WeChat, changes: dict[str, str], errcode: int
) -> None:
    assert wechat.stable_token(changes)["errcode"] == errcode


def test_calls_need_a_token(wechat: WeChat) -> None:
    path = "/cgi-bin/message/custom/send"
    assert wechat.post(path, TEXT, token=None)["errcode"] == 41001
    assert wechat.post(path, TEXT, token="80_made-up")["errcode"] == 40001
    assert wechat.post(path, [TEXT])["errcode"] == 47001
    assert wechat.sandbox.wechat_messages() == []


def test_secret_and_token_are_not_recorded(wechat: WeChat) -> None:
    wechat.sign_in("wx-alice")
    wechat.stable_token()
    for action in ("jscode2session", "stable_token"):
        (received,) = wechat.sandbox.calls(action)
        assert "secret" not in received["request"]
        assert received["request"]["appid"] == CREDENTIALS["WECHAT_APPID"]


def test_phone_code_gives_the_number(wechat: WeChat) -> None:
    answer = wechat.post("/wxa/business/getuserphonenumber", {"code": "phone-13800138011"})
    info = answer["phone_info"]
    assert (answer["errcode"], info["purePhoneNumber"]) == (0, "13800138011")
    assert (info["phoneNumber"], info["countryCode"]) == ("13800138011", "86")
    assert info["watermark"]["appid"] == CREDENTIALS["WECHAT_APPID"]
    assert isinstance(info["watermark"]["timestamp"], int)


@pytest.mark.parametrize(
    ("codes", "errcode"),
    [
        (["phone-13800138011", "phone-13800138011"], 40163),
        (["phone-13800138011", "phone-13800138011~2"], 0),
        (["phone-23800138011"], 40029),
        (["phone-1380013801"], 40029),
        (["wx-alice"], 40029),
        ([""], 40029),
    ],
)
def test_phone_codes_are_checked(wechat: WeChat, codes: list[str], errcode: int) -> None:
    answers = [wechat.post("/wxa/business/getuserphonenumber", {"code": code}) for code in codes]
    assert answers[-1]["errcode"] == errcode


@pytest.mark.parametrize(
    "message",
    [
        TEXT,
        {"touser": "o-alice", "msgtype": "link", "link": {"title": "登记窗口"}},
        {"touser": "o-alice", "msgtype": "miniprogrampage", "miniprogrampage": {"title": "办理"}},
        {"touser": "o-alice", "msgtype": "image", "image": {"media_id": "m"}},
    ],
)
def test_messages_reach_the_chat(wechat: WeChat, message: dict[str, Any]) -> None:
    assert wechat.post("/cgi-bin/message/custom/send", message)["errcode"] == 0
    (kept,) = wechat.sandbox.wechat_messages("o-alice")
    assert kept["body"] == message
    assert (kept["openid"], kept["kind"]) == ("o-alice", "custom")
    assert kept["msgtype"] == message["msgtype"]
    assert kept["text"]
    assert wechat.sandbox.wechat_messages("o-bob") == []


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"touser": "alice"}, 40003),
        ({"msgtype": "hologram"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": None}, 47001),
        ({"text": {"content": "字" * 683}}, 45002),
    ],
)
def test_invalid_messages_are_refused(
    wechat: WeChat, changes: dict[str, Any], errcode: int
) -> None:
    answer = wechat.post("/cgi-bin/message/custom/send", {**TEXT, **changes})
    assert answer["errcode"] == errcode
    assert wechat.sandbox.wechat_messages() == []


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"touser": "o-alice", "command": "Typing"}, 0),
        ({"touser": "o-alice", "command": "CancelTyping"}, 0),
        ({"touser": "o-alice", "command": "Sleeping"}, 45080),
        ({"touser": "", "command": "Typing"}, 40003),
    ],
)
def test_typing_is_recorded(wechat: WeChat, body: dict[str, str], errcode: int) -> None:
    assert wechat.post("/cgi-bin/message/custom/business/typing", body)["errcode"] == errcode


def test_subscription_message_is_recorded(wechat: WeChat) -> None:
    assert wechat.post("/cgi-bin/message/subscribe/send", NOTICE)["errcode"] == 0
    (kept,) = wechat.sandbox.wechat_messages("o-alice")
    assert (kept["kind"], kept["text"]) == ("subscribe", "工单已办结 · 2026-11-25")


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"touser": "x"}, 40003),
        ({"template_id": ""}, 40037),
        ({"data": {}}, 47003),
        ({"data": {"thing1": {"value": ""}}}, 47003),
        ({"data": {"thing1": {"value": "字" * 21}}}, 47003),
        ({"data": {"phrase1": {"value": "字" * 6}}}, 47003),
        ({"data": {"name1": "张三"}}, 47003),
    ],
)
def test_invalid_subscription_messages_are_refused(
    wechat: WeChat, changes: dict[str, Any], errcode: int
) -> None:
    answer = wechat.post("/cgi-bin/message/subscribe/send", {**NOTICE, **changes})
    assert answer["errcode"] == errcode
    assert wechat.sandbox.wechat_messages() == []


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [
        ("怎样注册", "pass", 100),
        ("教你赌博", "risky", 20006),
        ("加微信聊", "review", 10001),
    ],
)
def test_content_check_verdicts(wechat: WeChat, content: str, suggest: str, label: int) -> None:
    body = {"content": content, "version": 2, "scene": 2, "openid": "o-alice"}
    answer = wechat.post("/wxa/msg_sec_check", body)
    assert answer["errcode"] == 0
    assert answer["result"] == {"suggest": suggest, "label": label}


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"version": 1}, 40097),
        ({"scene": 9}, 40097),
        ({"content": "字" * 2501}, 40097),
        ({"openid": "alice"}, 40003),
    ],
)
def test_invalid_content_checks_are_refused(
    wechat: WeChat, changes: dict[str, Any], errcode: int
) -> None:
    body = {"content": "问题", "version": 2, "scene": 2, "openid": "o-alice", **changes}
    assert wechat.post("/wxa/msg_sec_check", body)["errcode"] == errcode


@pytest.mark.parametrize(("mode", "errcode"), [("busy", -1), ("limit", 45009)])
def test_api_can_be_busy_or_limited(wechat: WeChat, mode: str, errcode: int) -> None:
    wechat.sandbox.fault("wechat", mode)
    assert wechat.post("/cgi-bin/message/custom/send", TEXT)["errcode"] == errcode
    assert wechat.post("/cgi-bin/message/custom/send", TEXT)["errcode"] == 0


def test_fault_does_not_use_up_the_code(wechat: WeChat) -> None:
    for mode, errcode in (("busy", -1), ("limit", 45011)):
        wechat.sandbox.fault("wechat", mode, action="jscode2session")
        assert wechat.sign_in("wx-carol")["errcode"] == errcode
    assert wechat.sign_in("wx-carol")["openid"] == "o-carol"
