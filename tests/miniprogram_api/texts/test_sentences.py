"""Dates in words and the limits named in sentences."""

from datetime import date, datetime
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.phones import sms_code_entries
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import FOLDER, read
from miniprogram_api.texts.sentences import (
    day_in_words,
    moment_in_words,
    sentence,
    wait_in_words,
)
from models.storage.database import SHANGHAI

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 1), "12月1日"),
        (date(2026, 1, 1), "1月1日"),
        (date(2027, 1, 5), "2027年1月5日"),
        (date(2028, 1, 5), "2028年1月5日"),
        (date(2019, 5, 3), "2019年5月3日"),
    ],
)
def test_day_of_another_year_includes_the_year(day: date, words: str) -> None:
    with clock.replaced(lambda: NOW):
        assert day_in_words(day) == words


def test_time_includes_its_day_unless_today() -> None:
    with clock.replaced(lambda: NOW):
        assert moment_in_words(datetime(2026, 11, 26, 10, 29, 31, tzinfo=SHANGHAI)) == "10:30"
        assert moment_in_words(datetime(2026, 11, 27, 9, 0, tzinfo=SHANGHAI)) == "11月27日09:00"
        assert moment_in_words(datetime(2027, 1, 2, 9, 0, tzinfo=SHANGHAI)) == "2027年1月2日09:00"


def test_wait_under_two_minutes_is_in_seconds() -> None:
    with clock.replaced(lambda: NOW):
        assert (wait_in_words(119), wait_in_words(120)) == ("119秒", "10:02")
        assert "，40秒后可再登录" in sentence(Reason.ACCOUNT_LOCKED, {"retry_after": 40})


@pytest.mark.parametrize("word", ["身份证号码", "手机号码", "工单", "智能答复"])
def test_texts_for_users_name_things_as_the_pages_do(word: str) -> None:
    for_users = ("findings", "tickets.next", "tickets.resolved", "news", "own_data", "buttons")
    for group, texts in read(FOLDER).items():
        if group.startswith(for_users):
            assert word not in "".join(texts.values()), group


def test_sentence_of_a_configurable_limit_has_no_number() -> None:
    assert not any(map(str.isdigit, sentence(Reason.PHONE_ACCOUNT_LIMIT)))


@pytest.mark.parametrize(
    ("reason", "details", "told"),
    [
        (Reason.SMS_RATE_LIMITED, {"window": "minute"}, "每分钟只能发1条"),
        (Reason.SMS_RATE_LIMITED, {"window": "hour"}, "一小时内已发满3条"),
        (Reason.SMS_RATE_LIMITED, {"window": "hour"}, "10分钟内仍可用"),
        (Reason.SMS_RATE_LIMITED, {"window": "day"}, "24小时内已发满5条"),
        (Reason.SMS_CODE_WRONG, {"tries_left": 0}, f"输错{sms_code_entries.MOST_WRONG_ATTEMPTS}次"),
        (Reason.SMS_CODE_EXPIRED, {}, "超过10分钟"),
        (Reason.IDENTITY_DATES_LIMIT, {}, "30天内"),
        (Reason.IDENTITY_DATES_LIMIT, {}, "已满3次"),
        (Reason.EVIDENCE_LIMIT, {}, "已满6张"),
        (Reason.SIGNATURE_INVALID, {"cause": "time"}, "超过5分钟"),
    ],
)
def test_sentence_of_a_fixed_limit_has_its_number(
    reason: Reason, details: dict[str, Any], told: str
) -> None:
    assert told in sentence(reason, details)
