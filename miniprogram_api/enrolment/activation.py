"""Activate an imported account: ID number, phone on record, password.

Each step can be repeated until the last one succeeds. An activation token is valid for 30 minutes
and only with the bearer token that received it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from miniprogram_api import audit, clock
from miniprogram_api.access import attempts, passwords, sessions, sign_in_origins, usernames
from miniprogram_api.access.sessions import OpenedSession, SessionInfo
from miniprogram_api.accounts import accounts, consents, disputes
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.answers import answer_class
from miniprogram_api.enrolment.registration import (
    activated_columns,
    hold_username,
    require_username_free,
)
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents import check as documents
from miniprogram_api.identity.documents import id_numbers, terms
from miniprogram_api.identity.documents.check import Check, IdentityElements
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import passed_faces, sms_code_refusals, sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.phones.sms_code_refusals import ACTIVATE
from miniprogram_api.phones.sms_codes import PhoneEvidence
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import FROZEN, UNACTIVATED, Account
from models.accounts.activations import PHONE_PROVED, Activation
from models.storage.database import IntegrityError, transaction

VALID = timedelta(minutes=30)
_DATE_FIELDS = frozenset({"valid_from", "valid_until"})


@answer_class
class StartedActivation:
    """Result of step 1."""

    activation_token: str = field(repr=False)
    """Valid only with the bearer token that received it."""
    expires_in: int
    phone_hint: str | None
    """The last two digits of the phone on record; null when it has none."""


@answer_class
class ProvedActivationPhone:
    """Result of step 2."""

    expires_in: int
    needs_dates: bool
    """Whether step 3 requires valid_from and valid_until."""


@dataclass(frozen=True)
class PasswordForm:
    """Hold the input of step 3 as typed."""

    password: str = field(repr=False)
    username: str | None
    consent_version: str | None
    separate_consents: Sequence[str] = ()
    valid_from: str | None = None
    valid_until: str | None = None
    confirmed_warnings: Sequence[str] = ()
    bind: bool = False


@dataclass(frozen=True)
class Activated:
    """Return the result of step 3: an active, signed-in account."""

    session: OpenedSession
    account: AccountSummary


def start(
    services: Services, id_number: str, *, session: SessionInfo, address: str
) -> StartedActivation:
    """Run step 1: find the account by its ID number; each call issues a new token.

    Raises Refused: INVALID_INPUT; USER_NOT_FOUND, ACCOUNT_FROZEN, ALREADY_ACTIVE,
    IDENTITY_RESERVED; TOO_MANY_ATTEMPTS (scope ``lookups``) for ids that lead to no activation.
    """
    checked = id_numbers.check(id_number, clock.today())
    refused = RefusedFields()
    refused.add(checked.refusals)
    refused.raise_if_any()
    assert checked.value is not None  # noqa: S101 - nothing was refused.
    taken = attempts.take_lookup(services, session, address)
    account = Account.get_or_none(Account.identity_index.matches(checked.value.number))
    if account is None:
        raise Refused(Reason.USER_NOT_FOUND)
    require_inactive(account)
    disputes.require_not_reserved(account.id_number, session)
    attempts.give_back(services, taken)
    token, now = secrets.token_urlsafe(32), clock.now()
    Activation.insert(
        token_hash=sessions.hash_of(token),
        account=account.id,
        session_hash=session.token_hash,
        created_at=now,
        expires_at=now + VALID,
    ).execute()
    return StartedActivation(
        token, int(VALID.total_seconds()), account.phone and account.phone[-2:]
    )


def require_inactive(account: Account) -> None:
    """Raise Refused ACCOUNT_FROZEN or ALREADY_ACTIVE if the account cannot be activated."""
    if account.status == FROZEN and account.password_hash is None:
        # Frozen before its activation: there is no password to sign in with.
        raise Refused(Reason.ACCOUNT_FROZEN)
    if account.status != UNACTIVATED:
        raise Refused(Reason.ALREADY_ACTIVE, account_id=account.id)


def prove_phone(
    services: Services,
    token: str,
    *,
    phone_text: str,
    proof: PhoneProof,
    session: SessionInfo,
    address: str,
) -> ProvedActivationPhone:
    """Run step 2: prove the phone on record, which is compared before the code.

    Raises Refused: INVALID_INPUT; ACTIVATION_EXPIRED; PHONE_NOT_ON_RECORD, counted like an unknown
    id so that the number cannot be guessed; TOO_MANY_ATTEMPTS; as ``sms_codes.prove``.
    """
    phone = phone_numbers.parse_phone("phone", phone_text)
    under_way = _find_activation(token, session)
    account_id = None if under_way is None else under_way[1].id
    sms_codes.require_given(phone, proof, session=session, account_id=account_id)
    if under_way is None:
        raise Refused(Reason.ACTIVATION_EXPIRED)
    activation, account = under_way
    wrong_phone = sms_code_refusals.phone_refusal(phone, account.phone, ACTIVATE, account.id)
    if wrong_phone is not None:
        attempts.take_lookup(services, session, address)
        wrong_phone.details |= passed_faces.way(session, "activate")
        raise wrong_phone
    evidence = sms_codes.prove(
        phone, proof, purpose=ACTIVATE, session=session, account_id=account.id
    )
    return phone_proved(activation, account, evidence)


def phone_proved(
    activation: Activation, account: Account, evidence: PhoneEvidence
) -> ProvedActivationPhone:
    """Complete step 2."""
    Activation.update(
        step=PHONE_PROVED, sms_code=evidence.sms_code_id, phone_proof=evidence.proof_hash
    ).where(Activation.token_hash == activation.token_hash).execute()
    left = activation.expires_at - clock.now()
    return ProvedActivationPhone(max(0, int(left.total_seconds())), not _has_usable_dates(account))


def finish(
    services: Services,
    token: str,
    form: PasswordForm,
    *,
    session: SessionInfo,
    address: str,
) -> Activated:
    """Run step 3: check the four elements at the source, set the password, sign in.

    Dates of the form take precedence over the record's, which may be of an older card.

    Raises Refused, in this order: ACTIVATION_EXPIRED, STEP_ORDER (before anything that would reveal
    the record); INVALID_INPUT, DOCUMENT_NEEDS_WINDOW; CONSENT_REQUIRED, CONSENT_OUTDATED;
    IDENTITY_NEEDS_CONFIRMATION for dates of the form; USERNAME_TAKEN; IDENTITY_CHECK_IN_PROGRESS;
    as ``verification.verify``; IDENTITY_RESERVED.
    """
    activation, account = valid_activation(token, session)
    if activation.step < PHONE_PROVED:
        raise Refused(Reason.STEP_ORDER)
    check, username = _parse_form(form, account, session)
    elements = check.elements
    assert elements is not None  # noqa: S101 - nothing was refused.
    consents.require(form.consent_version, form.separate_consents, [consents.IDENTITY])
    if _has_dates(form):
        identity_checks.require_confirmed(_date_warnings_only(check), form.confirmed_warnings)
    if username is not None:
        require_username_free(username, but=account.id)
    evidence = _evidence(activation, account)
    with verification.claimed(services, elements.id_number) as claim:
        # The previous holder of the claim may have activated the account.
        activation, account = valid_activation(token, session)
        verification.verify(
            services,
            elements,
            session=session,
            address=address,
            purpose="activate",
            account_id=account.id,
            warnings=[warning.code for warning in check.warnings],
        )
        password_hash = passwords.hash_password(form.password)
        try:
            with transaction():
                claim.confirm()
                disputes.require_not_reserved(elements.id_number, session)
                if username is not None:
                    hold_username(username, but=account.id)
                account = _activate(account, elements, username, evidence, password_hash)
                consents.record(account.id, consents.agreed(form.separate_consents))
                Activation.delete().where(Activation.account == account.id).execute()
                sms_codes.spend(evidence, account.id)
                opened = accounts.start_session(session, account, form.bind)
                sign_in_origins.note(account.id, session, address)
                audit.write(
                    "api:account:activated",
                    actor=audit.by_account(account.id),
                    account_id=account.id,
                    phone_verified_by=evidence.method,
                )
        except IntegrityError:
            # Another account took the user name at the same moment.
            if username is not None:
                require_username_free(username, but=account.id)
            raise
    return Activated(opened, accounts.summary(account, clock.now()))


def remove_expired() -> int:
    """Delete expired activations and return their number."""
    return int(Activation.delete().where(Activation.expires_at <= clock.now()).execute())


def valid_activation(token: str, session: SessionInfo) -> tuple[Activation, Account]:
    """Return a valid activation and its account."""
    under_way = _find_activation(token, session)
    if under_way is None:
        raise Refused(Reason.ACTIVATION_EXPIRED)
    return under_way


def _find_activation(token: str, session: SessionInfo) -> tuple[Activation, Account] | None:
    activation = (
        Activation.select(Activation, Account)
        .join(Account)
        .where(
            (Activation.token_hash == sessions.hash_of(token))
            & (Activation.session_hash == session.token_hash)
            & (Activation.expires_at > clock.now())
            & (Account.status == UNACTIVATED)
        )
        .first()
    )
    return None if activation is None else (activation, activation.account)


def _has_dates(form: PasswordForm) -> bool:
    return bool(form.valid_from or form.valid_until)


def _check_elements(account: Account, valid_from: str | None, valid_until: str | None) -> Check:
    return documents.check(account.name, account.id_number, valid_from, valid_until, clock.today())


def _check_record(account: Account) -> Check:
    until = account.valid_until and account.valid_until.isoformat()
    return _check_elements(
        account,
        account.valid_from and account.valid_from.isoformat(),
        terms.LONG_TERM if account.long_term else until,
    )


def _has_usable_dates(account: Account) -> bool:
    """Return whether the dates on record are complete and not expired."""
    return not any(f.field in _DATE_FIELDS for f in _check_record(account).refusals)


def _date_warnings_only(check: Check) -> Check:
    """Keep only the warnings that the person can act on here."""
    warnings = [w for w in check.warnings if w.field in _DATE_FIELDS]
    return Check(check.elements, check.refusals, warnings, check.needs_guardian)


def _parse_form(
    form: PasswordForm, account: Account, session: SessionInfo
) -> tuple[Check, str | None]:
    """Check all fields at once."""
    if _has_dates(form):
        check = _check_elements(account, form.valid_from, form.valid_until)
    else:
        check = _check_record(account)
    identity_checks.require_online(check)
    if any(finding.field not in _DATE_FIELDS for finding in check.refusals):
        # The name or number on record is invalid and cannot be corrected online.
        raise Refused(Reason.DOCUMENT_NEEDS_WINDOW)
    refused = RefusedFields()
    refused.add(check.refusals)
    refused.attempt(
        lambda: passwords.check_strength(
            form.password, phone=account.phone, id_number=account.id_number, name=account.name
        )
    )
    typed = form.username
    username = refused.attempt(lambda: usernames.parse(typed)) if typed else None
    if form.bind:
        refused.attempt(lambda: accounts.require_wechat_user(session))
    refused.raise_if_any()
    return check, username


def _evidence(activation: Activation, account: Account) -> PhoneEvidence:
    """Return the proof of step 2. Raises Refused STEP_ORDER if the phone on record changed."""
    proof, code = activation.phone_proof, activation.sms_code
    proved = proof or code
    if proved is None or proved.phone != account.phone:
        raise Refused(Reason.STEP_ORDER)
    if proof is not None:
        return PhoneEvidence(proof.method, None, bytes(proof.token_hash), proof.phone)
    return PhoneEvidence("sms", activation.sms_code_id, None, proved.phone)


def _activate(
    account: Account,
    elements: IdentityElements,
    username: str | None,
    evidence: PhoneEvidence,
    password_hash: str,
) -> Account:
    """Update and return the account. Raises Refused ACTIVATION_EXPIRED if it was changed."""
    now = clock.now()
    names = {}
    if username is not None:
        names = {"username": username, "username_index": username}
    changed = (
        Account.update(
            phone_verified_by=evidence.method,
            password_hash=password_hash,
            password_changed_at=now,
            **activated_columns(elements, now),
            **names,
        )
        .where((Account.id == account.id) & (Account.status == UNACTIVATED))
        .execute()
    )
    if not changed:
        raise Refused(Reason.ACTIVATION_EXPIRED)
    return Account.get_by_id(account.id)
