"""A reset closes the switch 是否办理 until the person is checked again."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, authorisation, levels
from miniprogram_api.accounts import changes as account_changes
from miniprogram_api.accounts.authorisation import Authorisation
from miniprogram_api.messaging import subscriptions
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import password_resets
from miniprogram_api.texts.sentences import sentence
from models.accounts.accounts import Account
from models.accounts.sms_codes import SmsCode
from models.desks.audit import AuditEntry
from models.outbox import Notice
from models.storage.database import transaction
from models.subscriptions import Subscription
from tests.support.people.accounts import ADDRESS, Time, account_of, account_session, fresh
from tests.support.people.persons import person
from tests.support.people.registrations import (
    CODE,
    PASSWORD,
    issued_proof,
    sent_code,
    wechat_session,
)
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)
NEW_PHONE = person(number=8).phone
NEW_PASSWORD = "Plover-under-3-bridges"
UNTIL = "2026-12-01"


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(datetime(2026, 11, 24, 10, 0, tzinfo=clock.SHANGHAI)).running() as running:
        yield running


def authorised(**changes: Any) -> Account:
    """Return a verified account that has switched it on."""
    return account_of(
        SOMEONE,
        **{
            "level": 4,
            "verified_by": "face",
            "authorization_enabled": True,
            "authorization_until": clock.today() + timedelta(days=5),
            **changes,
        },
    )


def reset_password(rules: Rules, session: SessionInfo | None = None) -> SessionInfo:
    """Reset the password by the phone alone and return a session that signs in with it."""
    session = session or wechat_session("stranger")
    sent_code(SOMEONE.phone, "reset_password")
    begun = password_resets.begin(
        rules.services,
        SOMEONE.id_number,
        SOMEONE.phone,
        session=session,
        address=ADDRESS,
        sms_code=CODE,
        phone_proof=None,
    )
    password_resets.finish(rules.services, begun.token, NEW_PASSWORD, session=session)
    return account_session(Account.get(), "stranger")


def change_phone(rules: Rules, session: SessionInfo, *, by: str = "sms") -> None:
    account_changes.change_phone(
        rules.services,
        session.account_id or 0,
        NEW_PHONE,
        PASSWORD,
        session=session,
        address=ADDRESS,
        sms_code=sent_code(NEW_PHONE, "change_phone") if by == "sms" else None,
        phone_proof=issued_proof(NEW_PHONE, session) if by == "wechat" else None,
    )


def switch(rules: Rules, session: SessionInfo, **changes: Any) -> Authorisation:
    given: dict[str, Any] = {
        "enabled": True,
        "until": UNTIL,
        "sms_code": sent_code(fresh(Account.get()).phone, "confirm"),
        "phone_proof": None,
        **changes,
    }
    return authorisation.switch(rules.services, session.account_id or 0, session=session, **given)


def refusal(call: Callable[..., object], *arguments: Any, **changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments, **changes)
    return caught.value


def assert_closed(rules: Rules, session: SessionInfo) -> None:
    refused = refusal(switch, rules, session)
    assert (refused.reason, refused.details) == (Reason.LEVEL_TOO_LOW, {"cause": "reset"})
    assert "重置密码" in sentence(refused.reason, refused.details)
    found = authorisation.current(rules.services, session.account_id or 0)
    assert (found.enabled, found.until, found.effective) == (False, None, False)
    assert (found.reason, found.cause) == ("off", "reset")
    assert accounts.current(session.account_id or 0).authorization.cause == "reset"


@both_databases
def test_recycled_number_does_not_act_for_its_former_owner(rules: Rules) -> None:
    account = authorised()
    session = reset_password(rules)
    assert_closed(rules, session)
    # The refusal comes before the code and the day.
    refused = refusal(switch, rules, session, until="soon", sms_code="000000")
    assert refused.details == {"cause": "reset"}
    assert (
        not SmsCode.select()
        .where(SmsCode.purpose == "confirm", SmsCode.used_at.is_null(False))
        .exists()
    )
    (line,) = AuditEntry.select().where(AuditEntry.tag == authorisation.DISABLED)
    assert (line.account_id, line.actor) == (account.id, f"account:{account.id}")
    history = authorisation.current(rules.services, account.id).history
    assert [(one.enabled, one.cause) for one in history] == [(False, "password_reset")]


@both_databases
@pytest.mark.parametrize("by", ["sms", "wechat"])
def test_change_of_phone_closes_it(rules: Rules, by: str) -> None:
    account = authorised()
    session = account_session(account)
    change_phone(rules, session, by=by)
    assert_closed(rules, session)
    history = authorisation.current(rules.services, account.id).history
    assert [(one.enabled, one.cause) for one in history] == [(False, "phone_changed")]


def notices_sent() -> list[tuple[str, str]]:
    return [(row.kind, row.phone) for row in Notice.select().order_by(Notice.id)]


def test_phone_on_record_is_told(rules: Rules) -> None:
    reset_password(rules, account_session(authorised()))
    assert notices_sent() == [("authorization_closed", SOMEONE.phone)]


def test_change_of_phone_is_told_to_both_phones(rules: Rules) -> None:
    change_phone(rules, account_session(authorised()))
    assert notices_sent() == [
        ("phone_changed", SOMEONE.phone), ("authorization_closed", NEW_PHONE),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"authorization_enabled": False, "authorization_until": None},
        {"authorization_until": date(2026, 11, 23)},
    ],
)
def test_nothing_is_told_where_it_was_not_in_force(rules: Rules, changes: dict[str, Any]) -> None:
    session = reset_password(rules, account_session(authorised(**changes)))
    assert notices_sent() == []
    assert_closed(rules, session)


def test_former_wechat_user_is_told_before_the_binding_ends(rules: Rules) -> None:
    account = authorised(wechat_openid="o-owner")
    subscriptions.accept(
        rules.services,
        session=account_session(account, "owner"),
        topic="authorisation_ending",
        template_id=rules.services.settings.wechat_templates["authorisation_ending"].id,
    )
    reset_password(rules)
    assert fresh(account).wechat_openid is None
    (row,) = Subscription.select()
    assert row.openid == "o-owner"
    assert '"已关闭"' in (row.content or "")
    assert row.due_at is not None


def test_other_changes_leave_it(rules: Rules) -> None:
    account = authorised()
    session = account_session(account)
    account_changes.change_password(
        rules.services,
        account.id,
        NEW_PASSWORD,
        session=session,
        sms_code=sent_code(SOMEONE.phone, "confirm"),
        phone_proof=None,
    )
    with transaction():
        accounts.bind_wechat(fresh(account), "o-another")
    found = authorisation.current(rules.services, account.id)
    assert (found.reason, found.cause) == ("ok", None)
    assert switch(rules, session).effective


def test_level_4_opens_it_for_an_account_reset_below(rules: Rules) -> None:
    account = account_of(SOMEONE)
    session = reset_password(rules)
    found = authorisation.current(rules.services, account.id)
    assert (found.reason, found.cause) == ("level_too_low", None)
    assert refusal(switch, rules, session).details == {}
    with transaction():
        levels.raise_to_verified(account.id, "manual", actor="test")
    assert switch(rules, session).effective


@both_databases
def test_reset_at_the_same_time_wins_over_switching_on(rules: Rules) -> None:
    account = authorised(authorization_enabled=False, authorization_until=None)
    session, stranger = account_session(account), wechat_session("stranger")
    sent_code(SOMEONE.phone, "reset_password")
    begun = password_resets.begin(
        rules.services,
        SOMEONE.id_number,
        SOMEONE.phone,
        session=stranger,
        address=ADDRESS,
        sms_code=CODE,
        phone_proof=None,
    )
    sent_code(SOMEONE.phone, "confirm")
    calls = [
        lambda: password_resets.finish(rules.services, begun.token, NEW_PASSWORD, session=stranger),
        *[lambda: switch(rules, session, sms_code=CODE) and None] * 3,
    ]
    results = at_once(calls)
    assert results[0] is None
    allowed = {Reason.LEVEL_TOO_LOW, Reason.SMS_CODE_USED, Reason.SMS_CODE_WRONG}
    for result in results[1:]:
        assert result is None or (isinstance(result, Refused) and result.reason in allowed)
    kept = fresh(account)
    assert (kept.authorization_enabled, kept.authorization_until) == (False, None)
    assert kept.authorization_closed_at is not None
