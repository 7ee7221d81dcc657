"""Changes of an ID card's dates, as the tests ask for them."""

from typing import Any

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, identity_dates
from miniprogram_api.accounts.identity_dates import DatesForm
from miniprogram_api.phones.proofs import PhoneProof
from tests.support.people.accounts import ADDRESS
from tests.support.people.registrations import CODE
from tests.support.service.rules import Rules


def change_dates(rules: Rules, session: SessionInfo, **changes: Any) -> accounts.AccountSummary:
    """Change the dates of the session's card; ``changes``: what the call says otherwise."""
    assert session.account_id is not None
    given = {
        "valid_from": "2025.07.01",
        "valid_until": "2045年7月1日",
        "address": ADDRESS,
        "sms_code": CODE,
        "phone_proof": None,
        **changes,
    }
    proof = PhoneProof(given.pop("sms_code"), given.pop("phone_proof"))
    address = given.pop("address")
    return identity_dates.change(
        rules.services,
        session.account_id,
        DatesForm(**given),
        proof,
        session=session,
        address=address,
    )
