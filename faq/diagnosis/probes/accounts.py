"""Probes of the account: its state, sign-in and authorisation."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.observations import (
    Observation,
    Probe,
    dated_sentence,
    finding_of,
    frozen,
    rate_limited,
    sentence_of,
    switch_closed,
    values_of,
)
from faq.diagnosis.probes.activations import ACTIVATION_PHONE
from faq.diagnosis.record import PASSWORD, Record
from faq.diagnosis.refusal_buttons import Button
from miniprogram_api import masking
from miniprogram_api.access import password_attempts, sign_in_origins
from miniprogram_api.access.refusals import Note
from miniprogram_api.accounts import authorisation
from miniprogram_api.accounts.accounts import status_of
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL, EffectReason, judge
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import sign_in_states
from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import day_in_words, past, sentence
from models.accounts.account_reads import Overview

_SIGN_IN = (
    Reason.USER_NOT_FOUND,
    Reason.LOGIN_AMBIGUOUS,
    Reason.WRONG_PASSWORD,
    Reason.ACCOUNT_LOCKED,
    Reason.ACCOUNT_CANCELLED,
    Reason.ACTIVATION_REQUIRED,
)
# The last wrong password locks the account and later tries meet the lock.
_LOCKING = (Reason.WRONG_PASSWORD, Reason.ACCOUNT_LOCKED)
_SIGNS_IN = (refusal_buttons.SIGN_IN,)
_ACTIONS: dict[Reason, tuple[Button, ...]] = {
    Reason.USER_NOT_FOUND: (refusal_buttons.SIGN_IN, refusal_buttons.REGISTER),
    Reason.LOGIN_AMBIGUOUS: (refusal_buttons.SIGN_IN,),
    Reason.WRONG_PASSWORD: (refusal_buttons.SIGN_IN, refusal_buttons.RESET_PASSWORD),
    Reason.ACCOUNT_LOCKED: (refusal_buttons.RESET_PASSWORD,),
    Reason.ACCOUNT_CANCELLED: (refusal_buttons.REGISTER,),
    Reason.ACTIVATION_REQUIRED: (refusal_buttons.ACTIVATE,),
}
# What the authorisation lacks and the state of an account that it means.
_STANDINGS: dict[EffectReason, str] = {
    "ok": "authorised",
    "off": "to_authorise",
    "ended": "authorisation_ended",
    "level_too_low": "to_verify",
    "card_expired": "card_expired",
    "frozen": "frozen",
    "cancelled": "cancelled",
}
_REFUSING = {"frozen": Reason.ACCOUNT_FROZEN}
# The buttons of the next step.
_NEXT: dict[str, tuple[Button, ...]] = {
    "to_authorise": (refusal_buttons.AUTHORISE,),
    "authorisation_ended": (refusal_buttons.AUTHORISE,),
    "to_verify": (refusal_buttons.FACE, refusal_buttons.CTID, refusal_buttons.WINDOWS),
    "switch_closed": (refusal_buttons.FACE, refusal_buttons.CTID, refusal_buttons.WINDOWS),
    "card_expired": (refusal_buttons.CORRECT_DATES,),
    "frozen": (refusal_buttons.WINDOWS,),
}
# Refused before the activation is finished.
_ACTIVE_ONLY = (
    refusal_buttons.REGISTER,
    refusal_buttons.RESET_PASSWORD,
    refusal_buttons.CHANGE_PHONE,
    *refusal_buttons.VERIFYING,
)
# So long after a reset, signing in is what follows.
JUST_RESET = timedelta(hours=1)


def standing(account: Overview, now: datetime) -> str:
    """Return the state that an account is in on its way to a business registration."""
    judged = judge(account, now.date())
    is_closed = judged.reason == "off" and judged.cause is not None
    return "switch_closed" if is_closed else _STANDINGS[judged.reason]


def _account_state(record: Record) -> list[Observation]:
    account = record.account
    if account is None:
        finding = Finding("no_account", text("findings.accounts.no_account"), "info")
        return _activating(record) or [Observation(finding, record.now)]
    if record.frozen is not None:
        return frozen(record)
    names = [text("findings.accounts.by_id_number")]
    if account.phone is not None:
        names.append(text("findings.accounts.by_phone", phone=masking.phone(account.phone)))
    if account.username is not None:
        names.append(text("findings.accounts.by_username"))
    state = "verified" if account.level >= VERIFIED_LEVEL else "to_verify"
    key = "closed" if state == "verified" and record.needs_check else state
    message = text(f"findings.accounts.signed_in_{key}", names=_in_a_row(names))
    data = {"status": status_of(account.status, account.level), "level": account.level}
    return [
        Observation(
            Finding("account_active", message, "info", data),
            record.now,
            Reason.USER_NOT_FOUND.name,
            actions=_NEXT.get(standing(account, record.now), ()),
            # Registering again would be refused.
            hidden=(
                refusal_buttons.REGISTER,
                *(() if record.needs_check else refusal_buttons.VERIFYING),
            ),
            state=state,
        )
    ]


def _in_a_row(names: Iterable[str]) -> str:
    return text("findings.common.comma").join(names)


def _sign_in(record: Record) -> list[Observation]:
    if record.account is not None:
        return _password_state(record)
    note = record.last_note(*_SIGN_IN)
    holds = note is not None and sign_in_states.holds(note) and not _is_activating(record, note)
    failed = [_failed(record, note)] if note is not None and holds else []
    seen = [*(failed or _reset(record)), *_activating(record)]
    return [*seen, *rate_limited(record, "lookups")]


def _activating(record: Record) -> list[Observation]:
    """Report the activation under way, before which the account cannot be used."""
    if record.activation is None:
        return []
    seen = ACTIVATION_PHONE.observe(record)
    hidden = _ACTIVE_ONLY + (
        (refusal_buttons.APPLY_PHONE,) if record.activation.is_phone_proved else ()
    )
    return [
        replace(observation, decides=False, settles=False, hidden=hidden) for observation in seen
    ]


def _is_activating(record: Record, note: Note) -> bool:
    """Return whether an account to activate was found since."""
    if record.activation is not None and record.activation.started_at >= note.at:
        return True
    begun = record.last_note(Reason.STEP_ORDER, Reason.ACTIVATION_EXPIRED)
    return begun is not None and begun.at > note.at


def _failed(record: Record, note: Note) -> Observation:
    refused = _as_of_now(record, note)
    message = dated_sentence(note.at, sentence_of(refused))
    severity: Severity = "block"
    actions = _ACTIONS[note.reason]
    hidden: tuple[Button, ...] = ()
    state = "cancelled" if note.reason is Reason.ACCOUNT_CANCELLED else None
    if note.reason in _LOCKING and refused.details.get("retry_after") == 0:
        message = text("findings.accounts.lock_ended", time=past(note.at))
        severity, actions = "info", (refusal_buttons.SIGN_IN, refusal_buttons.RESET_PASSWORD)
    elif password_attempts.is_locked(refused):
        # Until then the right password is refused, too.
        actions, hidden, state = (refusal_buttons.RESET_PASSWORD,), _SIGNS_IN, "locked"
    elif refused.details.get("needs_code"):
        actions, state = refusal_buttons.first_after(refused), "code_needed"
    return Observation(
        finding_of(refused, message, severity),
        note.at,
        refused,
        True,
        actions,
        settles=note.reason is Reason.ACCOUNT_CANCELLED,
        hidden=hidden,
        state=state,
        values=values_of(refused),
    )


def _as_of_now(record: Record, note: Note) -> Refused:
    """Return the refusal with the current count of wrong passwords."""
    refused = note.refused(record.now)
    seconds: int | None = record.answer(PASSWORD)
    if refused.details.get("needs_code") and seconds is not None:
        # This lock is not bound to an address, so it can be read here.
        refused.details["retry_after"] = seconds
    if record.now - note.at >= password_attempts.ATTEMPTS_REMEMBERED:
        refused.details.pop("attempts_left", None)
    return refused


def _password_state(record: Record) -> list[Observation]:
    if record.frozen is not None:
        return frozen(record)
    seconds: int | None = record.answer(PASSWORD)
    if seconds and not sign_in_origins.is_known(record.asker.account_id or 0, record.session):
        refused = Refused(Reason.ACCOUNT_LOCKED, retry_after=seconds, needs_code=True)
        # An address that the bot does not know may be exempt, too.
        message = sentence_of(refused) + text("findings.accounts.lock_exempts")
        actions = (refusal_buttons.RESET_PASSWORD,)
        finding = finding_of(refused, message)
        return [Observation(finding, record.now, refused, True, actions, state="code_needed")]
    wrong = _wrong_at_a_change(record)
    if wrong is not None:
        return [
            replace(
                _failed(record, wrong), actions=(refusal_buttons.RESET_PASSWORD,), hidden=_SIGNS_IN
            )
        ]
    return [] if record.entry.is_about(Reason.USER_NOT_FOUND) else _reset(record)


def _reset(record: Record) -> list[Observation]:
    """Report a reset of the last month, since users still type the old password."""
    reset_at = record.password_reset_at
    if reset_at is None or record.now - reset_at >= password_attempts.RESET_REMEMBERED:
        return []
    time = past(reset_at)
    message = text("findings.accounts.password_was_reset", time=time)
    is_new = record.now - reset_at < JUST_RESET
    return [
        Observation(
            Finding("password_was_reset", message, "info"),
            reset_at,
            Reason.WRONG_PASSWORD.name,
            actions=(refusal_buttons.SIGN_IN,) if is_new else (refusal_buttons.RESET_PASSWORD,),
            state="password_reset",
            values={"time": time},
        )
    ]


def _wrong_at_a_change(record: Record) -> Note | None:
    """Return the last wrong password since sign-in, which resets the earlier ones."""
    note = record.notes.get(Reason.WRONG_PASSWORD)
    if note is None or note.account_id != record.asker.account_id:
        return None
    is_old = record.now - note.at >= password_attempts.ATTEMPTS_REMEMBERED
    return None if is_old or not sign_in_states.holds(note) else note


def _authorisation(record: Record) -> list[Observation]:
    account = record.account
    if account is None:
        return []
    judged = judge(account, record.now.date())
    state = standing(account, record.now)
    if state == "switch_closed":
        return [switch_closed(account, record)]
    day = "" if judged.until is None else day_in_words(judged.until)
    if state == "to_authorise":
        day = authorisation.last_in_words(record.last_day)
    message = text(
        f"findings.authorisation.{judged.reason}",
        until=day,
        last=authorisation.last_in_words(record.last_day),
        sentence=sentence(_REFUSING.get(state, Reason.LEVEL_TOO_LOW)),
    )
    data: dict[str, Any] = {
        "enabled": judged.enabled,
        "effective": judged.effective,
        "reason": judged.reason,
    }
    if judged.until is not None:
        data["until"] = judged.until.isoformat()
    severity: Severity = "info" if judged.effective else "block"
    finding = Finding(f"authorization_{judged.reason}", message, severity, data)
    is_refused = record.frozen is not None or account.level < VERIFIED_LEVEL
    hidden = (refusal_buttons.AUTHORISE,) if is_refused else ()
    values = {"day": day} if day else {}
    actions = _NEXT.get(state, ())
    return [Observation(finding, record.now, state, False, actions, False, hidden, state, values)]


ACCOUNT_STATE = Probe("account_state", _account_state)
SIGN_IN = Probe(
    "sign_in",
    _sign_in,
    asks=(PASSWORD,),
)
AUTHORISATION = Probe("authorisation", _authorisation)
