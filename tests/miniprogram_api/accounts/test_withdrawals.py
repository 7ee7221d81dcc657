"""What ends with a withdrawn consent: checks under way, and pictures that no statute keeps."""

from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import accounts, cancellation, consents
from miniprogram_api.matter_lines.notices import LOST as LOST_NOTICE
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from models.accounts.accounts import Account
from models.accounts.consents import ConsentRecord
from models.accounts.own_data import FaceHandover
from models.accounts.verifications import FaceChallenge
from models.desks.audit import AuditEntry
from models.matters.matters import CONFIRMED, LOST, PENDING, WAITING, WITHDRAWN, Matter
from models.matters.messages import MatterMessage
from models.matters.pictures import MatterPicture
from models.storage.database import transaction
from tests.support.matters.matters import (
    PEOPLE,
    accept,
    confirm,
    events_of,
    lines_of,
    matter_of,
    named,
    states_of,
    verified,
)
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ZHANG, LI, _ = PEOPLE


def signed(services: Services, matter: Matter, account: Account, *roles: str, **how: Any) -> None:
    """Confirm own lines with a signature, or other pictures by name."""
    stored = how.pop("stored", {"signature": b"PNG"})
    digests = pictures.digests(stored)
    decided = confirm(services, matter, account, *roles, pictures=digests, **how)
    with transaction():
        pictures.store(services.settings, decided.decision.id, stored)
        consents.record(account.id, ["general", "identity", "face", "matter"])


def kept(account: Account) -> set[str]:
    """Return the names of the pictures of the account's decisions that are kept."""
    return {row.name for row in MatterPicture.select() if row.decision.account_id == account.id}


def challenge(account: Account, name: str, **columns: Any) -> None:
    """Insert a check under way."""
    now = clock.now()
    FaceChallenge.create(
        id=name,
        account=account.id,
        session_hash=b"x",
        created_at=now,
        expires_at=now + timedelta(minutes=10),
        **{"mode": "wechat", **columns},
    )


def living() -> set[str]:
    """Return the checks that can still be used."""
    return {row.id for row in FaceChallenge.select() if row.expires_at > clock.now()}


@BOTH
def test_pictures_of_open_matters_go_and_their_confirmations_are_lost(rules: Rules) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    signed(rules.services, matter, zhang, stored={"signature": b"PNG", "photo": b"JPEG"})
    signed(rules.services, matter, li)
    found = {one.key: one for one in consents.withdraw(zhang.id, "matter")}
    assert found["matter"].withdrawn_at is not None
    assert found["face"].withdrawn_at is None
    assert kept(zhang) == set()
    assert kept(li) == {"signature"}
    assert states_of(matter) == (WAITING, [LOST, CONFIRMED])
    assert [line.reason for line in lines_of(matter)] == ["consent_withdrawn", ""]
    assert events_of(matter)[-1][1] == "matter.line_lost"
    # The person can confirm again, with a new consent.
    signed(rules.services, matter, zhang)
    assert states_of(matter) == (CONFIRMED, [CONFIRMED, CONFIRMED])


@BOTH
def test_pictures_of_the_registration_file_stay(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    signed(rules.services, matter, zhang)
    accept(rules.services, matter)
    consents.withdraw(zhang.id, "matter")
    assert kept(zhang) == {"signature"}
    assert [line.state for line in lines_of(matter)] == [CONFIRMED]


def test_pictures_of_a_withdrawn_matter_go_at_once(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    signed(rules.services, matter, zhang)
    Matter.update(state=WITHDRAWN, ended_at=clock.now()).where(Matter.id == matter.id).execute()
    consents.withdraw(zhang.id, "matter")
    assert kept(zhang) == set()
    assert [line.state for line in lines_of(matter)] == [CONFIRMED]


def test_confirmation_without_a_picture_counts_on(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理")])
    signed(rules.services, matter, zhang, "股东")
    confirm(rules.services, matter, zhang, "经理")
    consents.withdraw(zhang.id, "matter")
    assert {line.role: line.state for line in lines_of(matter)} == {"股东": LOST, "经理": CONFIRMED}


def test_line_confirmed_anew_without_a_picture_counts_on(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    signed(rules.services, matter, zhang)
    consents.withdraw(zhang.id, "matter")
    confirm(rules.services, matter, zhang)
    consents.record(zhang.id, ["matter"])
    consents.withdraw(zhang.id, "matter")
    assert [line.state for line in lines_of(matter)] == [CONFIRMED]


def test_notarised_papers_rest_on_statute_and_stay(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    signed(rules.services, matter, zhang, way="notarised", stored={"scan_1": b"JPEG"})
    consents.withdraw(zhang.id, "matter")
    assert kept(zhang) == {"scan_1"}
    assert [line.state for line in lines_of(matter)] == [CONFIRMED]


def test_pictures_taken_at_a_desk_go_without_a_consent_given_online(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    signed(rules.services, matter, zhang, way="on_site", stored={"photo": b"JPEG"})
    ConsentRecord.delete().execute()
    consents.withdraw(zhang.id, "matter")
    assert kept(zhang) == set()
    (line,) = AuditEntry.select().where(AuditEntry.tag == "api:consent:withdrawn")
    assert '"pictures": 1' in line.details


def test_frozen_account_cannot_delete_what_a_dispute_needs(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    signed(rules.services, matter, zhang)
    with transaction():
        accounts.freeze(Account.get_by_id(zhang.id))
    with pytest.raises(Refused) as caught:
        consents.withdraw(zhang.id, "matter")
    assert caught.value.reason is Reason.ACCOUNT_FROZEN
    assert kept(zhang) == {"signature"}
    assert consents.withdraw(zhang.id, "face")


def test_loss_is_told(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    signed(rules.services, matter, zhang)
    consents.withdraw(zhang.id, "matter")
    assert [line.state for line in lines_of(matter)] == [LOST]
    messages = [(row.kind, row.reason) for row in MatterMessage.select()]
    assert (LOST_NOTICE, "consent_withdrawn") in messages


def test_checks_of_the_face_end_with_its_consent_but_not_those_of_ctid(rules: Rules) -> None:
    zhang = verified(ZHANG)
    challenge(zhang, "level")
    challenge(zhang, "lines", bound="0" * 64)
    challenge(zhang, "ctid", mode="ctid", bound="1" * 64)
    FaceHandover.create(
        code_hash=b"code", account=zhang.id, session_hash=b"x", expires_at=clock.now()
    )
    consents.record(zhang.id, ["general", "identity", "face"])
    consents.withdraw(zhang.id, "face")
    assert living() == {"ctid"}
    assert FaceHandover.select().count() == 0


def test_checks_for_matters_end_with_the_consent_to_them(rules: Rules) -> None:
    zhang = verified(ZHANG)
    challenge(zhang, "level")
    challenge(zhang, "lines", bound="0" * 64)
    consents.record(zhang.id, ["general", "identity", "face", "matter"])
    consents.withdraw(zhang.id, "matter")
    assert living() == {"level"}


@BOTH
def test_cancellation_deletes_the_pictures_that_no_statute_keeps(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    signed(rules.services, matter, zhang)
    cancellation.cancel_by_hand(zhang.id, "不再使用", actor="test")
    assert kept(zhang) == set()
    assert [(line.state, line.reason) for line in lines_of(matter)] == [(LOST, "cancelled")]


def test_pending_lines_stay(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    consents.record(zhang.id, ["matter"])
    consents.withdraw(zhang.id, "matter")
    assert [line.state for line in lines_of(matter)] == [PENDING]
