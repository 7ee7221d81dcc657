"""Changes by the holder of an account: password, phone, WeChat binding."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from miniprogram_api import audit, clock
from miniprogram_api.access import password_attempts, passwords, refusals, sessions, sign_in_origins
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, switching
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.messaging import notices
from miniprogram_api.phones import capacity, passed_faces, sms_codes
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import owner as phone_owner
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.passed_faces import PassedFace
from miniprogram_api.phones.proofs import NamedPerson, PhoneProof
from miniprogram_api.phones.sms_code_refusals import CHANGE_PHONE, CONFIRM
from miniprogram_api.phones.sms_codes import PhoneEvidence
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.accounts.activations import PasswordReset
from models.storage.database import transaction


@contextmanager
def _name_purpose() -> Iterator[None]:
    """Name the purpose in a refusal, so that its help is for a signed-in user."""
    try:
        yield
    except Refused as refused:
        refused.details["purpose"] = CHANGE_PHONE
        raise


def prove_holder(account: Account, proof: PhoneProof, *, session: SessionInfo) -> PhoneEvidence:
    """Require a fresh proof of the phone on record.

    An account without a phone cannot be proved.
    """
    return sms_codes.prove(account.phone or "", proof, purpose=CONFIRM, session=session)


def change_password(
    services: Services,
    account_id: int,
    password: str,
    proof: PhoneProof,
    *,
    session: SessionInfo,
) -> None:
    """Set a new password; end all other sessions and the WeChat binding.

    Raises Refused: ACCOUNT_FROZEN, INVALID_INPUT (password), and as ``sms_codes.prove``.
    """
    account = accounts.get_for_change(account_id)
    require_strong(account, password)
    evidence = prove_holder(account, proof, session=session)
    password_hash = passwords.hash_password(password)
    password_attempts.unlock(services, account_id)
    with transaction():
        current = accounts.locked_for_change(account_id)
        sms_codes.spend(evidence)
        Account.update(password_hash=password_hash, password_changed_at=clock.now()).where(
            Account.id == account_id
        ).execute()
        _end_resets(account_id)
        sessions.end_of_account(account_id, but=session.token_hash)
        sign_in_origins.forget(account_id)
        if current.wechat_openid is not None:
            accounts.end_binding(current, notify=False)
        audit.write(
            "api:password:changed", actor=audit.by_account(account_id), account_id=account_id
        )


def require_strong(account: Account, password: str) -> None:
    """Check a new password of this account. Raises Refused: INVALID_INPUT on field password."""
    passwords.check_strength(
        password, phone=account.phone, id_number=account.id_number, name=account.name
    )


@_name_purpose()
def change_phone(
    services: Services,
    account_id: int,
    phone_text: str,
    password: str,
    proof: PhoneProof,
    *,
    session: SessionInfo,
    address: str,
) -> AccountSummary:
    """Move the account to a new, proved phone, notify the old one and close the switch 是否办理.

    Refused in this order: ACCOUNT_FROZEN, INVALID_INPUT, PHONE_SEGMENT_UNSUPPORTED; as
    ``password_attempts.check``; as ``sms_codes.prove``; PHONE_ACCOUNT_LIMIT, which is disclosed
    only to the owner of the new phone.
    """
    account = accounts.get_for_change(account_id)
    phone = phone_numbers.parse_phone("phone", phone_text)
    if phone == account.phone:
        raise invalid("accounts.phone.phone_unchanged")
    number_ranges.require_supported(phone)
    # Before the password: a form that cannot succeed must not use an attempt.
    sms_codes.require_given(phone, proof, session=session)
    password_attempts.check(services, account, password, session=session, address=address)
    evidence = sms_codes.prove(phone, proof, purpose=CHANGE_PHONE, session=session)
    with transaction():
        current = accounts.locked_for_change(account_id)
        capacity.require_capacity(phone, services.settings.accounts_per_phone, but=account_id)
        sms_codes.spend(evidence)
        if current.phone is not None:
            notices.add(account_id, notices.PHONE_CHANGED, current.phone)
        Account.update(phone=phone, phone_index=phone, phone_verified_by=evidence.method).where(
            Account.id == account_id
        ).execute()
        switching.close(current, "phone_changed", phone=phone, actor=audit.by_account(account_id))
        _end_resets(account_id)
        refusals.forget_sign_in(session.openid)
        audit.write(
            "api:phone:changed",
            actor=audit.by_account(account_id),
            account_id=account_id,
            phone_verified_by=evidence.method,
        )
    person = NamedPerson(account.name, account.id_number)
    warning = phone_owner.warning(services, person, phone)
    return replace(accounts.current(account_id), phone_warning=warning)


def take_new_phone(
    services: Services,
    account: Account,
    face: PassedFace,
    evidence: PhoneEvidence,
    *,
    session: SessionInfo,
) -> None:
    """Record the proved phone of the account's person, whose face has passed; use up that check.

    The old phone is notified, and the switch 是否办理 goes off but is not closed; all sessions but
    this one, resets and the binding to another WeChat user end. Within a transaction that locked
    the account.
    """
    passed_faces.spend(face)
    phone, actor = evidence.phone, audit.by_account(account.id)
    capacity.require_capacity(phone, services.settings.accounts_per_phone, but=account.id)
    if account.phone not in (None, phone):
        notices.add(account.id, notices.PHONE_CHANGED, account.phone)
    Account.update(phone=phone, phone_index=phone, phone_verified_by=evidence.method).where(
        Account.id == account.id
    ).execute()
    switching.end(account, "face", phone=phone, actor=actor)
    _end_resets(account.id)
    sessions.end_of_account(account.id, but=session.token_hash)
    sign_in_origins.forget(account.id)
    if account.wechat_openid not in (None, session.openid):
        accounts.end_binding(account, notify=False)
    audit.write(
        "api:phone:changed",
        actor=actor,
        account_id=account.id,
        phone_verified_by=evidence.method,
        by="face",
    )


def _end_resets(account_id: int) -> None:
    """Delete password resets begun with the former phone or password."""
    PasswordReset.delete().where(PasswordReset.account == account_id).execute()


def unbind_wechat(account_id: int) -> AccountSummary:
    """End the WeChat binding, if there is one; also of a frozen account, as part of signing out."""
    with transaction():
        account = accounts.locked(account_id)
        if account.wechat_openid is not None:
            accounts.end_binding(account, notify=False)
    return accounts.current(account_id)
