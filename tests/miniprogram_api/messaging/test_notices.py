"""Notices: sent by the worker, retried only when nothing was sent."""

from datetime import datetime, timedelta

import pytest

from handlers import jobs
from miniprogram_api import clock, outbox
from miniprogram_api.messaging import notices
from models.outbox import Notice, OutboxJob
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
    return outbox.work_once(lambda name, load: jobs.run(rules.services, name, load), clock.now())


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (notices.PHONE_CHANGED, "登记的手机号已更换"),
        (notices.BINDING_CHANGED, "在另一个微信上登录绑定"),
        (notices.BINDING_ENDED, "与原微信的绑定已解除"),
        (notices.STATUS_CHANGED, "账号状态有变动"),
        (notices.AUTHORIZATION_CLOSED, "已关闭，再开启请先刷脸、用网证或到窗口核验"),
    ],
)
def test_notice_is_sent_once(rules: Rules, kind: str, words: str) -> None:
    add(rules, kind)
    assert SOMEONE.phone not in OutboxJob.get().payload
    assert work(rules)
    assert not work(rules)
    (message,) = rules.sandbox.inbox(SOMEONE.phone)
    assert words in message["text"]
    notices.send(rules.services, Notice.get().id)
    assert len(rules.sandbox.inbox(SOMEONE.phone)) == 1


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
        assert Notice.get().sent_at == time.now
    assert len(rules.sandbox.inbox(SOMEONE.phone)) == 1


def test_notice_with_unknown_outcome_is_not_retried(rules: Rules) -> None:
    services = rules.with_settings(sms_timeout=0.3)
    notice = add(rules, notices.PHONE_CHANGED)
    rules.sandbox.fault("sms", "slow", 1, seconds=1)
    notices.send(services, notice.id)
    notices.send(services, notice.id)
    assert len(rules.sandbox.calls("SendSms")) == 1


def test_missing_notice_is_no_failure(rules: Rules) -> None:
    notices.send(rules.services, 12345)
    assert rules.sandbox.calls("SendSms") == []


def test_old_notices_are_deleted_with_their_phones(rules: Rules) -> None:
    add(rules, notices.PHONE_CHANGED)
    assert notices.remove_old() == 0
    Notice.update(created_at=clock.now() - timedelta(days=31)).execute()
    assert notices.remove_old() == 1
