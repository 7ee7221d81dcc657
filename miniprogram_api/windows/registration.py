"""Register a person without a smartphone at a window, from the form to level 4 in one sitting.

A synced account that was never activated is activated instead, with the same form. The clerk sees
the card. The source is asked too, where it can know the person; after a refusal the clerk may
continue, and the review shows both. What ``holding`` names is held as a whole until a second person
approves it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.captures import taking
from miniprogram_api.captures.taking import Capture
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import asking
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import MANUAL, PhoneProof
from miniprogram_api.phones.sms_codes import PhoneEvidence, RequestedCode
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import invalid
from miniprogram_api.windows import doubts, enrolment, guardians, holding
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.enrolment import Enrolment
from miniprogram_api.windows.guardians import Guardian, JudgedGuardian
from miniprogram_api.windows.identity_checks import see
from miniprogram_api.windows.verifications import OnSite, VerifiedAtWindow
from models.second_person import VERIFICATION
from models.storage.database import IntegrityError

PURPOSE = "window"
# Higher than for a WeChat user: a clerk serves another person every few minutes.
PHONES_AN_HOUR = 60

# After these a clerk may still rely on the card.
SOURCE_SAYS_NO = frozenset(
    {
        Reason.FOUR_ELEMENTS_MISMATCH,
        Reason.IDENTITY_NO_RECORD,
        Reason.IDENTITY_INVALID,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
    }
)


# The source was not asked, or had no answer: what it said before counts.
_NO_ANSWER = frozenset(
    reason.name.lower()
    for reason in (
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
    )
)


@dataclass(frozen=True, slots=True)
class WindowForm:
    """The data of the card and of the form that the person signed."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: str
    valid_until: str
    phone: str | None = field(repr=False)
    """None: the person has none."""
    phone_of_relative: bool
    consent_signed: bool
    on_site: OnSite
    guardian: Guardian | None = None
    sms_code: str | None = None
    """The code sent to the phone; None when the clerk verified the phone by hand."""
    confirmed_warnings: Sequence[str] = ()
    despite_source: bool = False
    capture: Capture = field(default_factory=Capture)


@dataclass(frozen=True, slots=True)
class _Checked:
    elements: IdentityElements
    phone: str | None = field(repr=False)
    ask_source: bool
    warnings: list[str]
    guardian: JudgedGuardian | None


def register(
    services: Services, member: StaffMember, form: WindowForm, *, address: str
) -> VerifiedAtWindow:
    """Create an account at level 4, verified by hand, to be reviewed, without a password.

    A synced account is activated. Against a no of the source nothing is created or changed yet.
    Raises Refused: FORBIDDEN, INVALID_INPUT, CONSENT_REQUIRED, OWN_MATTER,
    IDENTITY_NEEDS_CONFIRMATION, ALREADY_REGISTERED, PHONE_ACCOUNT_LIMIT, VERIFICATION_HELD,
    REVIEWS_OVERDUE,
    IDENTITY_CHECK_IN_PROGRESS, as ``sms_codes.prove`` where a code is given, as
    ``guardians.confirm``, ``taking.take``, and as ``verification.verify`` unless
    ``despite_source``.
    """
    desk.require_allowed(member, "person_registered", Permission.WORK_AT_WINDOW)
    asking.require_reviewed(member, VERIFICATION)
    checked = _checked(member, form)
    if not form.consent_signed:
        raise Refused(Reason.CONSENT_REQUIRED, missing=[consents.GENERAL, consents.IDENTITY])
    elements = checked.elements
    desk.require_allowed(
        member,
        "person_registered",
        Permission.WORK_AT_WINDOW,
        id_number=elements.id_number,
        name=elements.name,
    )
    enrolment.synced_account(elements.id_number)
    taken = taking.take(services, member, form.capture, elements.name, elements.id_number)
    evidence = prove_phone(member, checked.phone, form.sms_code)
    guardian = _guardian_for_ledger(services, member, checked.guardian, form, address)
    with verification.claimed(services, elements.id_number) as claim:
        synced = enrolment.synced_account(elements.id_number)
        source_said = _ask_source(services, member, checked, form, address, synced)
        try:
            with desk.acting(member, "person_registered", Permission.WORK_AT_WINDOW):
                asking.require_reviewed(member, VERIFICATION)
                desk.require_others_matter(member, elements.id_number, elements.name)
                claim.confirm()
                if evidence is not None:
                    sms_codes.spend(evidence)
                wanted = Enrolment(
                    elements,
                    checked.phone,
                    _phone_verified_by(checked.phone, evidence),
                    consents.current_text().version,
                    clock.now(),
                    tuple(form.confirmed_warnings),
                    window_desk.agreed_to(taken),
                )
                more = {
                    "phone_verified_by": wanted.phone_verified_by,
                    "source_said": source_said,
                    "phone_of_relative": form.phone_of_relative and checked.phone is not None,
                    **guardian,
                }
                on_site = replace(form.on_site, taken=taken)
                return _conclude(services, member, on_site, wanted, synced, more)
        except IntegrityError:
            if enrolment.synced_account(elements.id_number) is None:
                raise
            # An import created the account at the same moment.
            raise Refused(Reason.IDENTITY_CHECK_IN_PROGRESS, retry_after=1) from None


def _conclude(
    services: Services,
    member: StaffMember,
    on_site: OnSite,
    wanted: Enrolment,
    synced: int | None,
    more: Mapping[str, Any],
) -> VerifiedAtWindow:
    """Create and verify the account, or hold both, as the source said."""
    most = services.settings.accounts_per_phone
    action = enrolment.REGISTERED if synced is None else enrolment.ACTIVATED
    row = window_desk.ticket_about(member, wanted.subject, synced, on_site)
    id_number = wanted.elements.id_number
    denied = _denied(id_number, more["source_said"])
    reason = holding.of_person(id_number, on_site.taken.evidence, denied)
    if reason is not None:
        enrolment.require_capacity(wanted, most, synced)
        person, stored = wanted.person(synced), wanted.stored()
        return window_desk.hold(
            member,
            row,
            person,
            on_site,
            action,
            reason,
            enrolment=stored,
            **more,
        )
    made = enrolment.enrol(member, wanted, synced, most)
    enrolment.give_ticket(row, made.account)
    return window_desk.conclude(
        member, row, made.account, on_site, action, before=made.before, after=made.after, **more
    )


def _denied(id_number: str, source_said: str) -> str | None:
    """Return the word for the source's no, now or, where it gave no answer, before."""
    if source_said in doubts.DENIALS:
        return source_said
    return doubts.denied(id_number) if source_said in _NO_ANSWER else None


def judge_contact(
    member: StaffMember,
    *,
    phone_text: str | None,
    consent_signed: bool,
    guardian: Guardian | None,
    needs_guardian: bool,
    sms_code: str | None,
    confirmed_warnings: Collection[str] = (),
) -> None:
    """Check the second part of a form before the third is filled in.

    ``phone_text``: None without a phone. A correct code remains confirmed for the clerk for half an
    hour. Raises Refused: FORBIDDEN, WINDOW_REQUIRED, OWN_MATTER, INVALID_INPUT with every refused
    field, IDENTITY_NEEDS_CONFIRMATION, and as ``sms_codes.prove``.
    """
    desk.require_allowed(member, "person_registered", Permission.WORK_AT_WINDOW)
    refused = RefusedFields()
    phone = refused.attempt(lambda: _read_phone(phone_text))
    if not consent_signed:
        refused.refuse(invalid("window.consent_signed.required"))
    if needs_guardian:
        refused.attempt(lambda: guardians.judge(member, guardian))
    refused.raise_if_any()
    doubts.require_phone_confirmed(phone, confirmed_warnings)
    prove_phone(member, phone, sms_code)


def send_code(services: Services, member: StaffMember, phone_text: str) -> RequestedCode:
    """Send a code to the phone of the person at the window, or a relative's (case 7)."""
    desk.require_allowed(member, "code_sent", Permission.WORK_AT_WINDOW)
    return sms_codes.request(
        services,
        session=_caller(member),
        phone_text=phone_text,
        purpose=PURPOSE,
        activation_token=None,
        phones_an_hour=PHONES_AN_HOUR,
    )


def _caller(member: StaffMember) -> SessionInfo:
    """Return the clerk as a session, for which messages are limited and codes confirmed."""
    return SessionInfo(sessions.hash_of(f"desk:{member.actor}"), member.actor, None)


def _read_phone(phone_text: str | None) -> str | None:
    return None if phone_text is None else phone_numbers.parse_phone("phone", phone_text)


def _phone_verified_by(phone: str | None, evidence: PhoneEvidence | None) -> str | None:
    if phone is None:
        return None
    return MANUAL if evidence is None else evidence.method


def prove_phone(
    member: StaffMember, phone: str | None, sms_code: str | None
) -> PhoneEvidence | None:
    """Return the evidence of the code sent to a phone, None without a phone or a code."""
    if phone is None or sms_code is None:
        return None
    return sms_codes.prove(phone, PhoneProof(sms_code), purpose=PURPOSE, session=_caller(member))


def _checked(member: StaffMember, form: WindowForm) -> _Checked:
    refused = RefusedFields()
    seen = see(refused, form.name, form.id_number, form.valid_from, form.valid_until)
    check = seen.check
    phone = refused.attempt(lambda: _read_phone(form.phone))
    refused.attempt(lambda: window_desk.judge(form.on_site))
    guardian = None
    if check.needs_guardian:
        guardian = refused.attempt(lambda: guardians.judge(member, form.guardian))
    refused.raise_if_any()
    elements = seen.require_elements()
    warnings = [warning.code for warning in check.warnings]
    check.warnings += [*doubts.of_person(elements.id_number), *doubts.of_phone(phone)]
    identity_checks.require_confirmed(check, form.confirmed_warnings)
    return _Checked(
        elements,
        phone,
        not check.needs_window or check.needs_guardian,
        warnings,
        guardian,
    )


def _guardian_for_ledger(
    services: Services,
    member: StaffMember,
    guardian: JudgedGuardian | None,
    form: WindowForm,
    address: str,
) -> dict[str, Any]:
    """Confirm the guardian, if one is needed, and return what the ledger keeps."""
    if guardian is None:
        return {}
    said = guardians.confirm(
        services, member, guardian, address=address, despite_source=form.despite_source
    )
    return {"guardian": guardian.for_ledger(), "guardian_said": said}


def _ask_source(
    services: Services,
    member: StaffMember,
    checked: _Checked,
    form: WindowForm,
    address: str,
    account_id: int | None,
) -> str:
    """Return the source's answer as a word for the ledger, or raise its refusal."""
    if not checked.ask_source:
        return "not_asked"
    try:
        verification.verify(
            services,
            checked.elements,
            session=SessionInfo(b"", member.actor, None),
            address=address,
            purpose="window",
            account_id=account_id,
            warnings=checked.warnings,
        )
    except Refused as refused:
        if refused.reason in SOURCE_SAYS_NO and form.despite_source:
            return refused.reason.name.lower()
        raise
    return "match"
