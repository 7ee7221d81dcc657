"""Proving a phone with a code: tries, expiry and single use."""

import base64
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.sms_codes import PhoneEvidence
from miniprogram_api.reasons import Reason, Refused
from models.accounts.activations import Activation
from models.accounts.sms_codes import REFUSED, UNCERTAIN, SmsCode
from models.storage import fields
from models.storage.database import transaction
from tests.support.people.persons import person
from tests.support.people.registrations import requested_code, synced_account, wechat_session
from tests.support.people.sms_code_entries import CODE, PHONE, prove, refusal, sent, wrong
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)


class Time:
    """Stop the clock until a test advances it."""

    def __init__(self) -> None:
        self.now = NOON

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def time() -> Iterator[Time]:
    moved = Time()
    with clock.replaced(lambda: moved.now):
        yield moved


def spend(evidence: PhoneEvidence) -> None:
    with transaction():
        sms_codes.spend(evidence)


@both_databases
def test_sent_code_proves_the_phone_once(rules: Rules) -> None:
    session = wechat_session()
    code = requested_code(rules, session, PHONE)

    evidence = prove(rules, code, session=session)

    assert (evidence.method, evidence.proof_hash, evidence.phone) == ("sms", None, PHONE)
    assert evidence.sms_code_id == SmsCode.get().id
    assert PHONE not in repr(evidence)
    spend(evidence)
    assert refusal(rules, code, session=session).reason is Reason.SMS_CODE_USED
    with pytest.raises(Refused) as refused:
        spend(evidence)
    assert refused.value.reason is Reason.SMS_CODE_USED


@pytest.mark.parametrize("text", ["２７１８２８", " 271 828 ", "271-828", "\u200e271828"])
def test_spellings_of_a_code_are_normalised(rules: Rules, text: str) -> None:
    sent()
    prove(rules, text, session=wechat_session())


@pytest.mark.parametrize("text", ["27182", "2718281", "abcdef", "😀", "٢٧١٨٢٨", "27182x", "-"])
def test_malformed_code_is_a_refused_field_and_uses_no_try(rules: Rules, text: str) -> None:
    sent()
    refused = refusal(rules, text, session=wechat_session())

    assert refused.reason is Reason.INVALID_INPUT
    assert refused.details["fields"][0]["field"] == "sms_code"
    assert SmsCode.get().wrong_tries == 0


@pytest.mark.parametrize("nothing", [None, ""])
def test_missing_code_and_proof_is_a_missing_code(rules: Rules, nothing: str | None) -> None:
    refused = refusal(rules, nothing, session=wechat_session(), phone_proof=nothing)

    assert refused.details["fields"][0]["field"] == "sms_code"
    assert refused.details["fields"][0]["code"] == "required"


# Wrong entries -----------------------------------------------------------------------------------


def test_fifth_wrong_entry_voids_a_code(rules: Rules) -> None:
    session = wechat_session()
    sent()

    assert [wrong(rules, session=session) for _ in range(5)] == [4, 3, 2, 1, 0]
    assert wrong(rules, CODE, session=session) == 0
    assert wrong(rules, session=session) == 0
    assert SmsCode.get().wrong_tries == 5


def test_code_is_accepted_after_four_wrong_entries(rules: Rules) -> None:
    session = wechat_session()
    sent()
    for _ in range(4):
        wrong(rules, session=session)

    prove(rules, session=session)


def test_a_code_is_bound_to_its_phone_and_purpose(rules: Rules) -> None:
    session = wechat_session()
    sent()

    for options in ({"phone": "13800138012"}, {"purpose": "reset_password"}):
        refused = refusal(rules, session=session, **options)
        assert refused.reason is Reason.SMS_CODE_WRONG
        assert refused.details == {"tries_left": 0, "cause": "no_code"}
    prove(rules, session=session)


def test_newer_code_does_not_void_an_older_one(rules: Rules, time: Time) -> None:
    session = wechat_session()
    older = sent("111111")
    time.move(seconds=60)
    newer = sent("222222")

    assert prove(rules, "111111", session=session).sms_code_id == older
    assert prove(rules, "222222", session=session).sms_code_id == newer


def test_wrong_entry_counts_for_every_valid_code(rules: Rules, time: Time) -> None:
    session = wechat_session()
    sent("111111")
    assert [wrong(rules, session=session) for _ in range(3)] == [4, 3, 2]
    time.move(seconds=60)
    sent("222222")

    assert [wrong(rules, session=session) for _ in range(2)] == [4, 3]
    assert wrong(rules, "111111", session=session) == 0, "its five tries are used"
    prove(rules, "222222", session=session)


@both_databases
def test_simultaneous_guesses_share_five_tries(rules: Rules) -> None:
    sent()
    session = wechat_session()
    guesses = [lambda n=n: prove(rules, f"{n:06}", session=session) for n in range(8)]

    results = at_once(guesses) + at_once(guesses)

    assert all(isinstance(r, Refused) and r.reason is Reason.SMS_CODE_WRONG for r in results)
    left = sorted(r.details["tries_left"] for r in results if isinstance(r, Refused))
    assert left == [0] * 12 + [1, 2, 3, 4]
    assert SmsCode.get().wrong_tries == 5


def test_wrong_entry_is_not_rolled_back(rules: Rules) -> None:
    session = wechat_session()
    sent()
    with pytest.raises(RuntimeError, match="rolled back"), transaction():
        prove(rules, "000000", session=session)


# Time --------------------------------------------------------------------------------------------


def test_code_expires_after_ten_minutes(rules: Rules, time: Time) -> None:
    session = wechat_session()
    sent()
    time.move(minutes=10, milliseconds=-1)
    wrong(rules, session=session)
    time.move(milliseconds=1)

    for code in (CODE, "000000"):
        refused = refusal(rules, code, session=session)
        assert (refused.reason, refused.case) == (Reason.SMS_CODE_EXPIRED, 5)


def test_expired_code_is_distinguished_from_a_wrong_one(rules: Rules, time: Time) -> None:
    session = wechat_session()
    sent("111111")
    time.move(minutes=10)
    sent("222222")

    assert refusal(rules, "111111", session=session).reason is Reason.SMS_CODE_EXPIRED
    assert wrong(rules, "333333", session=session) == 4


@both_databases
def test_a_right_code_stays_usable_by_the_same_token_for_half_an_hour(
    rules: Rules, time: Time
) -> None:
    session, other = wechat_session(), wechat_session("li")
    sent()
    time.move(minutes=9)
    prove(rules, session=session)

    assert refusal(rules, session=other).reason is Reason.SMS_CODE_USED
    time.move(minutes=15)
    prove(rules, session=session)
    time.move(minutes=15, milliseconds=-1)
    evidence = prove(rules, session=session)
    assert refusal(rules, session=other).reason is Reason.SMS_CODE_USED
    time.move(milliseconds=1)
    assert refusal(rules, session=session).reason is Reason.SMS_CODE_EXPIRED
    assert refusal(rules, session=other).reason is Reason.SMS_CODE_USED
    # What was proved in time may be spent a moment later: the source took its time to answer.
    spend(evidence)


def test_another_token_of_the_same_user_does_not_get_a_held_code(rules: Rules) -> None:
    sent()
    prove(rules, session=wechat_session())

    assert refusal(rules, session=wechat_session()).reason is Reason.SMS_CODE_USED


def test_wrong_entries_of_others_do_not_void_a_held_code(rules: Rules) -> None:
    session, stranger = wechat_session(), wechat_session("li")
    sent()
    prove(rules, session=session)

    for _ in range(7):
        assert refusal(rules, "000000", session=stranger).details["cause"] == "no_code"
    prove(rules, session=session)


def test_holder_has_five_wrong_entries(rules: Rules) -> None:
    session = wechat_session()
    sent()
    prove(rules, session=session)

    assert [wrong(rules, session=session) for _ in range(5)] == [4, 3, 2, 1, 0]
    assert wrong(rules, CODE, session=session) == 0


def test_spent_code_leaves_nothing_to_guess(rules: Rules) -> None:
    session = wechat_session()
    sent()
    spend(prove(rules, session=session))

    refused = refusal(rules, "000000", session=session)

    assert refused.details == {"tries_left": 0, "cause": "no_code"}


@both_databases
def test_two_simultaneous_successes_spend_a_code_once(rules: Rules) -> None:
    session = wechat_session()
    sent()
    evidence = prove(rules, session=session)

    results = at_once([lambda: spend(evidence)] * 6)

    refused = [result for result in results if isinstance(result, Refused)]
    assert results.count(None) == 1
    assert [r.reason for r in refused] == [Reason.SMS_CODE_USED] * 5


def test_rolled_back_success_spends_nothing(rules: Rules) -> None:
    session = wechat_session()
    sent()
    evidence = prove(rules, session=session)

    def fail_later() -> None:
        with transaction():
            sms_codes.spend(evidence)
            raise ValueError("something else went wrong")

    with pytest.raises(ValueError, match="something else"):
        fail_later()

    spend(prove(rules, session=session))


# What is kept ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "is_usable"), [(UNCERTAIN, True), (REFUSED, False)])
def test_code_of_a_refused_message_is_invalid(rules: Rules, state: str, is_usable: bool) -> None:
    sent(state=state)
    session = wechat_session()
    if is_usable:
        prove(rules, session=session)
    else:
        assert refusal(rules, session=session).details["cause"] == "no_code"


def test_open_codes_survive_a_key_rotation(rules: Rules) -> None:
    session = wechat_session()
    sent()
    ring = fields.keys()
    try:
        fresh = {"new": secrets.token_bytes(32)}
        fields.use_keys(fields.KeyRing({**fresh, **ring.data}, {**fresh, **ring.index}))
        assert wrong(rules, session=session) == 4
        prove(rules, session=session)
        # No column is decrypted on the way: a code outlives even a data key that is gone.
        fields.use_keys(fields.KeyRing(fresh, {**fresh, **ring.index}))
        prove(rules, session=session)
    finally:
        fields.use_keys(ring)


def test_the_hash_of_a_code_is_useless_without_the_key(rules: Rules) -> None:
    sent()
    stored = bytes(SmsCode.get().code_hash)
    other = fields.KeyRing(
        fields.keys().data, {"i1": base64.b64decode("A" * 43 + "=")}, fields.keys().cipher
    )

    assert stored[-32:] != other.digest(f"{PHONE}:register:{CODE}", b"sms_code.code")[-32:]


@both_databases
def test_old_codes_are_deleted_unless_an_activation_needs_them(rules: Rules, time: Time) -> None:
    needed = sent()
    sent()
    time.move(days=1)
    kept = sent()
    Activation.create(
        token_hash=b"t",
        account=synced_account(person()),
        session_hash=b"s",
        sms_code=needed,
        created_at=clock.now(),
        expires_at=clock.now(),
    )
    time.move(days=6, milliseconds=1)

    assert sms_codes.remove_old() == 1
    assert {row.id for row in SmsCode.select()} == {needed, kept}
