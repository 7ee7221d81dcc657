"""Binding an account to a WeChat user, replacing and ending the binding."""

from typing import Any

import pytest

from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import changes as account_changes
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import sign_in
from miniprogram_api.sign_in.sign_in import Credentials, SignedIn
from models.accounts.accounts import ACTIVE, FROZEN, UNACTIVATED
from models.desks.audit import AuditEntry
from models.outbox import Notice
from tests.support.people.accounts import ADDRESS, account_of, account_session, fresh
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD, synced_account, wechat_session
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)


def enter(
    rules: Rules,
    login: str = SOMEONE.id_number,
    session: SessionInfo | None = None,
    bind: bool = False,
) -> SignedIn:
    credentials = Credentials(login, PASSWORD, bind)
    return sign_in.with_password(rules.services, credentials, session=session, address=ADDRESS)


def refusal(rules: Rules, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        enter(rules, **more)
    return caught.value


def as_wechat(rules: Rules, name: str) -> sign_in.WeChatSession:
    code = f"wx-{name}~{sessions.start(None, None).token[:8]}"
    return sign_in.as_wechat_user(rules.services, code, "192.0.2.7")


@both_databases
def test_a_bound_wechat_user_is_signed_in_by_wechat(rules: Rules) -> None:
    account = account_of(SOMEONE)
    assert as_wechat(rules, "wang").account is None
    done = enter(rules, session=wechat_session("wang"), bind=True)
    assert done.account.bound
    again = as_wechat(rules, "wang")
    assert again.account is not None
    assert again.account.name == "王**"
    found = sessions.find(again.session.token)
    assert found is not None
    assert (found.openid, found.account_id) == ("o-wang", account.id)
    assert Notice.select().count() == 0


def test_without_bind_nothing_is_bound(rules: Rules) -> None:
    account = account_of(SOMEONE, wechat_openid="o-wang")
    assert enter(rules, session=wechat_session("other")).account.bound
    assert fresh(account).wechat_openid == "o-wang"


def test_binding_needs_a_wechat_user(rules: Rules) -> None:
    account = account_of(SOMEONE)
    for session in (None, account_session(account, name=None)):
        refused = refusal(rules, session=session, bind=True)
        assert refused.reason is Reason.INVALID_INPUT
        assert refused.details["fields"][0]["field"] == "bind"


@both_databases
def test_new_binding_replaces_the_previous_wechat_user(rules: Rules) -> None:
    account = account_of(SOMEONE, wechat_openid="o-old")
    enter(rules, session=wechat_session("new"), bind=True)
    assert fresh(account).wechat_openid == "o-new"
    assert as_wechat(rules, "old").account is None
    assert [(n.account_id, n.kind, n.phone) for n in Notice.select()] == [
        (account.id, "binding_changed", SOMEONE.phone)
    ]


@both_databases
def test_new_binding_replaces_the_previous_account(rules: Rules) -> None:
    other = person("李雷", number=8)
    before, after = account_of(other, wechat_openid="o-wang"), account_of(SOMEONE)
    enter(rules, session=wechat_session("wang"), bind=True)
    assert fresh(before).wechat_openid is None
    assert fresh(after).wechat_openid == "o-wang"
    told = {(n.account_id, n.kind, n.phone) for n in Notice.select()}
    assert told == {
        (before.id, "binding_ended", other.phone),
        (after.id, "binding_changed", SOMEONE.phone),
    }
    assert all(notice.due_at is not None for notice in Notice.select())


def test_repeated_binding_sends_no_notice(rules: Rules) -> None:
    account_of(SOMEONE)
    for _ in range(2):
        enter(rules, session=wechat_session("wang"), bind=True)
    assert Notice.select().count() == 0


@both_databases
def test_two_accounts_bind_one_wechat_user_at_once(rules: Rules) -> None:
    people = [person("王小明", number=n) for n in range(4)]
    accounts = [account_of(one) for one in people]
    results = at_once(
        [
            lambda one=one: enter(  # type: ignore[misc]
                rules, one.id_number, session=wechat_session("wang"), bind=True
            )
            for one in people
        ]
    )
    assert all(isinstance(result, SignedIn) for result in results), results
    bound = [account for account in accounts if fresh(account).wechat_openid == "o-wang"]
    assert len(bound) == 1


def test_rejected_code_and_unreachable_wechat_are_refused(rules: Rules) -> None:
    with pytest.raises(Refused) as caught:
        sign_in.as_wechat_user(rules.services, "made-up", "192.0.2.7")
    assert caught.value.reason is Reason.WECHAT_CODE_INVALID
    rules.sandbox.fault("wechat", "reset", 5)
    with pytest.raises(Refused) as caught:
        as_wechat(rules, "wang")
    assert caught.value.reason is Reason.WECHAT_UNAVAILABLE


@pytest.mark.parametrize("status", [ACTIVE, FROZEN])
def test_unbinding_ends_wechat_sign_in(rules: Rules, status: str) -> None:
    account = account_of(SOMEONE, wechat_openid="o-wang", status=status)
    assert not account_changes.unbind_wechat(account.id).bound
    assert not account_changes.unbind_wechat(account.id).bound
    assert as_wechat(rules, "wang").account is None
    assert AuditEntry.select().where(AuditEntry.tag == "api:binding:ended").count() == 1


def test_an_unactivated_account_is_never_bound(rules: Rules) -> None:
    account = synced_account(SOMEONE)
    assert account.status == UNACTIVATED
    assert refusal(rules, session=wechat_session(), bind=True).reason is Reason.ACTIVATION_REQUIRED
