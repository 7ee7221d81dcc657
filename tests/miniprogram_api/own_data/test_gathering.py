"""What the copy of own data holds, and that it names what it leaves out."""

from collections.abc import Iterator
from typing import Any

import pytest

from config import Settings
from miniprogram_api.accounts.privacy import personal_data
from miniprogram_api.own_data.gathering import gather
from miniprogram_api.texts import words
from miniprogram_api.tickets import tickets
from models.accounts.accounts import Account
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import IdentityCheck
from models.desks.tickets import Ticket
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.people.registration_calls import register
from tests.support.people.registrations import form, sent_code, wechat_session
from tests.support.service.rules import Rules

SOMEONE, OTHER = person(number=71), person("李四", number=72)
# Kind of what is kept, and its section.
HELD = {
    "ACCOUNTS": "account",
    "CONSENTS": "consents",
    "LEDGER": "desk_acts",
    "AUDIT": "acts",
    "SESSIONS": "sessions",
    "IDENTITY_CHECKS": "identity_checks",
    "IDENTITY_CLEARANCES": "clearances",
    "FACE_CHALLENGES": "face_checks",
    "SMS_CODES": "sms_codes",
    "PHONE_PROOFS": "phone_proofs",
    "CLIENT_REPORTS": "reports",
    "QUESTIONS": "conversations",
    "SUBSCRIPTIONS_WAITING": "subscriptions",
    "SUBSCRIPTIONS_DONE": "subscriptions",
    "NOTICES": "notices",
    "TICKETS": "tickets",
    "MATTERS": "matters",
    "REGISTRAR_RECEIPTS": "receipts",
    "REGISTRAR_WATCHES": "watches",
}


def keys_of(value: Any) -> Iterator[str]:
    """Yield the keys at every depth."""
    if isinstance(value, list):
        for one in value:
            yield from keys_of(one)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)


def test_all_that_is_kept_is_in_the_copy_or_named_as_left_out(tables: Settings) -> None:
    copy = gather(account_of(SOMEONE).id, [])
    kept = {row.key: row.what for row in personal_data()}
    left_out = words("own_data.left_out")
    assert {*kept} == {*HELD, *left_out}
    assert {*HELD.values()} <= {*copy}
    assert {one["what"]: one["why"] for one in copy["left_out"]} == {
        kept[key]: why for key, why in left_out.items()
    }


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_copy_holds_what_came_before_the_account_but_nothing_of_others(rules: Rules) -> None:
    def opened(openid: str, kind: str, subject: tickets.Subject | None = None) -> str:
        return tickets.open_ticket(
            rules.services, kind=kind, account_id=None, openid=openid, source="user",
            subject=subject, description="说明", contact="13800130011",
        ).id  # fmt: skip

    named = tickets.Subject(SOMEONE.name, SOMEONE.id_number)
    # A former holder of the number; another asker of the same browser; a dispute about the person.
    sent_code(SOMEONE.phone)
    SmsCode.update(used_at=SmsCode.created_at).execute()
    own = opened("o-zhang", "identity_review", named)
    shared = opened("o-zhang", "other")
    opened("o-li", "identity_dispute", named)
    sent_code(SOMEONE.phone)
    register(rules, form(SOMEONE), wechat_session())
    account_of(OTHER)
    account = Account.get(Account.phone_index.matches(SOMEONE.phone))

    copy = gather(account.id, [])
    assert IdentityCheck.get().account_id is None
    assert [one["purpose"] for one in copy["identity_checks"]] == ["register"]
    (code,) = copy["sms_codes"]
    assert (code["purpose"], code["phone"]) == ("register", SOMEONE.phone)
    assert [(one["id"], one["contact"]) for one in copy["tickets"]] == [(own, "13800130011")]
    assert len(copy["sessions"]) == 1
    labels = {**words("api.fields"), **words("own_data.fields")}
    assert {*keys_of(copy)} - {*labels} - {*copy} == set()
    # A bound WeChat user is the holder.
    Account.update(wechat_openid="o-zhang").where(Account.id == account.id).execute()
    assert [one["id"] for one in gather(account.id, [])["tickets"]] == [own, shared]
    assert Ticket.select().count() == 3
