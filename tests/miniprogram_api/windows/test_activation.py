"""Activation of a synced account at a window, with a new phone, a relative's or none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.ledger import comparison
from miniprogram_api.ledger import view as ledger_view
from miniprogram_api.operations import figures
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import verification_details
from miniprogram_api.windows import registration as window_registration
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.registration import WindowForm
from miniprogram_api.windows.verifications import VerifiedAtWindow
from models.accounts.accounts import Account
from models.accounts.activations import Activation
from models.accounts.consents import ConsentRecord
from models.accounts.verifications import IdentityCheck
from models.outbox import Notice
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of, fresh
from tests.support.people.captures import CAPTURED
from tests.support.people.persons import Person, make_phone, person
from tests.support.people.registrations import synced_account, wechat_session
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
NEW_PHONE = make_phone(77)


def register(rules: Rules, someone: Person, **changes: object) -> VerifiedAtWindow:
    form = WindowForm(
        **someone.four_elements,
        phone=NEW_PHONE,
        phone_of_relative=False,
        consent_signed=True,
        on_site=on_site(["id_card"], "本人没有智能手机"),
        capture=CAPTURED,
    )
    return window_registration.register(
        rules.services,
        member_of("clerk"),
        replace(form, **changes),  # type: ignore[arg-type]
        address="192.0.2.1",
    )


def refusal(rules: Rules, someone: Person, **changes: object) -> Reason:
    with pytest.raises(Refused) as refused:
        register(rules, someone, **changes)
    return refused.value.reason


@BOTH
def test_synced_account_is_activated_and_verified_in_one_act(rules: Rules) -> None:
    someone = person(number=22)
    old = {"valid_from": None, "valid_until": None, "phone": make_phone(78), "username": "wang_66"}
    account = synced_account(someone, **old, phone_index=old["phone"], username_index="wang_66")
    session = wechat_session()
    Activation.create(
        token_hash=sessions.hash_of("begun"),
        account=account.id,
        session_hash=session.token_hash,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=30),
    )

    done = register(rules, someone)

    account = fresh(account)
    assert (account.id, account.status, account.level) == (done.account_id, "active", 4)
    assert (account.verified_by, account.phone_verified_by) == ("manual", "manual")
    assert (account.phone, account.username) == (NEW_PHONE, "wang_66")
    assert (account.source, account.password_hash) == ("synced", None)
    assert (account.valid_from, account.valid_until) == (someone.valid_from, someone.valid_until)
    assert account.activated_at is not None
    assert Activation.select().count() == 0
    assert {row.key for row in ConsentRecord.select()} == {"general", "identity", "desk"}
    (line,) = lines_about(someone.id_number)
    assert (line.number, line.action) == (done.ledger_number, "person_activated")
    assert line.content["source_said"] == "match"
    dates = {name: someone.four_elements[name] for name in ("valid_from", "valid_until")}
    assert line.content["before"] == {
        "status": "unactivated", "level": 3, "verified_by": None, "phone": old["phone"],
        **dict.fromkeys(dates),
    }  # fmt: skip
    assert line.content["after"] == {
        "status": "active", "level": 4, "verified_by": "manual", "phone": NEW_PHONE, **dates,
    }  # fmt: skip
    (check,) = IdentityCheck.select()
    assert check.account_id == account.id
    # The phone that the older system recorded is told, too.
    assert {(notice.kind, notice.phone) for notice in Notice.select()} == {
        ("status_changed", NEW_PHONE),
        ("phone_changed", old["phone"]),
    }
    assert verification_details.get(member_of("clerk"), done.verification_id).registered
    figures.update(rules.services)
    report = figures.report(figures.last_days(1))
    assert report.count("accounts", "api:account:activated") == 1
    assert refusal(rules, someone) is Reason.ALREADY_REGISTERED
    assert comparison.compare() == []


def test_person_is_registered_or_activated_without_a_phone(rules: Rules) -> None:
    unknown, synced = person(number=23), person(number=24)
    synced_account(synced)
    for someone in (unknown, synced):
        done = register(rules, someone, phone=None, phone_of_relative=True)
        account = Account.get_by_id(done.account_id)
        assert (account.level, account.phone, account.phone_verified_by) == (4, None, None)
        (line,) = lines_about(someone.id_number)
        assert line.content["phone_of_relative"] is False
    # A masked view of the line says that there is no phone now.
    changed = {change.label: change.after for change in ledger_view.localise(line).changes}
    assert changed["手机号"] == "无"
    assert refusal(rules, person(number=25), phone="") is Reason.INVALID_INPUT


def test_refused_activation_changes_nothing(rules: Rules) -> None:
    someone = person("张不符", number=26)
    account = synced_account(someone)
    assert refusal(rules, someone) is Reason.FOUR_ELEMENTS_MISMATCH
    most = rules.services.settings.accounts_per_phone
    for number in range(most):
        account_of(person(number=30 + number), phone=NEW_PHONE, phone_index=NEW_PHONE)
    full = refusal(rules, someone, despite_source=True)
    assert full is Reason.PHONE_ACCOUNT_LIMIT
    assert fresh(account).status == "unactivated"
    assert lines_about(someone.id_number) == []
    assert Notice.select().count() == 0


def test_verification_leads_to_the_activation(rules: Rules) -> None:
    someone = person(number=27)
    synced_account(someone)
    with pytest.raises(Refused) as refused:
        window_desk.verify_on_site(
            member_of("clerk"), someone.id_number, on_site(["id_card"], "核对原件一致")
        )
    assert refused.value.reason is Reason.ACTIVATION_REQUIRED
    frozen = person(number=28)
    synced_account(frozen, status="frozen")
    assert refusal(rules, frozen) is Reason.ALREADY_REGISTERED
