"""The probe of one-time codes: the state of the last one and when the next can be sent."""

from datetime import datetime, timedelta
from typing import Any

from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.observations import (
    Observation,
    Probe,
    dated_sentence,
    finding_of,
    rate_limited,
    sentence_of,
)
from faq.diagnosis.probes.sources import switched_off
from faq.diagnosis.record import WINDOWS, Record
from faq.diagnosis.refusal_buttons import Button
from miniprogram_api import clock, masking
from miniprogram_api.access.refusals import Note
from miniprogram_api.phones import sms_code_refusals, sms_code_states
from miniprogram_api.phones.code_reports import Arrival
from miniprogram_api.phones.sms_code_entries import MOST_WRONG_ATTEMPTS
from miniprogram_api.phones.sms_code_states import SentCode, Windows
from miniprogram_api.phones.sms_limits import WINDOWS as CODE_WINDOWS
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import moment_in_words, past, wait_in_words
from models.accounts.sms_codes import BLOCKED, LIMITED, NOT_SENT, SENT, UNCERTAIN

_TYPED = (Reason.SMS_CODE_WRONG, Reason.SMS_CODE_EXPIRED, Reason.SMS_CODE_USED)
_MOST = {window.name: window.limit for window in CODE_WINDOWS}
# After so many unused codes another one does not help.
MANY_UNUSED = 2


def _observe(record: Record) -> list[Observation]:
    off = switched_off(record, "sms") if record.phone is not None else []
    seen = [*_no_code(record), *_last_code(record, bool(off))]
    return [*seen, *off, *rate_limited(record, "phones")]


def _no_code(record: Record) -> list[Observation]:
    """Report that a code was entered for a phone without one."""
    note = record.notes.get(Reason.SMS_CODE_WRONG)
    if note is None or note.details.get("cause") != "no_code":
        return []
    if any(code.sent_at > note.at for code in record.codes):
        return []
    refused = note.refused(record.now)
    finding = finding_of(refused, dated_sentence(note.at, sentence_of(refused)), "warn")
    state = "no_code"
    return [Observation(finding, note.at, state, True, (refusal_buttons.SEND_AGAIN,), state=state)]


def _last_code(record: Record, is_off: bool) -> list[Observation]:
    phone = record.phone
    if phone is None:
        return []
    blocked = sms_code_states.range_refusal(phone)
    windows: Windows | None = None if is_off or blocked is not None else record.answer(WINDOWS)
    limited = record.notes.get(Reason.SMS_RATE_LIMITED)
    code = next((code for code in record.codes if code.phone == phone), None)
    if blocked is not None:
        return [_blocked(record, phone, code, blocked)]
    if code is None:
        # Another person's requests filled the windows of this phone.
        if limited is None or windows is None or windows.refusal is None:
            return []
        data = {"phone": masking.phone(phone)}
        message = text("findings.codes.phone", said=_next(windows), phone=data["phone"])
        return [_full(windows, windows.refusal, message, limited.at, data)]
    data, message = _sent(code)
    if windows is None:
        return [_by_code(record, code, None, message, data)]
    message = text("findings.codes.both", sent=message, next=_next(windows))
    refused = _blocking_refusal(record, windows, code, limited)
    if refused is None:
        return [_by_code(record, code, windows, message, data)]
    at = code.sent_at if limited is None else max(code.sent_at, limited.at)
    return [_full(windows, refused, message, at, data)]


def _sent(code: SentCode) -> tuple[dict[str, Any], str]:
    phone = masking.phone(code.phone)
    at = code.sent_at.isoformat(timespec="seconds")
    data: dict[str, Any] = {"phone": phone, "sent_at": at}
    sent = text("findings.codes.sent", time=past(code.sent_at), phone=phone) + _outcome(code)
    arrival = _arrival(code)
    if arrival is not None:
        data |= {"state": arrival.state, "reason": arrival.reason}
        sent = text("findings.codes.arrival", arrival=arrival.sentence, sent=sent)
    return data, sent


def _arrival(code: SentCode) -> Arrival | None:
    """Return what a carrier reported of a code that was not entered."""
    arrival = code.arrival
    if arrival is None or arrival.state not in ("delivered", "failed"):
        return None
    is_silent = code.state == SENT and not (code.is_used or code.is_entered or code.wrong_tries)
    return arrival if is_silent else None


def _blocked(record: Record, phone: str, code: SentCode | None, refused: Refused) -> Observation:
    """Report an unsupported number range, which refuses the next code."""
    data = {"phone": masking.phone(phone)}
    sentence = sentence_of(refused)
    message = text("findings.codes.phone", said=sentence, phone=data["phone"])
    if code is not None:
        data, sent = _sent(code)
        message = text("findings.codes.refused", said=sentence, sent=sent)
    finding = finding_of(refused, message, data=data)
    actions, hidden = (refusal_buttons.OTHER_NUMBER,), (refusal_buttons.SEND_AGAIN,)
    return Observation(finding, record.now, refused, True, actions, hidden=hidden)


def _blocking_refusal(
    record: Record, windows: Windows, code: SentCode, limited: Note | None
) -> Refused | None:
    """Return the refusal of another code if the asker needs another one.

    The one-minute window is full after every code; it matters only after another request or a used
    code, not while the code can still be entered.
    """
    refused = windows.refusal
    if refused is None or refused.details["window"] != "minute" or code.is_used:
        return refused
    wanted_more = limited is not None and limited.at > code.sent_at
    typed = record.notes.get(Reason.SMS_CODE_WRONG)
    if wanted_more and typed is not None and limited is not None and typed.at > limited.at:
        wanted_more = not (_is_wrong(code) and code.tries_left)
    return refused if wanted_more else None


def _outcome(code: SentCode) -> str:
    name = "void"
    if code.state in NOT_SENT:
        name = code.state
    elif code.is_used:
        name = "used"
    elif code.is_entered:
        name = "entered"
    elif code.unusable is None and code.wrong_tries:
        name = "wrong"
    elif code.unusable is None:
        name = "late" if code.state == UNCERTAIN else "unused"
    elif _is_too_old(code):
        name = "expired"
    elif code.unusable.details.get("cause") == "others":
        name = "void_by_others"
    return text(
        f"findings.outcomes.{name}",
        tries=code.wrong_tries,
        left=code.tries_left,
        most=MOST_WRONG_ATTEMPTS,
    )


def _next(windows: Windows) -> str:
    hour, day = windows.remaining["hour"], windows.remaining["day"]
    span = "hour" if hour <= day else "day"
    left = text(f"findings.windows.{span}", count=min(hour, day))
    if windows.refusal is None:
        return text("findings.windows.now", left=left)
    wait, window = _wait(windows), windows.refusal.details["window"]
    if window == "minute":
        return text("findings.windows.minute", wait=wait, left=left)
    return text(f"findings.windows.{window}_full", most=_MOST[window], wait=wait)


def _wait(windows: Windows) -> str:
    return wait_in_words(-((clock.now() - windows.next_at) // timedelta(seconds=1)))


def _full(
    windows: Windows, refused: Refused, message: str, at: datetime, data: dict[str, Any]
) -> Observation:
    finding = finding_of(refused, message, data={**data, **_next_data(windows)})
    values = {"time": _wait(windows)}
    again = (_again(windows),)
    return Observation(finding, at, refused, True, again, state="limit_reached", values=values)


def _by_code(
    record: Record, code: SentCode, windows: Windows | None, message: str, data: dict[str, Any]
) -> Observation:
    if windows is not None:
        data = {**data, **_next_data(windows)}
    spent = _typed_too_late(record, code)
    if spent is not None:
        return _typed_in_vain(record, spent, windows, message, data)
    if code.is_used or code.is_entered:
        return Observation(Finding("sms_code_arrived", message, "info", data), code.sent_at)
    actions = [_again(windows)]
    unused = [c for c in record.codes if c.phone == code.phone and not (c.is_used or c.is_entered)]
    if len(unused) >= MANY_UNUSED:
        actions.append(refusal_buttons.VERIFY_PHONE)
    name = "sms_code_unused"
    severity: Severity = "info"
    cause: Refused | str = Refused(Reason.SMS_UNAVAILABLE)
    state: str | None = "code_sent"
    values = {"time": past(code.sent_at), "tail": code.phone[-2:]}
    if code.state == BLOCKED:
        refused = sms_code_refusals.number_blocked(code.purpose)
        name, severity, cause, state = "sms_number_blocked", "warn", refused, "number_blocked"
        actions = [*refusal_buttons.first_after(refused)]
    elif code.state == LIMITED:
        # A limit of this phone at the vendor, not a failing gateway.
        name, severity, state = "sms_limited", "warn", None
    elif code.state in (*NOT_SENT, UNCERTAIN):
        name, severity = "sms_unavailable", "warn"
        cause, state = sms_code_refusals.unavailable(code.purpose), "gateway_down"
        number = _report_number(record, code)
        if number is not None:
            message = text("findings.codes.reported", message=message, number=number)
            data = {**data, "report_number": number}
    elif (arrival := _arrival(code)) is not None:
        is_delivered = arrival.state == "delivered"
        name = "sms_code_delivered" if is_delivered else "sms_code_undelivered"
        severity = "info" if is_delivered else "warn"
        cause = state = "code_delivered" if is_delivered else "code_undelivered"
        values |= {"reason": arrival.sentence}
    elif code.unusable is not None:
        name = "sms_code_void"
    at = code.sent_at
    if _is_wrong(code):
        if code.tries_left:
            name, severity = "sms_code_wrong", "warn"
        data = {**data, "tries_left": code.tries_left}
        note = record.notes.get(Reason.SMS_CODE_WRONG)
        at = at if note is None else max(at, note.at)
        cause = state = "code_wrong" if code.tries_left else "code_void"
        values = {"count": str(code.tries_left)}
    finding = Finding(name, message, severity, data)
    return Observation(finding, at, cause, True, tuple(actions), state=state, values=values)


def _typed_too_late(record: Record, code: SentCode) -> Note | None:
    """Return the refusal of this code as used or expired."""
    note = record.last_note(*_TYPED[1:])
    if note is None or note.at <= code.sent_at:
        return None
    is_spent = code.is_used if note.reason is Reason.SMS_CODE_USED else _is_too_old(code)
    return note if is_spent else None


def _typed_in_vain(
    record: Record, note: Note, windows: Windows | None, message: str, data: dict[str, Any]
) -> Observation:
    finding = finding_of(note.refused(record.now), message, "warn", data)
    state = "code_spent"
    return Observation(finding, note.at, state, True, (_again(windows),), state=state)


def _is_too_old(code: SentCode) -> bool:
    return code.unusable is not None and code.unusable.reason is Reason.SMS_CODE_EXPIRED


def _is_wrong(code: SentCode) -> bool:
    """Return whether a wrong code was the last event of a code."""
    if not code.wrong_tries or code.is_used or code.is_entered:
        return False
    return code.unusable is None or code.unusable.reason is Reason.SMS_CODE_WRONG


def wrong_code(record: Record) -> list[Observation]:
    """Report a wrong entry of the last code."""
    return [
        observation
        for observation in SMS_CODES.observe(record)
        if "tries_left" in observation.finding.data
    ]


def _report_number(record: Record, code: SentCode) -> str | None:
    note = record.notes.get(Reason.SMS_UNAVAILABLE)
    if note is None or note.at < code.sent_at:
        return None
    return note.details.get("report_number") or None


def _again(windows: Windows | None) -> Button:
    if windows is None or windows.refusal is None:
        return refusal_buttons.SEND_AGAIN
    label = text("buttons.code_at", time=moment_in_words(windows.next_at))
    return refusal_buttons.retry(label, "sms_code")


def _next_data(windows: Windows) -> dict[str, Any]:
    return {
        "next_at": windows.next_at.isoformat(timespec="seconds"),
        "remaining": {name: windows.remaining[name] for name in ("hour", "day")},
    }


SMS_CODES = Probe(
    "sms_codes",
    _observe,
    asks=(WINDOWS,),
)
