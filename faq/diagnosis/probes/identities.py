"""Probes of the four elements: the last check, the card's term, the dot in the name."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding
from faq.diagnosis.observations import (
    Observation,
    Probe,
    daily_limit_reset,
    dated_sentence,
    finding_of,
    frozen,
    is_earlier_daily_limit,
    sentence_of,
    values_of,
)
from faq.diagnosis.record import IDENTITY_ATTEMPTS, IDENTITY_SOURCE, Record
from faq.diagnosis.refusal_buttons import Button
from miniprogram_api.access.refusals import Note
from miniprogram_api.identity.documents import findings, id_numbers, terms
from miniprogram_api.identity.documents.characters import DOT
from miniprogram_api.identity.documents.findings import Kind
from miniprogram_api.proofing.states import AttemptsLeft, PastIdentityCheck, SourceState
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text, words
from miniprogram_api.texts.sentences import day_in_words, past, wait_in_words

# After so many rejections in 24 hours a window helps more than another attempt.
MANY_REJECTIONS = 3
MOST_SENTENCES = 2
SOON = timedelta(days=30)

_LOCAL = (
    Reason.INVALID_INPUT,
    Reason.IDENTITY_NEEDS_CONFIRMATION,
    Reason.DOCUMENT_NEEDS_WINDOW,
)
_UNANSWERED = {
    Reason.IDENTITY_SOURCE_BUSY: "source_busy",
    Reason.IDENTITY_DAILY_LIMIT: "source_daily_limit",
}
"""The states in which the source did not answer a check before there is an account."""
_REGISTERS, _ACTIVATES, _CHANGES_DATES = "register", "activate", "dates"
_RETRY = {_ACTIVATES: refusal_buttons.ACTIVATE, _CHANGES_DATES: refusal_buttons.CORRECT_DATES}
"""Where to submit the four elements again; registering would be refused."""


def _identity_check(record: Record) -> list[Observation]:
    last = record.identity_checks[0] if record.identity_checks else None
    local = record.last_note(*_LOCAL)
    if local is not None and (last is None or last.at < local.at):
        seen = _not_sent(record, local)
        if seen is not None:
            return [seen]
    full = _refused_before_the_source(record)
    if full is not None and (last is None or last.at < full.at):
        return [_used_up(full.refused(record.now), full, 0)]
    if last is None:
        return []
    if last.refusal is None:
        message = text("findings.identities.matched", time=past(last.at))
        hidden = () if record.account is None else (refusal_buttons.REGISTER,)
        return [Observation(Finding("identity_matched", message, "info"), last.at, hidden=hidden)]
    if is_earlier_daily_limit(last.refusal, last.at):
        return [daily_limit_reset(last.at, _retry_button(last))]
    if last.refusal.reason in _UNANSWERED:
        return [_not_answered(record, last, last.refusal)]
    return [_refused(record, last, last.refusal)]


def unanswered(record: Record) -> list[Observation]:
    """Report that the source did not answer a check before there is an account."""
    last = record.identity_checks[0] if record.identity_checks and record.account is None else None
    if last is None or last.refusal is None or last.refusal.reason not in _UNANSWERED:
        return []
    if is_earlier_daily_limit(last.refusal, last.at):
        return []
    return [_not_answered(record, last, last.refusal)]


def _refused_before_the_source(record: Record) -> Note | None:
    """Return the refusal for used-up attempts of the person or the address."""
    note = record.notes.get(Reason.TOO_MANY_ATTEMPTS)
    # With an account only registering another person meets the limit of all askers; the other
    # attempts were for something else.
    scopes = (None, "person", "address") if record.account is None else ("person",)
    if note is None or note.details.get("scope") not in scopes:
        return None
    return note if note.refused(record.now).details.get("retry_after") else None


def _not_sent(record: Record, note: Note) -> Observation | None:
    refused, fields = note.refused(record.now), words("findings.identities.fields")
    entries = [*note.details.get("fields", ()), *note.details.get("warnings", ())]
    codes = [str(e.get("code")) for e in entries if e.get("field") in fields]
    named = [e["field"] for e in entries if e.get("field") in fields]
    if note.reason is not Reason.DOCUMENT_NEEDS_WINDOW and not named:
        return None
    sentences = [_sentence_of(code) for code in codes[: MOST_SENTENCES + 1]]
    if 0 < len(sentences) <= MOST_SENTENCES and all(sentences):
        message = "".join(sentences)
    else:
        message = sentence_of(refused)
        if named:
            message += text("findings.identities.look_at", fields=_fields_in_a_row(named))
    message = text("findings.identities.not_sent", said=message, time=past(note.at))
    if refused.case is None:
        # A child's identity is never checked online.
        return Observation(
            finding_of(refused, message),
            note.at,
            "needs_guardian",
            True,
            (refusal_buttons.WINDOWS,),
            settles=record.account is None,
            state="needs_guardian",
        )
    data = {"fields": [{"field": e.get("field"), "code": e.get("code")} for e in entries]}
    finding = Finding(note.reason.name.lower(), message, "block", data)
    is_for_window = note.reason is Reason.DOCUMENT_NEEDS_WINDOW
    actions = (
        (refusal_buttons.MANUAL, refusal_buttons.WINDOWS)
        if is_for_window
        else _actions(refused.case)
    )
    seen = Observation(finding, note.at, refused, True, actions)
    if note.reason is Reason.INVALID_INPUT and Kind.VALID_UNTIL_EXPIRED.code in codes:
        hidden = (
            (refusal_buttons.CORRECT_DATES,)
            if record.account is None
            else (refusal_buttons.REGISTER,)
        )
        return replace(seen, cause="card_expired", state="card_expired", hidden=hidden)
    if codes == [Kind.VALID_UNTIL_LONG_TERM_UNLIKELY.code]:
        return replace(seen, state="long_term_in_doubt")
    is_to_confirm = note.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    if is_to_confirm and refused.case == Reason.IDENTITY_NEEDS_CONFIRMATION.case:
        return replace(seen, state="to_confirm")
    return seen


def _sentence_of(code: str) -> str:
    """Return the API's sentence for a field, or "" if it contains input."""
    kind = Kind.__members__.get(code.upper())
    try:
        return (
            ""
            if kind is None
            else kind.sentence.format(expected=text("findings.identities.suggested_date"))
        )
    except KeyError:
        return ""


def _not_answered(record: Record, last: PastIdentityCheck, refused: Refused) -> Observation:
    source: SourceState | None = record.answer(IDENTITY_SOURCE)
    message, data = dated_sentence(last.at, sentence_of(refused)), {}
    if source is not None and source.retry_after:
        again = record.now + timedelta(seconds=source.retry_after)
        wait = wait_in_words(source.retry_after)
        message = text("findings.common.unreachable", wait=wait) + message
        data["retry_at"] = again.isoformat(timespec="seconds")
    is_full = refused.reason is Reason.IDENTITY_DAILY_LIMIT
    finding = finding_of(refused, message, "block" if is_full else "warn", data)
    return Observation(
        finding,
        last.at,
        refused,
        True,
        (refusal_buttons.MANUAL if is_full else _retry_button(last), refusal_buttons.WINDOWS),
        # The entry is about face checks, which need an account.
        hidden=(
            *_no_registration(last),
            *(refusal_buttons.VERIFYING if record.account is None else ()),
        ),
        state=_UNANSWERED[refused.reason] if record.account is None else None,
        values={**values_of(refused), "time": past(last.at)},
    )


def _retry_button(last: PastIdentityCheck) -> Button:
    return _RETRY.get(last.purpose, refusal_buttons.CHECK_ELEMENTS)


def _no_registration(last: PastIdentityCheck) -> tuple[Button, ...]:
    return () if last.purpose == _REGISTERS else (refusal_buttons.REGISTER,)


def _refused(record: Record, last: PastIdentityCheck, refused: Refused) -> Observation:
    attempts: AttemptsLeft | None = record.answer(IDENTITY_ATTEMPTS)
    data: dict[str, Any] = {}
    now, fields = "", _suspected(last, refused)
    if fields:
        now = text("findings.identities.first", fields=_fields_in_a_row(fields))
        data["fields"] = fields
    if attempts is not None and last.is_no:
        data["attempts_left"] = attempts.left
        rejections = [
            t for t in record.identity_checks if t.is_no and t.at > record.now - timedelta(days=1)
        ]
        if attempts.refusal is not None or len(rejections) >= MANY_REJECTIONS:
            too_many = attempts.refusal or Refused(Reason.TOO_MANY_ATTEMPTS)
            return _used_up(too_many, last, attempts.left)
    is_invalid = refused.reason is Reason.IDENTITY_INVALID
    if "attempts_left" in data and not is_invalid:
        now += _tries(data["attempts_left"])
    finding = finding_of(refused, now + dated_sentence(last.at, sentence_of(refused)), data=data)
    actions, hidden = _actions(refused.case, _retry_button(last)), _no_registration(last)
    seen = Observation(finding, last.at, refused, True, actions, hidden=hidden)
    if is_invalid:
        hidden = (_retry_button(last), refusal_buttons.REGISTER, refusal_buttons.COPY_DOT)
        return replace(
            seen, actions=(refusal_buttons.WINDOWS,), hidden=hidden, state="identity_invalid"
        )
    return seen


def _used_up(refused: Refused, event: PastIdentityCheck | Note, left: int) -> Observation:
    message = dated_sentence(event.at, sentence_of(refused) + _tries(left))
    finding = finding_of(refused, message, data={"attempts_left": left})
    actions: tuple[Button, ...] = (refusal_buttons.MANUAL, refusal_buttons.WINDOWS)
    if refused.details.get("scope") == "person":
        actions = refusal_buttons.clearing_of(refused)
    values = values_of(refused)
    # Attempts that are left are not used up.
    state = "attempts_used_up" if values else None
    return Observation(finding, event.at, refused, True, actions, state=state, values=values)


def _tries(left: int) -> str:
    return text("findings.common.attempts_left", count=left) if left else ""


def _fields_in_a_row(names: Iterable[str]) -> str:
    labels = words("findings.identities.fields")
    return text("findings.common.comma").join(dict.fromkeys(labels[name] for name in names))


def _suspected(last: PastIdentityCheck, refused: Refused) -> list[str]:
    """Return the fields to check first: named by the source, else doubtful."""
    named = [entry["field"] for entry in refused.details.get("fields", ())]
    if not named:
        kinds = (Kind.__members__.get(code.upper()) for code in last.confirmed)
        named = [kind.field_name for kind in kinds if kind is not None]
    labels = words("findings.identities.fields")
    return [field for field in dict.fromkeys(named) if field in labels]


def _actions(case: int | None, back: Button = refusal_buttons.CHECK_ELEMENTS) -> tuple[Button, ...]:
    if case == Kind.NAME_DOT_AT_EDGE.case:
        return refusal_buttons.COPY_DOT, back
    return (back,)


def _card_term(record: Record) -> list[Observation]:
    """Report the registered term, judged by the rule for submitted ones."""
    account = record.account
    if account is None:
        return _typed_long_term(record)
    if record.frozen is not None:
        return frozen(record)
    if account.valid_from is None:
        return []
    end = terms.Term(account.valid_from, account.valid_until).until_text
    seen = [_doubt(record, doubt, end) for doubt in doubts_of_term(record)]
    if seen:
        return seen
    until = account.valid_until
    if until is not None and until - record.now.date() <= SOON:
        day, state = day_in_words(until), "card_expires_soon"
        message = text("findings.identities.expires_soon", day=day)
        finding = Finding(state, message, "warn", {"valid_until": until.isoformat()})
        actions, values = (refusal_buttons.CORRECT_DATES,), {"day": day}
        return [
            Observation(finding, record.now, state, actions=actions, state=state, values=values)
        ]
    message = text("findings.identities.long_term")
    if until is not None:
        message = text("findings.identities.term", until=until.isoformat())
    return [Observation(Finding("card_term", message, "info", {"valid_until": end}), record.now)]


def doubts_of_term(record: Record) -> list[findings.Finding]:
    """Return what is wrong or doubtful about the term that the account registered."""
    account = record.account
    if account is None or account.valid_from is None:
        return []
    end = terms.Term(account.valid_from, account.valid_until)
    today = record.now.date()
    holder = id_numbers.check(account.id_number, today).value
    checked = terms.check(account.valid_from.isoformat(), end.until_text, holder, today)
    return [*checked.refusals, *checked.warnings]


def _doubt(record: Record, doubt: findings.Finding, end: str) -> Observation:
    is_refused = doubt.kind.severity is findings.Severity.REFUSAL
    message = text("findings.identities.doubt", said=doubt.message, until=end)
    state = "card_expired" if doubt.kind is Kind.VALID_UNTIL_EXPIRED else None
    return Observation(
        Finding(doubt.code, message, "block" if is_refused else "warn", {"field": doubt.field}),
        record.now,
        state or Refused(Reason.INVALID_INPUT, case=doubt.case),
        actions=(refusal_buttons.CORRECT_DATES,),
        state=state,
    )


def _typed_long_term(record: Record) -> list[Observation]:
    last = record.identity_checks[0] if record.identity_checks else None
    if last is None or not last.long_term:
        return []
    message = text("findings.identities.long_term_typed", time=past(last.at))
    return [Observation(Finding("long_term_typed", message, "info"), last.at)]


def _name_symbol(record: Record) -> list[Observation]:
    last = record.identity_checks[0] if record.identity_checks else None
    if last is not None and last.name_has_dot:
        message = text("findings.identities.dot_sent", dot=DOT, time=past(last.at))
        return [Observation(Finding("name_dot_sent", message, "info"), last.at, actions=_DOT)]
    if record.account is not None and DOT in record.account.name:
        message = text("findings.identities.dot_on_record", dot=DOT)
        return [Observation(Finding("name_dot_on_record", message, "info"), record.now)]
    return []


_DOT = (refusal_buttons.COPY_DOT,)

IDENTITY_CHECK = Probe(
    "identity_check",
    _identity_check,
    asks=(IDENTITY_ATTEMPTS, IDENTITY_SOURCE),
)
CARD_TERM = Probe("card_term", _card_term)
NAME_SYMBOL = Probe("name_symbol", _name_symbol)
