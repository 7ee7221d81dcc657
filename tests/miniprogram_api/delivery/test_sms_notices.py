"""Notices: sent by the worker, retried only when nothing was sent."""

from datetime import datetime, timedelta

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.delivery import dead_letters
from miniprogram_api.messaging import notices
from models.outbox import Notice
from models.storage.database import transaction
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

SOMEONE = person("王小明", number=7)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=clock.SHANGHAI)


def add(rules: Rules, kind: str, phone: str = SOMEONE.phone) -> Notice:
    with transaction():
        notices.add(account_of(SOMEONE).id, kind, phone)
    return Notice.get()


def work(rules: Rules) -> bool:
    return jobs.work_once(rules.services, clock.now())


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (notices.PHONE_CHANGED, "登记的手机号已更换"),
        (notices.PHONE_CHANGE_ASKED, "申请更换您账号登记的手机号"),
        (notices.DISPUTE_FILED, "冒名异议已报送"),
        (notices.DISPUTE_ENDED, "冒名异议已有结果"),
        (notices.BINDING_CHANGED, "在另一个微信上登录绑定"),
        (notices.BINDING_ENDED, "与原微信的绑定已解除"),
        (notices.STATUS_CHANGED, "账号状态有变动"),
        (notices.INCIDENT, "可能受一起安全事件影响"),
        (notices.AUTHORIZATION_CLOSED, "已关闭，再开启请先刷脸、用网证或到窗口核验"),
    ],
)
def test_notice_is_sent_once(rules: Rules, kind: str, words: str) -> None:
    add(rules, kind)
    assert work(rules)
    assert not work(rules)
    (message,) = rules.sandbox.inbox(SOMEONE.phone)
    assert words in message["text"]


@pytest.mark.parametrize("mode", ["error", "busy", "limit"])
def test_refused_notice_is_retried(rules: Rules, mode: str) -> None:
    with Time(NOON).running() as time:
        add(rules, notices.PHONE_CHANGED)
        rules.sandbox.fault("sms", mode, 2)
        for wait in (5, 10):
            assert work(rules)
            assert not work(rules)
            time.advance(seconds=wait)
        assert work(rules)
        assert Notice.get().done_at == time.now
    assert len(rules.sandbox.inbox(SOMEONE.phone)) == 1


def test_notice_with_unknown_outcome_is_not_retried(rules: Rules) -> None:
    services = rules.with_settings(sms_timeout=0.3)
    add(rules, notices.PHONE_CHANGED)
    rules.sandbox.fault("sms", "slow", 1, seconds=1)
    assert jobs.work_once(services, clock.now())
    assert not jobs.work_once(services, clock.now() + timedelta(days=1))
    assert len(rules.sandbox.calls("SendSms")) == 1


def test_notice_that_is_given_up_is_a_dead_letter_and_kept_when_dropped(rules: Rules) -> None:
    rules.sandbox.fault("sms", "busy", 100)
    with Time(NOON).running() as time:
        add(rules, notices.PHONE_CHANGED)
        for _ in range(20):
            assert work(rules)
            time.advance(hours=1)
        assert not work(rules)
    (letter,) = dead_letters.list_all()
    assert letter.kind == "notice"
    assert SOMEONE.phone not in (letter.letter.recipient, letter.letter.text)
    assert "短信平台" in letter.letter.cause
    dead_letters.drop(letter.key, actor="test", reason="号码停用")
    assert dead_letters.list_all() == []
    # It also tells which phone was replaced.
    assert Notice.get().phone == SOMEONE.phone


def test_old_notices_are_deleted_with_their_phones(rules: Rules) -> None:
    add(rules, notices.PHONE_CHANGED)
    assert notices.remove_old() == 0
    Notice.update(created_at=clock.now() - timedelta(days=31)).execute()
    assert notices.remove_old() == 1
