"""A check at level 4 permits switching 是否办理 on again after a reset."""

import json
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import switching
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.phones import proofs
from miniprogram_api.proofing import ctid as ctid_verifications
from miniprogram_api.proofing import handed_checks, handovers
from miniprogram_api.proofing.handovers import HandoverForm
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.accounts.verifications import FaceChallenge
from models.desks.audit import AuditEntry
from tests.support.people import photos
from tests.support.people.accounts import ADDRESS, account_session, fresh
from tests.support.people.faces import CONSENT, Holder, mismatches_used, refusal
from tests.support.people.persons import Person, person
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules, at_once

BOTH_DATABASES = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
FOR_SWITCH = {"purpose": "authorization"}


def closed(rules: Rules, someone: Person, **columns: Any) -> Holder:
    """Return the holder of a verified account after a reset."""
    values = {"level": 4, "verified_by": "manual", "authorization_closed_at": clock.now()}
    return Holder(rules, someone, **{**values, **columns})


def is_closed(holder: Holder) -> bool:
    return fresh(holder.account).authorization_closed_at is not None


def open_ctid(holder: Holder, purpose: Any = "authorization") -> str:
    return ctid_verifications.open_challenge(
        holder.services,
        session=holder.session,
        account_id=holder.account.id,
        address=ADDRESS,
        purpose=purpose,
    ).challenge_id


def by_ctid(holder: Holder, token: str, challenge_id: str | None) -> AccountSummary:
    return ctid_verifications.verify(
        holder.services,
        session=holder.session,
        account_id=holder.account.id,
        address=ADDRESS,
        ctid_token=token,
        challenge_id=challenge_id,
    )


@BOTH_DATABASES
def test_own_face_opens_it(rules: Rules) -> None:
    holder = closed(rules, person(number=1))
    assert refusal(holder.open).reason is Reason.ALREADY_VERIFIED
    challenge = holder.open(**FOR_SWITCH)
    assert challenge.purpose == "authorization"
    assert is_closed(holder)
    summary = holder.verify(challenge.challenge_id)
    assert (summary.authorization.reason, summary.authorization.cause) == ("off", None)
    # What the account was verified by stays.
    assert (summary.level, summary.verified_by) == (4, "manual")
    assert not is_closed(holder)
    (line,) = AuditEntry.select().where(AuditEntry.tag == switching.REOPENED)
    details = {"by": "face", "mode": "wechat", "challenge": challenge.challenge_id}
    assert json.loads(line.details) == details
    for again in (
        lambda: holder.open(**FOR_SWITCH),
        lambda: holder.verify(challenge.challenge_id),
    ):
        assert refusal(again).reason is Reason.ALREADY_VERIFIED


def test_other_faces_count_as_at_level_4(rules: Rules) -> None:
    someone = person("张不像", number=2)
    holder = closed(rules, someone)
    for left in (4, 3, 2, 1, 0):
        refused = refusal(holder.verify, holder.open(**FOR_SWITCH).challenge_id)
        assert (refused.reason, refused.details) == (
            Reason.FACE_MISMATCH, {"attempts_left": left},
        )  # fmt: skip
    assert mismatches_used(rules, someone) == 5
    assert refusal(holder.open, **FOR_SWITCH).reason is Reason.TOO_MANY_ATTEMPTS
    assert is_closed(holder)


def test_opening_its_checks_is_limited_as_others_are(rules: Rules) -> None:
    holder = closed(rules, person(number=3))
    for _ in range(rules.services.settings.face_checks_per_account):
        holder.open(**FOR_SWITCH)
    assert refusal(holder.open, **FOR_SWITCH).details["scope"] == "face_checks"


def test_photo_without_a_challenge_opens_nothing(rules: Rules) -> None:
    holder = closed(rules, person(number=4), wechat=None)
    holder.services = rules.with_settings(face_mode="photo")
    picture = photos.portrait()
    version = holder.open(**FOR_SWITCH) and None
    refused = refusal(holder.verify, version, image=picture)
    assert refused.reason is Reason.ALREADY_VERIFIED
    assert is_closed(holder)


def test_below_level_4_it_raises_the_level(rules: Rules) -> None:
    holder = closed(rules, person(number=5), level=3, verified_by=None)
    summary = holder.verify(holder.open(**FOR_SWITCH).challenge_id)
    assert (summary.level, summary.verified_by) == (4, "face")
    assert not is_closed(holder)


def test_handed_over_face_opens_it(rules: Rules) -> None:
    someone = person(number=10)
    holder, services = closed(rules, someone), rules.services
    code = handovers.issue(rules.services, holder.session, holder.account.id, "authorization").code
    wechat = wechat_session("owner")
    proved = proofs.prove_by_wechat(services, session=wechat, code=f"phone-{someone.phone}")
    form = HandoverForm(consent_version=CONSENT["consent_version"], phone_proof=proved.phone_proof)
    opened = handovers.open_code(services, code, form, session=wechat, address=ADDRESS).challenge
    assert opened is not None
    assert opened.purpose == "authorization"
    row = handovers.of_challenge(wechat, opened.challenge_id)
    assert row is not None
    handed_checks.verify_face(services, row, session=wechat, address=ADDRESS, image=None)
    assert not is_closed(holder)


@BOTH_DATABASES
def test_own_ctid_opens_it(rules: Rules) -> None:
    someone = person(number=6)
    holder, token = closed(rules, someone), f"ctid-ok-{someone.id_number}"
    for call in (
        lambda: open_ctid(holder, "verify"),
        lambda: by_ctid(holder, token, None),
    ):
        assert refusal(call).reason is Reason.ALREADY_VERIFIED
    challenge_id = open_ctid(holder)
    summary = by_ctid(holder, token, challenge_id)
    assert (summary.verified_by, summary.authorization.cause) == ("manual", None)
    assert not is_closed(holder)
    row = FaceChallenge.get_by_id(challenge_id)
    assert (row.mode, row.outcome) == ("ctid", "passed")
    Account.update(authorization_closed_at=clock.now()).execute()
    assert refusal(by_ctid, holder, token, challenge_id).reason is Reason.NOT_FOUND
    assert len(rules.sandbox.calls("ctid/verifications")) == 1


def test_ctid_of_another_person_counts_and_uses_up_the_check(rules: Rules) -> None:
    holder = closed(rules, person(number=7))
    for left in (4, 3, 2, 1, 0):
        challenge_id = open_ctid(holder)
        assert refusal(by_ctid, holder, "x", challenge_id).details == {"attempts_left": left}
        assert refusal(by_ctid, holder, "x", challenge_id).reason is Reason.NOT_FOUND
    assert refusal(open_ctid, holder).reason is Reason.TOO_MANY_ATTEMPTS
    assert is_closed(holder)


def test_ctid_check_belongs_to_its_session_and_is_replaced(rules: Rules) -> None:
    someone = person(number=8)
    holder, token = closed(rules, someone), f"ctid-ok-{someone.id_number}"
    first, second = open_ctid(holder), open_ctid(holder)
    assert refusal(by_ctid, holder, token, first).reason is Reason.NOT_FOUND
    # The number of a face check is none of CTID's.
    face = holder.open(**FOR_SWITCH).challenge_id
    assert refusal(by_ctid, holder, token, face).reason is Reason.NOT_FOUND
    assert refusal(holder.verify, second).reason is Reason.NOT_FOUND
    rules.sandbox.fault("ctid", "busy")
    assert refusal(by_ctid, holder, token, second).reason is Reason.CTID_UNAVAILABLE
    own, holder.session = holder.session, account_session(holder.account)
    assert refusal(by_ctid, holder, token, second).reason is Reason.NOT_FOUND
    holder.session = own
    assert by_ctid(holder, token, second).authorization.cause is None


@BOTH_DATABASES
def test_one_of_several_calls_uses_a_ctid_check(rules: Rules) -> None:
    someone = person(number=9)
    holder = closed(rules, someone)
    challenge_id, token = open_ctid(holder), f"ctid-ok-{someone.id_number}"
    results = at_once([lambda: by_ctid(holder, token, challenge_id)] * 4)
    passed = [result for result in results if isinstance(result, AccountSummary)]
    assert len(passed) == 1
    refused = {result.reason for result in results if isinstance(result, Refused)}
    assert refused <= {
        Reason.IDENTITY_CHECK_IN_PROGRESS, Reason.ALREADY_VERIFIED, Reason.NOT_FOUND,
    }  # fmt: skip
    assert len(rules.sandbox.calls("ctid/verifications")) == 1
