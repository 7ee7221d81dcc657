"""Fictional users in typical states, with test numbers, for trial questions to a draft."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
from miniprogram_api.accounts.client_reports import Report
from miniprogram_api.enrolment.activation_states import UnderWay
from miniprogram_api.phones import sms_code_states
from miniprogram_api.phones.sms_code_states import SentCode
from miniprogram_api.proofing import states as check_states
from miniprogram_api.proofing.states import AttemptsLeft, FaceOutcome, IdentityOutcome, SourceState
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
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
    no_more_dates: Refused | None = None
    dates_left: int = identity_dates.MOST_CHANGES


@dataclass(frozen=True)
class Person:
    """A fictional user; `title`: shown to editors; `facts`: the records at a time."""

    key: str
    title: str
    facts: Callable[[datetime], Facts]
    is_visitor: bool = False
    has_account: bool = False

    @property
    def asker(self) -> Asker:
        """Return the asker that the bot sees."""
        if self.is_visitor:
            return ANONYMOUS
        return Asker(f"example-{self.key}", _ACCOUNT if self.has_account else None)

    def record(self, services: Services, asker: Asker, question: str, about: Entry) -> Record:
        """Return the record for the diagnosis."""
        return _ExampleRecord(services, asker, question, about, self)


class _ExampleRecord(Record):
    def __init__(
        self, services: Services, asker: Asker, question: str, about: Entry, person: Person
    ) -> None:
        super().__init__(services, asker, question, about)
        facts = person.facts(self.now)
        # Overrides the cached properties.
        self.__dict__.update(vars(facts), notes={note.reason: note for note in facts.notes})
        self._answers = facts.answers

    def fetch(self, names: Any) -> None:
        """Do nothing: the answers of Redis are part of the facts."""


def _account(now: datetime, **changes: Any) -> Overview:
    values: dict[str, Any] = {
        "status": ACTIVE,
        "level": 3,
        "name": "张示例",
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


def _nothing(_now: datetime) -> Facts:
    return Facts()


PEOPLE: dict[str, Person] = {
    person.key: person
    for person in (
        Person("visitor", "没有登录的访客", _nothing, is_visitor=True),
        Person("fresh", "刚打开小程序，还没有账号", _nothing),
        Person("segment_199", "用199号段的手机号注册", _registered_with_199),
        Person("window_full", "一小时内的验证码已用完", _window_used_up),
        Person("code_unused", "验证码已发出，还没用", _code_unused),
        Person("sms_failed", "短信通道没有发出去", _gateway_failed),
        Person("wrong_phone", "未激活，激活时手机号填得不对", _wrong_phone),
        Person("activation_network", "激活时网络连接失败", _activation_network),
        Person("long_term", "四要素未通过，有效期是“长期”", _long_term_mismatch),
        Person("name_dot", "四要素未通过，姓名里有“·”", _dotted_name),
        Person("many_failures", "四要素多次未通过", _many_failures),
        Person("face_busy", "刷脸时来源繁忙", _face_source_busy, has_account=True),
        Person("old_dates", "换过证，登记的有效期是旧的", _old_dates, has_account=True),
        Person("user_not_found", "登录提示用户不存在", _unknown_user),
        Person("locked", "输错密码，账号锁定", _locked),
        Person("password_reset", "刚重置过密码", _password_reset, has_account=True),
        Person(
            "authorisation_ended", "四级实名，授权已到期", _authorisation_ended, has_account=True
        ),
    )
}
