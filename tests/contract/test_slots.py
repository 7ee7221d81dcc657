"""Every call to a vendor takes a slot: without a free one nothing is sent."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, get_type_hints

import pytest

from config import Settings
from miniprogram_api import clients
from miniprogram_api.clients import Clients
from miniprogram_api.clients.ctid import CtidAnswer, CtidOutcome
from miniprogram_api.clients.face import FaceAnswer, FaceOutcome
from miniprogram_api.clients.guards import slots as slots_module
from miniprogram_api.clients.guards.slots import RETRY_AFTER_SECONDS, Slots
from miniprogram_api.clients.identity import IdentityAnswer, IdentityOutcome, PhoneOwner
from miniprogram_api.clients.reader import ReaderAnswer, ReaderOutcome
from miniprogram_api.clients.registrar_hooks import HookAnswer, HookOutcome
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult
from miniprogram_api.clients.sms.reports import SentMessage
from miniprogram_api.clients.wechat import WeChatUnavailable
from miniprogram_api.clients.wechat_messages import SendOutcome, SendResult
from tests.support.service.sandbox import SandboxServer

OPENID, NAME, NUMBER = "o-zhang", "张三", "110101199001019992"
JPEG = b"\xff\xd8 a picture"
BUSY = WeChatUnavailable
MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)

Case = tuple[Callable[[Clients, SandboxServer], object], object]

_REDIS = ("store", "store_status", "presence", "guards", "vendor_figures")
_OUTSIDE_REQUESTS = ("vendor_console", "log_server")
# How each method is called, and what it returns or raises without a slot.
CASES: dict[str, Case] = {
    "sms.send_code": (
        lambda c, _: c.sms.send_code("13800138011", "123456", 10),
        SmsResult(SmsOutcome.NO_SLOT, "tencent"),
    ),
    "sms.send_notice": (
        lambda c, _: c.sms.send_notice("13800138011", "phone_changed"),
        SmsResult(SmsOutcome.NO_SLOT, "tencent"),
    ),
    "sms.reports": (
        lambda c, _: c.sms.reports([SentMessage("tencent", "5000:1", MOMENT, "13800138011")]),
        [],
    ),
    "identity.check": (
        lambda c, _: c.identity.check(NAME, NUMBER, date(2020, 1, 1), None),
        IdentityAnswer(IdentityOutcome.NO_SLOT),
    ),
    "identity.phone_owner": (
        lambda c, _: c.identity.phone_owner(NAME, NUMBER, "13800138011"),
        PhoneOwner.UNKNOWN,
    ),
    "face.open_wechat_check": (
        lambda c, _: c.face.open_wechat_check("n" * 32, NAME, NUMBER, OPENID),
        FaceAnswer(FaceOutcome.NO_SLOT),
    ),
    "face.wechat_result": (
        lambda c, _: c.face.wechat_result("v" * 32, "n" * 32, NAME, NUMBER, OPENID),
        FaceAnswer(FaceOutcome.NO_SLOT),
    ),
    "face.compare_photo": (
        lambda c, _: c.face.compare_photo(JPEG, NAME, NUMBER),
        FaceAnswer(FaceOutcome.NO_SLOT),
    ),
    "face_compare.compare": (lambda c, _: c.face_compare.compare(JPEG, JPEG), None),
    "ctid.open": (lambda c, _: c.ctid.open(), CtidAnswer(CtidOutcome.NO_SLOT)),
    "ctid.verify": (
        lambda c, _: c.ctid.verify("ctid-ok", NAME, NUMBER),
        CtidAnswer(CtidOutcome.NO_SLOT),
    ),
    "wechat.user_of_code": (lambda c, _: c.wechat.user_of_code("wx-zhang"), BUSY),
    "wechat.phone_of_code": (
        lambda c, _: c.wechat.phone_of_code("phone-13800138011", OPENID),
        BUSY,
    ),
    "wechat.read_card": (lambda c, _: c.wechat.read_card(JPEG), BUSY),
    "wechat.url_link": (
        lambda c, _: c.wechat.url_link("pages/x", "a=1", datetime.now(UTC)),
        BUSY,
    ),
    "wechat_messages.send_chat": (
        lambda c, _: c.wechat_messages.send_chat(OPENID, {"msgtype": "text"}, lambda: None),
        SendResult(SendOutcome.NOT_SENT),
    ),
    "wechat_messages.set_typing": (lambda c, _: c.wechat_messages.set_typing(OPENID, True), None),
    "wechat_messages.send_subscribed": (
        lambda c, _: c.wechat_messages.send_subscribed(OPENID, "t", "pages/x", {}),
        SendResult(SendOutcome.NOT_SENT),
    ),
    "wechat_messages.judge_text": (
        lambda c, _: c.wechat_messages.judge_text("你好", OPENID, 2),
        BUSY,
    ),
    "registrar_hooks.send": (
        lambda c, s: c.registrar_hooks.send("k1", f"{s.url}/sandbox/registrar/hook", {}, b"{}"),
        HookAnswer(HookOutcome.NO_ANSWER),
    ),
    "reader.choose": (
        lambda c, _: c.reader.choose("密码忘了", (), ("密码", "验证码")),
        ReaderAnswer(ReaderOutcome.NO_SLOT),
    ),
}


def methods() -> Iterator[str]:
    """Name the methods of all clients that call a vendor."""
    for name, protocol in get_type_hints(Clients).items():
        # They call Redis alone, or are called by no thread that answers requests.
        if name in (*_REDIS, *_OUTSIDE_REQUESTS):
            continue
        for method, _ in inspect.getmembers(protocol, inspect.isfunction):
            if not method.startswith("_") and method != "state_inquiry":
                yield f"{name}.{method}"


def outcome(outside: Clients, sandbox: SandboxServer, case: Case) -> object:
    """Return what the call returns, or the kind of what it raises."""
    try:
        return case[0](outside, sandbox)
    except Exception as error:
        return error if isinstance(error, WeChatUnavailable) else type(error)


@pytest.fixture
def settings(settings: Settings, sandbox: SandboxServer) -> Settings:
    """Return the settings with a reader, which there is none of by default."""
    reader = {"faq_reader_url": f"{sandbox.url}/v1", "faq_reader_model": "qwen-test"}
    return settings.model_copy(update=reader)


@pytest.fixture
def bounded(settings: Settings) -> Clients:
    """Build the clients of a process with two threads, one of which may call vendors."""
    return clients.build(settings, threads=2)


def slots_of(outside: Clients) -> Slots:
    client: Any = outside.ctid
    slots: Slots = client._guard.slots
    return slots


def test_every_method_that_calls_a_vendor_is_tested_here() -> None:
    found = set(methods())
    assert found == set(CASES)
    assert len(found) >= 15


@pytest.mark.parametrize("name", CASES)
def test_without_a_slot_nothing_is_sent(
    bounded: Clients, sandbox: SandboxServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots_module, "PATIENCE_SECONDS", 0.01)
    with slots_of(bounded).hold("another"):
        found = outcome(bounded, sandbox, CASES[name])
    assert sandbox.calls() == []
    expected = CASES[name][1]
    if isinstance(found, WeChatUnavailable):
        assert expected is WeChatUnavailable
        # msg_sec_check has no caller that could try again.
        expects_wait = name != "wechat_messages.judge_text"
        assert found.details == ({"retry_after": RETRY_AFTER_SECONDS} if expects_wait else {})
    else:
        assert found == expected


@pytest.mark.parametrize("name", CASES)
def test_with_a_slot_the_vendor_is_called_and_the_slot_comes_back(
    bounded: Clients, sandbox: SandboxServer, name: str
) -> None:
    outcome(bounded, sandbox, CASES[name])
    assert sandbox.calls() != []
    assert slots_of(bounded)._calls.total() == 0


@pytest.mark.parametrize("mode", ["error", "reset", "slow", "busy", "limit"])
def test_slots_come_back_after_a_failing_vendor(
    bounded: Clients, sandbox: SandboxServer, mode: str
) -> None:
    for target in ("sms", "identity", "face", "wechat", "ctid", "registrar", "reader"):
        sandbox.fault(target, mode, count=100, seconds=1.2)
    for case in CASES.values():
        outcome(bounded, sandbox, case)
    assert slots_of(bounded)._calls.total() == 0


def test_waits_for_the_access_token_happen_in_a_slot(
    bounded: Clients, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots, held = slots_of(bounded), []
    client: Any = bounded.wechat
    storage = client._api.session
    ask = storage.run

    def run(mode: str, *arguments: Any) -> Any:
        held.append((mode, slots._calls["wechat"]))
        return ask(mode, *arguments)

    monkeypatch.setattr(storage, "run", run)
    bounded.wechat.phone_of_code("phone-13800138011", OPENID)
    assert ("get", 1) in held
    assert {count for _, count in held} == {1}


def test_full_slots_are_no_failures_of_the_vendor(
    settings: Settings, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots_module, "PATIENCE_SECONDS", 0.01)
    bounded = clients.build(settings.model_copy(update={"breaker_failures": 1}), threads=2)
    with slots_of(bounded).hold("another"):
        for case in CASES.values():
            outcome(bounded, sandbox, case)
    for inquiry in (
        bounded.sms.state_inquiry(),
        bounded.wechat.state_inquiry(),
        bounded.ctid.state_inquiry(),
        bounded.identity.state_inquiry(),
        bounded.reader.state_inquiry(),
        bounded.face.state_inquiry("wechat"),
        bounded.face.state_inquiry("photo"),
    ):
        [state] = bounded.store.inquire([inquiry])
        assert (state.retry_after, state.failures) == (0, 0)
