"""The WeChat client: sign-in codes, phone codes and the access token shared by all processes."""

import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr

from config import Settings
from miniprogram_api import clients, clock
from miniprogram_api.clients import Clients
from miniprogram_api.clients.wechat import (
    WeChatCodeInvalid,
    WeChatPhoneForeign,
    WeChatUnavailable,
    WeChatUser,
)
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.people.persons import make_phone
from tests.support.service.processes import in_processes
from tests.support.service.sandbox import SandboxServer
from tests.support.service.valkey import ValkeyServer

PHONE = make_phone(3)
PHONE_PATH = "/wxa/business/getuserphonenumber"


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[SandboxServer]:
    """Start a sandbox without a fetched token; tokens expire after 8 seconds."""
    with SandboxServer({"SANDBOX_TOKEN_SECONDS": "8"}) as server:
        yield server


def tokens(sandbox: SandboxServer) -> int:
    return len(sandbox.calls("stable_token"))


# Codes of wx.login ------------------------------------------------------------------------------


def test_sign_in_code_needs_no_access_token(outside: Clients, sandbox: SandboxServer) -> None:
    assert outside.wechat.user_of_code("wx-a") == WeChatUser("o-a")
    assert tokens(sandbox) == 0


def test_sign_in_code_works_once(outside: Clients) -> None:
    outside.wechat.user_of_code("wx-a")
    with pytest.raises(WeChatCodeInvalid):
        outside.wechat.user_of_code("wx-a")


@pytest.mark.parametrize("code", ["", "nonsense", "phone-13800000000", "码" * 200, "码" * 500])
def test_unknown_sign_in_codes_are_invalid(outside: Clients, code: str) -> None:
    with pytest.raises(WeChatCodeInvalid):
        outside.wechat.user_of_code(code)
    with pytest.raises(WeChatCodeInvalid):
        outside.wechat.phone_of_code(code.replace("phone-", "wx-"), "o-a")


def test_code_cannot_inject_query_parameters(outside: Clients) -> None:
    assert outside.wechat.user_of_code("wx-a&appid=b#c?d").openid == "o-a&appid=b#c?d"


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_sign_in_faults_are_unavailable(
    outside: Clients, sandbox: SandboxServer, mode: str
) -> None:
    sandbox.fault("wechat", mode, 5)
    with pytest.raises(WeChatUnavailable):
        outside.wechat.user_of_code("wx-a")
    assert len(sandbox.calls("jscode2session")) == 1


def test_slow_sign_in_is_unavailable(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("wechat", "slow", seconds=2)
    with pytest.raises(WeChatUnavailable):
        outside.wechat.user_of_code("wx-a")


def test_closed_port_is_unavailable(build: Build, closed_port: str) -> None:
    outside = build(wechat_api_base=f"http://{closed_port}")
    with pytest.raises(WeChatUnavailable):
        outside.wechat.user_of_code("wx-a")
    with pytest.raises(WeChatUnavailable):
        outside.wechat.phone_of_code(f"phone-{PHONE}", "o-a")


def test_production_rejects_sandbox_answers(build: Build, sandbox: SandboxServer) -> None:
    outside = build(profile="production")
    with pytest.raises(WeChatUnavailable):
        outside.wechat.user_of_code("wx-a")
    with pytest.raises(WeChatUnavailable):
        outside.wechat.phone_of_code(f"phone-{PHONE}", "o-a")
    assert sandbox.calls("getuserphonenumber") == []


def test_wrong_secret_is_unavailable_and_not_an_invalid_code(build: Build) -> None:
    outside = build(wechat_secret=SecretStr("wrong"))
    with pytest.raises(WeChatUnavailable):
        outside.wechat.user_of_code("wx-a")


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", {}, {"openid": ""}, {"openid": None}, {"openid": 5}]
)
def test_answer_without_a_user_is_unavailable(
    build: Build, canned: CannedServer, body: object
) -> None:
    canned.answer("/sns/jscode2session", body, content_type="text/plain")
    with pytest.raises(WeChatUnavailable):
        build(wechat_api_base=canned.url).wechat.user_of_code("wx-a")


def test_unionid_and_numbers_as_text_are_read(build: Build, canned: CannedServer) -> None:
    outside = build(wechat_api_base=canned.url)
    canned.answer("/sns/jscode2session", {"openid": "o", "unionid": "u", "session_key": "k"})
    assert outside.wechat.user_of_code("c") == WeChatUser("o", "u")
    canned.answer("/sns/jscode2session", {"errcode": "40163", "errmsg": "code been used"})
    with pytest.raises(WeChatCodeInvalid):
        outside.wechat.user_of_code("c")


# Phone numbers ----------------------------------------------------------------------------------


def test_phone_code_works_once(outside: Clients) -> None:
    assert outside.wechat.phone_of_code(f"phone-{PHONE}", "o-a") == PHONE
    with pytest.raises(WeChatCodeInvalid):
        outside.wechat.phone_of_code(f"phone-{PHONE}", "o-a")


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_phone_faults_are_unavailable(outside: Clients, sandbox: SandboxServer, mode: str) -> None:
    sandbox.fault("wechat", mode, action="getuserphonenumber")
    with pytest.raises(WeChatUnavailable):
        outside.wechat.phone_of_code(f"phone-{PHONE}", "o-a")
    assert len(sandbox.calls("getuserphonenumber")) == 1


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"countryCode": 86}, True),
        ({"countryCode": None}, False),
        ({"purePhoneNumber": "+8613800138000"}, False),
        ({"purePhoneNumber": "01012345678"}, False),
        ({"purePhoneNumber": 13800138000}, False),
        ({"watermark": {"timestamp": 1, "appid": "wx-somebody-else"}}, False),
        ({"watermark": {}}, False),
        ({"watermark": None}, False),
    ],
)
def test_phone_must_be_a_mainland_number_with_our_watermark(
    build: Build, settings: Settings, canned: CannedServer, change: dict[str, object], good: bool
) -> None:
    info = {
        "phoneNumber": PHONE,
        "purePhoneNumber": PHONE,
        "countryCode": "86",
        "watermark": {"timestamp": 1, "appid": settings.wechat_appid},
    }
    canned.answer("/cgi-bin/stable_token", {"access_token": "t" * 512, "expires_in": 7200})
    canned.answer(PHONE_PATH, {"errcode": 0, "phone_info": {**info, **change}})
    wechat = build(wechat_api_base=canned.url).wechat
    if good:
        assert wechat.phone_of_code("c", "o-a") == PHONE
    else:
        with pytest.raises(WeChatCodeInvalid):
            wechat.phone_of_code("c", "o-a")
    assert json.loads(canned.requests[-1].body) == {"code": "c", "openid": "o-a"}


def test_foreign_phone_is_no_invalid_code(outside: Clients) -> None:
    for code in ("phone-+852-91234567", "phone-+1-2025550123"):
        with pytest.raises(WeChatPhoneForeign):
            outside.wechat.phone_of_code(code, "o-a")


def test_answer_without_a_phone_is_unavailable(build: Build, canned: CannedServer) -> None:
    canned.answer("/cgi-bin/stable_token", {"access_token": "t", "expires_in": 7200})
    canned.answer(PHONE_PATH, {"errcode": 0})
    with pytest.raises(WeChatCodeInvalid):
        build(wechat_api_base=canned.url).wechat.phone_of_code("c", "o-a")


# The access token -------------------------------------------------------------------------------


def phones(outside: Clients, count: int, beginning: str) -> None:
    for number in range(count):
        code = f"phone-{PHONE}~{beginning}{number}"
        assert outside.wechat.phone_of_code(code, "o-a") == PHONE


def test_token_is_fetched_once_and_shared(build: Build, sandbox: SandboxServer) -> None:
    phones(build(), 3, "a")
    phones(build(), 3, "b")
    assert tokens(sandbox) == 1


def test_threads_at_a_cold_start_fetch_the_token_once(
    outside: Clients, sandbox: SandboxServer
) -> None:
    all_there = threading.Barrier(8)

    def work(number: int) -> None:
        all_there.wait(timeout=30)
        phones(outside, 3, f"{number}-")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert tokens(sandbox) == 1


def test_8_processes_at_a_cold_start_fetch_the_token_once(
    settings: Settings, sandbox: SandboxServer
) -> None:
    # The fetch is slow enough for all to need it meanwhile.
    sandbox.fault("wechat", "slow", action="stable_token", seconds=0.5)
    in_processes(8, start_cold, settings.model_copy(update={"upstream_timeout": 20.0}))
    assert tokens(sandbox) == 1
    assert len(sandbox.calls("getuserphonenumber")) == 8 * 3


def test_8_processes_with_a_refused_token_fetch_one_new_token(
    settings: Settings, outside: Clients, sandbox: SandboxServer
) -> None:
    outside.wechat._api.session.run("keep", "80_stale", 3_600_000)  # type: ignore[attr-defined]
    in_processes(8, start_cold, settings.model_copy(update={"upstream_timeout": 20.0}))
    assert tokens(sandbox) == 1
    # Each process met the refused token at most once.
    refused = len(sandbox.calls("getuserphonenumber")) - 8 * 3
    assert 1 <= refused <= 8


def start_cold(number: int, meet: Callable[[], None], settings: Settings) -> None:
    """Use the phone call in a separate process."""
    outside = clients.build(settings)
    meet()
    phones(outside, 3, f"{number}-")


def test_token_near_its_expiry_is_replaced(outside: Clients, sandbox: SandboxServer) -> None:
    began = clock.now()
    phones(outside, 1, "a")
    # The sandbox keeps its token between tests, so this one may be older.
    with clock.replaced(lambda: began + timedelta(seconds=6000)):
        phones(outside, 1, "b")
    assert tokens(sandbox) == 1
    with clock.replaced(lambda: began + timedelta(seconds=7200 - 119)):
        phones(outside, 1, "c")
    assert tokens(sandbox) == 2


def test_refused_token_is_discarded_and_the_call_retried(
    outside: Clients, sandbox: SandboxServer, valkey: ValkeyServer, settings: Settings
) -> None:
    phones(outside, 1, "a")
    session = outside.wechat._api.session  # type: ignore[attr-defined]
    session.run("keep", "80_stale", 3_600_000)
    phones(outside, 2, "b")
    assert tokens(sandbox) == 2
    assert len(sandbox.calls("getuserphonenumber")) == 4


def test_new_token_of_another_worker_is_not_discarded(outside: Clients) -> None:
    session = outside.wechat._api.session  # type: ignore[attr-defined]
    session.run("keep", "80_new", 3_600_000)
    session.run("discard", "80_old")
    assert session.run("get", "caller", 1000) == b"80_new"
    session.run("discard", "80_new")
    assert session.run("get", "caller", 1000) == 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_call_is_retried_once(build: Build, canned: CannedServer, errcode: int) -> None:
    canned.answer("/cgi-bin/stable_token", {"access_token": "t", "expires_in": 7200})
    canned.answer(PHONE_PATH, {"errcode": errcode, "errmsg": "no"})
    with pytest.raises(WeChatUnavailable):
        build(wechat_api_base=canned.url).wechat.phone_of_code("c", "o-a")
    assert sum(request.path.startswith(PHONE_PATH) for request in canned.requests) == 2
    assert sum(request.path == "/cgi-bin/stable_token" for request in canned.requests) == 2


def test_failed_fetch_releases_the_lock(build: Build, sandbox: SandboxServer) -> None:
    outside = build(upstream_timeout=20.0)
    sandbox.fault("wechat", "error", action="stable_token")
    with pytest.raises(WeChatUnavailable):
        outside.wechat.phone_of_code(f"phone-{PHONE}", "o-a")
    session = outside.wechat._api.session  # type: ignore[attr-defined]
    # Another caller would wait for the lease.
    assert session.run("get", "other", 1000) == 1
    session.run("give_up", "other")
    phones(outside, 1, "a")
    assert tokens(sandbox) == 2


def test_dead_fetcher_blocks_others_only_for_its_lease(outside: Clients) -> None:
    session = outside.wechat._api.session  # type: ignore[attr-defined]
    began = clock.now()
    assert session.run("get", "dead", 2000) == 1
    assert session.run("get", "other", 2000) == 0
    for later in (timedelta(seconds=2.1), timedelta(days=-1)):
        with clock.replaced(lambda later=later: began + later):  # type: ignore[misc]
            assert session.run("get", "other", 2000) == 1
        session.run("give_up", "other")
        session.run("get", "dead", 2000)


def test_short_lived_token_is_used_for_half_its_life(
    build: Build, own_sandbox: SandboxServer
) -> None:
    outside = build(wechat_api_base=own_sandbox.url)
    began = clock.now()
    phones(outside, 1, "a")
    with clock.replaced(lambda: began + timedelta(seconds=3)):
        phones(outside, 1, "b")
    assert tokens(own_sandbox) == 1
    with clock.replaced(lambda: began + timedelta(seconds=5)):
        phones(outside, 1, "c")
    assert tokens(own_sandbox) == 2


@pytest.mark.parametrize(
    "body", [{}, {"access_token": "", "expires_in": 7200}, {"access_token": "t", "expires_in": 0},
             {"access_token": "t", "expires_in": "7200"}, {"errcode": 40125, "errmsg": "secret"}]
)  # fmt: skip
def test_malformed_token_is_unavailable(build: Build, canned: CannedServer, body: object) -> None:
    canned.answer("/cgi-bin/stable_token", body)
    with pytest.raises(WeChatUnavailable):
        build(wechat_api_base=canned.url).wechat.phone_of_code("c", "o-a")


def test_without_redis_sign_in_works_and_phone_codes_do_not(build: Build, tmp_path: Path) -> None:
    outside = build(redis_url=f"unix://{tmp_path}/none.sock")
    assert outside.wechat.user_of_code("wx-a").openid == "o-a"
    with pytest.raises(WeChatUnavailable):
        outside.wechat.phone_of_code(f"phone-{PHONE}", "o-a")


def test_logs_and_exceptions_contain_no_secret_token_code_or_phone(
    build: Build,
    settings: Settings,
    sandbox: SandboxServer,
    closed_port: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    seen: list[BaseException] = []
    code = "wx-secretcode"

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except (WeChatUnavailable, WeChatCodeInvalid) as error:
            seen.append(error)

    with structlog.testing.capture_logs() as logs:
        for changes in ({}, {"wechat_api_base": f"http://{closed_port}"}):
            for mode in ("ok", "busy", "error", "reset"):
                wechat = build(**changes).wechat
                sandbox.fault("wechat", mode, 2)
                run(partial(wechat.user_of_code, code))
                run(partial(wechat.phone_of_code, f"phone-{PHONE}", "o-a"))
    # Eight tries of each call; only the first of each succeeds.
    assert len(seen) == 14
    assert [error.__context__ for error in seen] == [None] * len(seen)
    shown = "".join("".join(traceback.format_exception(error)) for error in seen)
    text = caplog.text + json.dumps(logs) + shown
    for secret in (settings.wechat_secret.get_secret_value(), code, PHONE, "?access_token"):
        assert secret not in text
