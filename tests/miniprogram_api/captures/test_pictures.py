"""Pictures of acts at a desk: stored encrypted, shown to a second person, deleted in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.captures import evidence, pictures
from miniprogram_api.captures.taking import Capture
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import act_pictures, deciding
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.verifications import OnSite, VerifiedAtWindow
from models.accounts.accounts import FROZEN, Account
from models.captures import DeskPicture
from models.desks.audit import AuditEntry
from models.second_person import SecondPersonRequest
from tests.support.admin import holds
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.captures import CAPTURED, FILES, REFUSED
from tests.support.people.persons import person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person(number=71)
SEEN = OnSite(["id_card"], "核对原件一致")


def verified(rules: Rules, capture: Capture = CAPTURED) -> VerifiedAtWindow:
    account_of(SOMEONE)
    return window_desk.verify(rules.services, member_of("clerk"), SOMEONE.id_number, SEEN, capture)


def evidence_of(done: VerifiedAtWindow) -> evidence.Evidence:
    return evidence.of(SecondPersonRequest.get_by_id(done.verification_id))


def removed_after(days: int) -> int:
    later = clock.now() + timedelta(days=days)
    with clock.replaced(lambda: later):
        return pictures.remove_old()


@BOTH
def test_pictures_are_stored_encrypted_and_shown_to_a_second_person(rules: Rules) -> None:
    done = verified(rules)
    seen = evidence_of(done)
    assert (seen.photo_taken, seen.card_seen, seen.reading, seen.reasons) == (True, True, None, {})
    rows = list(DeskPicture.select().order_by(DeskPicture.id))
    assert [row.name for row in rows] == [*FILES]
    assert all(b"\xff\xd8" not in bytes(row.content)[:64] for row in rows)
    second = member_of("clerk")
    assert [*act_pictures.thumbnails(done.verification_id)] == [*FILES]
    shown = act_pictures.picture(rules.services, second, done.verification_id, "photo")
    assert shown.startswith(b"\xff\xd8")
    (line,) = lines_about(SOMEONE.id_number)
    assert line.content["pictures"] == {row.name: row.sha256 for row in rows}
    noted = AuditEntry.get(AuditEntry.tag == "staff:desk_picture:shown")
    assert (noted.actor, SOMEONE.id_number in noted.details) == (second.actor, False)
    given = {consent.key for consent in consents.latest(done.account_id or 0)}
    assert given == {"desk"}


@pytest.mark.parametrize(("name", "role"), [("signature", "clerk"), ("photo", "editor")])
def test_picture_is_for_readers_of_the_act(rules: Rules, name: str, role: str) -> None:
    done = verified(rules)
    with pytest.raises(Refused) as refused:
        act_pictures.picture(rules.services, member_of(role), done.verification_id, name)
    expected = Reason.NOT_FOUND if role == "clerk" else Reason.FORBIDDEN
    assert refused.value.reason is expected


def test_reason_replaces_a_picture(rules: Rules) -> None:
    done = verified(rules, REFUSED)
    assert evidence_of(done).reasons == REFUSED.reasons
    assert DeskPicture.select().count() == 0
    (line,) = lines_about(SOMEONE.id_number)
    assert line.content["no_pictures"] == REFUSED.reasons
    assert consents.latest(done.account_id or 0) == []


@pytest.mark.parametrize(
    ("capture", "fields"),
    [
        (Capture(reasons={"photo": "unknown"}), {"photo"}),
        (replace(CAPTURED, files={**FILES, "card_back": b"no picture"}), {"card_back"}),
        (replace(CAPTURED, reading="no reading"), {"reading"}),
    ],
)
def test_every_refused_part_is_named(rules: Rules, capture: Capture, fields: set[str]) -> None:
    account_of(SOMEONE)
    with pytest.raises(Refused) as refused:
        window_desk.verify(rules.services, member_of("clerk"), SOMEONE.id_number, SEEN, capture)
    assert fields <= {item["field"] for item in refused.value.details["fields"]}
    assert Account.get().level == 3


def test_held_registration_keeps_pictures_and_records_the_consent_when_it_takes_effect(
    rules: Rules,
) -> None:
    held = holds.register(rules, capture=CAPTURED)
    assert not held.effective
    assert pictures.names(held.verification_id) == tuple(FILES)
    holds.decide(rules, held)
    given = {consent.key for consent in consents.latest(Account.get().id)}
    assert given == {"general", "identity", "desk"}


def test_they_are_deleted_30_days_after_the_review(rules: Rules) -> None:
    done = verified(rules)
    assert removed_after(31) == 0
    deciding.decide(
        rules.services, member_of("clerk"), done.verification_id, agrees=True, reason=""
    )
    assert removed_after(29) == 0
    assert removed_after(31) == len(FILES)
    assert evidence_of(done) == evidence.Evidence()
    assert removed_after(31) == 0


def test_what_is_never_reviewed_is_deleted_after_180_days(rules: Rules) -> None:
    verified(rules)
    assert removed_after(179) == 0
    assert removed_after(181) == len(FILES)


def test_withdrawn_consent_deletes_them_at_once(rules: Rules) -> None:
    account_id = verified(rules).account_id or 0
    Account.update(status=FROZEN).where(Account.id == account_id).execute()
    with pytest.raises(Refused) as refused:
        consents.withdraw(account_id, "desk")
    assert refused.value.reason is Reason.ACCOUNT_FROZEN
    Account.update(status="active").where(Account.id == account_id).execute()
    consents.withdraw(account_id, "desk")
    assert DeskPicture.select().count() == 0
    assert Account.get().level == 4
