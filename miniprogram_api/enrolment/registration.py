"""Registering: from the four elements, a proved phone and a consent to an account at level 3."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from miniprogram_api import audit, clock
from miniprogram_api.access import passwords, usernames
from miniprogram_api.access.sessions import OpenedSession, SessionInfo
from miniprogram_api.accounts import accounts, consents
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity import verification
from miniprogram_api.identity.checks import NormalisedElements
from miniprogram_api.identity.documents import check as documents
from miniprogram_api.identity.documents.check import Check, IdentityElements
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.sms_codes import PhoneEvidence
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import ACTIVE, Account
from models.storage.database import IntegrityError, transaction

REGISTERED_LEVEL = 3
"""Real-name level 3 (三级实名): the four elements matched."""


@dataclass(frozen=True)
class RegistrationForm:
    """What a person sends to register, as typed."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: str
    valid_until: str
    phone: str = field(repr=False)
    sms_code: str | None = field(repr=False)
    phone_proof: str | None = field(repr=False)
    password: str = field(repr=False)
    username: str | None
    consent_version: str | None
    separate_consents: Sequence[str] = ()
    confirmed_warnings: Sequence[str] = ()
    bind: bool = False


@dataclass(frozen=True)
class Registered:
    """The new account, its session, and the values as they were understood and kept."""

    session: OpenedSession
    account: AccountSummary
    normalised: NormalisedElements
    phone: str = field(repr=False)
    username: str | None


@dataclass(frozen=True)
class _Understood:
    """The form after its fields were judged."""

    check: Check
    elements: IdentityElements
    phone: str = field(repr=False)
    username: str | None


def register(
    services: Services, form: RegistrationForm, *, session: SessionInfo, address: str
) -> Registered:
    """Register a person; the token that was used dies with the success.

    Whether somebody is registered learns only who proved a phone. The source is asked last, by one
    caller for each person at a time, and a code is spent by the success alone.

    Raises Refused, in this order: DOCUMENT_NEEDS_WINDOW, INVALID_INPUT, PHONE_SEGMENT_UNSUPPORTED,
    CONSENT_REQUIRED, CONSENT_OUTDATED; as ``sms_codes.prove``; IDENTITY_NEEDS_CONFIRMATION;
    ALREADY_REGISTERED, ACTIVATION_REQUIRED, USERNAME_TAKEN, PHONE_ACCOUNT_LIMIT;
    IDENTITY_CHECK_IN_PROGRESS; as ``verification.verify``.
    """
    understood = _understand(form, session)
    number_ranges.require_supported(understood.phone)
    consents.require(form.consent_version, form.separate_consents, [consents.IDENTITY])
    evidence = _prove(services, form, understood, session)
    identity_checks.require_confirmed(understood.check, form.confirmed_warnings)
    _require_new(services, understood)
    with verification.claimed(services, understood.elements.id_number) as claim:
        # Whoever held the claim before may have registered this person in the meantime.
        _require_new(services, understood)
        verification.verify(
            services,
            understood.elements,
            session=session,
            address=address,
            purpose="register",
            warnings=[warning.code for warning in understood.check.warnings],
        )
        password_hash = passwords.hash_password(form.password)
        try:
            with transaction():
                claim.confirm()
                phone_numbers.require_capacity(
                    understood.phone, services.settings.accounts_per_phone
                )
                account = _create(understood, evidence, password_hash)
                consents.record(account.id, consents.agreed(form.separate_consents))
                sms_codes.spend(evidence)
                opened = accounts.start_session(session, account, form.bind)
                audit.write(
                    "api:account:registered",
                    actor=audit.by_account(account.id),
                    account_id=account.id,
                    phone_verified_by=evidence.method,
                )
        except IntegrityError:
            # Somebody else was given the user name at the same moment.
            _require_new(services, understood)
            raise
    return Registered(
        opened,
        accounts.summary(account, clock.now()),
        identity_checks.normalised(understood.elements),
        understood.phone,
        understood.username,
    )


def _understand(form: RegistrationForm, session: SessionInfo) -> _Understood:
    """Judge all fields at once. Raises Refused: DOCUMENT_NEEDS_WINDOW, INVALID_INPUT."""
    check = documents.check(
        form.name, form.id_number, form.valid_from, form.valid_until, clock.today()
    )
    identity_checks.require_online(check)
    refused = RefusedFields()
    refused.add(check.refusals)
    phone = refused.attempt(lambda: phone_numbers.parse_phone("phone", form.phone))
    refused.attempt(
        lambda: sms_codes.require_given(
            phone, session=session, sms_code=form.sms_code, phone_proof=form.phone_proof
        )
    )
    elements = check.elements
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
    return _Understood(check, elements, phone, username)


def _prove(
    services: Services, form: RegistrationForm, understood: _Understood, session: SessionInfo
) -> PhoneEvidence:
    try:
        return sms_codes.prove(
            services,
            session=session,
            phone=understood.phone,
            purpose="register",
            sms_code=form.sms_code,
            phone_proof=form.phone_proof,
        )
    except Refused as refused:
        if refused.reason is Reason.SMS_CODE_USED:
            # The digits were right. Most often the same registration came twice at the same moment,
            # and "used" would hide from the person that he is registered.
            _tell_who_used_it(understood)
        raise


def _tell_who_used_it(understood: _Understood) -> None:
    """Raise Refused ALREADY_REGISTERED when this person is registered with this very phone."""
    id_number = understood.elements.id_number
    found = Account.select(Account.id).where(
        Account.identity_index.matches(id_number)
        & (Account.status == ACTIVE)
        & Account.phone_index.matches(understood.phone)
    )
    account_id = found.scalar()
    if account_id is not None:
        raise Refused(Reason.ALREADY_REGISTERED, account_id=account_id)


def _require_new(services: Services, understood: _Understood) -> None:
    """Raise Refused: ALREADY_REGISTERED, ACTIVATION_REQUIRED, USERNAME_TAKEN, PHONE_ACCOUNT_LIMIT.

    Cancelled accounts have given their identity and their user name back.
    """
    id_number = understood.elements.id_number
    columns = Account.select(Account.id, Account.status)
    found = columns.where(Account.identity_index.matches(id_number)).first()
    if found is not None:
        accounts.require_activated(found)
        raise Refused(Reason.ALREADY_REGISTERED, account_id=found.id)
    if understood.username is not None:
        require_username_free(understood.username)
    with transaction():
        phone_numbers.require_capacity(understood.phone, services.settings.accounts_per_phone)


def require_username_free(username: str, *, but: int | None = None) -> None:
    """Raise Refused USERNAME_TAKEN when another account than ``but`` has this user name."""
    holder = (
        Account.select(Account.id).where(Account.username_key == usernames.key(username)).scalar()
    )
    if holder is not None and holder != but:
        raise Refused(Reason.USERNAME_TAKEN)


def _create(understood: _Understood, evidence: PhoneEvidence, password_hash: str) -> Account:
    elements, now = understood.elements, clock.now()
    return Account.create(
        status=ACTIVE,
        level=REGISTERED_LEVEL,
        source="self",
        name=elements.name,
        id_number=elements.id_number,
        identity_index=elements.id_number,
        valid_from=elements.valid_from,
        valid_until=elements.valid_until,
        long_term=elements.long_term,
        phone=understood.phone,
        phone_index=understood.phone,
        phone_verified_by=evidence.method,
        username=understood.username,
        username_key=None if understood.username is None else usernames.key(understood.username),
        password_hash=password_hash,
        password_changed_at=now,
        created_at=now,
        activated_at=now,
    )
