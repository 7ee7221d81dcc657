"""What the copy of own data holds, and that it names what it leaves out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from config import Settings
from miniprogram_api import clock
from miniprogram_api.accounts import delayed_levels
from miniprogram_api.accounts.privacy import personal_data
from miniprogram_api.clock import SHANGHAI
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.own_data.gathering import gather
from miniprogram_api.phones import proofs
from miniprogram_api.phones.proofs import NamedPerson
from miniprogram_api.registrars import queries
from miniprogram_api.registrars.queries import Asked
from miniprogram_api.texts import words
from miniprogram_api.tickets import tickets
from models.accounts.accounts import Account
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import FaceChallenge, IdentityCheck
from models.desks.clearances import IdentityClearance
from models.desks.tickets import Ticket
from models.registrars import RegistrarKey, RegistrarWatch
from models.storage.database import transaction
from tests.support.admin.staff import member_of
from tests.support.matters.matters import confirm, matter_of, named, system
from tests.support.people.accounts import account_of
from tests.support.people.persons import Person, person
from tests.support.people.registration_calls import register
from tests.support.people.registrations import form, sent_code, wechat_session
from tests.support.service.rules import Rules

SOMEONE, OTHER = person(number=71), person("李四", number=72)
# Kind of what is kept, and its section.
HELD = {
    "IDENTITY": "account",
    "ACCOUNTS": "account",
    "CONSENTS": "consents",
    "LEDGER": "desk_acts",
    "AUDIT": "acts",
    "SESSIONS": "sessions",
    "IDENTITY_CHECKS": "identity_checks",
    "IDENTITY_CLEARANCES": "clearances",
    "FACE_CHALLENGES": "face_checks",
    "HANDED_CHECKS": "handed_checks",
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


@pytest.mark.parametrize("level", [3, 4])
@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_copy_holds_what_came_before_the_account_but_nothing_of_others(
    rules: Rules, level: int
) -> None:
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
    other = account_of(OTHER)
    account = Account.get(Account.phone_index.matches(SOMEONE.phone))
    with transaction():
        delayed_levels.delay(account, "a" * 32, "o-li", "face", "verify")
        delayed_levels.delay(other, "b" * 32, "o-zhang", "ctid", "verify")
    Account.update(level=level).where(Account.id == account.id).execute()

    copy = gather(account.id, [])
    # The check that led to the account is the account's.
    assert [one["purpose"] for one in copy["identity_checks"]] == ["register"]
    assert IdentityCheck.get().account_id == account.id
    (code,) = copy["sms_codes"]
    assert (code["purpose"], code["phone"]) == ("register", SOMEONE.phone)
    named_tickets = [(own, "13800130011")] if level == 4 else []
    assert [(one["id"], one["contact"]) for one in copy["tickets"]] == named_tickets
    assert len(copy["sessions"]) == 1
    assert [(one["way"], one["state"]) for one in copy["handed_checks"]] == [("face", "waiting")]
    labels = {**words("api.fields"), **words("own_data.fields")}
    assert {*keys_of(copy)} - {*labels} - {*copy} == set()
    # A bound WeChat user is the holder.
    Account.update(wechat_openid="o-zhang").where(Account.id == account.id).execute()
    copy = gather(account.id, [])
    assert [one["id"] for one in copy["tickets"]] == [own, shared]
    assert [one["way"] for one in copy["handed_checks"]] == ["face", "ctid"]
    assert Ticket.select().count() == 3


def add_rows(someone: Person, ticket: int) -> None:
    """Add one row that names the person to each table that others read or write, too."""
    now = clock.now()
    named = {"id_number": someone.id_number, "identity_index": someone.id_number}
    IdentityClearance.create(
        **named, name=someone.name, valid_from=now.date(), ticket=ticket, cleared_at=now,
        expires_at=now,
    )  # fmt: skip
    FaceChallenge.create(
        **named, id=someone.id_number, session_hash=b"x", mode="wechat", created_at=now,
        expires_at=now,
    )  # fmt: skip
    RegistrarWatch.create(**named, key="key", name=someone.name, told="", until=now, looked_on="")
    whom = NamedPerson(someone.name, someone.id_number)
    proofs.prove_manually(someone.phone, person=whom)
    proofs.prove_manually(person(number=73).phone, person=whom)
    act("person_opened", someone)
    act("ticket_claimed", someone, ticket)


def act(action: str, someone: Person, ticket: int | None = None, **more: int) -> None:
    """Append a line about the person to the ledger."""
    with transaction():
        subject = ledger.Person(someone.id_number, someone.name, **more)
        ledger.append(member_of("clerk"), action, subject, ticket_id=ticket)


@pytest.mark.parametrize("level", [3, 4])
@pytest.mark.usefixtures("rules")
def test_copy_holds_the_acts_for_the_person_but_none_for_a_dispute(level: int) -> None:
    holder, other = account_of(SOMEONE, level=level), account_of(OTHER)
    key = {"id": "key", "name": "系统", "secret": "x", "daily_quota": 1}
    RegistrarKey.create(**key, created_at=clock.now())

    def opened(kind: str, about: Person, **opener: Any) -> int:
        subject = tickets.Subject(about.name, about.id_number)
        return tickets.insert(
            kind, about.id_number + kind, subject, source="user", actor="", description="",
            facts={}, **{"account_id": None, "openid": None, **opener},
        ).id  # fmt: skip

    for day, someone, account in ((20, SOMEONE, holder), (21, OTHER, other)):
        with clock.replaced(lambda day=day: datetime(2026, 11, day, 12, tzinfo=SHANGHAI)):
            add_rows(someone, opened("identity_review", someone, account_id=account.id))
    dispute = opened("identity_dispute", SOMEONE, openid="o-li")
    act("ticket_claimed", SOMEONE, dispute)
    act("ticket_filed", SOMEONE, dispute, account_id=holder.id)

    copy = gather(holder.id, [])
    times = {"clearances": "cleared_at", "face_checks": "created_at", "watches": "until"}
    times["phone_proofs"] = "created_at"
    found = {name: [row[time][:10] for row in copy[name]] for name, time in times.items()}
    acts = [(row["at"][:10], row["action"]) for row in copy["desk_acts"]]
    if level == 3:
        # The centre cleared the elements for a ticket of the account.
        assert found == {name: [] for name in times} | {"clearances": ["2026-11-20"]}
        assert acts == []
        return
    assert found == {name: ["2026-11-20"] for name in times}
    assert acts == [("2026-11-20", "查看人员信息"), ("2026-11-20", "领取工单")]


def test_copy_below_level_4_holds_what_carries_the_account(rules: Rules) -> None:
    holder = account_of(SOMEONE)
    maker = system(rules.services, webhook_url="http://127.0.0.1:1/hook")
    silent = system(rules.services, name="另一系统")
    asked = Asked(SOMEONE.name, SOMEONE.id_number, "股东")
    queries.query(str(maker.key_id), "M-1", [asked])
    queries.query(str(silent.key_id), "M-2", [replace(asked, name="李四")])
    act("person_opened", SOMEONE, account_id=holder.id)
    matter = matter_of(rules.services, [named(SOMEONE), named(SOMEONE, "经理")], maker=maker)
    Account.update(level=4).execute()
    confirm(rules.services, matter, holder, "股东")
    assert {name: len(gather(holder.id, [])[name]) for name in COUNTED} == {
        "receipts": 2, "watches": 1, "desk_acts": 1, "matters": 1,
    }  # fmt: skip
    Account.update(level=3).execute()
    copy = gather(holder.id, [])
    assert {name: len(copy[name]) for name in COUNTED} == dict.fromkeys(COUNTED, 1)
    assert copy["receipts"][0]["matter"] == "M-1"
    assert [line["role"] for line in copy["matters"][0]["lines"]] == ["股东"]


COUNTED = ("receipts", "watches", "desk_acts", "matters")
