"""Register a person: four matching elements, a proven phone and a consent give level 3."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from miniprogram_api import audit, clock
from miniprogram_api.access import passwords, sign_in_origins, usernames
from miniprogram_api.access.sessions import OpenedSession, SessionInfo
from miniprogram_api.accounts import accounts, consents, disputes
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity import verification
from miniprogram_api.identity.checks import NormalisedElements
from miniprogram_api.identity.documents import check as documents
from miniprogram_api.identity.documents.check import Check, IdentityElements
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.phones import capacity, sms_codes
from miniprogram_api.phones import owner as phone_owner
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.proofs import NamedPerson, PhoneProof
from miniprogram_api.phones.sms_codes import PhoneEvidence
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import ACTIVE, Account
from models.storage.database import IntegrityError, lock, transaction

# How long a registration whose answer was lost is recognised.
JUST_NOW = timedelta(hours=1)
REGISTERED_LEVEL = 3
"""Real-name level 3 (三级实名): the four elements matched."""


@dataclass(frozen=True)
class RegistrationForm:
    """Hold the input of a registration as typed."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: str
    valid_until: str
    phone: str = field(repr=False)
    proof: PhoneProof
    password: str = field(repr=False)
    username: str | None
    consent_version: str | None
    separate_consents: Sequence[str] = ()
    confirmed_warnings: Sequence[str] = ()
    bind: bool = False


@dataclass(frozen=True)
class Registered:
    """Return the new account, its session and the values as stored."""

    session: OpenedSession
    account: AccountSummary
    normalised: NormalisedElements
    phone: str = field(repr=False)
    username: str | None


@dataclass(frozen=True)
class _ParsedForm:
    """Hold the normalised form."""

    check: Check
    elements: IdentityElements
    phone: str = field(repr=False)
    username: str | None
    password: str = field(repr=False)


def register(
    services: Services, form: RegistrationForm, *, session: SessionInfo, address: str
) -> Registered:
    """Register a person; the token that was used ends on success.

    Only the holder of a proven phone learns that a person is registered. The source is asked last,
    by one caller per person at a time, and only success consumes the code.

    Raises Refused, in this order: DOCUMENT_NEEDS_WINDOW, INVALID_INPUT, PHONE_SEGMENT_UNSUPPORTED,
    CONSENT_REQUIRED, CONSENT_OUTDATED; as ``sms_codes.prove``; IDENTITY_NEEDS_CONFIRMATION;
    ALREADY_REGISTERED, ACTIVATION_REQUIRED, IDENTITY_RESERVED, USERNAME_TAKEN,
    PHONE_ACCOUNT_LIMIT; IDENTITY_CHECK_IN_PROGRESS; as ``verification.verify``.
    """
    parsed = _parse_form(form, session)
    number_ranges.require_supported(parsed.phone)
    consents.require(form.consent_version, form.separate_consents, [consents.IDENTITY])
    evidence = _prove(form, parsed, session)
    identity_checks.require_confirmed(parsed.check, form.confirmed_warnings)
    _require_new(services, parsed, session)
    with verification.claimed(services, parsed.elements.id_number) as claim:
        # The previous holder of the claim may have registered this person.
        _require_new(services, parsed, session)
        check_id = verification.verify(
            services,
            parsed.elements,
            session=session,
            address=address,
            purpose="register",
            warnings=[warning.code for warning in parsed.check.warnings],
        )
        password_hash = passwords.hash_password(form.password)
        try:
            with transaction():
                claim.confirm()
                # A dispute may have been proved during the call.
                disputes.require_not_reserved(parsed.elements.id_number, session)
                capacity.require_capacity(parsed.phone, services.settings.accounts_per_phone)
                if parsed.username is not None:
                    hold_username(parsed.username)
                account = _create(parsed, evidence, password_hash)
                verification.note_account(check_id, account.id)
                consents.record(account.id, consents.agreed(form.separate_consents))
                sms_codes.spend(evidence, account.id)
                opened = accounts.start_session(session, account, form.bind)
                sign_in_origins.note(account.id, session, address)
                audit.write(
                    "api:account:registered",
                    actor=audit.by_account(account.id),
                    account_id=account.id,
                    phone_verified_by=evidence.method,
                )
        except IntegrityError:
            # Another registration took the user name at the same moment.
            _require_new(services, parsed, session)
            raise
    person = NamedPerson(parsed.elements.name, parsed.elements.id_number)
    warning = phone_owner.warning(services, person, parsed.phone)
    return Registered(
        opened,
        replace(accounts.summary(account, clock.now()), phone_warning=warning),
        identity_checks.normalised(parsed.elements),
        parsed.phone,
        parsed.username,
    )


def _parse_form(form: RegistrationForm, session: SessionInfo) -> _ParsedForm:
    """Check all fields at once."""
    check = documents.check(
        form.name, form.id_number, form.valid_from, form.valid_until, clock.today()
    )
    identity_checks.require_online(check)
    refused = RefusedFields()
    refused.add(check.refusals)
    elements = check.elements
    person = None if elements is None else NamedPerson(elements.name, elements.id_number)
    phone = sms_codes.parse_given(refused, form.phone, form.proof, session=session, person=person)
    refused.attempt(
        lambda: passwords.check_strength(
            form.password,
            phone=phone,
            id_number=elements.id_number if elements else None,
            name=elements.name if elements else None,
        )
    )
    typed = form.username
    username = refused.attempt(lambda: usernames.parse(typed)) if typed else None
    if form.bind:
        refused.attempt(lambda: accounts.require_wechat_user(session))
    refused.raise_if_any()
    assert elements is not None  # noqa: S101 - nothing was refused.
    assert phone is not None  # noqa: S101
    return _ParsedForm(check, elements, phone, username, form.password)


def _prove(form: RegistrationForm, parsed: _ParsedForm, session: SessionInfo) -> PhoneEvidence:
    try:
        return sms_codes.prove(
            parsed.phone,
            form.proof,
            purpose="register",
            session=session,
            person=NamedPerson(parsed.elements.name, parsed.elements.id_number),
        )
    except Refused as refused:
        if refused.reason is Reason.SMS_CODE_USED:
            # The code was right; most often the same registration came twice at the same moment.
            _reveal_registration(parsed, session)
        raise


def _reveal_registration(parsed: _ParsedForm, session: SessionInfo) -> None:
    """Raise Refused ALREADY_REGISTERED if this person is registered with this phone."""
    id_number = parsed.elements.id_number
    same_person = Account.select(Account.id).where(
        Account.identity_index.matches(id_number)
        & (Account.status == ACTIVE)
        & Account.phone_index.matches(parsed.phone)
    )
    account_id = same_person.scalar()
    if account_id is not None:
        raise _already_registered(account_id, parsed, session)


def _already_registered(account_id: int, parsed: _ParsedForm, session: SessionInfo) -> Refused:
    """Return the refusal; ``cause`` just_now to the asker whose own registration succeeded.

    The answer was lost then. The same WeChat user or browser, phone and password are needed, so a
    stranger learns nothing more.
    """
    account = Account.get_by_id(account_id)
    is_own = (
        session.openid is not None
        and account.source == "self"
        and account.password_hash is not None
        and account.created_at > clock.now() - JUST_NOW
        and account.phone == parsed.phone
        and sign_in_origins.is_user_known(account_id, session.openid)
        and passwords.verify(account.password_hash, parsed.password)
    )
    details: dict[str, Any] = {"cause": "just_now"} if is_own else {}
    return Refused(Reason.ALREADY_REGISTERED, account_id=account_id, **details)


def _require_new(services: Services, parsed: _ParsedForm, session: SessionInfo) -> None:
    """Require an identity and a user name that no account holds; a cancelled one holds none."""
    id_number = parsed.elements.id_number
    columns = Account.select(Account.id, Account.status)
    account = columns.where(Account.identity_index.matches(id_number)).first()
    if account is not None:
        accounts.require_activated(account)
        raise _already_registered(account.id, parsed, session)
    disputes.require_not_reserved(id_number, session)
    if parsed.username is not None:
        require_username_free(parsed.username)
    with transaction():
        capacity.require_capacity(parsed.phone, services.settings.accounts_per_phone)


def require_username_free(username: str, *, but: int | None = None) -> None:
    """Raise Refused USERNAME_TAKEN if an account other than ``but`` has this user name."""
    holder = Account.select(Account.id).where(Account.username_index.matches(username)).scalar()
    if holder is not None and holder != but:
        raise Refused(Reason.USERNAME_TAKEN)


def hold_username(username: str, *, but: int | None = None) -> None:
    """Do the same until the transaction ends.

    The unique index does not see a name under another key, which a rotation uses beside it.
    """
    lock(f"username:{usernames.key(username)}")
    require_username_free(username, but=but)


def activated_columns(elements: IdentityElements, now: datetime) -> dict[str, Any]:
    """Return the columns that every registration and activation sets."""
    return {
        "status": ACTIVE,
        "level": REGISTERED_LEVEL,
        "name": elements.name,
        "valid_from": elements.valid_from,
        "valid_until": elements.valid_until,
        "long_term": elements.long_term,
        "activated_at": now,
    }


def _create(parsed: _ParsedForm, evidence: PhoneEvidence, password_hash: str) -> Account:
    elements, now = parsed.elements, clock.now()
    return Account.create(
        source="self",
        id_number=elements.id_number,
        identity_index=elements.id_number,
        phone=parsed.phone,
        phone_index=parsed.phone,
        phone_verified_by=evidence.method,
        username=parsed.username,
        username_index=parsed.username,
        password_hash=password_hash,
        password_changed_at=now,
        created_at=now,
        **activated_columns(elements, now),
    )
