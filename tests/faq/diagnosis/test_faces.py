"""Diagnosis of face checks, CTID and card dates."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from faq.content.entries import Content
from faq.diagnosis.observations import sentence_of
from faq.diagnosis.refusal_buttons import (
    AUTHORISE,
    CORRECT_DATES,
    CTID,
    FACE_AGAIN,
    RE_REGISTER,
)
from miniprogram_api.access import attempts
from miniprogram_api.accounts import delayed_levels
from miniprogram_api.operations import outages
from miniprogram_api.proofing import ctid as ctid_verifications
from miniprogram_api.proofing import faces
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account, IdentityDatesChange
from models.accounts.verifications import FaceChallenge
from models.storage.database import transaction
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import ADDRESS, Time, account_session
from tests.support.people.faces import Holder
from tests.support.people.persons import Person, person
from tests.support.people.sms_codes import NOON
from tests.support.service.rules import Rules

FACE, DATA, MANY, DATES = (
    "face_check_errors",
    "verify_data_missing",
    "many_failures_manual",
    "two_ids_old_dates",
)
SOMEONE = person("王秀英", number=71)

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def bot_of(rules: Rules, shipped: Content, holder: Holder) -> Bot:
    return Bot(rules.services, shipped, holder.session)


def check(holder: Holder, ret: int) -> Refused:
    return noted(holder.session, lambda: holder.check(ret))


def test_check_that_counts_later_is_told(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, SOMEONE)
    check(holder, 90002)
    bot = bot_of(rules, shipped, holder)
    assert bot.codes(FACE) == ["face_not_finished"]
    with transaction():
        delayed_levels.delay(holder.account, "a" * 32, "o-other", "face", "verify")
    (finding,) = bot.look(FACE).findings
    assert (finding.code, finding.severity) == ("level_pending", "info")
    assert "11月25日12:00" in finding.message


def changed_dates(account: Account, days_ago: int, time: Time | None = None) -> None:
    IdentityDatesChange.create(
        account=account.id,
        changed_at=(time.now if time else NOON) - timedelta(days=days_ago),
        long_term_before=False,
        valid_from=account.valid_from,
        valid_until=account.valid_until,
        long_term=False,
    )


@both_databases
def test_every_outcome_of_a_check_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    assert bot.look(FACE).findings == ()
    for ret, case, words in (
        (10004, 12, "人脸比对未通过"),
        (10009, 12, "公安库中没有可比对的照片"),
        (10015, 12, "公安实名系统繁忙"),
        (90008, 12, "没有打开相机或麦克风权限"),
        (90002, 12, "刷脸没有完成"),
        (10026, 16, "刷脸核验数据缺失"),
    ):
        no = check(holder, ret)
        time.advance(seconds=10)
        found = bot.look(FACE, vague=True)
        assert found.decided is shipped.by_case[case], ret
        assert found.findings[0].code == no.reason.name.lower()
        assert words in found.findings[0].message
    assert [action["type"] for action in found.actions] == ["page", "ticket"]


@both_databases
def test_remaining_and_exhausted_tries_are_reported(
    rules: Rules, shipped: Content, time: Time
) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    decided = []
    for number in range(5):
        check(holder, 10004)
        found = bot.look(FACE, vague=True)
        decided.append(found.decided and found.decided.case)
        assert found.findings[0].data["attempts_left"] == 4 - number
        time.advance(seconds=10)
    assert decided == [12, 12, 10, 10, 10]
    no = noted(holder.session, holder.open)
    assert no.reason is Reason.TOO_MANY_ATTEMPTS
    [finding] = bot.look(MANY).findings
    assert finding.data["retry_after"] == no.details["retry_after"]
    assert [a["type"] for a in bot.look(MANY).actions] == ["ticket", "page", "page"]
    # Looking took none of them: tomorrow there are five.
    time.advance(hours=24)
    assert "还可试5次" in bot.message(FACE)
    assert "用完" not in bot.message(FACE)
    assert no_refusal(rules, holder)


def no_refusal(rules: Rules, holder: Holder) -> bool:
    faces.require_room(rules.services, holder.session, holder.account, ADDRESS)
    return True


def test_unavailable_face_source_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    services = rules.with_settings(breaker_failures=2)
    holder = Holder(Rules(services, rules.sandbox, rules.overrides), SOMEONE)
    challenge = holder.open()
    rules.sandbox.fault("face", "error", 2)
    for _ in range(2):
        noted(holder.session, lambda: holder.verify(challenge.challenge_id))
    bot = Bot(services, shipped, holder.session)
    found = bot.look(FACE, vague=True)
    assert found.decided is shipped.by_case[12]
    assert found.findings[0].severity == "warn"
    assert "系统仍连不上，30秒后再试。" in found.findings[0].message
    time.advance(seconds=31)
    assert "系统仍连不上" not in bot.message(FACE)


@both_databases
def test_changed_dates_are_reported(rules: Rules, shipped: Content, time: Time) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    assert bot.message(DATES).startswith("证件有效期现在可以在“账号管理”里改正")
    check(holder, 10004)
    assert bot.case(FACE) == 12
    changed_dates(holder.account, 1)
    assert bot.case(FACE) == 16
    assert "上次是昨天12:00改的" in str(bot.look(DATES).findings)
    for days in (2, 3):
        changed_dates(holder.account, days)
    codes = {f.code: f for f in bot.look(DATES).findings}
    assert codes["identity_dates_limit"].severity == "block"
    assert "12月21日12:00起可再改" in codes["identity_dates_limit"].message
    # What is busy has nothing to do with the dates.
    FaceChallenge.update(outcome="source_busy").execute()
    assert bot.case(FACE) == 12


def test_rejected_ctid_is_reported(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, SOMEONE)
    no = ctid(rules, holder, person(number=72))
    assert no.reason is Reason.CTID_REJECTED
    assert bot_of(rules, shipped, holder).codes(FACE) == ["ctid_rejected"]


def ctid(rules: Rules, holder: Holder, of: Person) -> Refused:
    return noted(
        holder.session,
        lambda: ctid_verifications.verify(
            rules.services,
            session=holder.session,
            account_id=holder.account.id,
            address=ADDRESS,
            ctid_token=f"ctid-ok-{of.id_number}",
        ),
    )


@both_databases
def test_frozen_account_is_reported_for_every_face_question(
    rules: Rules, shipped: Content, time: Time
) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    check(holder, 10004)
    Account.update(status="frozen").execute()
    no = noted(holder.session, holder.open)
    assert no.reason is Reason.ACCOUNT_FROZEN
    for slug in (FACE, DATA, MANY, DATES, "long_term_id"):
        found = bot.look(slug, vague=True)
        assert [finding.code for finding in found.findings] == ["account_frozen"]
        assert found.findings[0].message == sentence_of(no)
        assert [action["page"] for action in found.actions] == ["pages/windows/index"]
        assert {FACE_AGAIN["retry"], CTID["page"], CORRECT_DATES["page"]} <= {
            button[button["type"]] for button in found.hidden
        }
    assert AUTHORISE in bot.look("authorization_setting").hidden


def test_too_many_face_checks_are_reported(rules: Rules, shipped: Content, time: Time) -> None:
    services = rules.with_settings(face_checks_per_account=2)
    holder = Holder(Rules(services, rules.sandbox, rules.overrides), SOMEONE)
    bot = Bot(services, shipped, holder.session)
    for _ in range(2):
        holder.open()
    no = noted(holder.session, holder.open)
    assert no.details["scope"] == "face_checks"
    found = bot.look(DATA, vague=True)
    assert found.decided is shipped.by_case[12]
    [finding] = found.findings
    assert (finding.code, finding.message) == ("too_many_attempts", sentence_of(no))
    assert finding.data == no.details
    assert FACE_AGAIN in found.hidden
    assert bot.look(FACE).instead.answer.endswith("刷脸次数用完了，13:00后可再刷脸。")
    time.advance(hours=1)
    assert bot.look(FACE, vague=True).findings == ()
    holder.open()


@both_databases
def test_exhausted_ctid_is_not_offered(rules: Rules, shipped: Content, time: Time) -> None:
    holder, other = Holder(rules, SOMEONE), person(number=72)
    bot = bot_of(rules, shipped, holder)
    assert ctid(rules, holder, other).reason is Reason.CTID_REJECTED
    [finding] = bot.look(FACE).findings
    assert finding.data == {"attempts_left": 4}
    for _ in range(4):
        ctid(rules, holder, other)
    no = ctid(rules, holder, other)
    assert no.reason is Reason.TOO_MANY_ATTEMPTS
    found = bot.look(FACE, vague=True)
    assert found.decided is shipped.by_case[10]
    assert "网证的核验次数已用完" in found.findings[0].message
    assert found.findings[0].data["retry_after"] == no.details["retry_after"]
    assert CTID in found.hidden
    assert CTID not in found.actions
    # Signed in on another phone there is no note of it, and none of the places is there either.
    elsewhere = Bot(rules.services, shipped, account_session(holder.account, "li"))
    found = elsewhere.look(FACE, vague=True)
    assert (found.decided, CTID in found.hidden) == (None, True)
    assert [finding.code for finding in found.findings] == ["too_many_attempts"]
    time.advance(days=2)
    [finding] = bot.look(FACE).findings
    assert (finding.code, finding.data) == ("ctid_rejected", {"attempts_left": 5})


def test_face_limit_used_up_by_others_is_reported(
    rules: Rules, shipped: Content, time: Time
) -> None:
    """Attempts belong to the person, so a new account does not reset them."""
    holder = Holder(rules, SOMEONE)
    for _ in range(5):
        check(holder, 10004)
    FaceChallenge.delete().execute()
    no = noted(holder.session, holder.open)
    found = bot_of(rules, shipped, holder).look(FACE, vague=True)
    assert found.decided is shipped.by_case[10]
    assert found.findings[0].message == sentence_of(no)
    assert "11月25日12:00后可再试" in sentence_of(no)
    assert FACE_AGAIN in found.hidden


def test_unverifiable_dates_are_reported(rules: Rules, shipped: Content, time: Time) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    outages.switch_off("identity", "核验系统维护中。", None, actor="test")
    found = bot.look(DATES)
    assert found.findings[0].code == "identity_source_busy"
    assert CORRECT_DATES in found.hidden
    outages.switch_on("identity", actor="test")
    limit = attempts.identity_of_asker(rules.services.settings, SOMEONE.id_number, holder.session)
    for _ in range(5):
        attempts.take(rules.services, [limit])
    found = bot.look(DATES)
    assert found.findings[0].code == "too_many_attempts"
    assert CORRECT_DATES in found.hidden
    assert "现在可以" not in str(found.findings)


def test_ctid_is_offered_after_its_outage(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    outages.switch_off("ctid", "网证维护中。", None, actor="test")
    assert ctid(rules, holder, SOMEONE).reason is Reason.CTID_UNAVAILABLE
    assert bot.case(FACE) == 12
    outages.switch_on("ctid", actor="test")
    assert bot.look(FACE, vague=True).findings == ()


def test_verified_account_has_no_failure_finding(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, SOMEONE)
    check(holder, 10004)
    assert holder.check(10000).level == 4
    bot = bot_of(rules, shipped, holder)
    assert bot.codes(FACE) == ["verified"]
    assert bot.case(FACE) is None
    found = bot.look(FACE)
    assert found.instead.answer.startswith("身份已核验通过，不用再刷脸")
    assert {"face", CTID["page"]} <= {button[button["type"]] for button in found.hidden}
    # Correcting the dates of the card is another matter.
    assert bot.look(DATES).instead is None


@both_databases
def test_dates_corrected_since_the_mismatch_end_the_finding(
    rules: Rules, shipped: Content, time: Time
) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    assert "30天内还可改3次" in bot.message(DATES)
    for ret in (10026, 10004, 10004, 10004):
        check(holder, ret)
        time.advance(seconds=10)
    assert bot.case(FACE) == 10
    time.advance(minutes=1)
    changed_dates(holder.account, 0, time)
    time.advance(minutes=1)
    found = bot.look(FACE, vague=True)
    # However many there were: they were noes to the old dates.
    assert found.decided is shipped.by_case[12]
    assert found.findings[0].message.startswith("请重新刷脸，证件有效期12:01已改。")
    assert found.actions[0] == FACE_AGAIN
    assert "30天内还可改2次" in str(bot.look(DATES).findings)
    assert check(holder, 10026).reason is Reason.FACE_DATA_MISSING
    assert bot.case(FACE) == 16


@both_databases
def test_date_change_limit_is_respected(rules: Rules, shipped: Content, time: Time) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    for days in (1, 2, 3):
        changed_dates(holder.account, days)
    check(holder, 10026)
    for slug in (DATES, FACE):
        found = bot.look(slug, vague=True)
        assert found.decided is shipped.by_case[16]
        assert CORRECT_DATES in found.hidden
        assert found.actions[0] == RE_REGISTER
        assert CORRECT_DATES not in found.actions
        assert "12月21日12:00起可再改" in str(found.findings)
        assert found.instead.answer == (
            "现在不能再改证件有效期，30天内已改满3次，12月21日12:00起可再改。"
        )
        assert FACE_AGAIN in found.actions


def test_missing_reference_photo_offers_no_retry(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, SOMEONE)
    changed_dates(holder.account, 1)
    check(holder, 10009)
    found = bot_of(rules, shipped, holder).look(FACE, vague=True)
    # No dates would help either.
    assert found.decided is shipped.by_case[12]
    assert FACE_AGAIN in found.hidden
    assert found.instead.answer.startswith("这种情况再刷脸也不会通过")
    assert [action["type"] for action in found.actions] == ["ticket", "page"]


def test_remaining_tries_and_retry_time_are_reported(
    rules: Rules, shipped: Content, time: Time
) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    for _ in range(3):
        check(holder, 10004)
        time.advance(minutes=10)
    assert bot.message(FACE).endswith("还可试2次。（12:20的提示）")
    for _ in range(2):
        check(holder, 10004)
    found = bot.look(FACE)
    assert "11月25日12:00后可再试；急办请" in found.findings[0].message
    # A question about the face is not answered with a retry; case 10 stays as it is.
    assert found.instead.answer == (
        "现在请换一种方式核验：刷脸次数用完了，11月25日12:00后可再刷脸。"
    )
    assert "网证" in found.instead.steps[0]
    assert bot.look(FACE, vague=True).decided is shipped.by_case[10]
    assert bot.look(FACE, vague=True).instead is bot.look(MANY).instead is None
    outages.switch_off("ctid", "网证维护中。", None, actor="test")
    assert "网证" not in str(bot.look(FACE).instead)


def test_exhausted_daily_quota_offers_no_retry(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, SOMEONE)
    assert check(holder, 10042).reason is Reason.IDENTITY_DAILY_LIMIT
    found = bot_of(rules, shipped, holder).look(FACE, vague=True)
    assert FACE_AGAIN in found.hidden
    assert found.instead.answer.endswith("11月25日00:00后可再刷脸。")
