"""Acts at a window against the source, and their decision by a second person."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import deciding
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.windows import registration as window_registration
from miniprogram_api.windows.registration import WindowForm
from miniprogram_api.windows.verifications import VerifiedAtWindow
from models.accounts.accounts import Account
from models.accounts.verifications import IdentityCheck
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.captures import CAPTURED
from tests.support.people.persons import Person, person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

DENIED = person("张不符", number=61)
SEEN = on_site(["id_card"], "本人没有智能手机")


def register(
    rules: Rules, someone: Person = DENIED, clerk: StaffMember | None = None, **changes: Any
) -> VerifiedAtWindow:
    """Register a person by the card, whatever the source says."""
    form = WindowForm(
        **someone.four_elements,
        phone=someone.phone,
        phone_of_relative=False,
        consent_signed=True,
        on_site=SEEN,
        despite_source=True,
        capture=CAPTURED,
    )
    return window_registration.register(
        rules.services,
        clerk or member_of("clerk"),
        replace(form, **changes),
        address="192.0.2.1",
    )


def decide(
    rules: Rules,
    held: VerifiedAtWindow,
    member: StaffMember | None = None,
    *,
    confirm: bool = True,
    reason: str = "",
    cause: str = "not_same_person",
) -> int:
    """Decide as another clerk, or as this member."""
    return deciding.decide(
        rules.services,
        member or member_of("clerk"),
        held.verification_id,
        agrees=confirm,
        reason=reason,
        cause="" if confirm else cause,
    )


def refusal(call: Callable[[], object]) -> Reason:
    """Return why a call is refused."""
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.reason


def denied_account(someone: Person = DENIED, outcome: str = "mismatch", **columns: Any) -> Account:
    """Create an account about which the source said no last."""
    account = account_of(someone, **columns)
    note_check(account, "match")
    note_check(account, outcome)
    return account


def note_check(account: Account, outcome: str) -> None:
    """Record an answer of the source about an account."""
    IdentityCheck.create(
        id_number=account.id_number,
        identity_index=account.id_number,
        account=account.id,
        purpose="dates",
        checked_at=clock.now(),
        outcome=outcome,
        source="tencent",
        long_term=False,
        name_has_dot=False,
    )


def actions(someone: Person = DENIED) -> list[str]:
    """Return the acts of the ledger about a person, oldest first."""
    return [line.action for line in reversed(lines_about(someone.id_number))]
