"""Content safety: texts are classified by WeChat without personal data."""

import pytest

from miniprogram_api.messaging import content_safety
from miniprogram_api.messaging.content_safety import Verdict
from tests.support.people.persons import person
from tests.support.service.rules import Rules

SOMEONE = person("王小明", number=7)


def check(rules: Rules, text: str, openid: str | None = "o-a") -> Verdict:
    return content_safety.check(rules.services, text, openid)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("窗口的同志很耐心", Verdict.PASS),
        ("加微信聊", Verdict.REVIEW),
        ("教你赌博", Verdict.RISKY),
        ("", Verdict.PASS),
        (" \n", Verdict.PASS),
    ],
)
def test_text_is_classified_by_wechat(rules: Rules, text: str, verdict: Verdict) -> None:
    assert check(rules, text) is verdict


def test_personal_data_is_not_sent_to_wechat(rules: Rules) -> None:
    text = (
        f"我叫{SOMEONE.name}，证号{SOMEONE.id_number}，手机 {SOMEONE.phone[:3]} {SOMEONE.phone[3:]}"
    )
    assert check(rules, text) is Verdict.PASS
    (call,) = rules.sandbox.calls("msg_sec_check")
    assert call["request"] == {
        "content": "我叫***，证号***，手机 ***",
        "version": 2,
        "scene": 2,
        "openid": "o-a",
    }


def test_long_text_is_classified_in_parts_and_the_worst_counts(rules: Rules) -> None:
    assert check(rules, "字" * 2500 + "加微信聊" + "字" * 2600) is Verdict.REVIEW
    assert len(rules.sandbox.calls("msg_sec_check")) == 3
    assert check(rules, "加微信聊" + "字" * 2500 + "赌博") is Verdict.RISKY


@pytest.mark.parametrize("mode", ["busy", "error", "reset"])
def test_text_is_reviewed_by_staff_when_wechat_is_down(rules: Rules, mode: str) -> None:
    rules.sandbox.fault("wechat", mode, action="msg_sec_check")
    assert check(rules, "窗口的同志很耐心") is Verdict.REVIEW


def test_text_of_a_user_unknown_to_wechat_is_reviewed_by_staff(rules: Rules) -> None:
    assert check(rules, "窗口的同志很耐心", openid=None) is Verdict.REVIEW
    assert rules.sandbox.calls("msg_sec_check") == []
