"""Confirming own lines: the second check, what it is bound to, and storing."""

import json
from datetime import timedelta

import pytest
from peewee import OperationalError

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.matters import own
from miniprogram_api.matters.confirmations import Consenting
from miniprogram_api.reasons import Reason
from miniprogram_api.sheets import pictures
from models.accounts.accounts import FROZEN, Account
from models.accounts.verifications import FaceChallenge
from models.matters.decisions import Decision
from models.matters.matters import Line, Matter
from models.matters.pictures import MatterPicture
from tests.support.matters.matters import PEOPLE, events_of, matter_of, named, states_of
from tests.support.matters.people import GIVEN, Holder, in_days
from tests.support.people import photos
from tests.support.people.accounts import account_session
from tests.support.people.faces import mismatches_used, refusal
from tests.support.people.persons import person
from tests.support.people.signatures import signature
from tests.support.service.rules import Rules, at_once

ZHANG, LI, WANG = PEOPLE
BOTH_DATABASES = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def test_one_face_and_one_signature_confirm_all_posts(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理"), named(LI)])
    holder = Holder(rules, ZHANG)
    decided = holder.confirm(matter)
    assert [(line.role, line.state, line.confirmed_by) for line in decided.lines] == [
        ("股东", "confirmed", "face"),
        ("经理", "confirmed", "face"),
    ]
    assert states_of(matter) == ("waiting", ["confirmed", "confirmed", "pending"])
    assert events_of(matter) == [(1, "matter.line_confirmed")]
    assert len(rules.sandbox.calls("getverifyid")) == 1
    assert len(rules.sandbox.calls("queryverifyinfo")) == 1
    (decision,) = Decision.select()
    assert decision.way == "face"
    # WeChat names no number of its own: the one that it was asked with.
    (asked,) = rules.sandbox.calls("queryverifyinfo")
    assert decision.source_number == asked["request"]["out_seq_no"]
    (picture,) = MatterPicture.select()
    assert json.loads(decision.pictures) == {"signature": picture.sha256}
    assert pictures.of_decision(rules.services.settings, decision.id)["signature"]
    assert {consent.key for consent in consents.latest(holder.account.id)} >= {"face", "matter"}


@pytest.mark.parametrize("way", ["face", "ctid"])
def test_a_check_of_a_matter_opens_no_switch(rules: Rules, way: str) -> None:
    holder = Holder(rules, ZHANG)
    Account.update(authorization_closed_at=clock.now()).execute()
    matter = matter_of(rules.services, [named(ZHANG)])
    # A reset does not stop a confirmation, which asks for the face anyway.
    proof = {"ctid_token": f"ctid-ok-{ZHANG.id_number}"} if way == "ctid" else {}
    decided = holder.confirm(matter, proof=proof, given=GIVEN)
    assert [line.state for line in decided.lines] == ["confirmed"]
    assert Account.get().authorization_closed_at is not None


@pytest.mark.parametrize(
    "other",
    ["session", "account", "digest", "lines", "level"],
)
def test_a_check_counts_only_for_what_it_is_bound_to(rules: Rules, other: str) -> None:
    matter = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理"), named(LI)])
    holder = Holder(rules, ZHANG)
    challenge = {"challenge_id": holder.open(matter, "股东")}
    changes = {"proof": challenge, "given": GIVEN}
    if other == "session":
        holder.session = account_session(holder.account, "zhang")
        refused = refusal(holder.confirm, matter, "股东", **changes)
    elif other == "account":
        refused = refusal(Holder(rules, LI, "li").confirm, matter, **changes)
    elif other == "lines":
        refused = refusal(holder.confirm, matter, **changes)
    elif other == "level":
        from miniprogram_api.proofing import faces

        Account.update(level=3).execute()
        refused = refusal(
            faces.verify,
            rules.services,
            session=holder.session,
            account_id=holder.account.id,
            address="192.0.2.7",
            image=None,
            **challenge,
        )
    else:
        Matter.update(subject_name="另一家有限公司").execute()
        refused = refusal(holder.confirm, matter, "股东", **changes)
    assert refused.reason is Reason.NOT_FOUND
    assert rules.sandbox.calls("queryverifyinfo") == []


def test_outdated_content_is_refused_before_the_face(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    old = holder.seen(matter).digest
    challenge = {"challenge_id": holder.open(matter)}
    Matter.update(subject_name="另一家有限公司").execute()
    for call in (
        lambda: holder.open(matter, digest=old),
        lambda: holder.confirm(matter, digest=old, proof=challenge),
    ):
        assert refusal(call).reason is Reason.MATTER_CHANGED
    assert rules.sandbox.calls("queryverifyinfo") == []


@pytest.mark.parametrize("way", ["face", "ctid"])
def test_nothing_is_checked_again_when_storing_fails(
    rules: Rules, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    proof = {"ctid_token": f"ctid-ok-{ZHANG.id_number}"}
    if way == "face":
        proof = {"challenge_id": holder.open(matter)}
    call = "queryverifyinfo" if way == "face" else "ctid/verifications"

    def fail(*_arguments: object) -> None:
        raise OperationalError("down")

    monkeypatch.setattr(pictures, "store", fail)
    with pytest.raises(OperationalError):
        holder.confirm(matter, proof=proof, given=GIVEN)
    assert states_of(matter) == ("waiting", ["pending"])
    assert events_of(matter) == []
    monkeypatch.undo()
    # The next failure would show a second question to the source.
    rules.sandbox.fault("face" if way == "face" else "ctid", "error")
    assert holder.confirm(matter, proof=proof, given=GIVEN).state == "confirmed"
    assert len(rules.sandbox.calls(call)) == 1
    assert Decision.select().count() == 1


def test_check_of_a_killed_process_is_taken_up_after_its_lease(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    challenge_id = holder.open(matter)
    FaceChallenge.update(used_at=clock.now()).execute()
    proof = {"challenge_id": challenge_id}
    refused = refusal(holder.confirm, matter, proof=proof)
    assert refused.reason is Reason.IDENTITY_CHECK_IN_PROGRESS
    with in_days(61 / 86_400):
        assert holder.confirm(matter, proof=proof).state == "confirmed"
    assert len(rules.sandbox.calls("getverifyid")) == 1


def test_a_used_check_does_not_confirm_again(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    proof = {"challenge_id": holder.open(matter)}
    holder.confirm(matter, proof=proof)
    assert refusal(holder.confirm, matter, proof=proof).reason is Reason.LINE_DECIDED
    holder.refuse(matter)
    assert refusal(holder.confirm, matter, proof=proof).reason is Reason.NOT_FOUND
    assert states_of(matter) == ("refused", ["refused"])


def test_a_passed_check_expires_an_hour_later(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    proof = {"challenge_id": holder.open(matter)}
    monkeypatch.setattr(pictures, "digests", lambda _stored: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        holder.confirm(matter, proof=proof)
    monkeypatch.undo()
    with in_days(1 / 23):
        assert refusal(holder.confirm, matter, proof=proof).reason is Reason.NOT_FOUND


def test_failed_faces_share_one_counter_with_level_4(rules: Rules) -> None:
    someone = person("张不像", number=81)
    matter = matter_of(rules.services, [named(someone)])
    holder = Holder(rules, someone)
    for left in (4, 3, 2, 1, 0):
        refused = refusal(holder.confirm, matter)
        assert (refused.reason, refused.details) == (
            Reason.FACE_MISMATCH,
            {"attempts_left": left},
        )
    assert mismatches_used(rules, someone) == 5
    assert refusal(holder.open, matter).reason is Reason.TOO_MANY_ATTEMPTS
    assert states_of(matter) == ("waiting", ["pending"])
    token = {"ctid_token": f"ctid-ok-{someone.id_number}"}
    assert holder.confirm(matter, proof=token, given=GIVEN).lines[0].confirmed_by == "ctid"


def test_rejected_ctid_tokens_are_counted(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    for left in (4, 3, 2, 1, 0):
        refused = refusal(holder.confirm, matter, proof={"ctid_token": "x"}, given=GIVEN)
        assert refused.reason is Reason.CTID_REJECTED
        assert refused.details == {"attempts_left": left}
    refused = refusal(holder.confirm, matter, proof={"ctid_token": "x"}, given=GIVEN)
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS


@BOTH_DATABASES
def test_the_same_confirmation_twice_at_once_is_stored_once(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    proof = {"challenge_id": holder.open(matter)}
    results = at_once([lambda: holder.confirm(matter, proof=proof)] * 2)
    refused = [getattr(result, "reason", None) for result in results]
    assert refused.count(None) == 1
    assert {*refused} - {None} <= {
        Reason.IDENTITY_CHECK_IN_PROGRESS,
        Reason.LINE_DECIDED,
        Reason.NOT_FOUND,
    }
    assert Decision.select().count() == 1
    assert events_of(matter) == [(1, "matter.line_confirmed"), (2, "matter.confirmed")]


@BOTH_DATABASES
def test_all_persons_at_once_confirm_the_matter_once(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(someone) for someone in PEOPLE])
    holders = [Holder(rules, someone, f"w{number}") for number, someone in enumerate(PEOPLE)]
    proofs = [{"challenge_id": holder.open(matter)} for holder in holders]
    results = at_once(
        [
            lambda holder=holder, proof=proof: holder.confirm(matter, proof=proof)
            for holder, proof in zip(holders, proofs, strict=True)
        ]
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    assert states_of(matter) == ("confirmed", ["confirmed"] * 3)
    kinds = [kind for _, kind in events_of(matter)]
    assert kinds == ["matter.line_confirmed"] * 3 + ["matter.confirmed"]
    assert [number for number, _ in events_of(matter)] == [1, 2, 3, 4]


def test_state_is_judged_again_on_storing(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    proof = {"challenge_id": holder.open(matter)}
    ask = type(rules.services.clients.face).wechat_result

    def freeze_meanwhile(*arguments: object) -> object:
        Account.update(status=FROZEN).execute()
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(type(rules.services.clients.face), "wechat_result", freeze_meanwhile)
    assert refusal(holder.confirm, matter, proof=proof).reason is Reason.ACCOUNT_FROZEN
    assert states_of(matter) == ("waiting", ["pending"])


def test_signature_follows_the_setting(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    for signed, reason in (
        (None, Reason.INVALID_INPUT),
        (b"x", Reason.SIGNATURE_UNREADABLE),
        (signature(ink=(240, 240, 240, 255)), Reason.SIGNATURE_UNREADABLE),
    ):
        proof = {"challenge_id": "x", "signature": signed}
        assert refusal(holder.confirm, matter, proof=proof).reason is reason
    services = rules.with_settings(matter_signature="off")
    proof = {"challenge_id": holder.open(matter, services=services)}
    refused = refusal(holder.confirm, matter, proof=proof, services=services)
    assert refused.details["fields"][0]["code"] == "not_allowed"
    holder.confirm(matter, proof={**proof, "signature": None}, services=services)
    assert MatterPicture.select().count() == 0


def test_separate_consent_to_the_signature_is_needed_once(rules: Rules) -> None:
    first, second = (
        matter_of(rules.services, [named(ZHANG)], number=number, maker=None) for number in "12"
    )
    holder = Holder(rules, ZHANG)
    assert holder.seen(first).needs.consents == ("face", "matter")
    version = GIVEN.version
    refused = refusal(holder.open, first, given=Consenting(version))
    assert (refused.reason, refused.details) == (
        Reason.CONSENT_REQUIRED,
        {"missing": ["matter"]},
    )
    old = Consenting("2019-06-01", ("matter",))
    assert refusal(holder.open, first, given=old).reason is Reason.CONSENT_OUTDATED
    token = {"ctid_token": f"ctid-ok-{ZHANG.id_number}"}
    assert refusal(holder.confirm, first, proof=token).reason is Reason.CONSENT_REQUIRED
    holder.confirm(first, proof=token, given=Consenting(version, ("matter",)))
    holder.open(second, given=Consenting(version))
    assert holder.seen(second).needs.consents == ()


def test_one_face_a_role_where_it_is_set(rules: Rules) -> None:
    services = rules.with_settings(matter_face="role")
    matter = matter_of(services, [named(ZHANG), named(ZHANG, "经理")])
    holder = Holder(rules, ZHANG)
    refused = refusal(holder.open, matter, services=services)
    assert refused.details["fields"][0]["code"] == "one_each"
    for role in ("股东", "经理"):
        proof = {"challenge_id": holder.open(matter, role, services=services)}
        holder.confirm(matter, role, proof=proof, services=services)
    assert states_of(matter)[0] == "confirmed"


def test_a_photo_is_the_check_in_photo_mode(rules: Rules) -> None:
    services = rules.with_settings(face_mode="photo")
    matter = matter_of(services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    proof = {"challenge_id": holder.open(matter, services=services)}
    refused = refusal(holder.confirm, matter, proof=proof, services=services)
    assert refused.details["fields"][0]["field"] == "image"
    bad = {**proof, "image": b"x"}
    refused = refusal(holder.confirm, matter, proof=bad, services=services)
    assert refused.reason is Reason.FACE_IMAGE_QUALITY
    good = {**proof, "image": photos.portrait()}
    holder.confirm(matter, proof=good, services=services)
    assert len(rules.sandbox.calls("ImageRecognitionV2")) == 1
    assert Decision.get().source_number
    assert MatterPicture.select().count() == 1


def test_an_expired_card_is_refused_before_the_face(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    proof = {"challenge_id": holder.open(matter)}
    yesterday = clock.today() - timedelta(days=1)
    Account.update(valid_until=yesterday, long_term=False).execute()
    for refused in (refusal(holder.open, matter), refusal(holder.confirm, matter, proof=proof)):
        assert (refused.reason, refused.details["cause"]) == (Reason.LEVEL_TOO_LOW, "card_expired")
    assert rules.sandbox.calls("queryverifyinfo") == []


def test_minors_go_to_a_window(rules: Rules) -> None:
    child = person("张小明", number=82, birth=clock.today() - timedelta(days=15 * 365))
    matter = matter_of(rules.services, [named(child)])
    holder = Holder(rules, child)
    assert holder.seen(matter).needs.ways == ("window",)
    assert refusal(holder.open, matter).reason is Reason.GUARDIAN_REQUIRED
    # The reason of the refusal hides that the person is a minor.
    holder.refuse(matter, reason="wrong_content")
    assert holder.seen(matter).needs.ways == ("window",)
    assert refusal(holder.open, matter).reason is Reason.GUARDIAN_REQUIRED


def test_confirmations_before_the_end_are_expired_with_the_matter(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    with in_days(30.001):
        assert own.listed(holder.account.id, "open").count == 0
        assert own.listed(holder.account.id, "done").count == 1
        refused = refusal(holder.open, matter)
        assert (refused.reason, refused.details) == (Reason.MATTER_EXPIRED, {"days": 30})
    assert Line.get().state == "pending"
