"""Chat replies: one per message, never twice, within WeChat's limits."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.clients import wechat_api
from miniprogram_api.delivery import dead_letters, wechat_chat
from miniprogram_api.messaging import chat_inbox, chat_limits, chat_replies
from miniprogram_api.messaging.chat_inbox import ENTERED, EVENT, Outcome, Push, Turn
from miniprogram_api.services import Services
from models.chat import ChatMessage, ChatReply, ChatUser
from models.storage.database import transaction
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
OPENID = "o-wang"
numbers = itertools.count(1)


def write_in(text: str = "在吗", *, openid: str = OPENID, ago: float = 0) -> None:
    """Receive a message of the user."""
    number = str(next(numbers))
    sent_at = int(time.time() - ago)
    chat_inbox.accept(Push(openid, "text", "", number, sent_at, number, {"Content": text}))


def enter(ago: float = 0) -> None:
    number = str(next(numbers))
    sent_at = int(time.time() - ago)
    chat_inbox.accept(Push(OPENID, EVENT, ENTERED, "", sent_at, number, {"SessionFrom": ""}))


def reply(services: Services, turn: Turn) -> None:
    """Answer a turn without the bot."""
    written = chat_replies.stored_for(turn)
    if written is None:
        written = chat_replies.write(turn, chat_replies.text(f"答：{turn.text}"))
    wechat_chat.send_in_turn(services, turn, written)


def work(rules: Rules, services: Services | None = None) -> int:
    """Process all due turns; return their number."""
    turns = 0
    while chat_inbox.work_once(services or rules.services, reply, clock.now()):
        turns += 1
    return turns


def work_jobs(rules: Rules) -> None:
    while jobs.work_once(rules.services, clock.now()):
        pass


def sent(rules: Rules, openid: str = OPENID) -> list[str]:
    """Return the texts that arrived in the chat, oldest first."""
    return [message["text"] for message in reversed(rules.sandbox.wechat_messages(openid))]


@contextmanager
def later(**time: float) -> Iterator[None]:
    began = clock.now()
    with clock.replaced(lambda: began + timedelta(**time)):
        yield


def outcome() -> str:
    return str(ChatMessage.select().order_by(ChatMessage.id.desc()).get().outcome)


# One for one ------------------------------------------------------------------------------------


@BOTH
def test_every_message_gets_its_reply_in_order(rules: Rules) -> None:
    for number in range(7):
        write_in(str(number))
    write_in("另", openid="o-li")
    assert work(rules) == 8
    assert sent(rules) == [f"答：{number}" for number in range(7)]
    assert sent(rules, "o-li") == ["答：另"]
    assert ChatReply.select().where(ChatReply.done_at.is_null()).count() == 0


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_failed_reply_is_retried_in_order(rules: Rules, mode: str) -> None:
    write_in("一")
    write_in("二")
    rules.sandbox.fault("wechat", mode, 2, action="custom/send")
    assert work(rules) == 1
    with later(seconds=2):
        assert work(rules) == 1
    with later(seconds=5):
        assert work(rules) == 0
    with later(seconds=6):
        assert work(rules) == 2
    assert sent(rules) == ["答：一", "答：二"]


def test_written_reply_is_not_computed_again(rules: Rules) -> None:
    write_in()
    rules.sandbox.fault("wechat", "busy", action="custom/send")
    work(rules)
    ChatReply.update(content='{"msgtype": "text", "text": {"content": "先前写的"}}').execute()
    with later(seconds=2):
        work(rules)
    assert sent(rules) == ["先前写的"]


# Never twice ------------------------------------------------------------------------------------


def test_reply_counts_as_sent_after_a_time_out(rules: Rules) -> None:
    services = rules.with_settings(upstream_timeout=0.5)
    write_in("一")
    write_in("二")
    rules.sandbox.fault("wechat", "slow", action="custom/send", seconds=1.5)
    assert work(rules, services) == 2
    assert sent(rules) == ["答：一", "答：二"]
    (doubtful,) = ChatReply.select().where(ChatReply.failed_at.is_null(False))
    assert (doubtful.done_at, doubtful.code) == (None, wechat_chat.UNCERTAIN)


class Died(BaseException):
    """Simulate the end of the process."""


@BOTH
def test_reply_is_sent_after_a_crash_before_the_call(rules: Rules) -> None:
    write_in()

    def die_before(services: Services, turn: Turn) -> None:
        chat_replies.write(turn, chat_replies.text("答"))
        raise Died

    with pytest.raises(Died):
        chat_inbox.work_once(rules.services, die_before, clock.now(), "worker-1")
    assert work(rules) == 0
    chat_inbox.release_leases("worker-2")
    assert work(rules) == 0
    chat_inbox.release_leases("worker-1")
    assert work(rules) == 1
    assert sent(rules) == ["答"]


@BOTH
@pytest.mark.parametrize("arrives", [True, False])
def test_reply_is_uncertain_after_a_crash_during_the_call(
    rules: Rules, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    write_in("一")
    write_in("二")
    upstream = wechat_api.Upstream

    def die_in_the_call(self: Any, method: str, path: str, **options: Any) -> Any:
        if not path.endswith("custom/send"):
            return real_send(self, method, path, **options)
        if arrives:
            real_send(self, method, path, **options)
        else:
            options["before_body"]()
        raise Died

    real_send = upstream.send
    with monkeypatch.context() as patched:
        patched.setattr(upstream, "send", die_in_the_call)
        with pytest.raises(Died):
            work(rules)
    with later(minutes=2):
        assert work(rules) == 2
    assert sent(rules) == (["答：一", "答：二"] if arrives else ["答：二"])
    (doubtful,) = ChatReply.select().where(ChatReply.failed_at.is_null(False))
    assert doubtful.code == wechat_chat.UNCERTAIN


def test_worker_with_an_expired_lease_sends_nothing(rules: Rules) -> None:
    write_in()

    def too_slow(services: Services, turn: Turn) -> None:
        written = chat_replies.write(turn, chat_replies.text("答"))
        with later(minutes=2):
            work(rules)
        wechat_chat.send_in_turn(services, turn, written)

    chat_inbox.work_once(rules.services, too_slow, clock.now())
    assert sent(rules) == ["答"]


# What WeChat allows -----------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "arrives"), [(47.9, True), (48.1, False)])
def test_reply_is_sent_within_48_hours(rules: Rules, hours: float, arrives: bool) -> None:
    write_in(ago=hours * 3600)
    work(rules)
    assert len(rules.sandbox.calls("custom/send")) == arrives
    assert outcome() == (Outcome.ANSWERED if arrives else Outcome.FAILED).value
    assert ChatReply.get().code == (0 if arrives else chat_limits.TOO_LATE)


@pytest.mark.parametrize(("seconds", "arrives"), [(0, True), (50, True), (60, False)])
def test_greeting_is_sent_within_a_minute(rules: Rules, seconds: int, arrives: bool) -> None:
    enter(ago=seconds)
    work(rules)
    assert len(rules.sandbox.calls("custom/send")) == arrives


def notice(text: str = "工单已办结") -> bool:
    with transaction():
        return chat_replies.add_notice(OPENID, chat_replies.text(text))


@BOTH
def test_notices_use_the_remaining_quota_of_the_last_message(rules: Rules) -> None:
    assert not notice()
    enter(ago=20)
    assert not notice()
    write_in("一", ago=10)
    write_in("二", ago=5)
    work(rules)
    for number in range(6):
        assert notice(str(number)) is (number < 2)
        work_jobs(rules)
    assert sent(rules) == ["答：", "答：一", "答：二", "0", "1"]
    write_in("三", ago=-2)
    assert notice("4")
    with later(hours=49):
        assert not notice("5")


def test_notice_quota_is_checked_when_sending(rules: Rules) -> None:
    write_in(ago=10)
    for number in range(7):
        assert notice(str(number))
    work_jobs(rules)
    assert sent(rules) == ["0", "1", "2", "3", "4"]
    failed = ChatReply.select().where(ChatReply.failed_at.is_null(False))
    assert [row.code for row in failed] == [chat_limits.TOO_MANY] * 2
    # The person's message has no place left either.
    work(rules)
    assert outcome() == Outcome.FAILED.value
    assert len(rules.sandbox.calls("custom/send")) == 5


def test_reply_rejected_by_wechat_is_not_retried(rules: Rules) -> None:
    write_in(openid="nobody")
    write_in(openid="nobody")
    assert work(rules) == 2
    with later(days=1):
        assert work(rules) == 0
    assert {row.code for row in ChatReply.select()} == {40003}
    assert len(rules.sandbox.calls("custom/send")) == 2


@BOTH
def test_first_rejection_for_quota_ends_all_waiting_replies(rules: Rules) -> None:
    """Of eight messages five may be answered; the other answers become dead letters."""
    rules.sandbox.allow(OPENID, 5)
    for number in range(8):
        write_in(str(number), ago=30)
    assert work(rules) == 8
    assert sent(rules) == [f"答：{number}" for number in range(5)]
    assert len(rules.sandbox.calls("custom/send")) == 6
    letters = {letter.letter.text: letter.key for letter in dead_letters.list_all()}
    assert set(letters) == {"答：5", "答：6", "答：7"}
    assert not notice()
    with later(seconds=5):
        # What the person writes then opens the chat again, for him and for the operator.
        rules.sandbox.allow(OPENID, 5)
        write_in("8", ago=-5)
        assert work(rules) == 1
        dead_letters.send_again(letters["答：5"], actor="operator:1")
        work_jobs(rules)
    assert sent(rules)[5:] == ["答：8", "答：5"]


def test_user_is_handed_to_humans_after_an_hour_of_failures(rules: Rules) -> None:
    write_in()
    rules.sandbox.fault("wechat", "busy", 100, action="custom/send")
    for minutes in range(0, 120, 10):
        with later(minutes=minutes):
            work(rules)
    assert outcome() == Outcome.FAILED.value
    assert len(rules.sandbox.calls("custom/send")) == 12
    assert ChatReply.get().code == -1
    assert ChatUser.get_by_id(OPENID).with_humans_until is not None


# Form -------------------------------------------------------------------------------------------


def test_typing_is_shown_during_a_slow_answer(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_chat, "SLOW_SECONDS", 0.05)
    with wechat_chat.typing_when_slow(rules.services, OPENID):
        pass
    with wechat_chat.typing_when_slow(rules.services, OPENID):
        time.sleep(0.5)
    assert [call["request"]["command"] for call in rules.sandbox.calls("typing")] == ["Typing"]

    def fail_slowly() -> None:
        with wechat_chat.typing_when_slow(rules.services, OPENID):
            time.sleep(0.5)
            raise KeyError

    with pytest.raises(KeyError):
        fail_slowly()
    assert rules.sandbox.calls("typing")[-1]["request"]["command"] == "CancelTyping"


@given(st.text(st.characters(), max_size=900), st.integers(3, 2048))
def test_long_text_is_cut_to_the_limit(text: str, most: int) -> None:
    cut = chat_replies.shortened(text, most)
    assert len(cut.encode()) <= most
    if len(text.encode("utf-8", "replace")) <= most:
        assert cut == text.encode("utf-8", "replace").decode()


def test_text_is_cut_after_a_sentence() -> None:
    text = "第一句。第二句！" * 60
    cut = chat_replies.shortened(text, 400)
    assert cut.endswith(("。…", "！…"))
    assert len(cut.encode()) > 370
    assert chat_replies.shortened("字" * 900, 2048) == "字" * 681 + "…"


def test_old_replies_are_deleted(rules: Rules) -> None:
    write_in()
    write_in(ago=49 * 3600)
    work(rules)
    for days, left in ((2, 2), (4, 1), (31, 0)):
        with later(days=days):
            chat_replies.remove_old()
            assert ChatReply.select().count() == left
