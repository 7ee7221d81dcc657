"""The sandbox's WeChat face check."""

import base64
import hashlib
from itertools import count
from typing import Any

import pytest

from sandbox.face import certificate_hash
from tests.sandbox.conftest import WeChat
from tests.support.people.persons import person

OPEN = "/cityservice/face/identify/getverifyid"
QUERY = "/cityservice/face/identify/queryverifyinfo"
NUMBER = person().id_number
numbers = count(1)


def start(wechat: WeChat, name: str = "张三", number: str = NUMBER, **changes: Any) -> Any:
    body = {
        "out_seq_no": f"check-{next(numbers)}",
        "cert_info": {"cert_type": "IDENTITY_CARD", "cert_name": name, "cert_no": number},
        "openid": "o-alice",
        **changes,
    }
    answer = wechat.post(OPEN, body)
    certificate = body["cert_info"]
    joined = "&".join(
        f"{field}={base64.b64encode(str(certificate[field]).encode()).decode()}"
        for field in ("cert_type", "cert_name", "cert_no")
    )
    query = {
        "verify_id": answer.get("verify_id"),
        "out_seq_no": body["out_seq_no"],
        "cert_hash": hashlib.sha256(joined.encode()).hexdigest(),
        "openid": body["openid"],
    }
    return answer, query


def test_hash_equals_the_documented_one() -> None:
    expected = "3c241f7ff324977aeb91f173bb2a7b06569e6fd784d5573db34a636d8671108b"
    assert certificate_hash("IDENTITY_CARD", "张三", "310101199801011234") == expected


def test_check_passes(wechat: WeChat) -> None:
    answer, query = start(wechat)
    assert (answer["errcode"], answer["expires_in"]) == (0, 3600)
    result = wechat.post(QUERY, query)
    assert (result["errcode"], result["verify_ret"]) == (0, 10000)


@pytest.mark.parametrize("ret", [90002, 90008, 90017, 10004])
def test_set_result_applies_to_the_next_check_only(wechat: WeChat, ret: int) -> None:
    wechat.sandbox.face("o-alice", ret)
    _, first = start(wechat)
    _, second = start(wechat)
    assert wechat.post(QUERY, first)["verify_ret"] == ret
    # A check keeps its result, and the next one is independent.
    assert wechat.post(QUERY, first)["verify_ret"] == ret
    assert wechat.post(QUERY, second)["verify_ret"] == 10000


def test_result_can_be_set_during_the_check(wechat: WeChat) -> None:
    _, query = start(wechat)
    wechat.sandbox.face("o-bob", 90003)
    wechat.sandbox.face("o-alice", 90002)
    assert wechat.post(QUERY, query)["verify_ret"] == 90002


def test_unfinished_check_can_still_pass(wechat: WeChat) -> None:
    _, query = start(wechat)
    wechat.sandbox.face("o-alice", 10300)
    assert wechat.post(QUERY, query)["verify_ret"] == 10300
    assert wechat.post(QUERY, query)["verify_ret"] == 10000


@pytest.mark.parametrize(
    ("name", "ret"),
    [
        ("张不像", 10004),
        ("张无照", 10009),
        ("张脸忙", 10015),
        ("张旧证", 10026),
        ("张不符", 10003),
        ("张限次", 10042),
        ("买买提•吐尔逊", 10003),
        ("买买提·吐尔逊", 10000),
    ],
)
def test_name_decides_the_result(wechat: WeChat, name: str, ret: int) -> None:
    _, query = start(wechat, name)
    assert wechat.post(QUERY, query)["verify_ret"] == ret


def test_strangers_do_not_pass(wechat: WeChat) -> None:
    # Well formed, but no test person: born in 2099.
    _, query = start(wechat, number="310101209912311234")
    assert wechat.post(QUERY, query)["verify_ret"] == 10026
    _, query = start(wechat, number="1")
    assert wechat.post(QUERY, query)["verify_ret"] == 10003


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"verify_id": "0" * 32}, 84001),
        ({"verify_id": None}, 84001),
        ({"out_seq_no": "check-0"}, 40097),
        ({"cert_hash": "0" * 64}, 40097),
        ({"openid": "o-bob"}, 40097),
    ],
)
def test_mismatching_query_is_refused(
    wechat: WeChat, changes: dict[str, Any], errcode: int
) -> None:
    _, query = start(wechat)
    answer = wechat.post(QUERY, {**query, **changes})
    assert answer["errcode"] == errcode
    assert "verify_ret" not in answer


def test_sequence_number_cannot_be_reused(wechat: WeChat) -> None:
    assert start(wechat, out_seq_no="the-same")[0]["errcode"] == 0
    assert start(wechat, out_seq_no="the-same")[0]["errcode"] == 40097


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"out_seq_no": "abcd"}, 40097),
        ({"out_seq_no": "a" * 33}, 40097),
        ({"out_seq_no": "with space"}, 40097),
        ({"openid": "alice"}, 40003),
        ({"cert_info": {"cert_type": "PASSPORT", "cert_name": "张三", "cert_no": "1"}}, 40097),
        ({"cert_info": {"cert_type": "IDENTITY_CARD", "cert_name": "", "cert_no": "1"}}, 40097),
    ],
)
def test_invalid_checks_are_refused(wechat: WeChat, changes: dict[str, Any], errcode: int) -> None:
    answer, _ = start(wechat, **changes)
    assert answer["errcode"] == errcode
    assert "verify_id" not in answer


def test_both_calls_need_a_valid_token(wechat: WeChat) -> None:
    wechat.stable_token(force_refresh=True)
    assert wechat.post(OPEN, {})["errcode"] == 40001
    assert wechat.post(QUERY, {})["errcode"] == 40001
    assert wechat.post(OPEN, {}, token=None)["errcode"] == 41001


@pytest.mark.parametrize(("mode", "errcode"), [("busy", -1), ("limit", 45009)])
def test_busy_and_limit_apply_to_the_face_target(wechat: WeChat, mode: str, errcode: int) -> None:
    wechat.sandbox.fault("face", mode, action="queryverifyinfo")
    answer, query = start(wechat)
    assert answer["errcode"] == 0
    assert wechat.post(QUERY, query)["errcode"] == errcode
    assert wechat.post(QUERY, query)["verify_ret"] == 10000
