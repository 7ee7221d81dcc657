"""Delivery reports: fetched or called back, once, for the right phone, in the right words."""

import json
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.sms import reports
from miniprogram_api.delivery import delivery_reports
from miniprogram_api.messaging import notices
from miniprogram_api.operations import figure_counters
from miniprogram_api.phones import carriers, code_reports, sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import words
from models.accounts.sms_codes import SmsCode
from models.figures import DailyFigure
from models.outbox import Notice, OutboxJob
from models.storage.database import transaction
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import wechat_session
from tests.support.people.sms_codes import PHONE, ask
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
RESULTS = ("suspended", "void", "powered_off", "blacklisted", "blocked", "frequent", "unknown")
COARSE = "没送到（关机、停机、信号或拦截）"


def last(session: SessionInfo | None = None) -> code_reports.LastCode:
    return code_reports.last(session or wechat_session())


def later(minutes: int) -> AbstractContextManager[None]:
    moment = clock.now() + timedelta(minutes=minutes)
    return clock.replaced(lambda: moment)


def entry(row: Any, **changes: Any) -> dict[str, Any]:
    """Return a callback's entry for a code, in Tencent's form."""
    return {
        "user_receive_time": "2026-11-24 12:00:05",
        "nationcode": "86",
        "mobile": row.phone,
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功",
        "sid": row.sms_serial,
        **changes,
    }


def post(*entries: object) -> int:
    return delivery_reports.take_callback(json.dumps(entries).encode())


@both_databases
def test_a_report_is_fetched_once_and_is_told(rules: Rules) -> None:
    ask(rules.services)
    row = SmsCode.get()
    assert row.sms_serial.startswith("5000:")
    assert last().state == "submitted"
    assert "还没有回执" in last().sentence
    assert delivery_reports.fetch(rules.services) == 1
    told = last()
    assert (told.state, told.reason) == ("delivered", None)
    assert "送达" in told.sentence
    assert PHONE not in told.sentence
    assert delivery_reports.fetch(rules.services) == 0
    assert len(rules.sandbox.calls("PullSmsSendStatus")) == 1
    figure = DailyFigure.get(DailyFigure.name == figure_counters.REPORTS)
    assert (figure.key, figure.amount) == ("mobile:delivered", 1)


def test_the_worker_looks_again_while_reports_are_missing(rules: Rules) -> None:
    silent = make_phone(12)[:7] + "0000"
    ask(rules.services, silent)
    jobs.run(rules.services, delivery_reports.JOB, {})
    jobs.run(rules.services, delivery_reports.JOB, {})
    waiting = OutboxJob.select().where(OutboxJob.name == delivery_reports.JOB)
    assert waiting.count() == 1
    assert last().state == "submitted"
    SmsCode.update(created_at=clock.now() - timedelta(days=4)).execute()
    assert delivery_reports.fetch(rules.services) == 0
    assert len(rules.sandbox.calls("PullSmsSendStatus")) == 2


def test_with_a_callback_nothing_is_fetched(rules: Rules) -> None:
    ask(rules.services)
    assert delivery_reports.fetch(rules.with_settings(sms_receipts_path="x" * 24)) == 0
    assert rules.sandbox.calls("PullSmsSendStatus") == []


@pytest.mark.parametrize("result", RESULTS)
def test_the_exact_reason_is_for_the_own_phone_alone(rules: Rules, result: str) -> None:
    someone = person("王秀英", number=7301)
    account = account_of(someone)
    rules.sandbox.phone(someone.phone, report=result)
    own = account_session(account)
    ask(rules.services, someone.phone, session=wechat_session("stranger"))
    delivery_reports.fetch(rules.services)
    stranger = last(wechat_session("stranger"))
    assert (stranger.state, stranger.reason) == ("failed", None)
    assert COARSE in stranger.sentence

    SmsCode.update(created_at=clock.now() - timedelta(minutes=2)).execute()
    sms_codes_sent = SmsCode.select().count()
    with later(2):
        ask(rules.services, None, session=own, purpose="confirm")
        assert SmsCode.select().count() == sms_codes_sent + 1
        delivery_reports.fetch(rules.services)
        told = last(own)
        assert (told.state, told.reason) == ("failed", result)
        assert COARSE not in told.sentence
        assert words("code_reports.reasons")[result].split("{", 1)[0] in told.sentence


def test_a_phone_proved_in_this_session_reads_the_reason(rules: Rules) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    code = rules.sandbox.last_code(PHONE)
    delivery_reports.fetch(rules.services)
    proof = PhoneProof(sms_code=code)
    sms_codes.prove(PHONE, proof, purpose="register", session=session)
    rules.sandbox.phone(PHONE, report="powered_off")
    with later(2):
        ask(rules.services, session=session)
        delivery_reports.fetch(rules.services)
        assert last(session).reason == "powered_off"
        assert last(SessionInfo(b"another", session.openid, None)).reason is None


def test_a_callback_counts_by_serial_and_phone(rules: Rules) -> None:
    ask(rules.services)
    row = SmsCode.get()
    stranger = entry(row, mobile=make_phone(99))
    unknown = entry(row, sid="5000:unknown")
    assert post(stranger, unknown, {}, None, 7, {"sid": 3, "mobile": None}) == 0
    assert last().state == "submitted"
    failed = entry(row, report_status="FAIL", errmsg="MK:0023", description="关机")
    assert post(failed) == 1
    # The first report counts, however often the vendor repeats it.
    assert post(failed, entry(row)) == 0
    row = SmsCode.get()
    assert (row.report, row.report_reason) == ("failed", "powered_off")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{}", b"null", b"7", b"[" * 100_000, b"\xff", b"[[]]"]
)
def test_what_is_no_report_is_dropped(rules: Rules, body: bytes) -> None:
    ask(rules.services)
    assert delivery_reports.take_callback(body) == 0


def test_a_refusal_of_another_code_begins_with_what_is_known(rules: Rules) -> None:
    rules.sandbox.phone(PHONE, report="powered_off")
    ask(rules.services)
    delivery_reports.fetch(rules.services)
    with pytest.raises(Refused) as limited:
        ask(rules.services)
    assert limited.value.reason is Reason.SMS_RATE_LIMITED
    assert COARSE in limited.value.known
    with pytest.raises(Refused) as other:
        ask(rules.services, session=wechat_session("another"))
    assert other.value.known == ""


def test_a_notice_gets_its_report(rules: Rules) -> None:
    account = account_of(person(number=7302))
    with transaction():
        notices.add(account.id, notices.PHONE_CHANGED, PHONE)
    jobs.work_once(rules.services, clock.now())
    assert delivery_reports.fetch(rules.services) == 1
    assert Notice.get().report == "delivered"


@pytest.mark.parametrize(
    ("code", "description", "reason"),
    [
        ("", "停机", "suspended"),
        ("", "空号", "void"),
        ("", "关机", "powered_off"),
        ("", "关机/停机/无法接通手机/不在服务区", "unknown"),
        ("", "用户退订", "blacklisted"),
        ("-106", "", "blocked"),
        ("", "运营商关键字拦截", "blocked"),
        ("BEYONDH", "", "frequent"),
        ("MK:0001", "", "void"),
        ("MBBLACK", "x", "blacklisted"),
        ("XA:9999", "发送失败", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_reasons(code: str, description: str, reason: str) -> None:
    assert reports.reason_of(code, description) == reason


@pytest.mark.parametrize(
    ("phone", "carrier"),
    [
        ("13800138011", "mobile"),
        ("18600138011", "unicom"),
        ("19900138011", "telecom"),
        ("19200138011", "broadcast"),
        ("17040138011", "unicom"),
        ("17000138011", "telecom"),
        ("12300138011", "other"),
    ],
)
def test_carriers(phone: str, carrier: str) -> None:
    assert carriers.of_phone(phone) == carrier
    assert carrier in words("code_reports.carriers")


def test_without_a_code_nothing_is_known(rules: Rules) -> None:
    with pytest.raises(Refused) as refused:
        last()
    assert refused.value.reason is Reason.NOT_FOUND
