"""Doubts at a window, confirmed by the clerk: an unsupported phone range, a disputed identity."""

from datetime import date

import pytest

from miniprogram_api.phones import ranges
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import identity_checks as window_checks
from miniprogram_api.windows import registration as window_registration
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.registration import WindowForm
from models.accounts.accounts import Account
from models.desks.tickets import Ticket
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.captures import CAPTURED
from tests.support.people.persons import person
from tests.support.service.rules import Rules

SOMEONE = person(number=81)
SEEN = on_site(["id_card"], "核对原件一致")
PHONE = "19912345678"


def form(phone: str, *codes: str) -> WindowForm:
    return WindowForm(
        **SOMEONE.four_elements,
        phone=phone,
        phone_of_relative=False,
        consent_signed=True,
        on_site=SEEN,
        capture=CAPTURED,
        confirmed_warnings=codes,
    )


def register(rules: Rules, clerk: StaffMember, made: WindowForm) -> None:
    window_registration.register(rules.services, clerk, made, address="192.0.2.1")


def warned(rules: Rules, clerk: StaffMember, made: WindowForm) -> list[tuple[str, str]]:
    """Return field and code of each warning that the registration asks to confirm."""
    with pytest.raises(Refused) as refused:
        register(rules, clerk, made)
    assert refused.value.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    assert rules.sandbox.calls("CheckIdNameDate") == []
    return [(entry["field"], entry["code"]) for entry in refused.value.details["warnings"]]


@pytest.mark.parametrize("supported_from", [None, date(2099, 1, 1)])
def test_unsupported_range_is_confirmed(rules: Rules, supported_from: date | None) -> None:
    ranges.set_range("199", supported_from, actor="test")
    clerk = member_of("clerk")
    contact = {
        "phone_text": PHONE,
        "consent_signed": True,
        "guardian": None,
        "needs_guardian": False,
        "sms_code": None,
    }
    with pytest.raises(Refused) as refused:
        window_registration.judge_contact(clerk, **contact)  # type: ignore[arg-type]
    assert refused.value.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    assert warned(rules, clerk, form(PHONE)) == [("phone", "phone_range_unsupported")]
    codes = ["phone_range_unsupported"]
    window_registration.judge_contact(clerk, **contact, confirmed_warnings=codes)  # type: ignore[arg-type]
    register(rules, clerk, form(PHONE, *codes))
    assert Account.get().phone == PHONE


def test_supported_range_is_not_doubted(rules: Rules) -> None:
    ranges.set_range("199", date(2026, 1, 1), actor="test")
    register(rules, member_of("clerk"), form(PHONE))


def test_identity_of_a_proven_dispute_is_confirmed_at_the_window(rules: Rules) -> None:
    account_of(SOMEONE)
    clerk = member_of("clerk")
    opening.open_ticket(
        rules.services,
        Opening(
            kind="identity_dispute",
            source="user",
            openid="o-victim",
            subject=Subject(SOMEONE.name, SOMEONE.id_number),
        ),
    )
    window_desk.card_seen(clerk, Ticket.get().number, SEEN)
    Account.update(status="cancelled", identity_index=None).execute()
    looked = window_checks.check_identity(clerk, **SOMEONE.four_elements)
    assert [warning.code for warning in looked.warnings] == ["id_number_disputed"]
    made = form(SOMEONE.phone)
    assert warned(rules, clerk, made) == [("id_number", "id_number_disputed")]
    register(rules, clerk, form(SOMEONE.phone, "id_number_disputed"))
