"""The probe of number ranges: of refused, registered and mentioned phones."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from faq.content.entries import Entry
from faq.diagnosis import refusal_buttons
from faq.diagnosis.asker_states import RANGE_CLOSED, RANGE_OPEN
from faq.diagnosis.findings import Finding
from faq.diagnosis.observations import Observation, Probe, finding_of, sentence_of
from faq.diagnosis.range_claims import closed_range
from faq.diagnosis.record import Record
from faq.diagnosis.refusal_buttons import Button
from faq.language.grammar import in_digits
from miniprogram_api import masking
from miniprogram_api.enrolment.activation_states import ToActivate
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.phones.sms_code_states import range_refusal
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text, words
from miniprogram_api.texts.sentences import day_in_words, past
from models.accounts.account_reads import Overview

# A question that mentions more is about something else.
MOST_NAMED = 2

_SUPPORTED = "number_range_supported"
_CLOSED = Reason.PHONE_SEGMENT_UNSUPPORTED
_PROBE = "number_range"
# A phone, possibly one digit short, or the first digits of a range; not a year, date, price, code,
# or part of an ID number. `of_code` and `denied` are passed over.
_PATTERNS = {name: re.compile(pattern) for name, pattern in words("numbers").items()}
# 170 3123 4567 and 170-3123-4567.
_SPACED = re.compile(r"(1[3-9]\d)[\s-](\d{4})[\s-](\d{4})(?!\d)")


def is_named(entry: Entry, question: str) -> bool:
    """Return whether a question mentions a phone or range that codes are to be sent to."""
    return entry.attaches(_PROBE) and bool(_prefixes(question))


def _observe(record: Record) -> list[Observation]:
    seen = _once(_refused_phone(record), _phones_on_record(record))
    named = _named(record) if is_named(record.entry, record.question) else []
    closed = [observation for observation in named if observation.cause is not None]
    for number, observation in enumerate(closed):
        segment = observation.finding.data.get("segment")
        same = next((o for o in seen if o.finding.data.get("segment") == segment), None)
        if same is not None:
            seen.remove(same)
            closed[number] = replace(same, at=observation.at, decides=True, settles=True)
    if not record.entry.is_about(_CLOSED):
        return [*closed, *seen]
    if closed or not seen:
        supported = [observation for observation in named if observation.cause is None]
        seen = [*closed, *supported, *seen] or [_all(record)]
    findings = [observation.finding for observation in seen]
    if all(f.code == _SUPPORTED and "unsupported" not in f.data for f in findings):
        # The entry says that a range is unsupported, which is outdated.
        seen = [
            replace(observation, state=RANGE_OPEN, actions=(refusal_buttons.REGISTER,))
            for observation in seen
        ]
    return seen


def _once(refused: list[Observation], on_record: list[Observation]) -> list[Observation]:
    """Merge both lists by phone; for the registered one another number does not help."""
    seen = list(on_record)
    for observation in refused:
        phone, code = observation.finding.data.get("phone"), observation.finding.code
        same = next((o for o in seen if o.finding.data.get("phone") == phone), None)
        if same is None or same.finding.code != code:
            seen.insert(0, observation)
        else:
            seen[seen.index(same)] = replace(same, at=observation.at)
    return seen


def _refused_phone(record: Record) -> list[Observation]:
    note = record.notes.get(Reason.PHONE_SEGMENT_UNSUPPORTED)
    if note is None or note.phone is None or _means_another(record, note.phone, note.at):
        return []
    phone = masking.phone(note.phone)
    refused = range_refusal(note.phone)
    if refused is not None:
        return [_closed(record, refused, note.at, phone, "findings.ranges.used")]
    message = text("findings.ranges.opened", phone=phone)
    finding = Finding(_SUPPORTED, message, "info", {"phone": phone})
    values = {"segment": note.phone[:3]}
    return [Observation(finding, note.at, actions=(refusal_buttons.SEND_AGAIN,), values=values)]


def _means_another(record: Record, phone: str, since: datetime) -> bool:
    """Return whether the question mentions, or a code was sent to, another phone."""
    named = _prefixes(record.question)
    if named:
        return not phone.startswith(tuple(named))
    return any(code.phone != phone and code.sent_at > since for code in record.codes)


def _phones_on_record(record: Record) -> list[Observation]:
    # Events of the last day take precedence over a permanent state.
    at = record.now - timedelta(days=1)
    holders: tuple[tuple[ToActivate | Overview | None, str, Button], ...] = (
        (record.activation, sms_code_refusals.ACTIVATE, refusal_buttons.CORRECT_PHONE),
        (record.account, sms_code_refusals.CONFIRM, refusal_buttons.CHANGE_PHONE),
    )
    seen: dict[str, Observation] = {}
    for holder, purpose, button in holders:
        phone = None if holder is None else holder.phone
        refused = None if phone is None else range_refusal(phone)
        if phone is None or refused is None or phone in seen:
            continue
        refused = sms_code_refusals.for_closed_range(refused, purpose, is_on_record=True)
        masked = masking.phone(phone)
        observation = _closed(record, refused, at, masked, "findings.ranges.on_record")
        seen[phone] = replace(
            observation,
            actions=(button,),
            hidden=(*observation.hidden, refusal_buttons.OTHER_NUMBER),
        )
    return [*seen.values()]


def _named(record: Record) -> list[Observation]:
    seen = []
    for prefix in _prefixes(record.question):
        refused = range_refusal(prefix)
        if refused is not None:
            closed = _closed(record, refused, record.now)
            seen.append(replace(closed, decides=True, settles=True))
            continue
        segment = prefix[:3]
        parts = [r for r in unsupported_now(record.now) if r.prefix.startswith(segment)]
        key = "newly_usable" if number_ranges.find(prefix) is not None else "usable"
        key += "_except" if parts else ""
        message = text(f"findings.ranges.{key}", segment=segment, ranges=_in_words(parts))
        data: dict[str, Any] = {"segment": segment}
        observation = _open(record, message, data)
        if parts:
            data["unsupported"] = [r.prefix for r in parts]
            values = {"segment": "、".join(data["unsupported"])}
            observation = replace(observation, state=RANGE_CLOSED, values=values)
        seen.append(observation)
    return seen


def _prefixes(question: str) -> list[str]:
    """Return the first digits of the phones and ranges that a question mentions."""
    plain = _SPACED.sub(r"\1\2\3", in_digits(question))
    for name in ("denied", "of_code"):
        plain = _PATTERNS[name].sub("", plain)
    named = dict.fromkeys(
        prefix[prefix.lastgroup or 0] for prefix in _PATTERNS["named"].finditer(plain.lower())
    )
    return [*named][:MOST_NAMED]


def _all(record: Record) -> Observation:
    """Report all unsupported ranges."""
    ranges = unsupported_now(record.now)
    if not ranges:
        return _open(record, text("findings.ranges.none"), {})
    message = text("findings.ranges.all", ranges=_in_words(ranges))
    data = {"segments": [r.prefix for r in ranges]}
    finding = Finding("number_ranges_closed", message, "info", data)
    values = {"segment": "、".join(r.prefix for r in ranges)}
    return Observation(finding, record.now, _CLOSED.name, state=RANGE_CLOSED, values=values)


def _in_words(ranges: list[number_ranges.NumberRange]) -> str:
    return "、".join(
        r.prefix
        if r.supported_from is None
        else text("findings.ranges.dated", range=r.prefix, day=day_in_words(r.supported_from))
        for r in ranges
    )


def unsupported_now(now: datetime) -> list[number_ranges.NumberRange]:
    """Return the ranges unsupported on this day."""
    return [r for r in number_ranges.list_ranges() if r.is_unsupported_on(now.date())]


def _closed(
    record: Record,
    refused: Refused,
    at: datetime,
    phone: str | None = None,
    key: str | None = None,
) -> Observation:
    """Report an unsupported range; `key`: of the text about a phone."""
    sentence = sentence_of(refused)
    message = sentence if key is None else text(key, said=sentence, time=past(at), phone=phone)
    data = {} if phone is None else {"phone": phone}
    finding = finding_of(refused, message, data=data)
    # With an account, registering another number does not help.
    has_account = record.account is not None
    actions = (refusal_buttons.CHANGE_PHONE if has_account else refusal_buttons.OTHER_NUMBER,)
    hidden = (refusal_buttons.SEND_AGAIN, *([refusal_buttons.OTHER_NUMBER] if has_account else []))
    return Observation(
        finding,
        at,
        refused,
        phone is not None,
        actions,
        hidden=hidden,
        state=RANGE_CLOSED,
        values=closed_range(refused),
    )


def _open(record: Record, message: str, data: dict[str, Any]) -> Observation:
    values = {"segment": data["segment"]} if "segment" in data else {}
    return Observation(Finding(_SUPPORTED, message, "info", data), record.now, values=values)


NUMBER_RANGE = Probe(
    _PROBE,
    _observe,
    for_visitors=True,
)
