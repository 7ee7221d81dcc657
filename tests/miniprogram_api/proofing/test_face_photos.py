"""Face checks from a photo, in the sandbox profile only."""

import base64
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest

import config
from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.clients import face as client
from miniprogram_api.clients.face import FaceAnswer, FaceOutcome
from miniprogram_api.operations import profiles
from miniprogram_api.proofing import face_images
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.consents import ConsentRecord
from models.accounts.verifications import FaceChallenge
from tests.support.people import photos
from tests.support.people.accounts import account_session
from tests.support.people.faces import (
    Holder,
    assert_no_connection_is_held,
    mismatches_used,
    refusal,
)
from tests.support.people.persons import person
from tests.support.service.rules import Rules, at_once

BOTH_DATABASES = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def photo_mode(rules: Rules) -> Services:
    return rules.with_settings(face_mode="photo")


@pytest.fixture
def in_force() -> str:
    return consents.current_text().version


def holder_of(rules: Rules, services: Services, name: str, number: int) -> Holder:
    # A photo needs no WeChat user.
    holder = Holder(rules, person(name, number=number), wechat=None)
    holder.services = services
    return holder


def test_a_good_photo_gives_level_4(rules: Rules, photo_mode: Services) -> None:
    holder = holder_of(rules, photo_mode, "张三", 1)
    challenge = holder.open()
    assert (challenge.mode, challenge.verify_id, challenge.expires_in) == ("photo", None, 600)
    photo = photos.with_orientation(photos.portrait(), 1)
    summary = holder.verify(challenge.challenge_id, image=photo)
    assert (summary.level, summary.verified_by) == (4, "face")
    (asked,) = rules.sandbox.calls("ImageRecognitionV2")
    row = FaceChallenge.get_by_id(challenge.challenge_id)
    assert (row.outcome, row.mode) == ("passed", "photo")
    assert row.source_request_id
    assert rules.sandbox.calls("getverifyid") == []
    # The picture that was made of the photo went out, not the photo itself; the sandbox keeps none.
    sent = base64.b64encode(face_images.prepare(photo))
    assert asked["request"]["ImageBase64"] == {
        "characters": len(sent),
        "sha256": sha256(sent).hexdigest(),
    }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("张不像", Reason.FACE_MISMATCH),
        ("张无照", Reason.FACE_NO_PHOTO),
        ("张旧证", Reason.FACE_DATA_MISSING),
    ],
)
def test_definite_answer_consumes_the_challenge(
    rules: Rules, photo_mode: Services, name: str, reason: Reason
) -> None:
    holder = holder_of(rules, photo_mode, name, 2)
    challenge = holder.open()
    refused = refusal(holder.verify, challenge.challenge_id, image=photos.portrait())
    assert (refused.reason, refused.case) == (reason, 12)
    again = refusal(holder.verify, challenge.challenge_id, image=photos.portrait())
    assert again.reason is Reason.NOT_FOUND
    assert mismatches_used(rules, person(number=2)) == int(reason is Reason.FACE_MISMATCH)


def test_unusable_photo_consumes_nothing(rules: Rules, photo_mode: Services) -> None:
    holder = holder_of(rules, photo_mode, "张三", 3)
    challenge = holder.open()
    bad = {
        "no_face": photos.jpeg(photos.landscape()),
        "many_faces": photos.jpeg(photos.side_by_side()),
        "too_dark": photos.jpeg(photos.darkened(0.2)),
        "too_small": photos.jpeg(photos.scaled(0.3)),
        "blurred": photos.jpeg(photos.blurred(0.05)),
        "unreadable": photos.portrait()[:-100],
    }
    for fault, photo in bad.items():
        refused = refusal(holder.verify, challenge.challenge_id, image=photo)
        assert (refused.reason, refused.case) == (Reason.FACE_IMAGE_QUALITY, 12)
        assert refused.details == {"reason": fault}
    assert rules.sandbox.calls("ImageRecognitionV2") == []
    assert mismatches_used(rules, person(number=3)) == 0
    assert holder.verify(challenge.challenge_id, image=photos.webp(photos.within(600, 700)))


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("busy", Reason.IDENTITY_SOURCE_BUSY),
        ("error", Reason.IDENTITY_SOURCE_BUSY),
        ("reset", Reason.IDENTITY_SOURCE_BUSY),
        ("limit", Reason.IDENTITY_DAILY_LIMIT),
    ],
)
def test_missing_answer_consumes_nothing(
    rules: Rules, photo_mode: Services, mode: str, reason: Reason
) -> None:
    holder = holder_of(rules, photo_mode, "张三", 4)
    challenge = holder.open()
    rules.sandbox.fault("face", mode, action="ImageRecognitionV2")
    refused = refusal(holder.verify, challenge.challenge_id, image=photos.portrait())
    assert (refused.reason, refused.case) == (reason, 12)
    assert mismatches_used(rules, person(number=4)) == 0
    assert holder.verify(challenge.challenge_id, image=photos.portrait()).level == 4


# Without a challenge -----------------------------------------------------------------------------


def test_consent_is_required_without_a_challenge(
    rules: Rules, photo_mode: Services, in_force: str
) -> None:
    holder = holder_of(rules, photo_mode, "张不像", 5)
    account_id = holder.account.id
    refused = refusal(holder.verify, None, image=photos.portrait())
    assert (refused.reason, refused.details) == (Reason.CONSENT_REQUIRED, {"missing": ["face"]})
    refused = refusal(holder.verify, None, image=photos.portrait(), consent_version="2019-06-01")
    assert refused.reason is Reason.CONSENT_OUTDATED
    assert rules.sandbox.calls("ImageRecognitionV2") == []
    # Given with the photo; from then on it stands.
    for version in (in_force, None):
        refused = refusal(holder.verify, None, image=photos.portrait(), consent_version=version)
        assert refused.reason is Reason.FACE_MISMATCH
    assert ConsentRecord.select().count() == 1
    consents.withdraw(account_id, consents.FACE)
    refused = refusal(holder.verify, None, image=photos.portrait())
    assert refused.reason is Reason.CONSENT_REQUIRED
    assert len(rules.sandbox.calls("ImageRecognitionV2")) == 2
    # Each attempt is recorded without a challenge.
    assert [row.outcome for row in FaceChallenge.select()] == ["mismatch", "mismatch"]


def test_a_consent_to_an_older_text_is_outdated(rules: Rules, photo_mode: Services) -> None:
    holder = holder_of(rules, photo_mode, "张三", 6)
    ConsentRecord.insert(
        account=holder.account.id, key="face", version="2019-06-01", given_at=clock.now()
    ).execute()
    refused = refusal(holder.verify, None, image=photos.portrait())
    assert refused.reason is Reason.CONSENT_OUTDATED


def test_attempts_count_without_a_challenge(
    rules: Rules, photo_mode: Services, in_force: str
) -> None:
    holder = holder_of(rules, photo_mode, "张不像", 7)
    results = at_once(
        [lambda: holder.verify(None, image=photos.portrait(), consent_version=in_force)] * 8
    )
    assert Counter(r.reason for r in results if isinstance(r, Refused)) == {
        Reason.FACE_MISMATCH: 5,
        Reason.TOO_MANY_ATTEMPTS: 3,
    }
    assert len(rules.sandbox.calls("ImageRecognitionV2")) == 5
    assert FaceChallenge.select().count() == 5


# The form ----------------------------------------------------------------------------------------


def test_photo_mode_requires_a_photo(rules: Rules, photo_mode: Services) -> None:
    holder = holder_of(rules, photo_mode, "张三", 8)
    challenge = holder.open()
    for challenge_id in (challenge.challenge_id, None):
        refused = refusal(holder.verify, challenge_id)
        assert refused.reason is Reason.INVALID_INPUT
        (entry,) = refused.details["fields"]
        assert (entry["field"], entry["code"]) == ("image", "required")


def test_a_challenge_of_another_session_or_mode_is_unknown(
    rules: Rules, photo_mode: Services
) -> None:
    holder = Holder(rules, person(number=9))
    in_wechat = holder.open()
    with_photo = holder.open(services=photo_mode)
    elsewhere = account_session(holder.account)
    for challenge, session in ((in_wechat, holder.session), (with_photo, elsewhere)):
        refused = refusal(
            holder.verify,
            challenge.challenge_id,
            services=photo_mode,
            session=session,
            image=photos.portrait(),
        )
        assert refused.reason is Reason.NOT_FOUND
    assert rules.sandbox.calls("ImageRecognitionV2") == []


@BOTH_DATABASES
def test_one_of_many_photos_for_one_challenge_is_compared(
    rules: Rules, photo_mode: Services
) -> None:
    holder = holder_of(rules, photo_mode, "张三", 10)
    challenge = holder.open()
    rules.sandbox.fault("face", "slow", seconds=1, action="ImageRecognitionV2")
    results = at_once([lambda: holder.verify(challenge.challenge_id, image=photos.portrait())] * 6)
    assert sum(isinstance(r, AccountSummary) for r in results) == 1
    reasons = {r.reason for r in results if isinstance(r, Refused)}
    assert reasons <= {Reason.IDENTITY_CHECK_IN_PROGRESS, Reason.ALREADY_VERIFIED}
    assert len(rules.sandbox.calls("ImageRecognitionV2")) == 1


@BOTH_DATABASES
def test_no_connection_is_held_during_the_comparison(
    rules: Rules, photo_mode: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = holder_of(rules, photo_mode, "张三", 11)
    challenge = holder.open()
    judge = face_images.prepare

    def prepare(content: bytes) -> bytes:
        assert_no_connection_is_held()
        return judge(content)

    monkeypatch.setattr(face_images, "prepare", prepare)
    assert holder.verify(challenge.challenge_id, image=photos.portrait()).level == 4


def test_production_never_compares_photos(rules: Rules) -> None:
    with pytest.raises(config.SettingsError) as caught:
        profiles.load_settings(profile="production", face_mode="photo")
    assert any(problem.startswith("FACE_MODE must be wechat") for problem in caught.value.problems)


BAD_IMAGE_CODES = [
    code for code, outcome in client._OUTCOME_OF_RESULT.items() if outcome is FaceOutcome.BAD_IMAGE
]


@pytest.mark.parametrize("code", BAD_IMAGE_CODES)
def test_picture_rejected_by_the_source_is_refused(
    rules: Rules, photo_mode: Services, code: str
) -> None:
    """The sandbox compares no faces, so its answer is replaced by the vendor's error code."""

    class Choosy(client.FaceClient):
        def compare_photo(self, image: bytes, name: str, id_number: str) -> FaceAnswer:
            answer = super().compare_photo(image, name, id_number)
            return replace(answer, outcome=FaceOutcome.BAD_IMAGE, detail=f"FailedOperation.{code}")

    choosy = Choosy.__new__(Choosy)
    choosy.__dict__.update(photo_mode.clients.face.__dict__)
    services = replace(photo_mode, clients=replace(photo_mode.clients, face=choosy))
    holder = holder_of(rules, services, "张三", 12)
    challenge = holder.open()
    refused = refusal(holder.verify, challenge.challenge_id, image=photos.portrait())
    assert refused.reason is Reason.FACE_IMAGE_QUALITY
    assert refused.details["reason"] in {
        "no_face",
        "many_faces",
        "too_small",
        "blurred",
        "unreadable",
    }
    holder.services = photo_mode
    assert holder.verify(challenge.challenge_id, image=photos.portrait()).level == 4
