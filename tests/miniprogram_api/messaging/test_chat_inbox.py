"""Chat inbox: each message is stored once and processed in order per user."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.messaging.chat_inbox import LeaseLost, Outcome, Push, Receipt, Turn
from miniprogram_api.services import Services
from models.chat import ChatMessage, ChatReply, ChatUser
from models.storage.database import database
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
OPENID = "o-wang"
SENT_AT = 1_790_000_000
LEASE = timedelta(minutes=1)
"""Longer than any lease here."""


def text(number: int, *, openid: str = OPENID, sent_at: int = SENT_AT, nonce: str = "") -> Push:
    return Push(
        openid, "text", "", str(number), sent_at, nonce or f"{openid} {number}", {"Content": "在吗"}
    )


def event(name: str, *, sent_at: int = SENT_AT, nonce: str = "e") -> Push:
    return Push(OPENID, "event", name, "", sent_at, nonce, {"SessionFrom": "help"})


def taken(rules: Rules, now: datetime | None = None) -> Turn:
    turn = chat_inbox.take_turn(rules.services, now or clock.now())
    assert turn is not None
    return turn


@BOTH
def test_push_is_stored_once(rules: Rules) -> None:
    assert chat_inbox.accept(text(1)) is Receipt.QUEUED
    assert chat_inbox.accept(text(1)) is Receipt.DUPLICATE
    assert chat_inbox.accept(text(1, nonce="of the repetition")) is Receipt.DUPLICATE
    # A MsgId alone has been seen twice, for two people or at two instants.
    assert chat_inbox.accept(text(1, openid="o-li")) is Receipt.QUEUED
    assert chat_inbox.accept(text(1, sent_at=SENT_AT + 1, nonce="n")) is Receipt.QUEUED
    assert chat_inbox.count_waiting() == 3


@BOTH
def test_event_is_stored_once(rules: Rules) -> None:
    assert chat_inbox.accept(event("user_enter_tempsession")) is Receipt.QUEUED
    assert chat_inbox.accept(event("user_enter_tempsession")) is Receipt.DUPLICATE
    assert chat_inbox.accept(event("subscribe_msg_popup_event", nonce="f")) is Receipt.QUEUED
    assert chat_inbox.last_sent_at(OPENID) is None
    chat_inbox.accept(text(1, sent_at=SENT_AT + 1))
    chat_inbox.accept(text(2, sent_at=SENT_AT + 2))
    sent_at = chat_inbox.last_sent_at(OPENID)
    assert sent_at is not None
    assert sent_at.timestamp() == SENT_AT + 2


@BOTH
def test_a_nonce_that_comes_with_another_message_is_refused(rules: Rules) -> None:
    chat_inbox.accept(text(1, nonce="once"))
    assert chat_inbox.accept(text(2, nonce="once")) is Receipt.REPLAYED
    assert ChatMessage.select().count() == 1
    # A refused request changes nothing.
    assert chat_inbox.accept(text(3, nonce="once"), for_humans=True) is Receipt.REPLAYED
    assert ChatUser.select().count() == 0


@BOTH
def test_stored_message_is_read_back_by_the_worker(rules: Rules) -> None:
    chat_inbox.accept(text(1))
    turn = taken(rules)
    assert (turn.openid, turn.kind, turn.event, turn.text) == (OPENID, "text", "", "在吗")
    assert turn.sent_at.timestamp() == SENT_AT
    assert turn.attempts == 1
    chat_inbox.finish(turn)
    assert chat_inbox.take_turn(rules.services, clock.now()) is None
    assert chat_inbox.count_waiting() == 0


def test_message_text_is_encrypted_in_the_database(rules: Rules) -> None:
    chat_inbox.accept(text(1))
    row = database.execute_sql("SELECT * FROM chat_message").fetchone()
    assert "在吗".encode() not in b"".join(v for v in row if isinstance(v, bytes))
    assert "在吗" not in "".join(v for v in row if isinstance(v, str))


@BOTH
def test_messages_of_one_user_are_processed_in_order_one_at_a_time(rules: Rules) -> None:
    # The second one arrived first.
    chat_inbox.accept(text(2, sent_at=SENT_AT + 1))
    chat_inbox.accept(text(1))
    chat_inbox.accept(text(3, sent_at=SENT_AT + 1))
    chat_inbox.accept(text(9, openid="o-li"))
    first, other = taken(rules), taken(rules)
    assert {first.openid, other.openid} == {OPENID, "o-li"}
    assert chat_inbox.take_turn(rules.services, clock.now()) is None
    chat_inbox.finish(first)
    chat_inbox.finish(other)
    for _ in range(2):
        chat_inbox.finish(taken(rules))
    done = ChatMessage.select().where(ChatMessage.openid == OPENID)
    order = [m.id for m in done.order_by(ChatMessage.done_at, ChatMessage.id)]
    assert sorted(order) == [1, 2, 3]
    assert ChatMessage.get_by_id(2).done_at <= ChatMessage.get_by_id(1).done_at
    assert chat_inbox.count_waiting() == 0


@BOTH
def test_longest_waiting_user_is_next(rules: Rules) -> None:
    now = clock.now()
    for number, openid in enumerate(["o-li", OPENID, "o-zhao"]):
        arrived = now - timedelta(minutes=9 - number)
        with clock.replaced(lambda arrived=arrived: arrived):  # type: ignore[misc]
            chat_inbox.accept(text(number, openid=openid))
    assert [taken(rules).openid for _ in range(3)] == ["o-li", OPENID, "o-zhao"]


@BOTH
def test_message_of_a_dead_worker_is_retried_and_its_lease_is_lost(
    rules: Rules,
) -> None:
    chat_inbox.accept(text(1))
    dead = taken(rules)
    assert chat_inbox.take_turn(rules.services, clock.now()) is None
    again = taken(rules, clock.now() + LEASE)
    assert (again.message_id, again.attempts) == (dead.message_id, 2)
    for late in (
        lambda: chat_inbox.extend_lease(rules.services, dead),
        lambda: chat_inbox.finish(dead),
        lambda: chat_inbox.postpone(dead, LEASE),
    ):
        with pytest.raises(LeaseLost):
            late()
    assert ChatMessage.get_by_id(again.message_id).done_at is None
    chat_inbox.extend_lease(rules.services, again)
    chat_inbox.finish(again)
    assert chat_inbox.count_waiting() == 0


def test_message_that_kills_its_workers_fails(rules: Rules) -> None:
    chat_inbox.accept(text(1))
    now = clock.now()
    for number in range(1, 13):
        assert taken(rules, now + number * LEASE).attempts == number
    chat_inbox.accept(text(2, sent_at=SENT_AT + 1))
    assert taken(rules, now + 20 * LEASE).attempts == 1
    assert chat_inbox.count_failed() == 1


@BOTH
def test_failed_message_is_retried_in_order(rules: Rules) -> None:
    tries: list[int] = []

    def fail(_services: Services, turn: Turn) -> None:
        tries.append(turn.message_id)
        raise ConnectionError("13800000000")

    chat_inbox.accept(text(1))
    now = clock.now()
    assert chat_inbox.work_once(rules.services, fail, now)
    chat_inbox.accept(text(2, sent_at=SENT_AT + 1))
    assert not chat_inbox.work_once(rules.services, fail, clock.now())
    assert ChatMessage.get().last_error == "ConnectionError"
    for _ in range(11):
        now += timedelta(hours=1)
        assert chat_inbox.work_once(rules.services, fail, now)
    assert len(set(tries)) == 1
    assert chat_inbox.count_failed() == 1
    assert taken(rules, now + timedelta(hours=1)).message_id not in tries


@BOTH
def test_unreadable_message_does_not_block_other_users(rules: Rules) -> None:
    chat_inbox.accept(text(1))
    chat_inbox.accept(text(2, openid="o-li"))
    ChatMessage.update(content=b"not ours").where(ChatMessage.openid == OPENID).execute()
    turn = taken(rules)
    assert turn.openid == "o-li"
    chat_inbox.finish(turn)
    now = clock.now()
    for _ in range(12):
        now += timedelta(hours=1)
        with clock.replaced(lambda now=now: now):  # type: ignore[misc]
            assert chat_inbox.take_turn(rules.services, now) is None
    failed = ChatMessage.select(ChatMessage.openid).where(ChatMessage.outcome == "failed")
    assert [message.openid for message in failed] == [OPENID]


@BOTH
def test_user_stays_with_humans_for_30_minutes(rules: Rules) -> None:
    assert chat_inbox.accept(text(1), for_humans=True) is Receipt.TO_HUMANS
    # WeChat repeats a push whose answer it did not get, and needs the same answer.
    assert chat_inbox.accept(text(1), for_humans=True) is Receipt.TO_HUMANS
    assert chat_inbox.accept(text(2)) is Receipt.TO_HUMANS
    assert chat_inbox.accept(text(2)) is Receipt.TO_HUMANS
    assert chat_inbox.accept(event("user_enter_tempsession")) is Receipt.QUEUED
    assert chat_inbox.count_waiting() == 1
    later = clock.now() + timedelta(minutes=30, seconds=1)
    with clock.replaced(lambda: later):
        assert chat_inbox.accept(text(3)) is Receipt.QUEUED


@BOTH
def test_bot_hands_over_to_humans(rules: Rules) -> None:
    chat_inbox.accept(text(1))
    chat_inbox.hand_over(OPENID)
    assert chat_inbox.accept(text(2)) is Receipt.TO_HUMANS
    turn = taken(rules)
    chat_inbox.finish(turn)
    assert chat_inbox.take_turn(rules.services, clock.now()) is None
    assert [m.outcome for m in ChatMessage.select().order_by(ChatMessage.id)] == [
        Outcome.ANSWERED.value,
        Outcome.HUMAN.value,
    ]


@BOTH
def test_simultaneous_push_is_stored_once(rules: Rules) -> None:
    calls: list[Callable[[], Receipt]] = [
        lambda number=number: chat_inbox.accept(text(number % 4, nonce=str(number)))  # type: ignore[misc]
        for number in range(16)
    ]
    receipts = at_once(calls)
    assert receipts.count(Receipt.QUEUED) == 4
    assert receipts.count(Receipt.DUPLICATE) == 12
    assert chat_inbox.count_waiting() == 4


@BOTH
def test_concurrent_workers_and_pushes_lose_nothing_and_serialise_each_user(
    rules: Rules,
) -> None:
    people, each = 3, 12
    busy: set[str] = set()
    order: dict[str, list[str]] = {f"o-{n}": [] for n in range(people)}
    guard = threading.Lock()
    is_over = threading.Event()

    def answer(_services: Services, turn: Turn) -> None:
        with guard:
            assert turn.openid not in busy
            busy.add(turn.openid)
            order[turn.openid].append(str(turn.content["Content"]))
        with guard:
            busy.remove(turn.openid)
        chat_inbox.finish(turn)

    def write(openid: str) -> None:
        for number in range(each):
            push = text(number, openid=openid, sent_at=SENT_AT + number)
            chat_inbox.accept(push._replace(content={"Content": str(number)}))

    def work() -> None:
        deadline = clock.now() + timedelta(seconds=30)
        while not is_over.is_set() and clock.now() < deadline:
            chat_inbox.work_once(rules.services, answer, clock.now())
            if sum(map(len, order.values())) == people * each:
                is_over.set()

    results = at_once(
        [*(lambda openid=openid: write(openid) for openid in order), work, work, work]  # type: ignore[misc]
    )
    assert results == [None] * (people + 3)
    assert order == {openid: [str(n) for n in range(each)] for openid in order}
    assert chat_inbox.count_waiting() == 0
    assert ChatUser.select().where(ChatUser.holder.is_null(False)).count() == 0


@BOTH
def test_old_messages_are_deleted_and_waiting_ones_kept(rules: Rules) -> None:
    chat_inbox.accept(text(1))
    chat_inbox.accept(text(2, openid="o-li"))
    turn = taken(rules)
    ChatReply.insert(
        openid=turn.openid, message=turn.message_id, content="{}", created_at=clock.now()
    ).execute()
    chat_inbox.finish(turn)
    later = clock.now() + timedelta(days=3, minutes=1)
    with clock.replaced(lambda: later):
        assert chat_inbox.remove_old() == 1
        assert chat_inbox.remove_old() == 0
    assert [m.openid for m in ChatMessage.select()] == ["o-li"]
    assert ChatUser.select().count() == 0
    assert ChatReply.get().message is None
