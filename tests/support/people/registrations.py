"""Prerequisites of a registration, by rule or over HTTP."""

import secrets
from datetime import timedelta
from typing import Any

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.enrolment.registration import RegistrationForm
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from models.accounts.accounts import UNACTIVATED, Account
from models.accounts.sms_codes import SENT, PhoneProofToken, SmsCode
from models.storage.fields import keys
from tests.support.people.persons import LONG_TERM, Person
from tests.support.service.rules import Rules

PASSWORD = "Kestrel-over-17-fields"
CODE = "271828"


def wechat_session(name: str = "zhang") -> SessionInfo:
    """Open a session of a WeChat user without an account."""
    opened = sessions.start(f"o-{name}", None)
    return SessionInfo(opened.token_hash, f"o-{name}", None)


def web_session(name: str, address: str, account_id: int | None = None) -> SessionInfo:
    """Return the session of a browser that calls from an address."""
    return SessionInfo(name.encode(), f"web:{name}", account_id, address=address)


def sent_code(phone: str, purpose: str = "register") -> str:
    """Create a valid code for the phone, as if the gateway had just delivered it."""
    now = clock.now()
    SmsCode.insert(
        phone=phone,
        phone_index=phone,
        purpose=purpose,
        code_hash=keys().digest(f"{phone}:{purpose}:{CODE}", b"sms_code.code"),
        state=SENT,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    ).execute()
    return CODE


def issued_proof(phone: str, session: SessionInfo) -> str:
    """Create a valid proof of the phone for this user, as from WeChat's number."""
    token, now = secrets.token_urlsafe(32), clock.now()
    PhoneProofToken.insert(
        token_hash=sessions.hash_of(token),
        phone=phone,
        phone_index=phone,
        method="wechat",
        openid=session.openid,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    ).execute()
    return token


def requested_code(
    rules: Rules,
    session: SessionInfo,
    phone: str,
    purpose: str = "register",
    activation_token: str | None = None,
) -> str:
    """Request a code by the rule and read it from the inbox."""
    sms_codes.request(
        rules.services,
        session=session,
        phone_text=phone,
        purpose=purpose,
        activation_token=activation_token,
    )
    return rules.sandbox.last_code(phone)


def form(person: Person, sms_code: str | None = CODE, **changes: Any) -> RegistrationForm:
    """Return a correct registration of this person with ``changes``."""
    proof = PhoneProof(sms_code, changes.pop("phone_proof", None))
    return RegistrationForm(
        **{
            **person.four_elements,
            "phone": person.phone,
            "proof": proof,
            "password": PASSWORD,
            "username": None,
            "consent_version": consents.current_text().version,
            "separate_consents": ["identity"],
            **changes,
        }
    )


def body(person: Person, sms_code: str | None, **changes: Any) -> dict[str, Any]:
    """Return the same as a JSON body; a change to None omits the field."""
    content = {
        **person.four_elements,
        "phone": person.phone,
        "sms_code": sms_code,
        "password": PASSWORD,
        "consent_version": consents.current_text().version,
        "separate_consents": ["identity"],
        **changes,
    }
    return {name: value for name, value in content.items() if value is not None}


def synced_account(person: Person, **changes: Any) -> Account:
    """Create an account of the older system that was never activated."""
    values = {
        "status": UNACTIVATED,
        "level": 3,
        "source": "synced",
        "name": person.name,
        "id_number": person.id_number,
        "identity_index": person.id_number,
        "valid_from": person.valid_from,
        "valid_until": person.valid_until,
        "long_term": person.four_elements["valid_until"] == LONG_TERM,
        "phone": person.phone,
        "phone_index": person.phone,
        "created_at": clock.now(),
        **changes,
    }
    return Account.create(**values)
