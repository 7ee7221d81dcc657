"""What it takes to register a test person, by calling the rules or over HTTP."""

import secrets
from datetime import timedelta
from typing import Any

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.enrolment.registration import RegistrationForm
from miniprogram_api.phones import sms_codes
from models.accounts.accounts import UNACTIVATED, Account
from models.accounts.sms_codes import SENT, PhoneProof, SmsCode
from models.storage.fields import keys
from tests.support.people.persons import LONG_TERM, Person
from tests.support.service.rules import Rules

PASSWORD = "Kestrel-over-17-fields"
CODE = "271828"


def wechat_session(name: str = "zhang") -> SessionInfo:
    """The session of a WeChat user who is not signed in to any account."""
    opened = sessions.start(f"o-{name}", None)
    return SessionInfo(opened.token_hash, f"o-{name}", None)


def sent_code(phone: str, purpose: str = "register") -> str:
    """A living code for the phone, as if the gateway had delivered it just now."""
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
    """A living proof of the phone for this user, as WeChat's number gives one."""
    token, now = secrets.token_urlsafe(32), clock.now()
    PhoneProof.insert(
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
    """Ask for a code by the rule and read it on the phone."""
    sms_codes.request(
        rules.services,
        session=session,
        phone_text=phone,
        purpose=purpose,
        activation_token=activation_token,
    )
    return rules.sandbox.last_code(phone)


def form(person: Person, sms_code: str | None = CODE, **changes: Any) -> RegistrationForm:
    """A registration of this person that has nothing wrong with it, but for ``changes``."""
    return RegistrationForm(
        **{
            **person.four_elements,
            "phone": person.phone,
            "sms_code": sms_code,
            "phone_proof": None,
            "password": PASSWORD,
            "username": None,
            "consent_version": consents.current_text().version,
            "separate_consents": ["identity"],
            **changes,
        }
    )


def body(person: Person, sms_code: str | None, **changes: Any) -> dict[str, Any]:
    """The same as a JSON body; a change to None leaves the field out."""
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
    """An account that came from the older system and was never activated."""
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
