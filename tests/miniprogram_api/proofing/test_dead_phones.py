"""A face in place of a dead phone: reset and activation by a new phone, and how to cheat."""

from datetime import timedelta
from typing import Any

import pytest

from faq.diagnosis.refusal_buttons import APPLY_PHONE, RESET_BY_FACE, WINDOWS, first_after
from miniprogram_api import clock
from miniprogram_api.access import passwords
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents, switching
from miniprogram_api.enrolment import activation, activation_faces
from miniprogram_api.enrolment.activation_faces import NewPhone
from miniprogram_api.phones import passed_faces
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.proofing import person_checks
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Reason, Refused, refused_by
from miniprogram_api.sign_in import password_resets
from miniprogram_api.sign_in.password_resets import FaceForm
from models.accounts.accounts import FROZEN, UNACTIVATED, Account
from models.accounts.activations import PasswordReset
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import FaceChallenge as Row
from models.desks.audit import AuditEntry
from models.outbox import Notice
from tests.support.people.accounts import ADDRESS, account_of, account_session, fresh, is_alive
from tests.support.people.activations import finish as finish_activation
from tests.support.people.activations import start
from tests.support.people.persons import Person, make_phone, person
from tests.support.people.registrations import (
    CODE,
    sent_code,
    synced_account,
    web_session,
    wechat_session,
)
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)
STRANGER = person("李雷", number=8)
NEW_PHONE = make_phone(70)
NEW_PASSWORD = "Plover-under-3-bridges"


def opened(
    rules: Rules, session: SessionInfo, purpose: str = "reset", someone: Person = SOMEONE
) -> FaceChallenge:
    return person_checks.open_challenge(
        rules.services,
        session=session,
        name=someone.name,
        id_number=someone.id_number,
        address=ADDRESS,
        consent_version=consents.current_text().version,
        purpose=purpose,
    )


def verify(rules: Rules, session: SessionInfo, challenge_id: str) -> Refused | None:
    return refused_by(
        person_checks.verify,
        rules.services,
        session=session,
        address=ADDRESS,
        challenge_id=challenge_id,
        image=None,
    )


def passed(
    rules: Rules, session: SessionInfo, purpose: str = "reset", someone: Person = SOMEONE
) -> str:
    challenge = opened(rules, session, purpose, someone)
    assert verify(rules, session, challenge.challenge_id) is None
    return challenge.challenge_id


def form(challenge_id: str, someone: Person = SOMEONE, **changes: Any) -> FaceForm:
    proof = PhoneProof(changes.pop("sms_code", CODE), changes.pop("phone_proof", None))
    values = {
        "name": someone.name,
        "id_number": someone.id_number,
        "phone": NEW_PHONE,
        "proof": proof,
        **changes,
    }
    return FaceForm(challenge_id, **values)


def begin(rules: Rules, session: SessionInfo, given: FaceForm) -> password_resets.BegunReset:
    return password_resets.begin_by_face(rules.services, given, session=session)


def refusal(rules: Rules, session: SessionInfo, given: FaceForm) -> Refused:
    refused = refused_by(begin, rules, session, given)
    assert refused is not None
    return refused


def is_face_refused(refused: Refused) -> bool:
    return refused.reason is Reason.NOT_FOUND and refused.details == {"cause": "face"}


@both_databases
def test_face_and_a_new_phone_open_a_forgotten_password(rules: Rules) -> None:
    until = clock.today() + timedelta(days=3)
    account = account_of(
        SOMEONE,
        level=4,
        verified_by="face",
        authorization_enabled=True,
        authorization_until=until,
        wechat_openid="o-thief",
    )
    thief, session = account_session(account, "thief"), wechat_session()
    challenge_id = passed(rules, session)
    assert passed_faces.require_for_code(session, "change_phone", challenge_id) is None
    sent_code(NEW_PHONE, "change_phone")

    begun = begin(rules, session, form(challenge_id))

    kept = fresh(account)
    assert (kept.phone, kept.phone_verified_by, kept.level) == (NEW_PHONE, "sms", 4)
    assert (kept.authorization_enabled, kept.authorization_closed_at) == (False, None)
    assert kept.wechat_openid is None
    assert not is_alive(thief)
    assert is_alive(session)
    notices = {(notice.kind, notice.phone) for notice in Notice.select()}
    assert notices == {
        ("phone_changed", SOMEONE.phone),
        ("authorization_closed", NEW_PHONE),
    }
    password_resets.finish(rules.services, begun.token, NEW_PASSWORD, session=session)
    kept = fresh(account)
    assert passwords.verify(kept.password_hash, NEW_PASSWORD)
    assert kept.authorization_closed_at is None, "the face has proved the person"
    tags = [row.tag for row in AuditEntry.select().order_by(AuditEntry.id)]
    assert tags.count("api:phone:changed") == tags.count("api:password:reset") == 1
    # The person may switch it on again without another face.
    switching.require_open(kept)


@both_databases
def test_face_and_a_new_phone_pass_step_2_of_an_activation(rules: Rules) -> None:
    account, session = synced_account(SOMEONE), wechat_session()
    token = start(rules, SOMEONE, session)
    challenge_id = passed(rules, session, "activate")
    sent_code(NEW_PHONE, "change_phone")
    given = NewPhone(challenge_id, NEW_PHONE, PhoneProof(CODE))

    step = activation_faces.prove_by_face(rules.services, token, given, session=session)

    assert not step.needs_dates
    assert [(n.kind, n.phone) for n in Notice.select()] == [("phone_changed", SOMEONE.phone)]
    again = refused_by(
        activation_faces.prove_by_face, rules.services, token, given, session=session
    )
    assert again is not None
    assert is_face_refused(again)
    finish_activation(rules, token, session)
    kept = fresh(account)
    assert (kept.status, kept.phone, kept.level) == ("active", NEW_PHONE, 3)
    assert SmsCode.get().used_at is not None


def test_opening_and_passing_tell_nothing_of_an_account(rules: Rules) -> None:
    unknown, known = wechat_session("unknown"), wechat_session("known")
    account_of(STRANGER)
    first, second = opened(rules, unknown), opened(rules, known, someone=STRANGER)
    assert (first.mode, first.purpose, first.expires_in) == (
        second.mode,
        second.purpose,
        second.expires_in,
    )
    # A face that is not the person's is refused alike, and told no account after it either.
    for session, challenge in ((unknown, first), (known, second)):
        rules.sandbox.face(session.openid or "", 10004)
        refused = verify(rules, session, challenge.challenge_id)
        assert refused is not None
        assert refused.reason is Reason.FACE_MISMATCH
        assert refused.details == {"attempts_left": 4, "purpose": "reset"}
        assert first_after(refused) == (RESET_BY_FACE, APPLY_PHONE, WINDOWS)
        sent_code(NEW_PHONE, "change_phone")
        assert is_face_refused(refusal(rules, session, form(challenge.challenge_id)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (None, Reason.USER_NOT_FOUND),
        ({"status": UNACTIVATED}, Reason.ACTIVATION_REQUIRED),
        ({"status": FROZEN}, Reason.ACCOUNT_FROZEN),
    ],
)
def test_account_is_judged_after_the_face(
    rules: Rules, changes: dict[str, Any] | None, reason: Reason
) -> None:
    if changes is not None:
        account_of(SOMEONE, **changes)
    session = wechat_session()
    challenge_id = passed(rules, session)
    sent_code(NEW_PHONE, "change_phone")
    assert refusal(rules, session, form(challenge_id)).reason is reason
    # Nothing was used up.
    assert Row.get().expires_at > clock.now()
    assert SmsCode.get().used_at is None


def test_only_its_session_purpose_and_person_use_a_passed_face(rules: Rules) -> None:
    account = account_of(SOMEONE)
    victim = account_of(STRANGER)
    synced = synced_account(person("赵六", number=9))
    session, other = wechat_session(), wechat_session("thief")
    same_user = wechat_session()
    challenge_id = passed(rules, session)
    sent_code(NEW_PHONE, "change_phone")
    for bearer in (other, same_user, account_session(account)):
        assert is_face_refused(refusal(rules, bearer, form(challenge_id)))
    # Another's number with one's own face.
    assert is_face_refused(refusal(rules, session, form(challenge_id, STRANGER)))
    named = form(challenge_id, name=STRANGER.name)
    assert is_face_refused(refusal(rules, session, named))
    assert is_face_refused(refusal(rules, session, form("f" * 32)))
    # For another purpose: an activation, and a face for an activation or a limit.
    token = activation.start(
        rules.services, synced.id_number, session=session, address=ADDRESS
    ).activation_token
    for wrong in (challenge_id, passed(rules, session, "activate")):
        given = NewPhone(wrong, NEW_PHONE, PhoneProof(CODE))
        refused = refused_by(
            activation_faces.prove_by_face, rules.services, token, given, session=session
        )
        assert refused is not None
        assert is_face_refused(refused)
    for purpose in ("activate", "clear_limit"):
        wrong = passed(rules, session, purpose)
        assert is_face_refused(refusal(rules, session, form(wrong)))
    # An opened check is no passed one.
    assert is_face_refused(refusal(rules, session, form(opened(rules, session).challenge_id)))
    assert {fresh(a).phone for a in (account, victim)} == {SOMEONE.phone, STRANGER.phone}
    begin(rules, session, form(challenge_id))
    assert is_face_refused(refusal(rules, session, form(challenge_id)))


def test_passed_face_counts_half_an_hour(rules: Rules) -> None:
    account_of(SOMEONE)
    session = wechat_session()
    challenge_id = passed(rules, session)
    later = clock.now() + timedelta(minutes=30, seconds=1)
    sent_code(NEW_PHONE, "change_phone")
    with clock.replaced(lambda: later):
        sent_code(NEW_PHONE, "change_phone")
        assert is_face_refused(refusal(rules, session, form(challenge_id)))
    begin(rules, session, form(challenge_id))


def test_passed_face_for_a_reset_clears_no_limit(rules: Rules) -> None:
    session = wechat_session()
    passed(rules, session)
    assert AuditEntry.select().where(AuditEntry.tag == "api:limit:cleared").count() == 0
    # Asking once more for its result asks WeChat nothing.
    [row] = Row.select()
    before = len(rules.sandbox.calls("queryverifyinfo"))
    assert verify(rules, session, row.id) is None
    assert len(rules.sandbox.calls("queryverifyinfo")) == before


def test_codes_for_a_new_phone_need_an_account_or_a_passed_face(rules: Rules) -> None:
    account = account_of(SOMEONE)
    session = wechat_session()

    def judge(bearer: SessionInfo, challenge_id: str | None) -> Refused | None:
        return refused_by(passed_faces.require_for_code, bearer, "change_phone", challenge_id)

    refused = judge(session, None)
    assert refused is not None
    assert refused.reason is Reason.ACCOUNT_REQUIRED
    assert judge(account_session(account), None) is None
    challenge_id = passed(rules, session)
    assert judge(session, challenge_id) is None
    refused = judge(wechat_session("other"), challenge_id)
    assert refused is not None
    assert is_face_refused(refused)


def test_browser_is_led_to_a_ticket_or_a_window(rules: Rules) -> None:
    refused = refused_by(opened, rules, web_session("browser", ADDRESS))
    assert refused is not None
    assert refused.reason is Reason.FACE_NOT_FINISHED
    assert refused.details == {"cause": "no_wechat", "purpose": "reset"}
    assert first_after(refused) == (APPLY_PHONE, WINDOWS)


def test_a_fifth_face_that_is_another_s_is_the_last_of_the_day(rules: Rules) -> None:
    stranger = wechat_session("stranger")
    for left in (4, 3, 2, 1, 0):
        challenge = opened(rules, stranger)
        rules.sandbox.face("o-stranger", 10004)
        refused = verify(rules, stranger, challenge.challenge_id)
        assert refused is not None
        assert refused.details["attempts_left"] == left
    refused = refused_by(opened, rules, stranger, "activate")
    assert refused is not None
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    # Not the person's own.
    passed(rules, wechat_session())


def test_new_phone_is_judged_as_any(rules: Rules) -> None:
    account_of(SOMEONE)
    for number in range(20, 25):
        account_of(person("某某", number=number), phone=NEW_PHONE, phone_index=NEW_PHONE)
    session = wechat_session()
    challenge_id = passed(rules, session)
    sent_code(NEW_PHONE, "change_phone")
    assert refusal(rules, session, form(challenge_id)).reason is Reason.PHONE_ACCOUNT_LIMIT
    wrong = form(challenge_id, sms_code="000000")
    assert refusal(rules, session, wrong).reason is Reason.SMS_CODE_WRONG
    closed = form(challenge_id, phone="19900001234")
    assert refusal(rules, session, closed).reason is Reason.PHONE_SEGMENT_UNSUPPORTED
    empty = form(challenge_id, phone="1", name="", sms_code=None)
    fields = refusal(rules, session, empty).details["fields"]
    assert [field["field"] for field in fields] == ["name", "phone", "sms_code"]


@both_databases
def test_eight_calls_at_once_use_a_face_once(rules: Rules) -> None:
    account_of(SOMEONE)
    session = wechat_session()
    challenge_id = passed(rules, session)
    sent_code(NEW_PHONE, "change_phone")

    results = at_once([lambda: begin(rules, session, form(challenge_id)) for _ in range(8)])

    begun = [r for r in results if isinstance(r, password_resets.BegunReset)]
    assert len(begun) == 1
    refused = [r for r in results if isinstance(r, Refused)]
    assert len(refused) == 7
    assert {r.reason for r in refused} <= {Reason.NOT_FOUND, Reason.SMS_CODE_USED}
    assert PasswordReset.select().count() == 1
    assert Notice.select().where(Notice.kind == "phone_changed").count() == 1


@both_databases
def test_eight_activations_at_once_use_a_face_once(rules: Rules) -> None:
    account, session = synced_account(SOMEONE), wechat_session()
    tokens = [start(rules, SOMEONE, session) for _ in range(8)]
    challenge_id = passed(rules, session, "activate")
    sent_code(NEW_PHONE, "change_phone")
    given = NewPhone(challenge_id, NEW_PHONE, PhoneProof(CODE))

    def prove(token: str) -> object:
        return activation_faces.prove_by_face(rules.services, token, given, session=session)

    results = at_once([lambda token=token: prove(token) for token in tokens])

    refused = [r for r in results if isinstance(r, Refused)]
    assert len(refused) == 7
    assert {r.reason for r in refused} <= {Reason.NOT_FOUND, Reason.SMS_CODE_USED}
    assert Account.get_by_id(account.id).phone == NEW_PHONE
    assert Notice.select().count() == 1
