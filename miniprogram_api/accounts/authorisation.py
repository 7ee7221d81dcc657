"""The switch 是否办理工商登记注册, by which a holder allows business registrations for some days.

Requires level 4. Valid for at most 10 working days, as in the original service (user manual of
2019-06); the last day is included, and whether it is effective is judged at each use.
"""

import json
from datetime import date, datetime

from miniprogram_api import audit, clock, working_days
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, switching
from miniprogram_api.accounts.changes import prove_holder
from miniprogram_api.accounts.switching import DISABLED, ENABLED, Cause
from miniprogram_api.answers import answer_class
from miniprogram_api.authorisation_effect import (
    VERIFIED_LEVEL,
    AuthorisationState,
    ClosedBy,
    EffectReason,
    judge,
)
from miniprogram_api.identity.documents import dates
from miniprogram_api.identity.documents.dates import DateProblem
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid, text
from miniprogram_api.texts.sentences import day_in_words
from models.accounts.accounts import Account
from models.storage.database import transaction

MOST_HISTORY = 20


@answer_class
class AuthorizationSwitch:
    """One switching, by the holder or a window; ``until`` is None for switching off."""

    at: datetime
    enabled: bool
    until: date | None
    cause: Cause | None
    """What switched it off, where its holder did not."""


@answer_class
class CalendarDay:
    """A day that may be chosen as the last one."""

    date: date
    is_working_day: bool


@answer_class
class Authorisation:
    """The authorisation and whether it is effective now."""

    enabled: bool
    until: date | None
    effective: bool
    """Whether it is effective now."""
    reason: EffectReason
    cause: ClosedBy | None
    """reset: a password reset or a change of the phone switched it off; a face check, CTID or a
    window must prove the person before it is switched on again."""
    latest_until: date
    """The last day that may be set today."""
    days: tuple[CalendarDay, ...]
    """From today to latest_until, for a calendar."""
    note: str | None
    """Says that holidays in the period are not announced yet."""
    reminder: str | None
    """To be shown on the last day and the day before."""
    asked_by: tuple[str, ...]
    """The systems that still ask for the switch; the others ask for each matter."""
    history: tuple[AuthorizationSwitch, ...]
    """Newest first; GET /account/receipts lists the queries of registration systems."""


def current(services: Services, account_id: int) -> Authorisation:
    """Return the authorisation as of now."""
    return _answer(services, accounts.get(account_id))


def latest(services: Services) -> working_days.LastDay:
    """Return the last day that may be set today."""
    return working_days.nth_after(clock.today(), services.settings.authorization_max_working_days)


def last_in_words(last: working_days.LastDay) -> str:
    """Return the day in words, with a note when it is estimated."""
    estimated = text("calendar.estimated") if last.guessed_year is not None else ""
    return day_in_words(last.day) + estimated


def switch(
    services: Services,
    account_id: int,
    proof: PhoneProof,
    *,
    enabled: bool,
    until: str | None,
    session: SessionInfo,
) -> Authorisation:
    """Switch it on until a day, with a fresh proof of the phone, or off without one.

    Raises Refused: ACCOUNT_FROZEN; to switch on: LEVEL_TOO_LOW (``cause`` reset while a reset keeps
    it off), INVALID_INPUT on field until (required, wrong_form, past, too_late), and as
    ``sms_codes.prove``.
    """
    account, actor = accounts.get_for_change(account_id), audit.by_account(account_id)
    if not enabled:
        with transaction():
            switch_off(account_id, actor=actor)
        return current(services, account_id)
    day = judge_until(services, account, until)
    evidence = prove_holder(account, proof, session=session)
    with transaction():
        switch_on(account_id, day, actor=actor)
        sms_codes.spend(evidence)
    return current(services, account_id)


def judge_until(
    services: Services, account: Account, until: str | None, *, proved: bool = False
) -> date:
    """Return the last day, when this account may switch it on until then.

    ``proved``: a window has the person and the card. Raises Refused: ACCOUNT_FROZEN, LEVEL_TOO_LOW
    (``cause`` reset unless ``proved``), INVALID_INPUT on field until (required, wrong_form, past,
    too_late).
    """
    accounts.require_changeable(account.status)
    _require_level(account)
    if not proved:
        switching.require_open(account)
    return _read_until(services, until)


def switch_on(account_id: int, day: date, *, actor: str, proved: bool = False) -> None:
    """Switch it on until a judged day, within a transaction."""
    account = accounts.locked_for_change(account_id)
    _require_level(account)
    if proved:
        switching.reopen(account, actor=actor, by="manual")
    switching.turn_on(account, day, actor=actor)


def switch_off(account_id: int, *, actor: str) -> None:
    """Switch it off within a transaction."""
    switching.turn_off(accounts.locked_for_change(account_id), actor=actor)


def _require_level(account: Account) -> None:
    if account.level < VERIFIED_LEVEL:
        raise Refused(Reason.LEVEL_TOO_LOW)


def _read_until(services: Services, text: str | None) -> date:
    day = dates.parse(text)
    if day is DateProblem.MISSING:
        raise invalid("authorisation.until.required")
    if isinstance(day, DateProblem):
        raise invalid("authorisation.until.wrong_form")
    today = clock.today()
    if day < today:
        raise invalid("authorisation.until.past", suggestion=today.isoformat())
    last = latest(services)
    if day > last.day:
        raise invalid(
            "authorisation.until.too_late",
            suggestion=last.day.isoformat(),
            most=services.settings.authorization_max_working_days,
            last=last_in_words(last),
        )
    return day


def _answer(services: Services, account: Account) -> Authorisation:
    today, last = clock.today(), latest(services)
    note = None
    if last.guessed_year is not None:
        note = text("authorisation.guessed_year", year=last.guessed_year)
    state = judge(account, today)
    return Authorisation(
        enabled=state.enabled,
        until=state.until,
        effective=state.effective,
        reason=state.reason,
        cause=state.cause,
        latest_until=last.day,
        days=tuple(CalendarDay(*day) for day in working_days.marked(today, last.day)),
        note=note,
        reminder=_reminder(state, today),
        asked_by=tuple(registrar_systems.asking_for_switch()),
        history=_history(account.id),
    )


def _reminder(state: AuthorisationState, today: date) -> str | None:
    """Return the reminder, on the days of the subscription messages."""
    if not state.effective or state.until is None or (state.until - today).days > 1:
        return None
    key = "ends_today" if state.until == today else "ends_tomorrow"
    return text(f"authorisation.{key}", day=day_in_words(state.until))


def _history(account_id: int) -> tuple[AuthorizationSwitch, ...]:
    lines = [
        line
        for tag in (ENABLED, DISABLED)
        for line in audit.search(tag=tag, account_id=account_id, limit=MOST_HISTORY)
    ]
    lines.sort(key=lambda line: line.id, reverse=True)
    return tuple(_switched(line) for line in lines[:MOST_HISTORY])


def _switched(line: audit.Line) -> AuthorizationSwitch:
    details = json.loads(line.details)
    if line.tag == DISABLED:
        return AuthorizationSwitch(line.at, False, None, details.get("cause"))
    return AuthorizationSwitch(line.at, True, date.fromisoformat(details["until"]), None)
