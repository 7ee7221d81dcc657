"""Repeated calls: stored answers, concurrency and session tokens."""

import threading
from datetime import timedelta

import pytest

from miniprogram_api.access import idempotency, sessions
from miniprogram_api.access.idempotency import Begun, Replay
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.operations.key_rotation import rotate
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.accounts.idempotency import IdempotentCall
from models.accounts.sessions import Session
from models.storage.database import database, transaction
from models.storage.fields import keys
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person
from tests.support.service import key_rings
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)
CALL = idempotency.key_hash("POST", "/api/v1/sessions", "a token", "key-0001")
LEASE = timedelta(seconds=30)


def begin(body: bytes = b"{}") -> Begun | Replay:
    return idempotency.begin(CALL, idempotency.body_digests(body), LEASE)


def finished(session: SessionInfo | None = None) -> None:
    begun = begin()
    assert isinstance(begun, Begun)
    idempotency.finish(begun, 200, '{"code":"OK"}', None if session is None else session.token_hash)


def refused(body: bytes = b"{}") -> Reason:
    with pytest.raises(Refused) as caught:
        begin(body)
    return caught.value.reason


@both_databases
def test_repeated_call_gets_the_same_answer_and_another_body_is_refused(rules: Rules) -> None:
    finished()
    assert begin() == Replay(200, '{"code":"OK"}', None)
    assert refused(b'{"other": 1}') is Reason.IDEMPOTENCY_CONFLICT


def test_call_is_recognised_during_and_after_key_rotation(rules: Rules) -> None:
    finished()
    ring = key_rings.with_new_first(keys())
    with key_rings.using(ring):
        rotate(lambda _rows: None)
        assert isinstance(begin(), Replay)
        assert refused(b'{"other": 1}') is Reason.IDEMPOTENCY_CONFLICT
        IdempotentCall.delete().execute()
        finished()
    with key_rings.using(key_rings.without_old(ring)):
        assert isinstance(begin(), Replay)


@both_databases
def test_one_of_many_simultaneous_calls_runs(rules: Rules) -> None:
    results = at_once([begin] * 8)
    assert sum(isinstance(result, Begun) for result in results) == 1
    others = [result for result in results if isinstance(result, Refused)]
    assert [other.reason for other in others] == [Reason.IDEMPOTENCY_IN_PROGRESS] * 7


def test_an_abandoned_call_runs_again(rules: Rules) -> None:
    begun = begin()
    assert isinstance(begun, Begun)
    idempotency.abandon(begun)
    assert isinstance(begin(), Begun)


@both_databases
def test_repeated_call_issues_a_new_session_token(rules: Rules) -> None:
    session = account_session(account_of(SOMEONE))
    finished(session)
    replay = begin()
    assert isinstance(replay, Replay)
    assert replay.token is not None
    found = sessions.find(replay.token)
    assert found is not None
    assert (found.openid, found.account_id) == (session.openid, session.account_id)
    assert Session.select().count() == 1


def test_an_ended_session_is_not_opened_again(rules: Rules) -> None:
    session = account_session(account_of(SOMEONE))
    finished(session)
    sessions.end(session.token_hash)
    assert refused() is Reason.UNAUTHENTICATED
    assert Session.select().count() == 0


@both_databases
def test_ending_all_sessions_includes_concurrent_repeats(rules: Rules) -> None:
    account = account_of(SOMEONE)
    finished(account_session(account))
    ended, results = threading.Event(), list[object]()

    def end_all() -> None:
        try:
            with transaction():
                Account.locked(account.id)
                sessions.end_of_account(account.id)
                ended.set()
                # Time for the repeated call to look for its session.
                repeating.join(timeout=0.5)
        finally:
            database.close()

    def repeat() -> None:
        try:
            assert ended.wait(timeout=10)
            results.append(begin())
        except Refused as no:
            results.append(no.reason)
        finally:
            database.close()

    repeating = threading.Thread(target=repeat)
    ending = threading.Thread(target=end_all)
    for thread in (repeating, ending):
        thread.start()
    for thread in (repeating, ending):
        thread.join(timeout=20)
    assert results == [Reason.UNAUTHENTICATED]
    assert Session.select().count() == 0
