"""Every Reason has a status, a sentence and, where one explains it, a problem case."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from faq.release import publishing
from handlers.errors import error_content, is_final
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence
from tests.support.service.rules import Rules

LONGEST_SENTENCE = 60
CASES = frozenset(range(1, 17))
# Informational cases without a refusal; 7 is still named by a phone with five accounts.
INFORMATION = {6, 7}
# Cases explained by the situation: activating without an SMS, a dot in a name.
BY_SITUATION = {11, 13}

# Every detail of a sentence with its longest value.
WAIT = 31 * 24 * 3600
VARIANTS: dict[Reason, dict[str, list[Any]]] = {
    Reason.INVALID_INPUT: {"fields": [[], [{}], [{}] * 50]},
    Reason.BODY_TOO_LARGE: {"limit_bytes": [0, 64 * 1024, 10 * 1024 * 1024]},
    Reason.SIGNATURE_INVALID: {"cause": [None, "time", "restart"]},
    Reason.NOT_APPLICABLE: {"cause": [None, "sheet", "frozen"]},
    Reason.GUARDIAN_REQUIRED: {"cause": [None, "at_desk"]},
    Reason.OWN_MATTER: {"cause": [None, "name", "matter"]},
    Reason.VERIFICATION_HELD: {"cause": [None, "first"]},
    Reason.SECOND_PERSON_REQUIRED: {"cause": [None, "window", "new"]},
    Reason.REVIEWS_OVERDUE: {"count": [1, 100]},
    Reason.LEVEL_TOO_LOW: {"cause": [None, "matter", "card_expired", "reset", "at_desk"]},
    Reason.MATTER_CLOSED: {
        "state": [None, "accepted", "withdrawn", "refused"],
        "phone": [None, "010-12345678转 123"],
    },
    Reason.MATTER_EXPIRED: {"days": [None, 365]},
    Reason.MATTERS_OPEN: {"count": [1, 100]},
    Reason.MATTER_NOT_READY: {"count": [1, 200]},
    Reason.REMINDER_LIMIT: {"retry_after": [1, 2 * 86_400]},
    Reason.PUSH_UNREADABLE: {"cause": [None, "form", "clear", "key"]},
    Reason.WRONG_PASSWORD: {
        "attempts_left": [0, 4],
        "was_reset": [False, True],
        "retry_after": [None, 1, WAIT],
    },
    Reason.ACCOUNT_LOCKED: {
        "needs_code": [False, True],
        "retry_after": [1, WAIT],
        "way": [None, "ctid"],
    },
    Reason.QUOTA_EXCEEDED: {"retry_after": [1, WAIT]},
    Reason.STAFF_LOCKED: {"retry_after": [1, WAIT]},
    Reason.ACCOUNT_CANCELLED: {"cancelled_on": [None, "2026-11-24"]},
    Reason.PHONE_SEGMENT_UNSUPPORTED: {
        "segment": ["199", "17000000"],
        "supported_from": [None, "2026-12-31"],
        "purpose": [None, "confirm", "change_phone"],
        "ticket": [None, "activation_phone"],
    },
    Reason.PHONE_NOT_ON_RECORD: {"phone_hint": [None, "66"]},
    Reason.SMS_RATE_LIMITED: {
        "window": ["minute", "hour", "day"],
        "retry_after": [1, 86_400],
        "cause": [None, "others"],
    },
    Reason.SMS_UNAVAILABLE: {
        "purpose": [None, "activate"],
        "report_number": ["", "f" * 64],
        "side": ["gateway", "rate", "operator"],
        "retry_after": [None, WAIT],
    },
    Reason.SMS_NUMBER_BLOCKED: {"cause": [None, "blocked", "wrong"]},
    Reason.SMS_CODE_WRONG: {"tries_left": [0, 4], "cause": [None, "no_code", "others"]},
    Reason.TOO_MANY_ATTEMPTS: {
        "scope": [
            *[None, "phones", "lookups", "tickets", "name_checks"],
            *["address", "face_checks", "reports", "phones_of_address", "questions", "checks"],
            *["web_logins", "wechat_logins", "suggestions", "entries", "identity_checks"],
            "cards",
            *["person", "faces"],
            "handed",
        ],
        "retry_after": [1, WAIT],
        "purpose": [None, "clear_limit", "reset"],
        "way": [None, "ctid"],
    },
    Reason.WECHAT_UNAVAILABLE: {"side": [None, "operator"]},
    Reason.CTID_UNAVAILABLE: {"purpose": [None, "clear_limit", "reset"]},
    Reason.IDENTITY_CHECK_IN_PROGRESS: {"retry_after": [1, WAIT]},
    Reason.IDENTITY_SOURCE_BUSY: {
        "step": [None, "face"],
        "purpose": [None, "clear_limit", "reset"],
    },
    Reason.FACE_IMAGE_QUALITY: {
        "reason": [
            *["no_face", "many_faces", "too_dark", "too_small", "too_large", "blurred"],
            *["unreadable", "?"],
        ]
    },
    Reason.CARD_IMAGE_QUALITY: {
        "reason": [
            *["no_card", "no_text", "wrong_side", "too_small", "too_large", "unreadable", "?"]
        ]
    },
    Reason.ALREADY_REGISTERED: {"cause": [None, "just_now"]},
    Reason.NOT_FOUND: {"cause": [None, "card", "reset", "face"]},
    Reason.UPSTREAM_UNAVAILABLE: {"cause": [None, "card"]},
    Reason.PUBLICATION_LOSES_QUESTIONS: {"count": [1, 99_999]},
    Reason.FOUR_ELEMENTS_MISMATCH: {"attempts_left": [None, 0, 99]},
    Reason.IDENTITY_NO_RECORD: {"attempts_left": [None, 0, 99]},
    Reason.CTID_REJECTED: {"attempts_left": [None, 0, 99], "purpose": [None, "clear_limit"]},
    Reason.FACE_MISMATCH: {
        "attempts_left": [None, 0, 99],
        "purpose": [None, "clear_limit", "reset"],
    },
    Reason.FACE_DATA_MISSING: {"purpose": [None, "clear_limit", "reset"]},
    Reason.FACE_NOT_FINISHED: {
        "cause": [None, "no_permission", "bad_capture", "no_wechat", "unknown", "operator"],
        "purpose": [None, "clear_limit", "reset"],
    },
}


def details_of(reason: Reason) -> Iterator[dict[str, Any]]:
    variants = VARIANTS.get(reason, {})
    yield {}
    for values in product(*variants.values()):
        found = dict(zip(variants, values, strict=True))
        yield {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_reason_has_a_status_and_one_short_chinese_sentence(reason: Reason) -> None:
    assert 400 <= reason.status < 600
    late = datetime(2026, 12, 31, 22, 58, 31, tzinfo=clock.now().tzinfo)
    with clock.replaced(lambda: late):
        for details in details_of(reason):
            said = sentence(reason, details)
            assert 0 < len(said) <= LONGEST_SENTENCE, said
            assert said.endswith("。")
            assert said.count("。") == 1, said
            assert "None" not in said
            assert "{" not in said


def test_only_an_internal_error_is_a_500() -> None:
    assert [reason for reason in Reason if reason.status == 500] == [Reason.INTERNAL_ERROR]


def test_every_case_but_6_and_7_has_a_reason() -> None:
    named = {reason.case for reason in Reason if reason.case is not None}
    assert named <= CASES
    assert CASES - named == (INFORMATION | BY_SITUATION) - {7}
    assert [reason for reason in Reason if reason.case == 7] == [Reason.PHONE_ACCOUNT_LIMIT]


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_case_has_a_published_entry_that_a_refusal_shows(rules: Rules, case: int) -> None:
    publishing.seed_if_empty()
    content = error_content(Refused(Reason.USERNAME_TAKEN, case=case))
    shown = content["help"]
    assert shown is not None
    assert shown["case"] == case
    assert shown["slug"]
    assert shown["title"]
    assert len(shown["steps"]) >= 2
    assert shown["actions"]
    for action in shown["actions"]:
        assert action["type"] in ("page", "ticket", "retry", "call", "copy")
        assert action["label"]
        assert action[action["type"]]


@pytest.mark.parametrize(
    "reason", [r for r in Reason if r.case is not None], ids=lambda reason: reason.name
)
def test_reason_with_a_case_has_help(rules: Rules, reason: Reason) -> None:
    publishing.seed_if_empty()
    content = error_content(Refused(reason))
    assert set(content) == {"code", "message", "data", "help"}
    assert content["help"]["case"] == reason.case


def test_temporary_refusals_are_not_final() -> None:
    passing = {reason for reason in Reason if not is_final(Refused(reason))}
    assert {reason for reason in Reason if reason.status >= 500} <= passing
    assert {reason for reason in Reason if reason.status in (401, 423, 426, 429)} <= passing
    assert {Reason.IDENTITY_CHECK_IN_PROGRESS, Reason.IDEMPOTENCY_IN_PROGRESS} <= passing
    assert {Reason.FOUR_ELEMENTS_MISMATCH, Reason.ALREADY_REGISTERED} & passing == set()


def test_time_after_midnight_includes_the_day() -> None:
    now = datetime(2026, 12, 31, 23, 59, 30, tzinfo=clock.now().tzinfo)
    with clock.replaced(lambda: now):
        wait = int(timedelta(minutes=2).total_seconds())
        said = sentence(Reason.SMS_RATE_LIMITED, {"window": "hour", "retry_after": wait})
    assert "1月1日00:02后" in said
