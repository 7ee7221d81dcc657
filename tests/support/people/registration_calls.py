"""Calls of ``registration.register`` for test persons."""

from typing import Any

import pytest

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import cancellation
from miniprogram_api.enrolment import registration
from miniprogram_api.enrolment.registration import Registered, RegistrationForm
from miniprogram_api.reasons import Refused
from models.accounts.accounts import Account
from tests.support.people.persons import Person
from tests.support.people.registrations import (
    form,
    sent_code,
    wechat_session,
)
from tests.support.service.rules import Rules

ADDRESS = "192.0.2.7"


def register(
    rules: Rules, given: RegistrationForm, session: SessionInfo | None = None
) -> Registered:
    return registration.register(
        rules.services, given, session=session or wechat_session(), address=ADDRESS
    )


def refusal(rules: Rules, given: RegistrationForm, session: SessionInfo | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        register(rules, given, session)
    return caught.value


def registered(rules: Rules, someone: Person, **changes: Any) -> Registered:
    sent_code(someone.phone)
    return register(rules, form(someone, **changes))


def cancel(id_number: str) -> None:
    account = Account.get(Account.identity_index.matches(id_number))
    cancellation.cancel_by_hand(account.id, "两个身份证", actor="command")
