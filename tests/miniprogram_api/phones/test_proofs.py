"""Phone proofs by WeChat: single use, ten minutes, one WeChat user."""

from dataclasses import replace
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.phones import proofs as phone_proofs
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof, ProvedPhone
from miniprogram_api.phones.sms_codes import PhoneEvidence
from miniprogram_api.reasons import Reason, Refused
from models.accounts.sms_codes import PhoneProofToken
from models.storage.database import database, transaction
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

PHONE = "13800138011"


def issue(rules: Rules, session: SessionInfo, phone: str = PHONE) -> ProvedPhone:
    return phone_proofs.prove_by_wechat(rules.services, session=session, code=f"phone-{phone}")


def prove(
    rules: Rules,
    token: str,
    *,
    session: SessionInfo,
    phone: str = PHONE,
    purpose: str = "register",
) -> PhoneEvidence:
    return sms_codes.prove(
        session=session,
        phone=phone,
        purpose=purpose,
        proof=PhoneProof(token=token),
    )


def refusal(rules: Rules, token: str, **options: object) -> Reason:
    with pytest.raises(Refused) as refused:
        prove(rules, token, **options)  # type: ignore[arg-type]
    return refused.value.reason


def spend(evidence: PhoneEvidence) -> None:
    with transaction():
        sms_codes.spend(evidence)


@both_databases
def test_wechat_proves_a_phone_once_without_sms(rules: Rules) -> None:
    session = wechat_session()

    issued = issue(rules, session)

    assert issued.phone == PHONE
    assert PHONE not in repr(issued)
    assert issued.phone_proof not in repr(issued)
    evidence = prove(rules, issued.phone_proof, session=session)
    assert (evidence.method, evidence.sms_code_id, evidence.phone) == ("wechat", None, PHONE)
    spend(evidence)
    assert refusal(rules, issued.phone_proof, session=session) is Reason.PHONE_PROOF_INVALID
    assert rules.sandbox.inbox() == []


def test_stored_proof_is_encrypted(rules: Rules) -> None:
    issued = issue(rules, wechat_session())

    [raw] = database.execute_sql("SELECT phone, phone_index, token_hash FROM phone_proof")

    for column in map(bytes, raw):
        assert PHONE.encode() not in column
        assert issued.phone_proof.encode() not in column


def test_proof_is_valid_for_every_purpose(rules: Rules) -> None:
    session = wechat_session()
    token = issue(rules, session).phone_proof

    for purpose in ("register", "reset_password", "confirm"):
        assert prove(rules, token, session=session, purpose=purpose).method == "wechat"


def test_proof_is_valid_for_one_phone_and_one_user(rules: Rules) -> None:
    session = wechat_session()
    token = issue(rules, session).phone_proof
    nobody = SessionInfo(b"t" * 32, None, 1)

    assert refusal(rules, token, session=wechat_session("li")) is Reason.PHONE_PROOF_INVALID
    assert refusal(rules, token, session=nobody) is Reason.PHONE_PROOF_INVALID
    other_phone = refusal(rules, token, session=session, phone="13800138012")
    assert other_phone is Reason.PHONE_PROOF_INVALID
    assert refusal(rules, token[:-1], session=session) is Reason.PHONE_PROOF_INVALID
    # Another session of the same user is still the same user.
    prove(rules, token, session=wechat_session())


def test_proof_expires_after_ten_minutes(rules: Rules) -> None:
    session = wechat_session()
    token = issue(rules, session).phone_proof
    later = clock.now() + timedelta(minutes=10)

    with clock.replaced(lambda: later - timedelta(seconds=5)):
        prove(rules, token, session=session)
    with clock.replaced(lambda: later):
        assert refusal(rules, token, session=session) is Reason.PHONE_PROOF_INVALID


@both_databases
def test_two_simultaneous_successes_spend_a_proof_once(rules: Rules) -> None:
    session = wechat_session()
    evidence = prove(rules, issue(rules, session).phone_proof, session=session)

    results = at_once([lambda: spend(evidence)] * 6)

    assert results.count(None) == 1
    refused = [result for result in results if isinstance(result, Refused)]
    assert [r.reason for r in refused] == [Reason.PHONE_PROOF_INVALID] * 5


@pytest.mark.parametrize("code", ["wx-zhang", "nonsense", "phone-123"])
def test_code_unknown_to_wechat_is_refused(rules: Rules, code: str) -> None:
    with pytest.raises(Refused) as refused:
        phone_proofs.prove_by_wechat(rules.services, session=wechat_session(), code=code)

    assert refused.value.reason is Reason.PHONE_PROOF_INVALID
    assert PhoneProofToken.select().count() == 0


def test_a_wechat_code_works_once(rules: Rules) -> None:
    session = wechat_session()
    issue(rules, session)

    with pytest.raises(Refused) as refused:
        issue(rules, session)

    assert refused.value.reason is Reason.PHONE_PROOF_INVALID


@pytest.mark.parametrize("mode", ["error", "busy", "reset"])
def test_unreachable_wechat_is_reported(rules: Rules, mode: str) -> None:
    rules.sandbox.fault("wechat", mode, 20)

    with pytest.raises(Refused) as refused:
        issue(rules, wechat_session())

    assert refused.value.reason is Reason.WECHAT_UNAVAILABLE


def test_proof_needs_a_wechat_user(rules: Rules) -> None:
    with pytest.raises(Refused) as refused:
        issue(rules, SessionInfo(b"t" * 32, None, 1))

    assert refused.value.reason is Reason.PHONE_PROOF_INVALID
    assert rules.sandbox.calls("getuserphonenumber") == []


def test_unsupported_range_is_refused_with_a_wechat_proof(rules: Rules) -> None:
    with pytest.raises(Refused) as refused:
        issue(rules, wechat_session(), "19912345678")
    assert refused.value.reason is Reason.PHONE_SEGMENT_UNSUPPORTED
    assert "purpose" not in refused.value.details
    with pytest.raises(Refused) as refused:
        issue(rules, replace(wechat_session(), account_id=1), "19912345678~in")
    assert refused.value.details["purpose"] == "change_phone"

    number_ranges.remove("199", actor="command")
    code = "phone-19912345678~again"
    phone_proofs.prove_by_wechat(rules.services, session=wechat_session(), code=code)


def test_old_proofs_are_deleted(rules: Rules) -> None:
    issue(rules, wechat_session())
    assert phone_proofs.remove_old() == 0
    later = clock.now() + timedelta(days=7, seconds=1)

    with clock.replaced(lambda: later):
        assert phone_proofs.remove_old() == 1
