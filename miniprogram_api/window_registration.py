"""Registering a person without a smartphone at a window, from the form to level 4 in one sitting.

The clerk has the card in his hand. The source is asked all the same where it can know the person;
when it says no, the clerk may go on with what he sees, and the review afterwards shows both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from miniprogram_api import (
    accounts,
    clock,
    consents,
    desk,
    identity_checks,
    phone_numbers,
    verification,
    window_desk,
)
from miniprogram_api.identity_documents import check as documents
from miniprogram_api.identity_documents import id_numbers, names, terms
from miniprogram_api.identity_documents.check import GUARDIAN_AGE, IdentityElements
from miniprogram_api.reasons import Reason, Refused, invalid_field
from miniprogram_api.refused_fields import RefusedFields
from miniprogram_api.registration import REGISTERED_LEVEL
from miniprogram_api.services import Services
from miniprogram_api.sessions import SessionInfo
from miniprogram_api.staff import Permission, StaffMember, require
from miniprogram_api.window_desk import OnSite, Verified
from models.accounts import ACTIVE, UNACTIVATED, Account
from models.database import IntegrityError

# Real answers after which a clerk may still go by the card in his hand.
_SOURCE_SAYS_NO = frozenset(
    {
        Reason.FOUR_ELEMENTS_MISMATCH,
        Reason.IDENTITY_NO_RECORD,
        Reason.IDENTITY_INVALID,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
    }
)


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who stands beside a person under 14."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    relation: str


@dataclass(frozen=True, slots=True)
class WindowForm:
    """What the clerk types from the card and from the form that the person signed."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: str
    valid_until: str
    phone: str = field(repr=False)
    phone_of_relative: bool
    consent_signed: bool
    on_site: OnSite
    guardian: Guardian | None = None
    confirmed_warnings: Sequence[str] = ()
    despite_source: bool = False


@dataclass(frozen=True, slots=True)
class _Understood:
    elements: IdentityElements
    phone: str = field(repr=False)
    ask_source: bool
    warnings: list[str]


def register(
    services: Services, member: StaffMember, form: WindowForm, *, address: str
) -> Verified:
    """Make an account at level 4, verified by hand, to be reviewed; without a password.

    The person sets one later with his phone, if he wants to. Raises Refused: FORBIDDEN,
    INVALID_INPUT, CONSENT_REQUIRED, OWN_MATTER, IDENTITY_NEEDS_CONFIRMATION, ALREADY_REGISTERED,
    ACTIVATION_REQUIRED, PHONE_ACCOUNT_LIMIT, IDENTITY_CHECK_IN_PROGRESS, and as
    ``verification.verify`` unless ``despite_source``.
    """
    require(member, Permission.WORK_AT_WINDOW)
    understood = _understand(form)
    if not form.consent_signed:
        raise Refused(Reason.CONSENT_REQUIRED, missing=[consents.GENERAL, consents.IDENTITY])
    elements = understood.elements
    _require_new(elements.id_number)
    with verification.claimed(services, elements.id_number) as claim:
        _require_new(elements.id_number)
        said = _ask(services, understood, form, address)
        try:
            with desk.acting(member, "person_registered", Permission.WORK_AT_WINDOW):
                desk.require_others_matter(member, elements.id_number)
                claim.confirm()
                accounts.require_place_on_phone(
                    understood.phone, services.settings.accounts_per_phone
                )
                account_id = _insert(elements, understood.phone)
                consents.record(account_id, (consents.GENERAL, consents.IDENTITY))
                return window_desk.record(
                    member,
                    elements.id_number,
                    form.on_site,
                    "person_registered",
                    source_said=said,
                    phone_of_relative=form.phone_of_relative,
                    guardian=_guardian(form.guardian),
                )
        except IntegrityError:
            _require_new(elements.id_number)
            raise


def _understand(form: WindowForm) -> _Understood:
    """Judge all fields at once; what only a window can do is no refusal here."""
    today = clock.today()
    check = documents.check(form.name, form.id_number, form.valid_from, form.valid_until, today)
    refused = RefusedFields()
    refused.add(finding for finding in check.refusals if not finding.leads_to_window)
    phone = refused.attempt(lambda: phone_numbers.parse_phone("phone", form.phone))
    refused.attempt(lambda: window_desk.judge(form.on_site))
    name, number = names.check(form.name).value, id_numbers.check(form.id_number, today).value
    term = terms.check(form.valid_from, form.valid_until, number, today).value
    if number is not None and number.age_on(today) < GUARDIAN_AGE:
        refused.attempt(lambda: _judge_guardian(form.guardian))
    refused.raise_if_any()
    if name is None or number is None or term is None or phone is None:
        # A document that neither the source nor this form knows: its number is no ID number.
        raise invalid_field("id_number", "not_supported", "这种证件请走其他材料受理，不在此登记。")
    identity_checks.require_confirmed(check, form.confirmed_warnings)
    return _Understood(
        IdentityElements(name, number.number, term.valid_from, term.valid_until),
        phone,
        not check.needs_window or check.needs_guardian,
        [warning.code for warning in check.warnings],
    )


def _judge_guardian(guardian: Guardian | None) -> None:
    if guardian is None or not guardian.name.strip() or not guardian.relation.strip():
        raise invalid_field("guardian", "required", "未满14周岁须由监护人陪同，请登记监护人信息。")
    found = id_numbers.check(guardian.id_number, clock.today()).value
    if found is None or found.age_on(clock.today()) < 18:
        raise invalid_field("guardian", "wrong_form", "监护人证号不对或未成年，请对照证件核对。")


def _guardian(guardian: Guardian | None) -> dict[str, str] | None:
    if guardian is None:
        return None
    return {
        "name": guardian.name,
        "id_number": guardian.id_number,
        "relation": guardian.relation,
    }


def _ask(services: Services, understood: _Understood, form: WindowForm, address: str) -> str:
    """What the source says, as a word for the ledger; a refusal unless the clerk goes on."""
    if not understood.ask_source:
        return "not_asked"
    try:
        verification.verify(
            services,
            understood.elements,
            session=SessionInfo(b"", None, None),
            address=address,
            purpose="window",
            warnings=understood.warnings,
        )
    except Refused as refused:
        if refused.reason in _SOURCE_SAYS_NO and form.despite_source:
            return refused.reason.name.lower()
        raise
    return "match"


def _require_new(id_number: str) -> None:
    """Raise Refused: ALREADY_REGISTERED, ACTIVATION_REQUIRED."""
    account = desk.known_account(id_number)
    if account is not None:
        raise Refused(
            Reason.ACTIVATION_REQUIRED
            if account.status == UNACTIVATED
            else Reason.ALREADY_REGISTERED
        )


def _insert(elements: IdentityElements, phone: str) -> int:
    now = clock.now()
    return int(
        Account.insert(
            status=ACTIVE,
            level=REGISTERED_LEVEL,
            source="window",
            name=elements.name,
            id_number=elements.id_number,
            identity_index=elements.id_number,
            valid_from=elements.valid_from,
            valid_until=elements.valid_until,
            long_term=elements.long_term,
            phone=phone,
            phone_index=phone,
            phone_verified_by="manual",
            created_at=now,
            activated_at=now,
        ).execute()
    )
