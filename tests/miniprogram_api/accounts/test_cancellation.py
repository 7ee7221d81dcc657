"""Cancelling an account: released and retained data."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import accounts, cancellation, consents
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import sign_in
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.accounts.consents import ConsentRecord
from models.desks.audit import AuditEntry
from tests.support.people.accounts import ADDRESS, account_of, account_session, fresh, is_alive
from tests.support.people.persons import person
from tests.support.people.registrations import CODE, PASSWORD, sent_code, synced_account
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)


def refusal(act: Callable[..., Any], *arguments: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*arguments, **more)
    return caught.value


@both_databases
def test_cancellation_releases_identity_phone_and_user_name(rules: Rules) -> None:
    account = account_of(
        SOMEONE,
        level=4,
        username="Wang_xm",
        username_index="wang_xm",
        wechat_openid="o-zhang",
        authorization_enabled=True,
        authorization_until=clock.today(),
    )
    consents.record(account.id, consents.KEYS)
    session, other = account_session(account), account_session(account, "li")
    sent_code(SOMEONE.phone, "confirm")
    cancellation.cancel(account.id, "不用了", proof=PhoneProof(CODE), session=session)
    kept = fresh(account)
    assert kept.status == CANCELLED
    assert kept.cancelled_at is not None
    assert (kept.identity_index, kept.username_index, kept.wechat_openid) == (None, None, None)
    assert not kept.authorization_enabled
    assert (kept.name, kept.id_number, kept.cancellation_reason) == (
        SOMEONE.name,
        SOMEONE.id_number,
        "不用了",
    )
    assert not is_alive(session)
    assert not is_alive(other)
    assert ConsentRecord.select().where(ConsentRecord.withdrawn_at.is_null()).count() == 0
    assert accounts.find_by_login(SOMEONE.id_number) == []
    assert accounts.find_by_login("wang_xm") == []
    with pytest.raises(Refused) as caught:
        sign_in.with_password(
            rules.services,
            sign_in.Credentials(SOMEONE.id_number, PASSWORD),
            session=None,
            address=ADDRESS,
        )
    assert caught.value.reason is Reason.ACCOUNT_CANCELLED
    # The same person, and the same user name, may come again.
    account_of(SOMEONE, username="Wang_xm", username_index="Wang_xm")


def test_operator_cancels_frozen_and_unactivated_accounts(rules: Rules) -> None:
    for account in (
        account_of(SOMEONE, status=FROZEN),
        synced_account(person("李雷", number=8)),
    ):
        cancellation.cancel_by_hand(account.id, "冒名", actor="command:test")
        assert fresh(account).status == CANCELLED
        refused = refusal(cancellation.cancel_by_hand, account.id, "再来", actor="command:test")
        assert refused.reason is Reason.ACCOUNT_CANCELLED
    refused = refusal(cancellation.cancel_by_hand, 10**9, "无", actor="command:test")
    assert refused.reason is Reason.NOT_FOUND


def test_the_session_of_a_cancelled_account_sees_nothing(rules: Rules) -> None:
    account = account_of(SOMEONE)
    assert accounts.current(account.id).status == "registered"
    cancellation.cancel_by_hand(account.id, "无", actor="command:test")
    assert refusal(accounts.current, account.id).reason is Reason.UNAUTHENTICATED
    assert refusal(accounts.get, account.id).reason is Reason.UNAUTHENTICATED
    assert refusal(accounts.current, 10**9).reason is Reason.UNAUTHENTICATED


@both_databases
def test_personal_data_is_deleted_after_its_retention(rules: Rules) -> None:
    account = account_of(SOMEONE, username="Wang_xm", username_index="Wang_xm")
    other = account_of(person("李小红", number=8))
    for cancelled in (account, other):
        cancellation.cancel_by_hand(cancelled.id, "本人要求", actor="command")
    Account.update(cancelled_at=clock.now() - timedelta(days=31)).where(
        Account.id == account.id
    ).execute()

    assert cancellation.erase_old(rules.services) == 1
    erased = fresh(account)
    assert (erased.name, erased.id_number, erased.phone, erased.username) == ("", "", None, None)
    assert (erased.former_identity_index, erased.phone_index) == (None, None)
    assert (erased.password_hash, erased.cancellation_reason, erased.valid_from) == (None,) * 3
    assert erased.status == CANCELLED
    assert fresh(other).name == "李小红"
    # The former account is no longer revealed, with any password.
    assert accounts.find_cancelled(accounts.Login("id_number", SOMEONE.id_number)) is None
    assert AuditEntry.select().where(AuditEntry.tag == "job:account:erased").count() == 1
    assert cancellation.erase_old(rules.services) == 0
