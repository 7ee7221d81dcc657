"""The three steps of an activation, by calling the rules."""

from typing import Any

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.enrolment import activation
from miniprogram_api.enrolment.activation import Activated, PasswordForm
from miniprogram_api.phones.proofs import PhoneProof
from tests.support.people.persons import Person
from tests.support.people.registrations import (
    CODE,
    PASSWORD,
    sent_code,
)
from tests.support.service.rules import Rules

ADDRESS = "192.0.2.7"


def start(rules: Rules, someone: Person, session: SessionInfo) -> str:
    return activation.start(
        rules.services, someone.id_number, session=session, address=ADDRESS
    ).activation_token


def prove(
    rules: Rules, token: str, session: SessionInfo, phone: str, code: str = CODE, **changes: Any
) -> activation.ProvedActivationPhone:
    proof = PhoneProof(changes.pop("sms_code", code), changes.pop("phone_proof", None))
    values = {"phone_text": phone, "proof": proof, **changes}
    return activation.prove_phone(rules.services, token, session=session, address=ADDRESS, **values)


def finish(rules: Rules, token: str, session: SessionInfo, **changes: Any) -> Activated:
    values = {
        "password": PASSWORD,
        "username": None,
        "consent_version": consents.current_text().version,
        "separate_consents": ["identity"],
        **changes,
    }
    return activation.finish(
        rules.services, token, PasswordForm(**values), session=session, address=ADDRESS
    )


def proved(rules: Rules, someone: Person, session: SessionInfo) -> str:
    """Return a token that has passed step 2."""
    token = start(rules, someone, session)
    sent_code(someone.phone, "activate")
    prove(rules, token, session, someone.phone)
    return token
