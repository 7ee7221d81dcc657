"""Limits on refusals of the four elements: by asker, over all, cleared by a face (proofing)."""

from datetime import timedelta
from typing import Any

import pytest

from faq.diagnosis.refusal_buttons import CTID, WINDOWS, first_after
from miniprogram_api import audit, clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.proofing import faces, limit_clearing, person_checks
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Reason, Refused, refused_by
from miniprogram_api.texts.sentences import sentence
from models.accounts.accounts import Account
from models.accounts.verifications import FaceChallenge as Row
from models.accounts.verifications import IdentityCheck
from models.desks.audit import AuditEntry
from tests.support.people import photos
from tests.support.people.faces import Holder
from tests.support.people.persons import person
from tests.support.people.registrations import web_session, wechat_session
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ADDRESS = "192.0.2.7"
VICTIM = person(number=41)


def verify(
    rules: Rules, name: str, session: SessionInfo, purpose: str = "register"
) -> Refused | None:
    """Check the victim's number with a name that matches or not; return the refusal."""
    elements = IdentityElements(name, VICTIM.id_number, VICTIM.valid_from, VICTIM.valid_until)
    return refused_by(
        verification.verify,
        rules.services,
        elements,
        session=session,
        address=ADDRESS,
        purpose=purpose,
    )


def fail(rules: Rules, session: SessionInfo, times: int = 5) -> list[int]:
    """Let a stranger guess a wrong name; return the attempts left."""
    left = []
    for _ in range(times):
        refused = verify(rules, "张不符", session)
        assert refused is not None
        assert refused.reason is Reason.FOUR_ELEMENTS_MISMATCH
        left.append(refused.details["attempts_left"])
    return left


def use_up(rules: Rules) -> None:
    """Let four strangers use up the twenty attempts of the victim."""
    for name in "abcd":
        assert fail(rules, wechat_session(name)) == [4, 3, 2, 1, 0]


def open_check(rules: Rules, session: SessionInfo, **changes: Any) -> FaceChallenge:
    values = {
        "name": VICTIM.name,
        "id_number": VICTIM.id_number,
        "address": ADDRESS,
        "consent_version": consents.current_text().version,
        **changes,
    }
    return person_checks.open_challenge(rules.services, session=session, **values)


def finish(rules: Rules, session: SessionInfo, challenge: FaceChallenge) -> Refused | None:
    return refused_by(
        person_checks.verify,
        rules.services,
        session=session,
        address=ADDRESS,
        challenge_id=challenge.challenge_id,
        image=None,
    )


def clear(rules: Rules, session: SessionInfo) -> None:
    assert finish(rules, session, open_check(rules, session)) is None


@both_databases
def test_five_refusals_of_a_stranger_leave_the_day_to_the_person(rules: Rules) -> None:
    stranger = wechat_session("stranger")
    assert fail(rules, stranger) == [4, 3, 2, 1, 0]
    refused = verify(rules, VICTIM.name, stranger)
    assert refused is not None
    assert (refused.reason, refused.case) == (Reason.TOO_MANY_ATTEMPTS, 10)
    assert "scope" not in refused.details

    assert verify(rules, VICTIM.name, wechat_session()) is None


def test_twenty_refusals_of_all_stop_the_person_and_say_why(rules: Rules) -> None:
    use_up(rules)

    refused = verify(rules, VICTIM.name, wechat_session())
    assert refused is not None
    assert (refused.reason, refused.case) == (Reason.TOO_MANY_ATTEMPTS, 10)
    assert refused.details["scope"] == "person"
    assert 86_300 < refused.details["retry_after"] <= 86_400
    assert sentence(refused.reason, refused.details).startswith("有他人用这个身份多次核验未通过")
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 20


def test_simultaneous_refusals_of_many_users_share_twenty(rules: Rules) -> None:
    sessions = [wechat_session(f"user-{number}") for number in range(25)]
    calls = [lambda s=s: verify(rules, "张不符", s) for s in sessions]

    results = at_once(calls)

    reasons = [r.reason for r in results if isinstance(r, Refused)]
    assert reasons.count(Reason.FOUR_ELEMENTS_MISMATCH) == 20
    assert reasons.count(Reason.TOO_MANY_ATTEMPTS) == 5


@pytest.mark.parametrize("purpose", ["activate", "dates", "window"])
def test_attempts_of_others_stop_only_registrations(rules: Rules, purpose: str) -> None:
    use_up(rules)
    # A clerk sees the card; the others hold the account or its phone.
    assert verify(rules, VICTIM.name, SessionInfo(b"", "staff:7", None), purpose) is None
    assert IdentityCheck.select().order_by(IdentityCheck.id.desc()).get().purpose == purpose


@both_databases
def test_passed_face_check_begins_the_attempts_anew_for_its_user_only(rules: Rules) -> None:
    use_up(rules)
    session, other = wechat_session(), wechat_session("other")
    assert verify(rules, VICTIM.name, session) is not None

    challenge = open_check(rules, session)
    assert (challenge.purpose, challenge.mode) == ("clear_limit", "wechat")
    assert challenge.verify_id
    assert verify(rules, VICTIM.name, session) is not None, "not before it passed"
    assert finish(rules, session, challenge) is None

    assert fail(rules, session) == [4, 3, 2, 1, 0]
    refused = verify(rules, VICTIM.name, session)
    assert refused is not None
    assert "scope" not in refused.details, "these were the own ones"
    clear(rules, session)
    assert verify(rules, VICTIM.name, session) is None
    refused = verify(rules, VICTIM.name, other)
    assert refused is not None
    assert refused.details["scope"] == "person"
    assert Account.select().count() == 0
    lines = AuditEntry.select().where(AuditEntry.tag == "api:limit:cleared")
    assert [line.actor for line in lines] == [audit.by_wechat("o-zhang")] * 2
    assert VICTIM.id_number not in lines[0].details


def by_ctid(rules: Rules, session: SessionInfo, **changes: Any) -> Refused | None:
    values = {
        "name": VICTIM.name,
        "id_number": VICTIM.id_number,
        "address": ADDRESS,
        "consent_version": consents.current_text().version,
        "ctid_token": f"ctid-ok-{VICTIM.id_number}",
        **changes,
    }
    return refused_by(limit_clearing.verify_by_ctid, rules.services, session=session, **values)


@both_databases
def test_browser_is_led_to_ctid_which_begins_its_attempts_anew(rules: Rules) -> None:
    use_up(rules)
    browser, neighbour = web_session("victim", ADDRESS), web_session("neighbour", ADDRESS)
    refused = verify(rules, VICTIM.name, browser)
    assert refused is not None
    assert (refused.details["scope"], refused.details["way"]) == ("person", "ctid")
    assert "网证" in sentence(refused.reason, refused.details)
    assert "微信" not in sentence(refused.reason, refused.details)
    assert list(first_after(refused)) == [CTID, WINDOWS]

    assert by_ctid(rules, browser) is None
    assert verify(rules, VICTIM.name, browser) is None
    # For this browser alone.
    assert verify(rules, VICTIM.name, neighbour) is not None
    [row] = Row.select()
    assert (row.mode, row.outcome, row.account_id) == ("ctid", "passed", None)
    assert row.used_at is not None
    [line] = AuditEntry.select().where(AuditEntry.tag == "api:limit:cleared")
    assert line.actor == audit.by_wechat(browser.openid or "")
    assert VICTIM.id_number not in line.details


def test_rejected_tokens_clear_nothing_and_leave_the_holder_theirs(rules: Rules) -> None:
    use_up(rules)
    browser = web_session("stranger", "192.0.2.9")
    for left in (4, 3, 2, 1, 0):
        refused = by_ctid(rules, browser, ctid_token=f"ctid-ok-{person(number=42).id_number}")
        assert refused is not None
        assert refused.reason is Reason.CTID_REJECTED
        assert refused.details == {"attempts_left": left, "purpose": "clear_limit"}
        assert list(first_after(refused)) == ([CTID, WINDOWS] if left else [WINDOWS])
    refused = by_ctid(rules, browser)
    assert refused is not None
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert verify(rules, VICTIM.name, browser) is not None
    assert Row.select().count() == 0
    assert by_ctid(rules, web_session("victim", ADDRESS)) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, Reason.INVALID_INPUT),
        ({"id_number": "110101199003079920"}, Reason.INVALID_INPUT),
        ({"consent_version": None}, Reason.CONSENT_REQUIRED),
        ({"consent_version": "1999-01-01"}, Reason.CONSENT_OUTDATED),
    ],
)
def test_ctid_of_a_person_is_asked_with_form_and_consent_only(
    rules: Rules, changes: dict[str, Any], reason: Reason
) -> None:
    refused = by_ctid(rules, web_session("victim", ADDRESS), **changes)
    assert refused is not None
    assert refused.reason is reason
    assert rules.sandbox.calls("ctid/verifications") == []


@pytest.mark.parametrize("mode", ["busy", "error"])
def test_ctid_without_an_answer_counts_nothing(rules: Rules, mode: str) -> None:
    browser = web_session("victim", ADDRESS)
    for _ in range(6):
        rules.sandbox.fault("ctid", mode)
        refused = by_ctid(rules, browser)
        assert refused is not None
        assert refused.reason is Reason.CTID_UNAVAILABLE
        assert "刷脸" not in sentence(refused.reason, refused.details)
    assert by_ctid(rules, browser) is None


def test_cleared_limit_holds_for_a_day(rules: Rules) -> None:
    session = wechat_session()
    clear(rules, session)
    Row.update(used_at=clock.now() - timedelta(days=1)).execute()
    use_up(rules)
    assert verify(rules, VICTIM.name, session) is not None
    Row.update(used_at=clock.now() - timedelta(days=1, seconds=-60)).execute()
    assert verify(rules, VICTIM.name, session) is None


def test_check_is_bound_to_its_session_and_used_once(rules: Rules) -> None:
    session = wechat_session()
    challenge = open_check(rules, session)
    for other in (wechat_session("other"), wechat_session()):
        refused = finish(rules, other, challenge)
        assert refused is not None
        assert refused.reason is Reason.NOT_FOUND
    assert finish(rules, session, challenge) is None
    refused = finish(rules, session, challenge)
    assert refused is not None
    assert refused.reason is Reason.NOT_FOUND
    # What is asked of WeChat names the person of the challenge.
    [opened] = rules.sandbox.calls("getverifyid")
    assert opened["request"]["openid"] == "o-zhang"
    [row] = Row.select()
    assert (row.account_id, row.id_number, row.outcome) == (None, VICTIM.id_number, "passed")


def test_challenge_of_an_account_clears_nothing_and_the_other_way_round(rules: Rules) -> None:
    holder = Holder(rules, person(number=42))
    challenge = holder.open()
    without = SessionInfo(holder.session.token_hash, holder.session.openid, None)
    refused = finish(rules, without, challenge)
    assert refused is not None
    assert refused.reason is Reason.NOT_FOUND

    session = wechat_session()
    cleared = open_check(rules, session)
    refused = refused_by(
        faces.verify,
        rules.services,
        session=session,
        account_id=holder.account.id,
        address=ADDRESS,
        challenge_id=cleared.challenge_id,
        image=None,
    )
    assert refused is not None
    assert refused.reason is Reason.NOT_FOUND
    assert holder.level == 3


def test_failed_checks_of_a_stranger_leave_those_of_the_person(rules: Rules) -> None:
    stranger, session = wechat_session("stranger"), wechat_session()
    left = []
    for _ in range(5):
        challenge = open_check(rules, stranger)
        rules.sandbox.face("o-stranger", 10004)
        refused = finish(rules, stranger, challenge)
        assert refused is not None
        assert refused.reason is Reason.FACE_MISMATCH
        left.append(refused.details["attempts_left"])
        assert "网证" not in sentence(refused.reason, refused.details)
    assert left == [4, 3, 2, 1, 0]
    refused = refused_by(open_check, rules, stranger)
    assert refused is not None
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    use_up(rules)
    assert verify(rules, VICTIM.name, stranger) is not None, "a failed check clears nothing"

    clear(rules, session)
    assert Holder(rules, VICTIM).check().level == 4


def test_unfinished_check_counts_nothing(rules: Rules) -> None:
    session = wechat_session()
    challenge = open_check(rules, session)
    for _ in range(6):
        rules.sandbox.face("o-zhang", 90002)
        refused = finish(rules, session, challenge)
        assert refused is not None
        assert refused.reason is Reason.FACE_NOT_FINISHED
    rules.sandbox.face("o-zhang", 10000)
    clear(rules, session)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, Reason.INVALID_INPUT),
        ({"id_number": "110101199003079920"}, Reason.INVALID_INPUT),
        ({"consent_version": None}, Reason.CONSENT_REQUIRED),
        ({"consent_version": "1999-01-01"}, Reason.CONSENT_OUTDATED),
    ],
)
def test_bad_form_or_missing_consent_opens_nothing(
    rules: Rules, changes: dict[str, Any], reason: Reason
) -> None:
    refused = refused_by(open_check, rules, wechat_session(), **changes)
    assert refused is not None
    assert refused.reason is reason
    assert rules.sandbox.calls("getverifyid") == []


def test_opening_checks_is_limited_because_wechat_charges(rules: Rules) -> None:
    session = wechat_session()
    for _ in range(30):
        open_check(rules, session)
    refused = refused_by(open_check, rules, session)
    assert refused is not None
    assert refused.details["scope"] == "face_checks"
    open_check(rules, wechat_session("li"))


def test_photo_mode_clears_by_a_picture(rules: Rules) -> None:
    services = rules.with_settings(face_mode="photo")
    photo_rules = Rules(services, rules.sandbox, rules.overrides)
    session = wechat_session()
    use_up(rules)
    challenge = open_check(photo_rules, session)
    assert (challenge.mode, challenge.verify_id) == ("photo", None)
    person_checks.verify(
        services,
        session=session,
        address=ADDRESS,
        challenge_id=challenge.challenge_id,
        image=photos.portrait(),
    )
    assert verify(rules, VICTIM.name, session) is None
