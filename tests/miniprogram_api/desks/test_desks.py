"""Acts of the windows and the information centre, and their limits."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from miniprogram_api import clock
from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import (
    people as desk_people,
)
from miniprogram_api.desks import (
    queue as ticket_queue,
)
from miniprogram_api.desks import (
    reminders as desk_reminders,
)
from miniprogram_api.desks import (
    ticket_acts as ticket_desk,
)
from miniprogram_api.desks import (
    ticket_pictures,
)
from miniprogram_api.ledger import comparison
from miniprogram_api.ledger import (
    integrity as ledger_check,
)
from miniprogram_api.ledger import (
    lines as ledger,
)
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import approvals, deciding, listing, verification_details
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import opening, tickets
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.desks.audit import AuditEntry
from models.desks.staff import StaffMember as StaffRow
from models.desks.tickets import Ticket
from models.outbox import Notice
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people import photos
from tests.support.people.accounts import Time, account_of, fresh
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import synced_account
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person(number=1)
SEEN = on_site(["id_card"], "刷脸多次不过，核对原件一致")


def refusal(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.reason


def attempts() -> list[tuple[str, str]]:
    """Return (act, reason) of the refused attempts in the audit log."""
    found = AuditEntry.select().where(AuditEntry.tag == "staff:attempt:refused")
    details = [json.loads(entry.details) for entry in found.order_by(AuditEntry.id)]
    return [(entry["act"], entry["reason"]) for entry in details]


def opened(rules: Rules, kind: str, **changes: object) -> str:
    """Open a user's ticket about SOMEONE; return its id."""
    values = {"account_id": None, "openid": "o-zhang", "source": "user", **changes}
    values.setdefault(
        "subject",
        Subject(
            SOMEONE.name,
            SOMEONE.id_number,
            SOMEONE.valid_from,
            SOMEONE.four_elements["valid_until"],
            SOMEONE.phone,
        ),
    )
    return opening.open_ticket(rules.services, Opening(kind=kind, **values)).id  # type: ignore[arg-type]


def claimed(rules: Rules, member: StaffMember, kind: str, **changes: object) -> str:
    ticket_id = opened(rules, kind, **changes)
    ticket_desk.claim(member, ticket_id)
    return ticket_id


def acts(rules: Rules) -> list[str]:
    """Verify the ledger, compare the tables with it, and return its acts, oldest first."""
    verdict = ledger_check.verify(rules.services.settings)
    assert verdict.faults == ()
    assert comparison.compare() == []
    return [entry.action for entry in reversed(ledger.page(member_of("auditor")))]


@BOTH
def test_manual_verification_is_effective_until_a_second_clerk_revokes_it(
    rules: Rules,
) -> None:
    account = account_of(SOMEONE)
    clerk, other = member_of("clerk"), member_of("clerk")

    verified = window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN)

    assert (fresh(account).level, fresh(account).verified_by) == (4, "manual")
    assert Ticket.get(Ticket.number == verified.ticket_id).state == "resolved"
    (review,) = verification_details.pending(other)
    assert (review.id, review.own, review.overdue) == (verified.verification_id, False, False)
    mine = lambda: deciding.decide(rules.services, clerk, review.id, agrees=True, reason="")  # noqa: E731
    assert refusal(mine) is Reason.SECOND_PERSON_REQUIRED
    deciding.decide(
        rules.services,
        other,
        review.id,
        agrees=False,
        reason="照片与持证人不符",
        cause="not_same_person",
    )
    assert (fresh(account).level, fresh(account).verified_by) == (3, None)
    again = lambda: deciding.decide(rules.services, other, review.id, agrees=True, reason="")  # noqa: E731
    assert refusal(again) is Reason.NOT_APPLICABLE
    assert acts(rules) == ["manual_verification", "verification_revoked"]
    assert attempts() == [("verification_confirmed", "SECOND_PERSON_REQUIRED")]
    line = lines_about(SOMEONE.id_number)[-1]
    assert line.window_id == clerk.window_id
    assert line.content["evidence"] == ["居民身份证原件"]
    assert (line.content["before"], line.content["after"]) == (
        {"level": 3, "verified_by": None},
        {"level": 4, "verified_by": "manual"},
    )


def test_clerk_opens_a_person_with_a_reason_and_sees_the_history(rules: Rules) -> None:
    account_of(SOMEONE)
    clerk = member_of("clerk")

    masked = desk_people.find(rules.services, clerk, SOMEONE.id_number)
    assert masked.account is not None
    assert masked.account.name == "张*"
    assert SOMEONE.id_number not in repr(masked) + masked.id_number
    assert masked.tried == ()
    assert acts(rules) == []

    seen = desk_people.open_person(clerk, SOMEONE.id_number, "at_window")
    assert seen.account is not None
    assert (seen.account.name, seen.id_number) == (SOMEONE.name, SOMEONE.id_number)
    assert acts(rules) == ["person_opened"]
    assert (
        refusal(lambda: desk_people.open_person(clerk, SOMEONE.id_number, "curious"))
        is Reason.INVALID_INPUT
    )
    for role in ("editor", "operator", "administrator"):
        stranger = member_of(role)
        assert refusal(partial(desk_people.find, rules.services, stranger, "x")) is Reason.FORBIDDEN
    auditor = member_of("auditor")
    assert (
        refusal(lambda: desk_people.open_person(auditor, SOMEONE.id_number, "enquiry"))
        is Reason.FORBIDDEN
    )


@BOTH
def test_phone_correction_needs_two_people_and_notifies_both_phones(
    rules: Rules,
) -> None:
    account = synced_account(SOMEONE)
    first, second = member_of("centre"), member_of("centre")
    new_phone = make_phone(77)
    wanted = Subject(SOMEONE.name, SOMEONE.id_number, phone=new_phone)
    ticket_id = claimed(rules, first, "activation_phone", subject=wanted)

    approval = approvals.request(first, ticket_id, "correct_phone", reason="核对户籍后更正")

    assert fresh(account).phone == SOMEONE.phone
    yes = {"agrees": True, "reason": ""}
    assert (
        refusal(lambda: deciding.decide(rules.services, first, approval, **yes))  # type: ignore[arg-type]
        is Reason.SECOND_PERSON_REQUIRED
    )
    clerk = member_of("clerk")
    assert (
        refusal(lambda: deciding.decide(rules.services, clerk, approval, **yes))  # type: ignore[arg-type]
        is Reason.FORBIDDEN
    )
    assert (
        refusal(lambda: ticket_desk.finish(first, ticket_id, solved=True, reason="x"))
        is Reason.APPROVAL_PENDING
    )
    deciding.decide(rules.services, second, approval, **yes)  # type: ignore[arg-type]

    changed = fresh(account)
    assert (changed.phone, changed.status) == (new_phone, "unactivated")
    assert {notice.phone for notice in Notice.select()} == {SOMEONE.phone, new_phone}
    assert Ticket.get(Ticket.number == ticket_id).state == "resolved"
    assert acts(rules) == ["ticket_claimed", "approval_requested", "phone_corrected"]
    line = lines_about(SOMEONE.id_number)[0]
    assert (line.actor, line.content["requested_by"]) == (second.actor, first.actor)
    assert attempts() == [
        ("approval_decided", "SECOND_PERSON_REQUIRED"),
        ("approval_decided", "FORBIDDEN"),
    ]


def test_approval_expires_after_two_working_days(rules: Rules) -> None:
    account = account_of(SOMEONE)
    first, second = member_of("centre"), member_of("centre")
    with Time(clock.now()).running() as time:
        ticket_id = claimed(rules, first, "re_registration", account_id=account.id, subject=None)
        approval = approvals.request(first, ticket_id, "cancel_account", reason="旧证注册")
        assert [p.id for p in approvals.listed(second)] == [approval]
        time.advance(days=7)
        assert approvals.listed(second) == []
        (stale,) = approvals.listed(second, "late")
        assert (stale.id, stale.state) == (approval, "stale")
        call = lambda: deciding.decide(  # noqa: E731
            rules.services, second, approval, agrees=True, reason=""
        )
        assert refusal(call) is Reason.APPROVAL_STALE
        assert fresh(account).status == "active"
        # He may ask again.
        again = approvals.request(first, ticket_id, "cancel_account", reason="旧证注册")
        deciding.decide(rules.services, second, again, agrees=True, reason="")
    assert fresh(account).status == CANCELLED
    assert ("approval_decided", "APPROVAL_STALE") in attempts()
    assert Ticket.get(Ticket.number == ticket_id).reason == "原账号已注销，请用现有身份证重新注册"


def test_rejected_approval_returns_the_ticket(rules: Rules) -> None:
    account = account_of(SOMEONE)
    first, second = member_of("centre"), member_of("centre")
    ticket_id = claimed(rules, first, "re_registration", account_id=account.id, subject=None)
    approval = approvals.request(first, ticket_id, "cancel_account", reason="旧证注册")
    deciding.decide(rules.services, second, approval, agrees=False, reason="材料不齐")
    assert fresh(account).status == "active"
    ticket_desk.finish(first, ticket_id, solved=False, reason="请补交新证照片")
    assert Ticket.get(Ticket.number == ticket_id).state == "rejected"
    assert acts(rules)[-2:] == ["approval_refused", "ticket_rejected"]


def test_a_disputed_identity_is_flagged_then_frozen_then_cancelled(rules: Rules) -> None:
    account = account_of(SOMEONE)
    clerk, first, second = member_of("clerk"), member_of("centre"), member_of("centre")
    ticket_id = opened(rules, "identity_dispute", openid="o-victim")

    assert desk_people.find(rules.services, clerk, SOMEONE.id_number).disputed
    assert fresh(account).status == "active"
    window_desk.card_seen(clerk, ticket_id, SEEN)
    assert fresh(account).status == FROZEN
    ticket_desk.claim(first, ticket_id)
    # The account still needs a decision.
    assert (
        refusal(lambda: ticket_desk.finish(first, ticket_id, solved=False, reason="x"))
        is Reason.NOT_APPLICABLE
    )
    approval = approvals.request(first, ticket_id, "cancel_account", reason="确系冒名")
    deciding.decide(rules.services, second, approval, agrees=True, reason="")

    assert fresh(account).status == CANCELLED
    assert not desk_people.find(rules.services, clerk, SOMEONE.id_number).disputed
    assert acts(rules) == [
        "account_frozen",
        "ticket_claimed",
        "approval_requested",
        "account_cancelled",
    ]


def test_unfounded_dispute_restores_the_account(rules: Rules) -> None:
    account = account_of(SOMEONE)
    clerk, first, second = member_of("clerk"), member_of("centre"), member_of("centre")
    ticket_id = opened(rules, "identity_dispute", openid="o-victim")
    window_desk.card_seen(clerk, ticket_id, SEEN)
    ticket_desk.claim(first, ticket_id)
    approval = approvals.request(first, ticket_id, "unfreeze", reason="本人忘记注册过")
    deciding.decide(rules.services, second, approval, agrees=True, reason="")
    assert fresh(account).status == "active"


def test_dates_are_corrected_when_the_source_agrees(rules: Rules) -> None:
    account = account_of(SOMEONE, valid_from="2014-06-03", valid_until="2034-06-03")
    first = member_of("centre")
    ticket_id = claimed(rules, first, "re_registration", account_id=account.id, subject=None)
    dates = (SOMEONE.valid_from.isoformat(), SOMEONE.four_elements["valid_until"])

    centre_acts.correct_dates(
        rules.services, first, ticket_id, *dates, reason="换领新证", address="192.0.2.1"
    )

    assert fresh(account).valid_from == SOMEONE.valid_from
    assert fresh(account).valid_until == SOMEONE.valid_until
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1
    assert acts(rules) == ["ticket_claimed", "dates_corrected"]


def test_clerk_cannot_act_on_own_tickets_or_other_windows(rules: Rules) -> None:
    account_of(SOMEONE)
    clerk, elsewhere = member_of("clerk"), member_of("clerk")
    StaffRow.update(id_number=SOMEONE.id_number, identity_index=SOMEONE.id_number).where(
        StaffRow.id == clerk.id
    ).execute()
    for call in (
        lambda: window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN),
        lambda: desk_people.open_person(clerk, SOMEONE.id_number, "at_window"),
        lambda: window_desk.file_ticket(
            clerk, "other", Subject(SOMEONE.name, SOMEONE.id_number), "x"
        ),
    ):
        assert refusal(call) is Reason.OWN_MATTER
    other = person(number=2)
    row, _ = window_desk.file_ticket(
        clerk, "re_registration", Subject(other.name, other.id_number), "旧证"
    )
    assert refusal(lambda: ticket_desk.get(elsewhere, row.number)) is Reason.NOT_FOUND
    assert refusal(lambda: ticket_desk.claim(elsewhere, row.number)) is Reason.NOT_FOUND
    assert refusal(lambda: window_desk.hand_on(elsewhere, row.number, "x")) is Reason.NOT_FOUND
    assert ticket_queue.queue(elsewhere) == []
    assert [ticket.id for ticket in ticket_queue.queue(clerk)] == [row.number]
    assert [reason for _, reason in attempts()] == ["OWN_MATTER"] * 3 + ["TICKET_OF_OTHERS"] * 3
    assert Account.get().level == 3


def test_ticket_is_masked_until_claimed(rules: Rules) -> None:
    clerk = member_of("clerk")
    ticket_id = opened(rules, "identity_review", description=f"我是{SOMEONE.name}，{SOMEONE.phone}")

    before = ticket_desk.get(clerk, ticket_id)
    assert (before.name, before.claimed, before.facts) == ("张*", False, {})
    assert SOMEONE.phone not in before.description

    after = ticket_desk.claim(clerk, ticket_id)
    assert (after.name, after.id_number, after.claimed) == (
        SOMEONE.name,
        SOMEONE.id_number,
        True,
    )
    assert after.facts["valid_from"] == SOMEONE.valid_from.isoformat()
    other = member_of("clerk", window=clerk.window_id)
    assert refusal(lambda: ticket_desk.claim(other, ticket_id)) is Reason.TICKET_OF_OTHERS
    ticket_desk.release(clerk, ticket_id)
    assert ticket_desk.claim(other, ticket_id).claimed


def test_claim_expires_after_eight_hours(rules: Rules) -> None:
    first, second = member_of("centre"), member_of("centre")
    with Time(clock.now()).running() as time:
        ticket_id = claimed(rules, first, "other")
        time.now += timedelta(hours=8, seconds=1)
        assert ticket_desk.claim(second, ticket_id).claimed
        assert (
            refusal(lambda: ticket_desk.finish(first, ticket_id, solved=True, reason="好"))
            is Reason.TICKET_OF_OTHERS
        )


def test_overdue_tickets_are_counted_and_logged_once(rules: Rules) -> None:
    account_of(SOMEONE)
    clerk, other, centre = member_of("clerk"), member_of("clerk"), member_of("centre")
    with Time(clock.now()).running() as time:
        opened(rules, "other")
        window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN)
        assert desk_reminders.note_overdue() == 0
        before = desk_reminders.of_member(other)
        assert before.tickets_overdue == 0
        assert listing.to_decide(other)["verifications"] == 1
        assert listing.to_decide(clerk)["verifications"] == 0

        time.advance(days=20)

        assert desk_reminders.note_overdue() == 1
        assert desk_reminders.note_overdue() == 0
        late = desk_reminders.of_member(centre)
        assert late.tickets_overdue == 1
        assert ticket_queue.queue(centre)[0].overdue
    history = tickets.view(Ticket.get_by_id(1)).history
    assert [step.action for step in history] == ["opened", "overdue"]


def test_picture_is_visible_to_the_claimant_of_its_ticket(rules: Rules) -> None:
    clerk, elsewhere = member_of("clerk"), member_of("clerk")
    ticket_id = opened(rules, "other")
    ticket_pictures.attach_at_desk(rules.services, clerk, ticket_id, photos.portrait())

    def shown(member: StaffMember) -> bytes:
        return ticket_pictures.open_at_desk(rules.services, member, 1)

    assert refusal(lambda: shown(clerk)) is Reason.FORBIDDEN
    ticket_desk.claim(clerk, ticket_id)
    assert shown(clerk).startswith(b"\xff\xd8\xff")
    auditor = member_of("auditor")
    assert refusal(lambda: shown(auditor)) is Reason.FORBIDDEN
    ticket_desk.open_for(auditor, ticket_id, "complaint")
    assert shown(auditor) == shown(clerk)
    assert refusal(lambda: shown(elsewhere)) is Reason.NOT_FOUND
    assert refusal(lambda: shown(member_of("administrator"))) is Reason.FORBIDDEN
