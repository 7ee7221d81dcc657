"""One-time codes by SMS: request, prove, spend.

At most 1 a minute, 3 an hour and 5 a day for each phone over all purposes, as moving windows in one
atomic step. A code is bound to its phone and purpose. Only a successful call spends it: after a
correct entry the same token may use it again for half an hour.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from config import Settings
from miniprogram_api import clock
from miniprogram_api.access import attempts, web_visitors
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.redis import Full, Limit, StoreUnavailable
from miniprogram_api.clients.sms.gateway import SmsOutcome
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.operations import outages
from miniprogram_api.phones import (
    code_reports,
    passed_faces,
    recorded_phones,
    sms_code_entries,
    sms_code_refusals,
    sms_code_totals,
    sms_limits,
)
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import proofs as phone_proofs
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.proofs import NamedPerson, PhoneProof
from miniprogram_api.phones.sms_code_refusals import ACTIVATE, CONFIRM
from miniprogram_api.reasons import Reason, Refused, refused_by
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models import delivery_reports
from models.accounts import sms_codes as table
from models.accounts import sms_gates
from models.accounts.activations import Activation
from models.accounts.sms_codes import SmsCode
from models.storage import canonical
from models.storage.database import database, lock, release, transaction
from models.storage.removal import remove_before

VALID = timedelta(minutes=10)
SOURCE = "sms"
RESEND_SECONDS = sms_limits.WINDOWS[0].seconds

_DIGITS = re.compile("[0-9]{6}")
# Of a code that the gateway did not accept; REFUSED for the other outcomes.
_STATES = {
    SmsOutcome.UNCERTAIN: table.UNCERTAIN,
    SmsOutcome.OPERATOR: table.OPERATOR,
    SmsOutcome.NUMBER_BLOCKED: table.BLOCKED,
    SmsOutcome.NUMBER_WRONG: table.BLOCKED,
    SmsOutcome.RATE: table.LIMITED,
}


@answer_class
class RequestedCode:
    """A code was sent."""

    expires_in: int
    """Validity in seconds."""
    resend_after: int
    """Seconds until another code may be requested."""
    remaining: sms_code_refusals.Remaining
    """Codes that still fit into the hour and the day."""


@dataclass(frozen=True, slots=True)
class PhoneEvidence:
    """Proof that the caller has the phone; ``spend`` it in the transaction of the success."""

    method: str
    """``sms``, ``wechat`` or ``manual``; stored as ``phone_verified_by``."""
    sms_code_id: int | None
    proof_hash: bytes | None
    phone: str = field(repr=False)


def request(
    services: Services,
    *,
    session: SessionInfo,
    phone_text: str | None,
    purpose: str,
    activation_token: str | None,
    report_number: str = "",
    phones_an_hour: int | None = None,
) -> RequestedCode:
    """Send a code; returns when the gateway accepted it.

    The order: form, number range, phone on record (purposes ``activate`` and ``confirm``), limits,
    sending. Refused requests and messages that the gateway did not accept consume no limit. A
    process killed during the call consumes one, but never sends twice. Limits that Redis lost are
    rebuilt first (``sms_limits``). ``phone_text`` None is the phone on record, for the purpose
    ``confirm``. ``report_number`` is shown to a user whose activation fails at the gateway;
    ``phones_an_hour`` overrides the number of different phones per caller.

    Raises Refused: ACCOUNT_REQUIRED, INVALID_INPUT, PHONE_SEGMENT_UNSUPPORTED, ACTIVATION_EXPIRED,
    PHONE_NOT_ON_RECORD, SMS_RATE_LIMITED, TOO_MANY_ATTEMPTS (too many phones), SMS_NUMBER_BLOCKED,
    SMS_UNAVAILABLE (also when all codes of the hour are sent; the alarm is raised once an hour).
    """
    if purpose == CONFIRM and session.account_id is None:
        raise Refused(Reason.ACCOUNT_REQUIRED)
    phone = recorded_phones.asked(session, purpose, phone_text)
    try:
        return _request(
            services, session, phone, purpose, activation_token, report_number, phones_an_hour
        )
    except Refused as refused:
        code_reports.tell(refused, session, phone)
        raise


def _request(
    services: Services,
    session: SessionInfo,
    phone: str,
    purpose: str,
    activation_token: str | None,
    report_number: str,
    phones_an_hour: int | None,
) -> RequestedCode:
    blocked = sms_gates.load(phone, SOURCE, clock.milliseconds(clock.now()))
    closed = refused_by(number_ranges.require_open, number_ranges.of_row(blocked.listed))
    if closed is not None:
        is_on_record = recorded_phones.is_on_record(phone, session, purpose, activation_token)
        raise sms_code_refusals.for_closed_range(closed, purpose, is_on_record=is_on_record)
    phone_name = sms_limits.name_of(phone)
    most_phones = phones_an_hour or _phones_an_hour(services.settings, session)
    phones = [
        sms_limits.of_user(session.asker, phone_name, most_phones),
        *attempts.phones_of_address(services.settings, session, phone_name),
    ]
    account_id = session.account_id
    if purpose in (ACTIVATE, CONFIRM):
        account_id, recorded = recorded_phones.of_purpose(session, purpose, activation_token)
        wrong_phone = sms_code_refusals.phone_refusal(phone, recorded, purpose, account_id)
        if wrong_phone is not None:
            # Otherwise the phone on record could be found by trying one number after the other.
            tried = sms_limits.take(services, phones, clock.milliseconds(clock.now()))
            if purpose == ACTIVATE:
                wrong_phone.details |= passed_faces.way(session, "activate")
            raise (
                attempts.too_many(tried, scope="phones") if isinstance(tried, Full) else wrong_phone
            )

    # Read after the database answered, so that a delay does not backdate the limit.
    now_ms = clock.milliseconds(clock.now())
    store = services.clients.store
    codes = sms_limits.of_phone(phone_name)
    limits = (codes, *phones, sms_limits.of_all(services.settings))
    taken = (
        sms_limits.take(services, limits, now_ms)
        if blocked.off is None
        else store.peek(limits, now_ms)
    )
    if isinstance(taken, Full):
        sms_code_totals.require_room(services, taken, purpose, report_number, now_ms)
        refused = sms_code_refusals.rate_limited(taken, codes)
        if refused.details.get("window") == "day":
            _name_others(refused, session, phone)
        raise refused
    if blocked.off is not None:
        unavailable = sms_code_refusals.unavailable(purpose, report_number)
        details = {"case": unavailable.case, **unavailable.details}
        raise outages.refusal(SOURCE, *blocked.off, now_ms, details)
    try:
        resend_after = RESEND_SECONDS
        if not (taken.remaining["hour"] and taken.remaining["day"]):
            later = store.peek((codes,), now_ms)
            resend_after = later.retry_after if isinstance(later, Full) else RESEND_SECONDS
        code = f"{secrets.randbelow(1_000_000):06}"
        code_id = table.add_code(
            phone=phone,
            purpose=purpose,
            code_hash=sms_code_entries.code_hash(phone, purpose, code),
            openid=session.openid,
            account_id=account_id,
            created_ms=now_ms,
            expires_ms=now_ms + VALID // timedelta(milliseconds=1),
        )
        if not sms_limits.still_holds(services, taken):
            # Redis lost its data before this code was in the table, from which they are rebuilt.
            table.set_state(code_id, table.REFUSED)
            raise StoreUnavailable("emptied")
        release()
        result = services.clients.sms.send_code(phone, code, VALID // timedelta(minutes=1))
    except BaseException:
        attempts.give_back(services, taken)
        raise
    if result.outcome is not SmsOutcome.ACCEPTED:
        attempts.give_back(services, taken)
        if result.outcome is SmsOutcome.NO_SLOT:
            table.remove(code_id)
        else:
            table.set_state(code_id, _STATES.get(result.outcome, table.REFUSED))
        raise sms_code_refusals.of_gateway(result, purpose, report_number)
    if result.serial:
        delivery_reports.note_accepted(SmsCode, code_id, result.vendor, result.serial)
    sms_code_totals.watch_address(services, session.address, now_ms)
    return RequestedCode(
        VALID // timedelta(seconds=1), resend_after, sms_code_refusals.remaining(taken.remaining)
    )


def prove(
    phone: str,
    proof: PhoneProof,
    *,
    purpose: str,
    session: SessionInfo,
    person: NamedPerson | None = None,
    account_id: int | None = None,
) -> PhoneEvidence:
    """Check a code, or a proof in its place, for a canonical phone without spending it.

    A correct code is reserved for this token for 30 minutes. A wrong entry counts for every live
    code of that phone and purpose, under a lock, so concurrent guesses cannot exceed 5 of an asker
    and 25 of all but the one who requested it. Without either, a manual proof of the caller, of
    ``person`` or of ``account_id`` is used. Call it outside a transaction: the count must survive
    the refusal.

    Raises Refused: INVALID_INPUT on ``sms_code``; SMS_CODE_WRONG with the asker's ``tries_left``, 0
    when none is left (``cause`` others: the other askers used up theirs) or no usable code was sent
    (``cause`` no_code); SMS_CODE_EXPIRED for the right digits too late and for any
    digits when the newest code has expired; SMS_CODE_USED for digits that were spent or reserved by
    another token; PHONE_PROOF_INVALID; PHONE_NOT_ON_RECORD for a valid proof of another phone
    (purposes ``confirm`` and ``reset_password``).
    """
    if proof.sms_code:
        code_id = _prove_by_code(session, phone, purpose, proof.sms_code)
        return PhoneEvidence("sms", code_id, None, phone)
    if proof.token:
        checked = phone_proofs.check(proof.token, session=session)
        if checked.phone != phone:
            raise sms_code_refusals.for_other_phone(phone, purpose, session.account_id)
        return PhoneEvidence(checked.method, None, checked.token_hash, phone)
    manual = phone_proofs.manual_proof(
        session=session, phone=phone, person=person, account_id=account_id
    )
    if manual is not None:
        return PhoneEvidence(manual.method, None, manual.token_hash, phone)
    raise _missing()


def parse_given(
    refused: RefusedFields,
    phone_text: str,
    proof: PhoneProof,
    *,
    session: SessionInfo,
    person: NamedPerson | None = None,
) -> str | None:
    """Return the canonical phone; collect what is wrong with it, and a missing proof."""
    phone = refused.attempt(lambda: phone_numbers.parse_phone("phone", phone_text))
    refused.attempt(lambda: require_given(phone, proof, session=session, person=person))
    return phone


def require_given(
    phone: str | None,
    proof: PhoneProof,
    *,
    session: SessionInfo,
    person: NamedPerson | None = None,
    account_id: int | None = None,
) -> None:
    """Check that ``prove`` has something to check, without counting.

    ``phone``: None when it is no phone. Raises Refused(INVALID_INPUT) on ``sms_code``.
    """
    if proof.sms_code:
        _digits(proof.sms_code)
    elif not proof.token and (
        phone is None
        or phone_proofs.manual_proof(
            session=session, phone=phone, person=person, account_id=account_id
        )
        is None
    ):
        raise _missing()


def _digits(text: str) -> str:
    code = canonical.ascii_characters(text)
    if not _DIGITS.fullmatch(code):
        raise invalid("sms_codes.sms_code.wrong_form")
    return code


def _missing() -> Refused:
    return invalid("sms_codes.sms_code.required")


def spend(evidence: PhoneEvidence, account_id: int | None = None) -> None:
    """Mark the code or proof as used, in the transaction of the success.

    ``account_id``: the account that the code served; it may have been sent without one. Raises
    Refused(SMS_CODE_USED or PHONE_PROOF_INVALID) when another call was faster.
    """
    if evidence.proof_hash is not None:
        phone_proofs.spend(evidence.proof_hash)
        return
    served = {} if account_id is None else {"account_id": account_id}
    spent = (
        SmsCode.update(used_at=clock.now(), **served)
        .where((SmsCode.id == evidence.sms_code_id) & SmsCode.used_at.is_null())
        .execute()
    )
    if not spent:
        raise Refused(Reason.SMS_CODE_USED)


def limit_of(phone: str) -> Limit:
    """Return the limit that ``request`` consumes for a canonical phone."""
    return sms_limits.of_phone(sms_limits.name_of(phone))


def remove_old() -> int:
    """Delete expired codes; return how many."""
    in_use = Activation.select(Activation.sms_code).where(Activation.sms_code.is_null(False))
    return remove_before(SmsCode.created_at, Kept.SMS_CODES.cutoff(), SmsCode.id.not_in(in_use))


def _phones_an_hour(settings: Settings, session: SessionInfo) -> int:
    if web_visitors.is_visitor(session.openid):
        return settings.phones_per_device
    return settings.phones_per_wechat_user


def _name_others(refused: Refused, session: SessionInfo, phone: str) -> None:
    """Add that others had codes sent to the phone, and which way is left."""
    since_ms = clock.milliseconds(clock.now() - sms_code_entries.RELEVANT_FOR)
    if table.was_requested_by_others(phone, session.openid, session.account_id, since_ms):
        refused.details |= {"cause": "others", **attempts.way_of(session)}


def _prove_by_code(session: SessionInfo, phone: str, purpose: str, text: str) -> int:
    code = _digits(text)
    if database.in_transaction():
        raise RuntimeError("A wrong entry must count even when what surrounds it is rolled back.")
    with transaction():
        lock(f"sms_code:{sms_limits.name_of(phone)}")
        verdict = sms_code_entries.judge(session, phone, purpose, code, clock.now())
    if isinstance(verdict, Refused):
        raise verdict
    return verdict
