"""Diagnosis of the four elements and the card on record."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from faq.content.entries import Content
from faq.diagnosis import refusal_buttons
from faq.diagnosis.observations import sentence_of
from faq.diagnosis.refusal_buttons import (
    CHECK_ELEMENTS,
    CTID,
    FACE_AGAIN,
    MANUAL,
    Button,
)
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.enrolment import registration
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.reasons import Reason, Refused
from models.storage.database import transaction
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import ADDRESS, Time, account_of, account_session
from tests.support.people.persons import Person, person
from tests.support.people.registrations import form, sent_code, web_session, wechat_session
from tests.support.people.sms_codes import NOON
from tests.support.service.rules import Rules

DATA, MANY, FACE = "verify_data_missing", "many_failures_manual", "face_check_errors"
SYMBOL, LONG, EXPIRED = "name_symbol", "long_term_id", "expired_card"

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def check(rules: Rules, of: Person, session: SessionInfo, **changes: Any) -> Refused | None:
    """Run one check at the source; return the refusal."""
    try:
        verification.verify(
            rules.services,
            IdentityElements(of.name, of.id_number, of.valid_from, of.valid_until),
            session=session,
            address=ADDRESS,
            purpose="register",
            **changes,
        )
    except Refused as refused:
        return refused
    return None


@both_databases
def test_last_check_is_reported_with_its_doubtful_field(
    rules: Rules, shipped: Content, time: Time
) -> None:
    someone, session = person("王秀英不符", number=41), wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert bot.look(DATA).findings == ()
    no = check(rules, someone, session, warnings=["valid_until_day_off", "name_space"])
    assert no is not None
    found = bot.look(DATA, vague=True)
    assert found.decided is shipped.by_case[4]
    [finding] = found.findings
    assert (finding.code, finding.severity) == ("four_elements_mismatch", "block")
    assert finding.message == (
        "请先看有效期结束日期、姓名。还可试4次。"
        "核验数据缺失：姓名、证号、有效期起止有一项对不上，请对照证件逐项核对。（12:00的提示）"
    )
    assert finding.data == {"attempts_left": no.details["attempts_left"], "fields": [
        "valid_until", "name",
    ]}  # fmt: skip
    # What failed before a success is over.
    time.advance(minutes=1)
    assert check(rules, person(number=41), session) is None
    assert bot.codes(DATA) == ["identity_matched"]
    assert bot.case(DATA) is None


def test_browsers_of_an_address_share_the_attempts_for_a_person(
    rules: Rules, shipped: Content
) -> None:
    someone, browsers = person("王秀英不符", number=40), [web_session(n, ADDRESS) for n in "abc"]
    for one in browsers:
        check(rules, someone, one)
    found = Bot(rules.services, shipped, browsers[2]).look(DATA)
    assert found.findings[0].data["attempts_left"] == 2


@pytest.mark.parametrize(
    ("name", "birth", "case"),
    [
        ("王秀英无记录", None, 4),
        ("王秀英无效", None, 4),
        ("阿依古丽·不符", None, 13),
        ("王秀英不符", date(1961, 3, 9), 14),
        ("王秀英源忙", None, 12),
    ],
)
def test_outcomes_of_the_source_lead_to_the_apis_cases(
    rules: Rules, shipped: Content, name: str, birth: date | None, case: int
) -> None:
    someone = person(name, number=42, birth=birth, sequence=991)
    session = wechat_session()
    no = check(rules, someone, session)
    assert no is not None
    found = Bot(rules.services, shipped, session).look(DATA, vague=True)
    assert found.decided is shipped.by_case[case]
    assert no.case == case
    assert found.findings[0].code == no.reason.name.lower()
    copies = [action["copy"] for action in found.actions if action["type"] == "copy"]
    assert copies == (["·"] if case == 13 else [])


@both_databases
def test_repeated_mismatches_lead_to_a_window(rules: Rules, shipped: Content, time: Time) -> None:
    someone, session = person("王秀英不符", number=43), wechat_session()
    bot = Bot(rules.services, shipped, session)
    decided, messages = [], []
    for _ in range(5):
        check(rules, someone, session)
        decided.append(bot.case(DATA))
        messages.append(bot.message(DATA, vague=True))
        time.advance(minutes=1)
    assert decided == [4, 4, 10, 10, 10]
    tries = [message.rpartition("还可试")[2][:3] for message in messages]
    assert tries[:4] == ["4次。", "3次。", "2次。", "1次。"]
    no = check(rules, someone, session)
    assert no is not None
    assert no.reason is Reason.TOO_MANY_ATTEMPTS
    found = bot.look(MANY)
    [finding] = found.findings
    assert finding.code == "too_many_attempts"
    assert finding.data["retry_after"] == no.details["retry_after"]
    assert finding.data["attempts_left"] == 0
    assert "11月25日12:00后可再试" in finding.message
    assert [a.get("ticket") for a in found.actions] == ["manual_verification", None]
    # A day later the attempts are there again, and so says the bot.
    time.advance(hours=24)
    assert bot.case(MANY) == 4
    assert "还可试5次" in bot.message(MANY)


def test_attempts_used_up_by_others_are_reported(
    rules: Rules, shipped: Content, time: Time
) -> None:
    someone, session = person("王秀英不符", number=44), wechat_session()
    for name in "abcd":
        for _ in range(5):
            check(rules, someone, wechat_session(name))
    noted(session, lambda: _raise(check(rules, someone, session)))
    bot = Bot(rules.services, shipped, session)
    assert bot.case(DATA) == 10
    assert bot.message(MANY).startswith("有他人用这个身份多次核验未通过")
    assert bot.look(DATA).actions[0] == refusal_buttons.CLEAR_LIMIT
    # A passed face check makes it obsolete.
    with transaction():
        refusals.forget_limits("o-zhang")
    assert bot.codes(MANY) == []


def test_full_limit_of_an_address_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    check(rules, person("王秀英不符", number=49), session)
    time.advance(minutes=1)
    full = Refused(Reason.TOO_MANY_ATTEMPTS, retry_after=600, scope="address")
    noted(session, lambda: _raise(full))
    bot = Bot(rules.services, shipped, session)
    assert bot.message(DATA).startswith("您所在的网络核验失败过多")
    time.advance(minutes=10)
    assert bot.message(DATA).endswith("逐项核对。（12:00的提示）")


def test_attempts_are_available_after_the_limit(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    full = Refused(Reason.TOO_MANY_ATTEMPTS, retry_after=600)
    noted(session, lambda: _raise(full))
    bot = Bot(rules.services, shipped, session)
    time.advance(seconds=599)
    assert bot.case(DATA) == 10
    time.advance(seconds=1)
    assert bot.case(DATA) is None
    assert bot.codes(MANY) == []
    # The last thing that he was told counts, also after a check that the source answered.
    check(rules, person("王秀英不符", number=49), session)
    time.advance(minutes=1)
    noted(session, lambda: _raise(full))
    assert bot.case(DATA) == 10
    time.advance(minutes=10)
    assert bot.case(DATA) == 4
    # So does a check that was made after it, from somewhere else.
    noted(session, lambda: _raise(full))
    time.advance(minutes=1)
    check(rules, person("王秀英不符", number=49), session)
    assert bot.case(DATA) == 4


def _raise(refused: Refused | None) -> None:
    assert refused is not None
    raise refused


def test_unavailable_source_is_reported_with_the_retry_time(
    rules: Rules, shipped: Content, time: Time
) -> None:
    someone, session = person(number=45), wechat_session()
    rules.sandbox.fault("identity", "error", 3)
    services = rules.with_settings(breaker_failures=3)
    bot = Bot(services, shipped, session)
    own = Rules(services, rules.sandbox, rules.overrides)
    check(own, someone, session)
    assert "系统仍连不上" not in bot.message(FACE, vague=True)
    for _ in range(2):
        check(own, someone, session)
    found = bot.look(DATA, vague=True)
    assert found.decided is shipped.by_case[12]
    assert "系统仍连不上，30秒后再试。" in found.findings[0].message
    assert found.findings[0].data["retry_at"] == "2026-11-24T12:00:30+08:00"
    time.advance(seconds=30)
    assert "系统仍连不上" not in bot.message(DATA)
    # Asking was no trial: the next check is the one that is let through.
    assert check(own, someone, session) is None


def test_exhausted_quota_renews_tomorrow(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    check(rules, person("王秀英限次", number=47), session)
    assert bot.codes(FACE, DATA, vague=True) == ["identity_daily_limit"]
    assert bot.case(DATA) == 12
    time.advance(hours=12)
    assert bot.codes(DATA) == ["identity_quota_is_new"]
    assert bot.case(DATA) is None


def test_unsent_check_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    someone, session = person("阿依古丽·买买提", number=46), wechat_session()
    bot = Bot(rules.services, shipped, session)

    def register(**changes: Any) -> Refused:
        sent_code(someone.phone)
        given = form(someone, **changes)
        return noted(
            session,
            lambda: registration.register(rules.services, given, session=session, address=ADDRESS),
        )

    register(name="·阿依古丽", valid_from="2024-02-30")
    found = bot.look(DATA, vague=True)
    assert found.decided is shipped.by_case[13]
    [finding] = found.findings
    assert finding.code == "invalid_input"
    # By their codes, which are all that is kept, the fields say what the page said.
    assert finding.message == (
        "姓名的开头和结尾不能是点，请删去多余的点。"
        "日历上没有这个起始日期，请对照证件核对月和日。（12:00提交的信息还没送去核验）"
    )
    assert finding.data["fields"][0] == {"field": "name", "code": "name_dot_at_edge"}
    assert {"type": "copy", "label": "复制“·”", "copy": "·"} in found.actions
    assert "阿依古丽" not in str(found.findings)

    time.advance(minutes=1)
    register(name="阿依古丽9", valid_from="2024-02-30")
    # Where the digit stood is not kept.
    assert bot.message(DATA).startswith(
        "有2处需要修改，请看标红的地方，按提示改好再提交。要看的是：姓名、有效期起始日期。"
    )

    time.advance(minutes=1)
    register(valid_until="长期")
    assert bot.case(DATA) == 14
    assert bot.codes(LONG) == ["identity_needs_confirmation"]
    assert "多半不是“长期”而是页面上建议的日期" in bot.message(LONG)
    # The entry would say to choose 长期, which is what is doubted.
    found = bot.look(DATA, vague=True)
    assert found.instead.steps[0] == "证件上写的是日期，就照证件填那个日期，不要选“长期”。"
    assert bot.look(LONG).instead == found.instead
    # In the place of an entry about something else it is not said.
    assert bot.look(SYMBOL).instead is None
    assert bot.look(MANY, question="试了很多次").instead is None
    # A check since then is what counts.
    time.advance(minutes=1)
    check(rules, person("王秀英不符", number=46), session)
    assert bot.case(DATA) == 4


@pytest.mark.parametrize("slug", [DATA, "registration_guide", EXPIRED])
def test_expired_card_is_reported(rules: Rules, shipped: Content, slug: str) -> None:
    session = wechat_session()
    given = form(person(number=63), valid_from="2006-11-20", valid_until="2026-11-20")
    no = noted(
        session,
        lambda: registration.register(rules.services, given, session=session, address=ADDRESS),
    )
    assert [entry["code"] for entry in no.details["fields"]] == ["valid_until_expired"]
    bot = Bot(rules.services, shipped, session)
    found = bot.look(slug, vague=True, question="注册不了")
    assert (found.decided or shipped.by_slug[slug]) is shipped.by_slug[EXPIRED]
    [finding] = found.findings
    assert finding.message == (
        "这张证件已过期：已换新证请填新证的日期，没换请先换证。（12:00提交的信息还没送去核验）"
    )


def test_window_document_is_reported(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    given = form(person(number=48), id_number="ABC123456789012")
    no = noted(
        session,
        lambda: registration.register(rules.services, given, session=session, address=ADDRESS),
    )
    assert (no.reason, no.case) == (Reason.DOCUMENT_NEEDS_WINDOW, 10)
    found = Bot(rules.services, shipped, session).look(DATA, vague=True)
    assert found.decided is shipped.by_case[10]
    assert found.findings[0].message == f"{sentence_of(no)}（12:00提交的信息还没送去核验）"


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.case is not None])
def test_bot_answers_without_refusal_notes(rules: Rules, shipped: Content, reason: Reason) -> None:
    """Notes contain fewer details than refusals, and notes of other versions even fewer."""
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    unknown = [{"field": "id_number", "code": "of_another_version", "message": "?"}]
    for details in ({}, {"fields": unknown}, {"fields": [{}, {}]}, {"warnings": unknown}):
        noted(session, lambda details=details: _raise(Refused(reason, **details)))  # type: ignore[misc]
        for entry in shipped.entries:
            bot.look(entry.slug, vague=True)


@both_databases
def test_term_and_name_on_record_are_reported(rules: Rules, shipped: Content, time: Time) -> None:
    def codes(slug: str, **columns: Any) -> list[str]:
        account = account_of(person("阿依古丽·买买提", number=next(numbers)), **columns)
        return Bot(rules.services, shipped, account_session(account, None)).codes(slug)

    numbers = iter(range(50, 60))
    today = NOON.date()
    assert codes(LONG) == ["card_term"]
    assert codes(LONG, valid_until=None, long_term=True) == ["valid_until_long_term_unlikely"]
    assert codes(LONG, valid_until=today - timedelta(days=1)) == ["valid_until_expired"]
    assert codes(EXPIRED, valid_until=today - timedelta(days=1)) == ["valid_until_expired"]
    assert codes(LONG, valid_until=date(2044, 6, 4)) == ["valid_until_day_off"]
    soon = {"valid_from": date(2006, 12, 20), "valid_until": date(2026, 12, 20)}
    assert codes(LONG, **soon) == ["valid_until_term_mismatch"]
    assert codes(SYMBOL) == ["name_dot_on_record"]


def test_card_expiring_soon_is_reported(rules: Rules, shipped: Content) -> None:
    old = person(number=61, issued=date(2006, 12, 20), birth=date(1976, 5, 1), sequence=991)
    account = account_of(old)
    bot = Bot(rules.services, shipped, account_session(account, None))
    found = bot.look(LONG)
    assert found.findings[0].message == "换了新证请改正有效期，登记的证件12月20日到期。"
    assert found.actions[0]["page"] == "pages/account/identity-dates"


def test_typed_values_without_an_account_are_reported(rules: Rules, shipped: Content) -> None:
    someone = person("阿依古丽·买买提", number=62, birth=date(1961, 3, 9), sequence=991)
    session = wechat_session()
    check(rules, someone, session)
    bot = Bot(rules.services, shipped, session)
    assert "long_term_typed" in bot.codes(LONG)
    assert "name_dot_sent" in bot.codes(SYMBOL)


@pytest.mark.parametrize(
    ("name", "words", "way"),
    [("王秀英源忙", "不是您填的信息有误", CHECK_ELEMENTS), ("王秀英限次", "明天可以再试", MANUAL)],
)
def test_no_face_check_is_offered_without_an_account(
    rules: Rules, shipped: Content, name: str, words: str, way: Button
) -> None:
    session = wechat_session()
    check(rules, person(name, number=63), session)
    bot = Bot(rules.services, shipped, session)
    found = bot.look("registration_guide", question="注册不了")
    assert found.decided is shipped.by_case[12]
    assert {FACE_AGAIN["retry"], CTID["page"]} <= {b[b["type"]] for b in found.hidden}
    assert words in found.instead.answer
    assert found.actions[0] == way
    # In the words of the sentence that he read, which are those of a face check, too.
    found = bot.look(FACE, question="公安实名系统繁忙")
    assert words in found.instead.answer
    assert (found.actions[0], CTID["page"] in {b[b["type"]] for b in found.hidden}) == (way, True)
    # Who asks how it is done, or about something else, is told that.
    for slug in ("registration_guide", SYMBOL):
        assert bot.look(slug, question="怎么填").instead is None
