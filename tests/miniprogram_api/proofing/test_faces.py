"""Face checks by WeChat: permission, outcomes and attempts."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.proofing import faces
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import CANCELLED, Account
from models.accounts.verifications import FaceChallenge
from models.desks.audit import AuditEntry
from tests.support.people.accounts import ADDRESS, Time, fresh
from tests.support.people.faces import Holder, mismatches_used, refusal
from tests.support.people.persons import person
from tests.support.service.rules import Rules, at_once

BOTH_DATABASES = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def challenge_row(challenge: faces.FaceChallenge) -> Any:
    return FaceChallenge.get_by_id(challenge.challenge_id)


def test_passed_check_gives_level_4_and_is_recorded(rules: Rules) -> None:
    holder = Holder(rules, person(number=1))
    challenge = holder.open()
    assert challenge.mode == "wechat"
    assert challenge.verify_id
    assert challenge.expires_in == 3600
    assert holder.level == 3
    before = clock.now()
    summary = holder.verify(challenge.challenge_id)
    assert (summary.status, summary.level, summary.verified_by) == ("verified", 4, "face")
    account = fresh(holder.account)
    assert (account.level, account.verified_by) == (4, "face")
    assert before - timedelta(seconds=1) <= account.verified_at <= clock.now()
    row = challenge_row(challenge)
    assert row.used_at is not None
    assert row.outcome == "passed"
    (entry,) = AuditEntry.select().where(AuditEntry.tag == "api:account:verified")
    assert (entry.actor, entry.account_id) == (f"account:{account.id}", account.id)
    assert '"by": "face"' in entry.details
    assert [(c.key, c.withdrawn_at) for c in consents.latest(account.id)] == [("face", None)]
    asked = rules.sandbox.calls("queryverifyinfo")
    assert len(asked) == 1
    # What was asked for in the first call is asked about in the second.
    (opened,) = rules.sandbox.calls("getverifyid")
    assert opened["request"]["out_seq_no"] == asked[0]["request"]["out_seq_no"]
    assert opened["request"]["openid"] == "o-zhang"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("张不像", Reason.FACE_MISMATCH),
        ("张无照", Reason.FACE_NO_PHOTO),
        ("张旧证", Reason.FACE_DATA_MISSING),
    ],
)
def test_definite_answer_consumes_the_challenge(rules: Rules, name: str, reason: Reason) -> None:
    someone = person(name, number=2)
    holder = Holder(rules, someone)
    challenge = holder.open()
    refused = refusal(holder.verify, challenge.challenge_id)
    assert (refused.reason, refused.case) == (reason, 12)
    assert refusal(holder.verify, challenge.challenge_id).reason is Reason.NOT_FOUND
    assert len(rules.sandbox.calls("queryverifyinfo")) == 1
    assert holder.level == 3
    assert (
        challenge_row(challenge).outcome
        == {
            Reason.FACE_MISMATCH: "mismatch",
            Reason.FACE_NO_PHOTO: "no_photo",
            Reason.FACE_DATA_MISSING: "data_missing",
        }[reason]
    )
    assert mismatches_used(rules, someone) == (1 if reason is Reason.FACE_MISMATCH else 0)


@pytest.mark.parametrize(
    ("ret", "cause"),
    [
        (90002, "cancelled"),
        (90005, "cancelled"),
        (90006, "cancelled"),
        (90007, "network"),
        (90012, "network"),
        (90008, "no_permission"),
        (90010, "no_permission"),
        (90011, "bad_capture"),
        (90013, "bad_capture"),
        (90014, "bad_capture"),
        (90017, "too_slow"),
        (90107, "too_slow"),
        (90001, "device"),
        (90109, "device"),
        (10300, "not_done"),
        (90104, "other"),
    ],
)
def test_unfinished_check_is_refused_and_consumes_nothing(
    rules: Rules, ret: int, cause: str
) -> None:
    someone = person(number=3)
    holder = Holder(rules, someone)
    challenge = holder.open()
    rules.sandbox.face("o-zhang", ret)
    for _ in range(2):
        refused = refusal(holder.verify, challenge.challenge_id)
        assert (refused.reason, refused.case) == (Reason.FACE_NOT_FINISHED, 12)
        assert refused.details == {"cause": cause}
        # 10300 is not final: the next query may answer otherwise.
        rules.sandbox.face("o-zhang", ret)
    assert mismatches_used(rules, someone) == 0
    assert challenge_row(challenge).used_at is None
    assert holder.level == 3


def test_a_check_that_is_finished_after_asking_too_early_passes(rules: Rules) -> None:
    holder = Holder(rules, person(number=4))
    challenge = holder.open()
    rules.sandbox.face("o-zhang", 10300)
    assert refusal(holder.verify, challenge.challenge_id).details == {"cause": "not_done"}
    assert holder.verify(challenge.challenge_id).level == 4


@pytest.mark.parametrize("mode", ["busy", "error", "reset", "slow"])
def test_missing_answer_consumes_nothing(rules: Rules, mode: str) -> None:
    someone = person(number=5)
    holder = Holder(rules, someone)
    services = rules.with_settings(upstream_timeout=0.5)
    challenge = holder.open()
    rules.sandbox.fault("face", mode, seconds=1.5, action="queryverifyinfo")
    refused = refusal(holder.verify, challenge.challenge_id, services=services)
    assert (refused.reason, refused.case) == (Reason.IDENTITY_SOURCE_BUSY, 12)
    assert refused.details == {"step": "face"}
    assert mismatches_used(rules, someone) == 0
    assert holder.verify(challenge.challenge_id).level == 4


def test_busy_source_uses_no_attempt(rules: Rules) -> None:
    someone = person("张脸忙", number=6)
    holder = Holder(rules, someone)
    for _ in range(6):
        refused = refusal(holder.check)
        assert (refused.reason, refused.details) == (Reason.IDENTITY_SOURCE_BUSY, {"step": "face"})
    assert mismatches_used(rules, someone) == 0


@pytest.mark.parametrize("mode", ["busy", "error", "reset"])
def test_challenge_is_deleted_when_wechat_opens_none(rules: Rules, mode: str) -> None:
    holder = Holder(rules, person(number=7))
    rules.sandbox.fault("face", mode)
    refused = refusal(holder.open)
    assert (refused.reason, refused.details) == (Reason.IDENTITY_SOURCE_BUSY, {"step": "face"})
    assert FaceChallenge.select().count() == 0
    assert consents.latest(holder.account.id) == []


@pytest.mark.parametrize("action", ["getverifyid", "queryverifyinfo"])
def test_daily_limit_of_the_source_ends_at_midnight(rules: Rules, action: str) -> None:
    someone = person(number=8)
    holder = Holder(rules, someone)
    rules.sandbox.fault("face", "limit", action=action)
    refused = refusal(holder.check)
    assert (refused.reason, refused.case) == (Reason.IDENTITY_DAILY_LIMIT, 12)
    assert abs(refused.details["retry_after"] - clock.seconds_to_midnight()) <= 10
    assert mismatches_used(rules, someone) == 0
    assert holder.check().level == 4


# Consent -----------------------------------------------------------------------------------------


def test_check_needs_the_current_consent(rules: Rules) -> None:
    holder = Holder(rules, person(number=9))
    for nothing in (None, ""):
        refused = refusal(holder.open, nothing)
        assert (refused.reason, refused.details) == (
            Reason.CONSENT_REQUIRED,
            {"missing": ["face"]},
        )
    refused = refusal(holder.open, "2019-06-01")
    assert refused.reason is Reason.CONSENT_OUTDATED
    assert refused.details == {"version": consents.current_text().version}
    assert rules.sandbox.calls("getverifyid") == []


def test_withdrawing_the_consent_ends_the_check(rules: Rules) -> None:
    holder = Holder(rules, person(number=10))
    challenge = holder.open()
    consents.withdraw(holder.account.id, consents.FACE)
    assert refusal(holder.verify, challenge.challenge_id).reason is Reason.NOT_FOUND
    assert rules.sandbox.calls("queryverifyinfo") == []
    assert holder.check().level == 4


# Attempts ----------------------------------------------------------------------------------------


def test_five_mismatches_block_for_a_day(rules: Rules) -> None:
    someone = person("张不像", number=21)
    holder = Holder(rules, someone)
    spare = holder.open()
    left = [refusal(holder.check).details["attempts_left"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    for call in (holder.open, lambda: holder.verify(spare.challenge_id)):
        refused = refusal(call)
        assert (refused.reason, refused.case) == (Reason.TOO_MANY_ATTEMPTS, 10)
        assert 86_300 <= refused.details["retry_after"] <= 86_400
    assert len(rules.sandbox.calls("queryverifyinfo")) == 5
    # The challenge that was not used is still there when the day is over.
    assert challenge_row(spare).used_at is None
    time = Time(clock.now() + timedelta(days=1, seconds=1))
    with time.running():
        faces.require_room(rules.services, holder.session, holder.account, ADDRESS)


def test_registering_again_does_not_reset_attempts(rules: Rules) -> None:
    someone = person("张不像", number=22)
    holder = Holder(rules, someone)
    for _ in range(5):
        refusal(holder.check)
    Account.update(status=CANCELLED, identity_index=None).execute()
    again = Holder(rules, someone)
    assert refusal(again.open).reason is Reason.TOO_MANY_ATTEMPTS


def test_an_address_may_fail_so_often_an_hour(rules: Rules) -> None:
    services = rules.with_settings(wechat_failures_per_address=2)
    holder = Holder(rules, person("张不像", number=23))
    for _ in range(2):
        challenge = holder.open()
        refused = refusal(holder.verify, challenge.challenge_id, services=services)
        assert refused.reason is Reason.FACE_MISMATCH
    other = Holder(rules, person(number=24), wechat="li")
    challenge = other.open()
    refused = refusal(other.verify, challenge.challenge_id, services=services)
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert 3500 <= refused.details["retry_after"] <= 3600
    assert other.verify(challenge.challenge_id, services=services, address="192.0.2.99").level == 4


def test_blocked_user_keeps_the_record_of_the_last_check(rules: Rules) -> None:
    services = rules.with_settings(wechat_failures_per_address=1)
    holder = Holder(rules, person(number=26))
    challenge = holder.open()
    rules.sandbox.face("o-zhang", 90002)
    refused = refusal(holder.verify, challenge.challenge_id, services=services)
    assert refused.reason is Reason.FACE_NOT_FINISHED
    other = Holder(rules, person("张不像", number=27), wechat="li")
    refusal(other.verify, other.open().challenge_id, services=services)
    refused = refusal(holder.verify, challenge.challenge_id, services=services)
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    row = challenge_row(challenge)
    assert (row.used_at, row.outcome) == (None, "not_finished")


def test_simultaneous_attempts_do_not_exceed_the_limit(rules: Rules) -> None:
    someone = person("张不像", number=25)
    holder = Holder(rules, someone)
    challenges = [holder.open() for _ in range(8)]
    results = at_once([lambda c=c: holder.verify(c.challenge_id) for c in challenges])
    assert Counter(r.reason for r in results if isinstance(r, Refused)) == {
        Reason.FACE_MISMATCH: 5,
        Reason.TOO_MANY_ATTEMPTS: 3,
    }
    assert len(rules.sandbox.calls("queryverifyinfo")) == 5


# The other mode ----------------------------------------------------------------------------------


def test_wechat_mode_refuses_photos_and_requires_a_challenge(rules: Rules) -> None:
    holder = Holder(rules, person(number=26))
    challenge = holder.open()
    for challenge_id, image, field, code in (
        (challenge.challenge_id, b"\xff\xd8\xff", "image", "not_allowed"),
        (None, b"\xff\xd8\xff", "image", "not_allowed"),
        (None, None, "challenge_id", "required"),
    ):
        refused = refusal(holder.verify, challenge_id, image=image)
        assert refused.reason is Reason.INVALID_INPUT
        (entry,) = refused.details["fields"]
        assert (entry["field"], entry["code"]) == (field, code)
    assert rules.sandbox.calls("ImageRecognitionV2") == []
    assert challenge_row(challenge).used_at is None


def test_photo_challenge_is_unknown_in_wechat_mode(rules: Rules) -> None:
    holder = Holder(rules, person(number=27))
    challenge = holder.open(services=rules.with_settings(face_mode="photo"))
    assert refusal(holder.verify, challenge.challenge_id).reason is Reason.NOT_FOUND
