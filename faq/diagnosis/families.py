"""The probes by name, and families of problem cases that users describe in the same words."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from faq.diagnosis import questions
from faq.diagnosis.accounts import ACCOUNT_STATE, AUTHORISATION, SIGN_IN
from faq.diagnosis.activations import ACTIVATION_PHONE, CLIENT_REPORTS
from faq.diagnosis.codes import SMS_CODES
from faq.diagnosis.faces import FACE_CHECK, IDENTITY_DATES
from faq.diagnosis.identities import CARD_TERM, IDENTITY_CHECK, NAME_SYMBOL
from faq.diagnosis.observations import Probe
from faq.diagnosis.questions import QuestionBack
from faq.diagnosis.ranges import NUMBER_RANGE, unsupported_now
from faq.diagnosis.record import Record
from faq.diagnosis.registrations import REGISTRATION
from faq.diagnosis.sources import SOURCES
from miniprogram_api.reasons import Reason

PROBES: dict[str, Probe] = {
    probe.name: probe
    for probe in (
        NUMBER_RANGE,
        SMS_CODES,
        ACCOUNT_STATE,
        ACTIVATION_PHONE,
        SIGN_IN,
        REGISTRATION,
        IDENTITY_CHECK,
        CARD_TERM,
        NAME_SYMBOL,
        FACE_CHECK,
        IDENTITY_DATES,
        CLIENT_REPORTS,
        SOURCES,
        AUTHORISATION,
    )
}


@dataclass(frozen=True, slots=True)
class Family:
    """Problem cases that wordings do not distinguish.

    `named`: the cases that a wording may match; `cases`: those that it may mean. `general`:
    ambiguous cases, with a pattern of the wordings that do mean that case. `question`: returns what
    to ask if the record does not decide.
    """

    named: frozenset[int]
    general: dict[int, str]
    cases: frozenset[int]
    probes: tuple[Probe, ...]
    question: Callable[[Record], QuestionBack | None]

    def is_vague(self, case: int | None, question: str) -> bool:
        """Return whether a wording that matches a case leaves the family ambiguous."""
        pattern = self.general.get(case or 0)
        return pattern is not None and re.search(pattern, question) is None


_CODE_STEP = frozenset({Reason.SMS_CODE_WRONG, Reason.SMS_CODE_EXPIRED, Reason.SMS_CODE_USED})


def _about_phone(record: Record) -> QuestionBack | None:
    under_way = record.activation
    if under_way is not None:
        return None if under_way.phone is None else questions.old_phone(under_way.phone[-2:])
    if record.account is not None or record.phone is not None:
        return None
    if any(note.phone is not None or note.reason in _CODE_STEP for note in record.notes.values()):
        # The range of that phone was checked, or a code did arrive.
        return None
    prefixes = [found.prefix for found in unsupported_now(record.now)]
    return questions.phone_prefix(prefixes) if prefixes else None


def _about_step(record: Record) -> QuestionBack | None:
    # An account implies that the four elements matched.
    return questions.FAILED_STEP if record.account is None else None


def _about_sign_in(record: Record) -> QuestionBack | None:
    return questions.SIGN_IN_SAYS if record.account is None else None


def _nothing(_record: Record) -> None:
    return None


# No wording of 收不到验证码 or 核验数据缺失 names the cause.
_NEVER = "(?!)"

FAMILIES = (
    Family(
        frozenset({1, 2, 5}),
        {1: _NEVER},
        frozenset({1, 2, 5, 11, 15}),
        (NUMBER_RANGE, SMS_CODES, ACTIVATION_PHONE, CLIENT_REPORTS, SOURCES),
        _about_phone,
    ),
    Family(
        frozenset({9, 11, 15}),
        {},
        frozenset({2, 5, 9, 11, 15}),
        (ACTIVATION_PHONE, CLIENT_REPORTS, SMS_CODES, NUMBER_RANGE, SOURCES),
        _nothing,
    ),
    Family(
        frozenset({3, 8}),
        {3: "不存在|没有?这个|查无|找不到|bu ?cunzai"},
        frozenset({3, 8, 9, 15}),
        (SIGN_IN, ACTIVATION_PHONE, ACCOUNT_STATE),
        _about_sign_in,
    ),
    Family(
        frozenset({4, 10, 12, 13, 14, 16}),
        {4: _NEVER, 10: "次|遍|反复|一直|总是|老是|人工|窗口"},
        frozenset({4, 10, 12, 13, 14, 16}),
        (IDENTITY_CHECK, FACE_CHECK, SOURCES),
        _about_step,
    ),
)


def family_of(case: int | None) -> Family | None:
    """Return the family that a matched case belongs to."""
    return next((family for family in FAMILIES if case in family.named), None)
