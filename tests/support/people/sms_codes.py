"""One-time codes, with a replaceable gateway."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.sms_codes import RequestedCode
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from models.accounts.activations import Activation
from tests.support.people.registrations import wechat_session

PHONE = "13800138011"
FIRST = RequestedCode(expires_in=600, resend_after=60, remaining={"hour": 2, "day": 4})
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)


class Gateway:
    """Replace the SMS gateway by a function of the test."""

    def __init__(self, send: Callable[[], SmsOutcome]) -> None:
        self._send = send

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        return SmsResult(self._send())

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsResult:
        return SmsResult(self._send())


def with_gateway(services: Services, send: Callable[[], SmsOutcome]) -> Services:
    return Services(services.settings, dataclasses.replace(services.clients, sms=Gateway(send)))


def ask(
    services: Services,
    phone: str | None = PHONE,
    *,
    session: SessionInfo | None = None,
    purpose: str = "register",
    token: str | None = None,
    **more: Any,
) -> RequestedCode:
    return sms_codes.request(
        services,
        session=session or wechat_session(),
        phone_text=phone,
        purpose=purpose,
        activation_token=token,
        **more,
    )


def refusal(services: Services, phone: str | None = PHONE, **options: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        ask(services, phone, **options)
    return refused.value


def activation(account_id: int, session: SessionInfo, *, minutes: int = 30) -> str:
    """Return the token of step 1 of an activation."""
    token = "activation-token-of-a-test"
    Activation.create(
        token_hash=sessions.hash_of(token),
        account=account_id,
        session_hash=session.token_hash,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=minutes),
    )
    return token
