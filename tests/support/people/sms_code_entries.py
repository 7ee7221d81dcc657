"""Codes that were sent, and entries of them by rule."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.phones.sms_codes import PhoneEvidence
from miniprogram_api.reasons import Reason, Refused
from models.accounts.sms_codes import SENT, SmsCode
from models.storage import fields
from tests.support.people.registrations import CODE
from tests.support.service.rules import Rules

PHONE = "13800138011"


def sent(
    code: str = CODE,
    *,
    phone: str = PHONE,
    purpose: str = "register",
    state: str = SENT,
    requested_by: SessionInfo | None = None,
) -> int:
    """Store a code accepted by the gateway; return its id."""
    now = clock.now()
    created = SmsCode.create(
        phone=phone,
        phone_index=phone,
        purpose=purpose,
        code_hash=fields.keys().digest(f"{phone}:{purpose}:{code}", b"sms_code.code"),
        state=state,
        openid=requested_by and requested_by.openid,
        account_id=requested_by and requested_by.account_id,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    return int(created.id)


def prove(
    rules: Rules,
    code: str | None = CODE,
    *,
    session: SessionInfo,
    phone: str = PHONE,
    purpose: str = "register",
    phone_proof: str | None = None,
) -> PhoneEvidence:
    return sms_codes.prove(
        session=session,
        phone=phone,
        purpose=purpose,
        proof=PhoneProof(code, phone_proof),
    )


def refusal(rules: Rules, code: str | None = CODE, **options: object) -> Refused:
    with pytest.raises(Refused) as refused:
        prove(rules, code, **options)  # type: ignore[arg-type]
    return refused.value


def wrong(rules: Rules, code: str = "000000", **options: object) -> int:
    """Enter a wrong code; return the remaining tries."""
    refused = refusal(rules, code, **options)
    assert (refused.reason, refused.case) == (Reason.SMS_CODE_WRONG, 1)
    left: int = refused.details["tries_left"]
    return left
