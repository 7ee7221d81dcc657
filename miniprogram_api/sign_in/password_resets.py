"""Reset a forgotten password (case 8): prove the phone on record, then set a new one.

Where that phone is dead, WeChat's face check of the person and a new phone prove the holder.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from peewee import Expression

from miniprogram_api import audit, clock
from miniprogram_api.access import (
    attempts,
    password_attempts,
    passwords,
    refusals,
    sessions,
    sign_in_origins,
)
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, switching
from miniprogram_api.accounts import changes as account_changes
from miniprogram_api.accounts.accounts import Login
from miniprogram_api.answers import answer_class
from miniprogram_api.identity import checks
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.phones import passed_faces, sms_codes
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.phones.sms_code_refusals import CHANGE_PHONE
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.accounts import FROZEN, Account
from models.accounts.activations import PasswordReset
from models.storage.database import transaction

PURPOSE = "reset_password"
VALID = timedelta(minutes=10)


@answer_class
class BegunReset:
    """Right to set a new password once."""

    token: str
    """For the second step; valid only with the bearer token that received it."""
    expires_in: int


def begin(
    services: Services,
    login: str,
    phone_text: str,
    proof: PhoneProof,
    *,
    session: SessionInfo,
    address: str,
) -> BegunReset:
    """Prove the account's phone; this consumes the code.

    An unknown login and a wrong phone are refused alike, after the code was checked, so that
    nothing reveals who is registered. Raises Refused: INVALID_INPUT; as ``sms_codes.prove``;
    TOO_MANY_ATTEMPTS, PHONE_NOT_ON_RECORD; and to the holder of the account's phone:
    LOGIN_AMBIGUOUS, ACTIVATION_REQUIRED, ACCOUNT_FROZEN.
    """
    phone = _parse_form(login, phone_text, proof, session)
    evidence = sms_codes.prove(phone, proof, purpose=PURPOSE, session=session)
    taken = attempts.take_lookup(services, session, address)
    accounts_with = [account for account in accounts.find_by_login(login) if account.phone == phone]
    if not accounts_with:
        raise Refused(Reason.PHONE_NOT_ON_RECORD, **passed_faces.way(session, "reset"))
    attempts.give_back(services, taken)
    if len(accounts_with) > 1:
        raise Refused(Reason.LOGIN_AMBIGUOUS)
    account = accounts_with[0]
    accounts.require_activated(account)
    if account.status == FROZEN:
        raise Refused(Reason.ACCOUNT_FROZEN)
    with transaction():
        sms_codes.spend(evidence, account.id)
        return _issue(account.id, session, by_face=False)


@dataclass(frozen=True, slots=True)
class FaceForm:
    """The person of a passed face check and the new phone with its proof, as typed."""

    challenge_id: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
    proof: PhoneProof


def begin_by_face(services: Services, form: FaceForm, *, session: SessionInfo) -> BegunReset:
    """Record a new phone of the person whose face has passed, and permit a new password.

    This consumes face and code; the old phone is notified, and everything ends as by
    ``changes.take_new_phone``. Raises Refused: INVALID_INPUT, PHONE_SEGMENT_UNSUPPORTED; NOT_FOUND
    (``cause`` face) as ``passed_faces.require_of``; USER_NOT_FOUND, ACTIVATION_REQUIRED,
    ACCOUNT_FROZEN; as ``sms_codes.prove``; PHONE_ACCOUNT_LIMIT.
    """
    phone, (name, id_number) = _parse_face_form(form, session)
    number_ranges.require_supported(phone)
    face = passed_faces.require_of(
        session, form.challenge_id, "reset", id_number=id_number, name=name
    )
    holders = accounts.find_by_login(Login("id_number", face.id_number))
    if not holders:
        raise Refused(Reason.USER_NOT_FOUND)
    account = holders[0]
    accounts.require_activated(account)
    accounts.require_changeable(account.status)
    evidence = sms_codes.prove(phone, form.proof, purpose=CHANGE_PHONE, session=session)
    with transaction():
        current = accounts.locked_for_change(account.id)
        sms_codes.spend(evidence, account.id)
        account_changes.take_new_phone(services, current, face, evidence, session=session)
        return _issue(account.id, session, by_face=True)


def _issue(account_id: int, session: SessionInfo, *, by_face: bool) -> BegunReset:
    token, now = secrets.token_urlsafe(32), clock.now()
    PasswordReset.insert(
        token_hash=sessions.hash_of(token),
        account=account_id,
        session_hash=session.token_hash,
        created_at=now,
        expires_at=now + VALID,
        by_face=by_face,
    ).execute()
    return BegunReset(token, VALID // timedelta(seconds=1))


def _parse_form(login: str, phone_text: str, proof: PhoneProof, session: SessionInfo) -> str:
    """Check all fields at once; return the canonical phone."""
    refused = RefusedFields()
    if not login.strip():
        refused.refuse(invalid("fields.any.required", field="login"))
    phone = sms_codes.parse_given(refused, phone_text, proof, session=session)
    refused.raise_if_any()
    assert phone is not None  # noqa: S101 - nothing was refused.
    return phone


def _parse_face_form(form: FaceForm, session: SessionInfo) -> tuple[str, tuple[str, str]]:
    """Check all fields at once; return phone and person."""
    refused = RefusedFields()
    person = refused.attempt(lambda: checks.parse_person(form.name, form.id_number))
    phone = sms_codes.parse_given(refused, form.phone, form.proof, session=session)
    refused.raise_if_any()
    assert phone is not None  # noqa: S101 - nothing was refused.
    assert person is not None  # noqa: S101
    return phone, person


def finish(services: Services, token: str, password: str, *, session: SessionInfo) -> None:
    """Set the new password; end all other sessions and locks of the account.

    A binding to another WeChat user, who may not be the holder, ends too, and the switch 是否办理
    closes unless a face proved the person. Raises Refused: NOT_FOUND (unknown, used, older than 10
    minutes, or another bearer token's), ACCOUNT_FROZEN, INVALID_INPUT (password).
    """
    reset = PasswordReset.get_or_none(_usable(token, session))
    if reset is None:
        # The form is judged first.
        passwords.check_strength(password, phone=None, id_number=None, name=None)
        raise Refused(Reason.NOT_FOUND, cause="reset")
    account = accounts.get_for_change(reset.account_id)
    account_changes.require_strong(account, password)
    password_hash = passwords.hash_password(password)
    password_attempts.unlock(services, account.id)
    with transaction():
        # Locked first, as everywhere, to prevent deadlocks.
        current = accounts.locked_for_change(account.id)
        now = clock.now()
        used = PasswordReset.update(used_at=now).where(_usable(token, session)).execute()
        if not used:
            raise Refused(Reason.NOT_FOUND, cause="reset")
        Account.update(
            password_hash=password_hash, password_changed_at=now, password_reset_at=now
        ).where(Account.id == account.id).execute()
        PasswordReset.delete().where(
            (PasswordReset.account == account.id) & PasswordReset.used_at.is_null()
        ).execute()
        if not reset.by_face:
            # Before the binding ends, so that its WeChat user is notified.
            switching.close(
                current, "password_reset", phone=current.phone, actor=audit.by_account(account.id)
            )
        sessions.end_of_account(account.id, but=session.token_hash)
        sign_in_origins.forget(account.id)
        refusals.forget_sign_in(session.openid)
        if current.wechat_openid not in (None, session.openid):
            accounts.end_binding(current, notify=False)
        audit.write("api:password:reset", actor=audit.by_account(account.id), account_id=account.id)


def _usable(token: str, session: SessionInfo) -> Expression:
    return (
        (PasswordReset.token_hash == sessions.hash_of(token))
        & (PasswordReset.session_hash == session.token_hash)
        & (PasswordReset.expires_at > clock.now())
        & PasswordReset.used_at.is_null()
    )


def remove_old() -> int:
    """Delete expired resets and return their number."""
    return int(PasswordReset.delete().where(PasswordReset.expires_at <= clock.now()).execute())
