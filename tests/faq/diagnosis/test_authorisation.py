"""Diagnosis of the authorisation to register a business."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from faq.content.entries import Content
from faq.diagnosis.pending import PendingSubjects
from faq.diagnosis.refusal_buttons import AUTHORISE, CTID, FACE, WINDOWS
from miniprogram_api.access import refusals
from miniprogram_api.reasons import Reason, Refused
from tests.support.faq.diagnosis import Bot, asker_of
from tests.support.people.accounts import Time, account_of, account_session
from tests.support.people.faces import Holder, refusal
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
        "ok": "授权有效，11月24日以前（当天也算）不用再设置",
        "ended": "请到“账号管理”重新设置有效期",
        "card_expired": "请先改正证件有效期",
    }
    assert told.get(reason, "") in str(found.instead)
    assert bool(found.instead) == (reason in told)


CLOSED = {"level": 4, "authorization_closed_at": NOON - timedelta(hours=2)}


@pytest.mark.parametrize(
    ("slug", "has_text"),
    [
        (SWITCH, True),
        ("authorization_expired", True),
        ("all_done", True),
        ("face_check_errors", False),
    ],
)
def test_reset_is_told_with_the_ways_to_be_checked(
    rules: Rules, shipped: Content, slug: str, has_text: bool
) -> None:
    account = account_of(SOMEONE, **CLOSED)
    found = Bot(rules.services, shipped, account_session(account, None)).look(slug)
    [finding] = found.findings
    assert finding.code == "authorization_reset"
    assert (finding.data["reason"], finding.data["cause"]) == ("off", "reset")
    assert "重置密码或换手机号后，请先刷脸、用网证或到窗口核验一次" in finding.message
    assert list(found.actions[:3]) == [FACE, CTID, WINDOWS]
    assert AUTHORISE in found.hidden
    assert FACE not in found.hidden
    assert CTID not in found.hidden
    assert ("请先刷脸核验一次" in str(found.instead)) == has_text


def test_sign_in_of_a_closed_account_names_no_needless_check(
    rules: Rules, shipped: Content
) -> None:
    account = account_of(SOMEONE, **CLOSED)
    found = Bot(rules.services, shipped, account_session(account, None)).look("user_not_found")
    said = " ".join(finding.message for finding in found.findings)
    assert "不用再刷脸" not in said
    assert FACE not in found.hidden


def test_faces_used_up_since_the_reset_are_reported(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, person("张不像", number=82), **CLOSED)
    for _ in range(5):
        refusal(holder.verify, holder.open(purpose="authorization").challenge_id)
    found = Bot(rules.services, shipped, holder.session).look("face_check_errors")
    assert found.findings[0].code == "too_many_attempts"
    assert FACE in found.hidden


def test_refused_switching_on_stands_open(rules: Rules, shipped: Content) -> None:
    account = account_of(SOMEONE, **CLOSED)
    session = account_session(account, "zhang")
    refusals.note(session, Refused(Reason.LEVEL_TOO_LOW, cause="reset"), account.id)
    pending_subjects = PendingSubjects(rules.services, asker_of(session), "还是不行", shipped)
    assert pending_subjects.pending is not None
    assert pending_subjects.pending.entry.slug == SWITCH
    assert pending_subjects.pending.diagnosis.state == "switch_closed"
