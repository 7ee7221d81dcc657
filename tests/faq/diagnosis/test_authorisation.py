"""Diagnosis of the authorisation to register a business."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from faq.content.entries import Content
from faq.diagnosis.buttons import AUTHORISE
from tests.support.faq.diagnosis import Bot
from tests.support.people.accounts import Time, account_of, account_session
from tests.support.people.persons import person
from tests.support.people.sms_codes import NOON
from tests.support.service.rules import Rules

SWITCH = "authorization_setting"
SOMEONE = person("王秀英", number=81)

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


@both_databases
@pytest.mark.parametrize(
    ("columns", "reason", "words"),
    [
        ({}, "level_too_low", "还不能开启：请先通过刷脸"),
        (
            {"level": 4},
            "off",
            "请开启“是否办理工商登记注册”，开启后才能办理登记；有效期今天最晚可选12月8日。",
        ),
        (
            {"level": 4, "authorization_enabled": True, "authorization_until": NOON.date()},
            "ok",
            "已开启，有效期到11月24日，当天也算",
        ),
        (
            {
                "level": 4,
                "authorization_enabled": True,
                "authorization_until": date(2026, 11, 23),
            },
            "ended",
            "请重新设置“是否办理工商登记注册”，上次的已于11月23日到期；有效期今天最晚可选12月8日。",
        ),
        ({"level": 4, "valid_until": date(2026, 11, 23)}, "card_expired", "证件已过期"),
        ({"level": 4, "status": "frozen"}, "frozen", "暂停："),
    ],
)
def test_authorisation_state_is_reported(
    rules: Rules, shipped: Content, columns: dict[str, Any], reason: str, words: str
) -> None:
    account = account_of(SOMEONE, **columns)
    found = Bot(rules.services, shipped, account_session(account, None)).look(SWITCH)
    [finding] = found.findings
    assert (AUTHORISE in found.hidden) == (reason in ("level_too_low", "frozen"))
    assert finding.code == f"authorization_{reason}"
    assert finding.data["reason"] == reason
    assert finding.data["effective"] == (reason == "ok")
    assert words in finding.message
    # What to do now is the text of the state.
    told = {
        "level_too_low": "请先刷脸核验身份",
        "off": "有效期今天最晚可选12月8日。",
        "ok": "都办好了，11月24日以前（当天也算）不用再做什么",
        "ended": "请到“账号管理”重新设置有效期",
        "card_expired": "请先改正证件有效期",
    }
    assert told.get(reason, "") in "".join(found.instead)
    assert bool(found.instead) == (reason in told)
