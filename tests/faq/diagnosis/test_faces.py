"""Level 4: how the last face check ended, what is left to try, dates that are in doubt."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from faq.entries import Content
from miniprogram_api import ctid_verifications, faces
from miniprogram_api.reasons import Reason, Refused
from models.accounts import Account, IdentityDatesChange
from models.verifications import FaceChallenge
from tests.support.accounts import ADDRESS, Time
from tests.support.asking_for_codes import NOON
from tests.support.diagnosing import Bot, noted
from tests.support.faces import Holder
from tests.support.people import Person, person
from tests.support.rules import Rules

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


def changed_dates(account: Account, days_ago: int) -> None:
    IdentityDatesChange.create(
        account=account.id,
        changed_at=NOON - timedelta(days=days_ago),
        long_term_before=False,
        valid_from=account.valid_from,
        valid_until=account.valid_until,
        long_term=False,
    )


@both_databases
def test_every_end_of_a_check(rules: Rules, shipped: Content, time: Time) -> None:
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
        time.pass_by(seconds=10)
        found = bot.look(FACE, vague=True)
        assert found.decided is shipped.by_case[case], ret
        assert found.findings[0].code == no.reason.name.lower()
        assert words in found.findings[0].message
    assert [action["type"] for action in found.actions] == ["page", "ticket"]


@both_databases
def test_tries_that_are_left_and_used_up(rules: Rules, shipped: Content, time: Time) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    decided = []
    for number in range(5):
        check(holder, 10004)
        found = bot.look(FACE, vague=True)
        decided.append(found.decided and found.decided.case)
        assert found.findings[0].data["attempts_left"] == 4 - number
        time.pass_by(seconds=10)
    assert decided == [12, 12, 10, 10, 10]
    no = noted(holder.session, holder.open)
    assert no.reason is Reason.TOO_MANY_ATTEMPTS
    [finding] = bot.look(MANY).findings
    assert finding.data["retry_after"] == no.details["retry_after"]
    assert [a["type"] for a in bot.look(MANY).actions] == ["ticket", "page", "page"]
    # Looking took none of them: tomorrow there are five.
    time.pass_by(hours=24)
    assert "还可试5次" in bot.message(FACE)
    assert no_refusal(rules, holder)


def no_refusal(rules: Rules, holder: Holder) -> bool:
    faces.require_room(rules.services, holder.account, ADDRESS)
    return True


def test_a_source_of_faces_that_is_down(rules: Rules, shipped: Content, time: Time) -> None:
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
    assert "系统仍连不上，12:01后再试。" in found.findings[0].message
    time.pass_by(seconds=31)
    assert "系统仍连不上" not in bot.message(FACE)


@both_databases
def test_dates_that_were_changed(rules: Rules, shipped: Content, time: Time) -> None:
    holder = Holder(rules, SOMEONE)
    bot = bot_of(rules, shipped, holder)
    assert bot.message(DATES).startswith("证件有效期现在可以在“账号管理”里改正")
    check(holder, 10004)
    assert bot.case(FACE) == 12
    changed_dates(holder.account, 1)
    assert bot.case(FACE) == 16
    assert "昨天12:00 改过证件有效期" in str(bot.look(DATES).findings)
    for days in (2, 3):
        changed_dates(holder.account, days)
    codes = {f.code: f for f in bot.look(DATES).findings}
    assert codes["identity_dates_limit"].severity == "block"
    assert "12月21日12:00起可再改" in codes["identity_dates_limit"].message
    # What is busy has nothing to do with the dates.
    FaceChallenge.update(outcome="source_busy").execute()
    assert bot.case(FACE) == 12


def test_a_rejected_ctid(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, SOMEONE)

    def ctid(token: str) -> None:
        ctid_verifications.verify(
            rules.services, account_id=holder.account.id, address=ADDRESS, ctid_token=token
        )

    other: Person = person(number=72)
    no = noted(holder.session, lambda: ctid(f"ctid-ok-{other.id_number}"))
    assert no.reason is Reason.CTID_REJECTED
    assert bot_of(rules, shipped, holder).codes(FACE) == ["ctid_rejected"]


def test_who_is_verified_hears_of_no_failure(rules: Rules, shipped: Content) -> None:
    holder = Holder(rules, SOMEONE)
    check(holder, 10004)
    assert holder.check(10000).level == 4
    bot = bot_of(rules, shipped, holder)
    assert bot.codes(FACE) == ["verified"]
    assert bot.case(FACE) is None
