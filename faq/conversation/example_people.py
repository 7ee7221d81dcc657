"""Fictional users in typical states, with test numbers, for trial questions to a draft."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from faq.content.entries import Entry
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.diagnosis.record import (
    FACE_ATTEMPTS,
    FACE_SOURCE,
    IDENTITY_ATTEMPTS,
    PASSWORD,
    WINDOWS,
    Record,
)
from miniprogram_api.access.refusals import Note
from miniprogram_api.accounts import identity_dates
from miniprogram_api.enrolment.activation_states import UnderWay
from miniprogram_api.identity.documents.findings import Kind
from miniprogram_api.matters.standings import Standing
from miniprogram_api.operations.client_reports import Report
from miniprogram_api.phones import sms_code_states
from miniprogram_api.phones.sms_code_states import SentCode
from miniprogram_api.proofing import states as check_states
from miniprogram_api.proofing.states import AttemptsLeft, FaceOutcome, IdentityOutcome, SourceState
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import text
from models.accounts.account_reads import Overview
from models.accounts.accounts import ACTIVE
from models.accounts.sms_codes import REFUSED, SENT

PHONE, OTHER_PHONE, PHONE_199 = "13800138011", "13900139022", "19912345678"
_ID, _OLD_ID = "110101199003079921", "110101195808169934"
_ACCOUNT = 0


@dataclass(frozen=True)
class Facts:
    """The records of a fictional user, under the names of `Record`."""

    account: Overview | None = None
    notes: Sequence[Note] = ()
    codes: Sequence[SentCode] = ()
    activation: UnderWay | None = None
    reports: Sequence[Report] = ()
    identity_checks: Sequence[check_states.PastIdentityCheck] = ()
    faces: Sequence[check_states.PastFaceCheck] = ()
    answers: dict[str, Any] = field(default_factory=dict)
    dates_changed_at: datetime | None = None
    password_reset_at: datetime | None = None
    gateway_failing_since: datetime | None = None
    no_more_dates: Refused | None = None
    dates_left: int = identity_dates.MOST_CHANGES
    matters: Sequence[Standing] = ()
    level_pending_at: datetime | None = None


@dataclass(frozen=True)
class Person:
    """A fictional user; `facts`: the records at a time."""

    key: str
    facts: Callable[[datetime], Facts]
    is_visitor: bool = False
    has_account: bool = False

    @property
    def title(self) -> str:
        """Return the state in the words of editors."""
        return text(f"examples.titles.{self.key}")

    @property
    def asker(self) -> Asker:
        """Return the asker that the bot sees."""
        if self.is_visitor:
            return ANONYMOUS
        return Asker(f"example-{self.key}", _ACCOUNT if self.has_account else None)

    def record(self, services: Services, asker: Asker, question: str, entry: Entry) -> Record:
        """Return the record for the diagnosis."""
        return _ExampleRecord(services, asker, question, entry, self)


class _ExampleRecord(Record):
    def __init__(
        self, services: Services, asker: Asker, question: str, entry: Entry, person: Person
    ) -> None:
        super().__init__(services, asker, question, entry)
        facts = person.facts(self.now)
        # Overrides the cached properties.
        self.__dict__.update(vars(facts), notes={note.reason: note for note in facts.notes})
        self._answers = facts.answers

    def fetch(self, names: Any) -> None:
        """Do nothing: the answers of Redis are part of the facts."""


def _account(now: datetime, **changes: Any) -> Overview:
    values: dict[str, Any] = {
        "id": _ACCOUNT,
        "status": ACTIVE,
        "level": 3,
        "name": text("examples.name"),
        "id_number": _ID,
        "valid_from": date(now.year - 3, 6, 3),
        "valid_until": date(now.year + 17, 6, 3),
        "long_term": False,
        "phone": PHONE,
        "phone_verified_by": "sms",
        "username": None,
        "verified_by": None,
        "wechat_openid": None,
        "authorization_enabled": False,
        "authorization_until": None,
        "authorization_closed_at": None,
    }
    return Overview(**{**values, **changes})


def _before(now: datetime, minutes: int) -> datetime:
    return now - timedelta(minutes=minutes)


def _note(
    reason: Reason, at: datetime, phone: str | None = None, *, case: int | None = None, **d: Any
) -> Note:
    return Note(reason, case or reason.case or 0, at, phone, d)


def _code(at: datetime, *, state: str = SENT, purpose: str = "register") -> SentCode:
    return SentCode(PHONE, purpose, at, at + timedelta(minutes=10), state, False, False, None)


def _past_check(
    at: datetime, outcome: IdentityOutcome, *, long_term: bool = False, dot: bool = False
) -> check_states.PastIdentityCheck:
    return check_states.past_identity_check(
        at, outcome, id_number=_OLD_ID if long_term else _ID, long_term=long_term, name_has_dot=dot
    )


def _registered_with_199(now: datetime) -> Facts:
    return Facts(notes=[_note(Reason.PHONE_SEGMENT_UNSUPPORTED, _before(now, 4), PHONE_199)])


def _window_used_up(now: datetime) -> Facts:
    codes = [_code(_before(now, ago)) for ago in (2, 15, 24)]
    full = sms_code_states.full(now, "hour", 36 * 60, {"minute": 1, "hour": 0, "day": 2})
    limited = _note(Reason.SMS_RATE_LIMITED, _before(now, 1), PHONE, retry_after=36 * 60 + 60)
    return Facts(codes=codes, notes=[limited], answers={WINDOWS: full})


def _code_unused(now: datetime) -> Facts:
    room = sms_code_states.room(now, {"minute": 1, "hour": 2, "day": 4})
    return Facts(codes=[_code(_before(now, 3))], answers={WINDOWS: room})


def _gateway_failed(now: datetime) -> Facts:
    room = sms_code_states.room(now, {"minute": 1, "hour": 3, "day": 5})
    return Facts(codes=[_code(_before(now, 3), state=REFUSED)], answers={WINDOWS: room})


def _wrong_phone(now: datetime) -> Facts:
    under_way = UnderWay(OTHER_PHONE, False, _before(now, 6))
    refused = under_way.refusal_of(PHONE)
    details = {} if refused is None else refused.details
    note = _note(Reason.PHONE_NOT_ON_RECORD, _before(now, 3), PHONE, **details)
    return Facts(activation=under_way, notes=[note])


def _activation_network(now: datetime) -> Facts:
    under_way = UnderWay(PHONE, False, _before(now, 8))
    return Facts(
        activation=under_way, reports=[Report("network", "activation.phone", _before(now, 4))]
    )


def _long_term_mismatch(now: datetime) -> Facts:
    check = _past_check(_before(now, 5), IdentityOutcome.MISMATCH, long_term=True)
    return Facts(identity_checks=[check], answers={IDENTITY_ATTEMPTS: AttemptsLeft(None, 4)})


def _dotted_name(now: datetime) -> Facts:
    check = _past_check(_before(now, 5), IdentityOutcome.MISMATCH, dot=True)
    return Facts(identity_checks=[check], answers={IDENTITY_ATTEMPTS: AttemptsLeft(None, 4)})


def _many_failures(now: datetime) -> Facts:
    identity_checks = [
        _past_check(_before(now, ago), IdentityOutcome.MISMATCH) for ago in (5, 12, 30, 44, 60)
    ]
    refused = Refused(Reason.TOO_MANY_ATTEMPTS, retry_after=23 * 3600)
    return Facts(
        identity_checks=identity_checks, answers={IDENTITY_ATTEMPTS: AttemptsLeft(refused, 0)}
    )


def _face_source_busy(now: datetime) -> Facts:
    face = check_states.past_face_check(_before(now, 3), FaceOutcome.SOURCE_BUSY)
    return Facts(
        account=_account(now),
        faces=[face],
        answers={FACE_ATTEMPTS: AttemptsLeft(None, 5), FACE_SOURCE: SourceState(25, 10)},
    )


def _old_dates(now: datetime) -> Facts:
    face = check_states.past_face_check(_before(now, 6), FaceOutcome.DATA_MISSING)
    return Facts(
        account=_account(now, valid_until=now.date() - timedelta(days=40)),
        faces=[face],
        answers={FACE_ATTEMPTS: AttemptsLeft(None, 5)},
    )


def _unknown_user(now: datetime) -> Facts:
    return Facts(notes=[_note(Reason.USER_NOT_FOUND, _before(now, 2))])


def _password_reset(now: datetime) -> Facts:
    return Facts(account=_account(now), password_reset_at=_before(now, 30), answers={PASSWORD: 0})


def _locked(now: datetime) -> Facts:
    return Facts(notes=[_note(Reason.ACCOUNT_LOCKED, _before(now, 1), retry_after=5 * 60)])


def _authorisation_ended(now: datetime) -> Facts:
    account = _account(
        now,
        level=4,
        verified_by="face",
        authorization_enabled=True,
        authorization_until=now.date() - timedelta(days=2),
    )
    return Facts(account=account)


def _switch_closed(now: datetime) -> Facts:
    closed = _before(now, 60)
    account = _account(now, level=4, verified_by="face", authorization_closed_at=closed)
    return Facts(account=account)


def _all_codes_fail(now: datetime) -> Facts:
    return replace(_gateway_failed(now), gateway_failing_since=_before(now, 20))


def _to_confirm(now: datetime) -> Facts:
    doubt = {"field": "valid_until", "code": Kind.VALID_UNTIL_DAY_OFF.code}
    note = _note(Reason.IDENTITY_NEEDS_CONFIRMATION, _before(now, 4), warnings=[doubt])
    return Facts(notes=[note])


def _invalid_identity(now: datetime) -> Facts:
    check = _past_check(_before(now, 5), IdentityOutcome.INVALID)
    return Facts(identity_checks=[check], answers={IDENTITY_ATTEMPTS: AttemptsLeft(None, 4)})


def _no_photo(now: datetime) -> Facts:
    face = check_states.past_face_check(_before(now, 3), FaceOutcome.NO_PHOTO)
    return Facts(
        account=_account(now), faces=[face], answers={FACE_ATTEMPTS: AttemptsLeft(None, 5)}
    )


def _faces_used_up(now: datetime) -> Facts:
    face = check_states.past_face_check(_before(now, 3), FaceOutcome.MISMATCH)
    full = Refused(Reason.TOO_MANY_ATTEMPTS, retry_after=23 * 3600)
    return Facts(
        account=_account(now), faces=[face], answers={FACE_ATTEMPTS: AttemptsLeft(full, 0)}
    )


def _just_reset(now: datetime) -> Facts:
    return Facts(password_reset_at=_before(now, 4))


def _locked_for_all(now: datetime) -> Facts:
    details: dict[str, Any] = {"retry_after": 3600, "needs_code": True}
    note = _note(Reason.ACCOUNT_LOCKED, _before(now, 1), **details)
    return Facts(notes=[note], answers={PASSWORD: 3540})


def _registered(now: datetime) -> Facts:
    return Facts(account=_account(now))


def _authorised(now: datetime) -> Facts:
    account = _account(
        now,
        level=4,
        verified_by="face",
        authorization_enabled=True,
        authorization_until=now.date() + timedelta(days=5),
    )
    return Facts(account=account)


def _expired_card(now: datetime) -> Facts:
    until = now.date() - timedelta(days=40)
    return Facts(account=_account(now, level=4, verified_by="face", valid_until=until))


def _nothing(_now: datetime) -> Facts:
    return Facts()


PEOPLE: dict[str, Person] = {
    person.key: person
    for person in (
        Person("visitor", _nothing, is_visitor=True),
        Person("fresh", _nothing),
        Person("closed_range", _registered_with_199),
        Person("window_full", _window_used_up),
        Person("code_unused", _code_unused),
        Person("sms_failed", _gateway_failed),
        Person("gateway_down", _all_codes_fail),
        Person("wrong_phone", _wrong_phone),
        Person("activation_network", _activation_network),
        Person("long_term", _long_term_mismatch),
        Person("name_dot", _dotted_name),
        Person("to_confirm", _to_confirm),
        Person("identity_invalid", _invalid_identity),
        Person("many_failures", _many_failures),
        Person("face_busy", _face_source_busy, has_account=True),
        Person("no_photo", _no_photo, has_account=True),
        Person("face_used_up", _faces_used_up, has_account=True),
        Person("old_dates", _old_dates, has_account=True),
        Person("unknown_user", _unknown_user),
        Person("locked", _locked),
        Person("code_needed", _locked_for_all),
        Person("password_reset", _password_reset, has_account=True),
        Person("just_reset", _just_reset),
        Person("registered", _registered, has_account=True),
        Person("card_expired", _expired_card, has_account=True),
        Person("authorised", _authorised, has_account=True),
        Person("authorisation_ended", _authorisation_ended, has_account=True),
        Person("switch_closed", _switch_closed, has_account=True),
    )
}
