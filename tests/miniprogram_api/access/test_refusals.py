"""Notes of refusals: one per kind, without typed values."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from peewee import OperationalError

from miniprogram_api import clock
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import NO_CASE, Reason, Refused, invalid_field
from models.accounts import refusals as table
from models.accounts.refusals import RefusalNote
from models.storage.database import database
from tests.support.people.accounts import Time
from tests.support.people.sms_codes import NOON

pytestmark = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

USER = SessionInfo(b"t" * 32, "o-zhang", None)
HOLDER = SessionInfo(b"t" * 32, None, 7)
LIMITED = Refused(Reason.SMS_RATE_LIMITED, retry_after=50, window="minute")


@pytest.fixture(autouse=True)
def time(tables: object) -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def test_last_refusal_of_each_kind_is_kept(time: Time) -> None:
    refusals.note(USER, LIMITED, "+86 138 0013 8011")
    time.advance(seconds=10)
    refusals.note(USER, Refused(Reason.PHONE_NOT_ON_RECORD, phone_hint="66"), "13800138012")
    time.advance(seconds=10)
    refusals.note(USER, LIMITED, "13800138013")
    newest, before = refusals.last("o-zhang", 7)
    assert (newest.reason, newest.case, newest.phone) == (Reason.SMS_RATE_LIMITED, 5, "13800138013")
    assert newest.at == NOON + timedelta(seconds=20)
    assert before.details == {"phone_hint": "66"}
    assert "138" not in repr(newest)
    sealed = database.execute_sql("SELECT phone FROM refusal_note").fetchall()
    assert all(b"13800138013" not in bytes(value) for (value,) in sealed)
    assert refusals.last("o-li", None) == []


def test_account_without_a_wechat_user_has_its_own_notes(time: Time) -> None:
    refusals.note(HOLDER, LIMITED, None)
    assert [note.phone for note in refusals.last(None, 7)] == [None]
    assert refusals.last(None, 8) == []


def test_refusal_without_case_or_caller_is_not_kept(time: Time) -> None:
    refusals.note(USER, Refused(Reason.NOT_FOUND), "13800138011")
    refusals.note(None, LIMITED, "13800138011")
    assert RefusalNote.select().count() == 0


def test_refusal_with_a_guide_entry_is_kept(time: Time) -> None:
    refusals.note(USER, Refused(Reason.DOCUMENT_NEEDS_WINDOW, case=NO_CASE), None)
    time.advance(seconds=1)
    cancelled = Refused(Reason.ACCOUNT_CANCELLED, cancelled_on=NOON.date(), account_id=7)
    refusals.note(USER, cancelled, None)
    newest, before = refusals.last("o-zhang", None)
    assert newest.refused(clock.now()).details == {"cancelled_on": "2026-11-24"}
    assert (newest.account_id, newest.refused(clock.now()).case) == (7, None)
    assert before.refused(clock.now()).case is None


def test_sentences_and_suggestions_are_not_stored(time: Time) -> None:
    refused = invalid_field("name", "name_digit", "姓名第2个字是数字", suggestion="张三", case=4)
    refusals.note(USER, refused, "no phone at all")
    [note] = refusals.last("o-zhang", None)
    assert note.details == {"fields": [{"field": "name", "code": "name_digit"}]}
    assert note.phone is None
    warned = Refused(
        Reason.IDENTITY_NEEDS_CONFIRMATION, warnings=[{"field": "x", "message": "张三"}]
    )
    refusals.note(USER, warned, None)
    assert "张三" not in json.dumps([n.details for n in refusals.last("o-zhang", None)])


def test_a_refusal_reads_as_it_would_now(time: Time) -> None:
    refusals.note(USER, LIMITED, None)
    time.advance(seconds=20.5)
    [note] = refusals.last("o-zhang", None)
    assert note.refused(clock.now()).details == {"retry_after": 30, "window": "minute"}
    time.advance(seconds=60)
    assert note.refused(clock.now()).details["retry_after"] == 0


def test_named_account_is_stored_and_not_returned(time: Time) -> None:
    refused = Refused(Reason.WRONG_PASSWORD, account_id=7, attempts_left=4)
    refusals.note(USER, refused, None)
    [note] = refusals.last("o-zhang", None)
    assert (note.account_id, note.details) == (7, {"attempts_left": 4})
    assert refused.details == {"attempts_left": 4}


def test_sign_in_deletes_refused_sign_ins(time: Time) -> None:
    other = SessionInfo(b"o" * 32, "o-li", None)
    for user in (USER, other):
        for reason in (*refusals.SIGN_IN, Reason.FACE_MISMATCH):
            refusals.note(user, Refused(reason), None)
    refusals.forget_sign_in("o-zhang")
    refusals.forget_sign_in(None)
    assert [note.reason for note in refusals.last("o-zhang", None)] == [Reason.FACE_MISMATCH]
    assert len(refusals.last("o-li", None)) == len(refusals.SIGN_IN) + 1


def test_notes_are_deleted_after_a_week(time: Time) -> None:
    refusals.note(USER, LIMITED, None)
    time.advance(days=7)
    assert refusals.last("o-zhang", None) == []
    assert refusals.remove_old() == 0
    time.advance(seconds=1)
    assert refusals.remove_old() == 1


def test_unknown_reason_is_skipped(time: Time) -> None:
    table.put("o-zhang", "OF_TOMORROW", 3, clock.milliseconds(clock.now()), None, "{}")
    assert refusals.last("o-zhang", None) == []


def test_refusal_is_returned_although_the_database_is_down(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(table, "put", away)
    refusals.note(USER, LIMITED, "13800138011")
