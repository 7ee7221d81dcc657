"""The asker's records, read lazily and without changing them.

A message is diagnosed for several entries; what depends on the asker alone is read once
(`Record.know`). All Redis inquiries share one round trip; their answers are missing while Redis is
down.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from faq.content.entries import Entry
from faq.diagnosis.asker import Asker
from miniprogram_api import clock
from miniprogram_api.access import password_attempts, refusals
from miniprogram_api.access.refusals import Note
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, authorisation, identity_dates
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL, is_closed
from miniprogram_api.enrolment import activation_states
from miniprogram_api.enrolment.activation_states import UnderWay
from miniprogram_api.matters import standings
from miniprogram_api.matters.standings import Standing
from miniprogram_api.operations import client_reports, outages
from miniprogram_api.operations.client_reports import Report
from miniprogram_api.phones import proofs, sms_code_states
from miniprogram_api.phones.sms_code_refusals import RESET_PASSWORD
from miniprogram_api.phones.sms_code_states import SentCode
from miniprogram_api.proofing import states as check_states
from miniprogram_api.proofing.states import PastFaceCheck, PastIdentityCheck
from miniprogram_api.reasons import Reason, Refused, refused_by
from miniprogram_api.services import Services, StoreUnavailable
from miniprogram_api.working_days import LastDay
from models.accounts import account_reads
from models.accounts.account_reads import Overview
from models.accounts.accounts import CANCELLED
from models.accounts.verifications import waiting_until

Records = Callable[[Services, Asker, str, Entry], "Record"]
"""Creates a record: `Record` itself, or a substitute in trials."""


class Record:
    """The records of the asker of a question; `entry`: the entry that it seems to mean."""

    def __init__(self, services: Services, asker: Asker, question: str, entry: Entry) -> None:
        self.services = services
        self.asker = asker
        self.question = question
        self.entry = entry
        self.now = clock.now()
        self._answers: dict[str, Any] = {}

    def know(self, before: "Record") -> None:
        """Take over what another record of the same message and asker has read."""
        if before.asker is self.asker:
            read = vars(before)
            self.__dict__.update({name: read[name] for name in _READ if name in read})

    @property
    def session(self) -> SessionInfo:
        """Return the asker as the limits count it."""
        return SessionInfo(
            b"", self.asker.openid, self.asker.account_id, address=self.asker.address
        )

    @cached_property
    def account(self) -> Overview | None:
        """Return the asker's account, unmasked; None if cancelled."""
        account = self.asker.account
        return None if account is None or account.status == CANCELLED else account

    @property
    def needs_check(self) -> bool:
        """Return whether a check of the person changes something, so that its limits apply.

        It raises the level, or opens the switch that a reset closed.
        """
        account = self.account
        return account is not None and (account.level < VERIFIED_LEVEL or is_closed(account))

    @cached_property
    def level_pending_at(self) -> datetime | None:
        """Return when a check that the account handed over counts; None if none waits."""
        return waiting_until(self.asker.account_id or 0)

    @cached_property
    def frozen(self) -> Refused | None:
        """Return the refusal of changes to the account; None when allowed or without an account."""
        if self.account is None:
            return None
        return refused_by(accounts.require_changeable, self.account.status)

    @cached_property
    def last_day(self) -> LastDay:
        """Return the last day to which the authorisation may be set today."""
        return authorisation.latest(self.services)

    @cached_property
    def matters(self) -> list[Standing]:
        """Return where the account holder's matters stand, newest first."""
        account = self.account
        return [] if account is None else standings.of_holder(account)

    @cached_property
    def notes(self) -> dict[Reason, Note]:
        """Return the last refusal per reason."""
        if self.asker.is_anonymous:
            return {}
        notes = refusals.last(self.asker.openid, self.asker.account_id)
        return {note.reason: note for note in notes}

    def last_note(self, *reasons: Reason) -> Note | None:
        """Return the newest refusal for any of these reasons."""
        notes = [self.notes[reason] for reason in reasons if reason in self.notes]
        return max(notes, key=lambda note: note.at, default=None)

    @cached_property
    def codes(self) -> list[SentCode]:
        """Return the codes of the last 24 hours, newest first."""
        phone = None if self.account is None else self.account.phone
        return sms_code_states.last(self.asker.openid, self.asker.account_id, phone)

    @cached_property
    def gateway_failing_since(self) -> datetime | None:
        """Return since when no user gets a code; None while the gateway works."""
        return sms_code_states.failing_since()

    @cached_property
    def activation(self) -> UnderWay | None:
        """Return the asker's activation in progress."""
        return activation_states.under_way(self.asker.openid)

    @cached_property
    def reports(self) -> list[Report]:
        """Return today's client reports, newest first."""
        if self.asker.is_anonymous:
            return []
        return client_reports.last(self.asker.openid, self.asker.account_id)

    @cached_property
    def identity_checks(self) -> list[PastIdentityCheck]:
        """Return the checks of the four elements, newest first."""
        if self.asker.is_anonymous:
            return []
        return check_states.past_identity_checks(self.asker.openid, self.asker.account_id)

    @cached_property
    def faces(self) -> list[PastFaceCheck]:
        """Return the completed face checks, newest first."""
        return check_states.past_face_checks(self.asker.account_id)

    @cached_property
    def password_reset_at(self) -> datetime | None:
        """Return when the password was last reset, without sign-in the one that the asker reset."""
        if self.asker.account_id is not None:
            return account_reads.password_reset_at(self.asker.account_id)
        codes = (c for c in self.codes if c.is_used and c.purpose == RESET_PASSWORD)
        proved = [(code.phone, code.sent_at) for code in codes][:1]
        by_wechat = None if self.asker.openid is None else proofs.last_used(self.asker.openid)
        resets = (
            holder.password_reset_at
            for phone, at in (*proved, *([by_wechat] if by_wechat else []))
            for holder in account_reads.holders_of_phone(phone)
            if holder.password_reset_at is not None and holder.password_reset_at >= at
        )
        return max(resets, default=None)

    @cached_property
    def dates_changed_at(self) -> datetime | None:
        """Return when the card's dates were last corrected, within a month."""
        return identity_dates.last_change(self.asker.account_id or 0)

    @cached_property
    def no_more_dates(self) -> Refused | None:
        """Return the refusal of another correction of the dates; None when allowed."""
        return refused_by(identity_dates.require_change_left, self.asker.account_id or 0)

    @cached_property
    def dates_left(self) -> int:
        """Return how many corrections of the dates are left this month."""
        return identity_dates.changes_left(self.asker.account_id or 0)

    @cached_property
    def phone(self) -> str | None:
        """Return the phone that a code was last requested for."""
        newest = self.codes[0] if self.codes else None
        limited = self.notes.get(Reason.SMS_RATE_LIMITED)
        if limited is None or limited.phone is None:
            return None if newest is None else newest.phone
        return limited.phone if newest is None or newest.sent_at < limited.at else newest.phone

    @cached_property
    def off(self) -> dict[str, Refused]:
        """Return the refusal of each source that an operator switched off."""
        return outages.refusals_now()

    def fetch(self, names: Iterable[str]) -> None:
        """Fetch these answers from Redis, as far as they apply to the asker."""
        asked = {name: i for name in names if (i := _INQUIRIES[name](self)) is not None}
        if not asked:
            return
        try:
            answers = self.services.clients.store.inquire(list(asked.values()))
        except StoreUnavailable:
            return
        self._answers.update(zip(asked, answers, strict=True))

    def answer(self, name: str) -> Any:
        """Return an answer of Redis; None when not asked or unavailable."""
        return self._answers.get(name)


_READ = (
    "account", "level_pending_at", "matters", "notes", "codes", "gateway_failing_since",
    "activation", "reports", "identity_checks", "faces", "password_reset_at", "dates_changed_at",
    "no_more_dates", "dates_left", "off",
)  # fmt: skip
"""What depends on the asker alone, not on the question or the entry."""

WINDOWS = "windows"
"""``miniprogram_api.phones.sms_code_states.Windows`` of the phone in question."""
IDENTITY_ATTEMPTS, FACE_ATTEMPTS = "identity_attempts", "face_attempts"
CTID_ATTEMPTS, DATES_ATTEMPTS, FACE_CHECKS = "ctid_attempts", "dates_attempts", "face_checks"
"""``miniprogram_api.proofing.states.AttemptsLeft``."""
IDENTITY_SOURCE, FACE_SOURCE = "identity_source", "face_source"
"""``miniprogram_api.clients.guards.breaker.SourceState``."""
PASSWORD = "password"  # noqa: S105
"""Seconds until the account accepts a password from any address; 0 when it does now.

The asker's account, or without sign-in the one whose lock refused them.
"""


def _windows(record: Record) -> Any:
    return None if record.phone is None else sms_code_states.windows(record.phone)


def _identity_attempts(record: Record) -> Any:
    if not record.identity_checks:
        return None
    last = record.identity_checks[0]
    return check_states.identity_attempts(
        record.services, last.id_number, record.session, last.purpose
    )


def _dates_attempts(record: Record) -> Any:
    if record.account is None:
        return None
    return check_states.identity_attempts(
        record.services, record.account.id_number, record.session, "dates"
    )


def _of_account(
    inquiry: Callable[[Services, str], Any], *, for_check: bool = False
) -> Callable[[Record], Any]:
    def inquire(record: Record) -> Any:
        if record.account is None or (for_check and not record.needs_check):
            return None
        return inquiry(record.services, record.account.id_number)

    return inquire


def _face_checks(record: Record) -> Any:
    if record.asker.account_id is None or not record.needs_check:
        return None
    return check_states.face_checks(record.services, record.asker.account_id)


def _identity_source(record: Record) -> Any:
    silent = record.identity_checks and check_states.is_unanswered(
        record.identity_checks[0].refusal
    )
    return check_states.identity_source(record.services) if silent else None


def _face_source(record: Record) -> Any:
    silent = (
        record.needs_check and record.faces and check_states.is_unanswered(record.faces[0].refusal)
    )
    return check_states.face_source(record.services) if silent else None


def _password(record: Record) -> Any:
    if record.asker.account_id is None:
        locked = record.notes.get(Reason.ACCOUNT_LOCKED)
        if locked is None or locked.account_id is None:
            return None
        return password_attempts.lock_inquiry(locked.account_id)
    # A signed-in asker is not locked out of other subjects.
    about_passwords = record.entry.case in (None, Reason.ACCOUNT_LOCKED.case)
    return password_attempts.lock_inquiry(record.asker.account_id) if about_passwords else None


_INQUIRIES: dict[str, Callable[[Record], Any]] = {
    WINDOWS: _windows,
    IDENTITY_ATTEMPTS: _identity_attempts,
    FACE_ATTEMPTS: _of_account(check_states.face_attempts, for_check=True),
    CTID_ATTEMPTS: _of_account(check_states.ctid_attempts, for_check=True),
    DATES_ATTEMPTS: _dates_attempts,
    FACE_CHECKS: _face_checks,
    IDENTITY_SOURCE: _identity_source,
    FACE_SOURCE: _face_source,
    PASSWORD: _password,
}
